use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::{Entry, Error, Options, Weather, org::Org};

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

    /// Turns true when whoever waits should be let go.
    pub(crate) fn stopped(&self) -> watch::Receiver<bool> {
        self.stopped.subscribe()
    }

    pub(crate) fn let_go(&self) {
        self.stopped.send_replace(true);
    }
}
