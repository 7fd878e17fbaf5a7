use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{
    Router, body::Body as HttpBody, extract::ConnectInfo, extract::Request, extract::State,
    response::Response,
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::stream;
use http::{HeaderName, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    Entry, Error, Options, Trouble, Weather, control,
    org::{Body, Call, Ending, MAX_BODY, Org, Reply},
    running::CutHandle,
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

/// Marks a response whose connection is cut before its first byte. Over a socket the client sees the cut; a
/// test that calls the router in process must treat the marked response as no answer at all (reading its body
/// fails, too).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Whether the request was processed before the cut.
    pub processed: bool,
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

    /// Ledger, statistics, weather, clock and the hand behind the client's back.
    pub fn control_router(&self) -> Router {
        control::router(self.clone())
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
    let line = request.extensions().get::<ConnectInfo<CutHandle>>().map(|info| info.0.clone());
    let call = read(request).await;
    let trouble = simulator.lock().weather_for(&call);
    if let Some(Trouble::Delay(pause)) = trouble {
        tokio::time::sleep(pause).await;
    }
    let (reply, ending) = simulator.lock().answer(&call, trouble.as_ref());
    if ending == Ending::Stall {
        // Ends with the client's patience, which drops this future, or with the simulator.
        let _ = simulator.stopped.subscribe().wait_for(|stopped| *stopped).await;
    }
    match ending {
        Ending::Whole => respond(reply),
        Ending::Half => half(reply),
        Ending::Cut | Ending::Stall => {
            if let Some(line) = line {
                line.cut();
            }
            cut(!matches!(trouble, Some(Trouble::ResetBefore | Trouble::Stall)))
        }
    }
}

/// Reads a request whole; too large a body is noticed, not kept.
pub(crate) async fn read(request: Request) -> Call {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => Body::Whole(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Body::TooLarge,
        Err(_) => Body::Broken,
    };
    let authorization = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    Call {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        authorization: authorization.map(str::to_owned),
        body,
        correlation_id: Uuid::new_v4(),
    }
}

pub(crate) fn respond(reply: Reply) -> Response {
    let (mut response, body) = head(reply);
    *response.body_mut() = HttpBody::from(body);
    response
}

fn head(reply: Reply) -> (Response, Bytes) {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    (response, reply.body.into())
}

/// Announces the whole body, sends half of it and breaks.
fn half(reply: Reply) -> Response {
    let (mut response, body) = head(reply);
    response.headers_mut().insert(header::CONTENT_LENGTH, body.len().max(2).into());
    let first = body.slice(..body.len() / 2);
    let pieces = stream::unfold(Some(first), |first| async {
        match first {
            Some(first) => Some((Ok(first), None)),
            None => {
                // Lets the connection send what it has before it breaks.
                tokio::task::yield_now().await;
                Some((Err(broken()), None))
            }
        }
    });
    *response.body_mut() = HttpBody::from_stream(pieces);
    response
}

fn cut(processed: bool) -> Response {
    let broken = stream::iter([Err::<Bytes, _>(broken())]);
    let mut response = Response::new(HttpBody::from_stream(broken));
    response.extensions_mut().insert(Cut { processed });
    response
}

fn broken() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::ConnectionReset, "cut by the simulator's weather")
}
