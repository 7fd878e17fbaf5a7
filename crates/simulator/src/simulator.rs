use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{Router, extract::ConnectInfo, extract::Request, extract::State, response::Response};
use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::{
    Entry, Error, Options, Trouble, Weather,
    cut_handle::CutHandle,
    http_edge::{cut, half, read, respond},
    org::{Ending, Org},
};

/// One org in process. Cheap to clone; all clones are the same org.
///
/// Its clock runs on tokio's: under a paused runtime it moves only when tokio's does.
#[derive(Clone)]
pub struct Simulator {
    org: Arc<Mutex<Org>>,
    /// Turns true when stalled requests should be let go.
    stopped: Arc<watch::Sender<bool>>,
}

impl Simulator {
    /// Generates the world, or reads it from the change log.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::LogLine`] and [`Error::NewerLog`] when `options.log` cannot be used.
    pub fn new(options: &Options) -> Result<Self, Error> {
        let org = Arc::new(Mutex::new(Org::new(options)?));
        Ok(Self { org, stopped: Arc::new(watch::Sender::new(false)) })
    }

    /// The API and the sign-in, on one origin.
    pub fn router(&self) -> Router {
        Router::new().fallback(serve).with_state(self.clone())
    }

    /// Everything that happened, oldest first.
    #[must_use]
    pub fn ledger(&self) -> Vec<Entry> {
        self.ledger_since(0)
    }

    /// What happened after the entry numbered `n`, oldest first.
    #[must_use]
    pub fn ledger_since(&self, n: u64) -> Vec<Entry> {
        self.lock().ledger.since(n).cloned().collect()
    }

    /// The org's time now.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.lock().now()).unwrap_or_default()
    }

    /// Replaces the weather; its rules count from 0.
    pub fn set_weather(&self, weather: Weather) {
        self.lock().set_weather(weather);
    }

    /// A panic in one request must not take the org from the others; each request changes it in one step.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Org> {
        self.org.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn let_go(&self) {
        self.stopped.send_replace(true);
    }
}

async fn serve(State(simulator): State<Simulator>, request: Request) -> Response {
    let cut_handle = request.extensions().get::<ConnectInfo<CutHandle>>().map(|info| info.0.clone());
    let call = read(request).await;
    let trouble = simulator.lock().weather_for(&call);
    if let Some(Trouble::Delay(pause)) = trouble {
        tokio::time::sleep(pause).await;
    }
    let (reply, ending) = simulator.lock().answer(&call, trouble.as_ref());
    if ending == Ending::Stall {
        // Ends when the client gives up, which drops this future, or when the simulator stops.
        let _ = simulator.stopped.subscribe().wait_for(|stopped| *stopped).await;
    }
    match ending {
        Ending::Whole => respond(reply),
        Ending::Half => half(reply),
        Ending::Cut | Ending::Stall => {
            if let Some(handle) = cut_handle {
                handle.cut();
            }
            cut(!matches!(trouble, Some(Trouble::ResetBefore | Trouble::Stall)))
        }
    }
}
