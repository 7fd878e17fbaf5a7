use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::{Router, body::Body};
use bytes::Bytes;
use genesys::{Transport, TransportError};
use http::request::Parts;
use http_body_util::BodyExt;
use tower::ServiceExt;

/// What goes wrong with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    Fair,
    /// No connection: surely not sent.
    Refused,
    /// Cut after the first byte left and before the org saw it: for the client "perhaps", in truth no.
    CutBefore,
    /// Cut after the org processed it: for the client "perhaps", in truth yes.
    CutAfter,
    /// Arrives this much later.
    Late(Duration),
    /// Processed, and the answer never comes.
    Stall,
    /// Answered by something else than the org, which never sees it.
    Answer(u16, String),
}

/// The n-th request (from 0) and its head decide what goes wrong.
type Weather = dyn Fn(u64, &Parts) -> Trouble + Send + Sync;

/// A transport straight into a router: no socket, no thread, so that a paused clock can run a month through it.
///
/// ```
/// use axum::{Router, routing::get};
/// use testkit::{InProcess, Trouble};
/// let router = Router::new().route("/", get(|| async { "hello" }));
/// let transport = InProcess::new(router).weather(|n, _| if n == 0 { Trouble::CutAfter } else { Trouble::Fair });
/// ```
#[derive(Clone)]
pub struct InProcess {
    router: Router,
    weather: Arc<Weather>,
    requests: Arc<AtomicU64>,
}

impl InProcess {
    /// Fair weather.
    #[must_use]
    pub fn new(router: Router) -> Self {
        Self { router, weather: Arc::new(|_, _| Trouble::Fair), requests: Arc::default() }
    }

    /// Trouble by number and head of the request. The sign-in counts as a request too.
    #[must_use]
    pub fn weather(mut self, weather: impl Fn(u64, &Parts) -> Trouble + Send + Sync + 'static) -> Self {
        self.weather = Arc::new(weather);
        self
    }

    /// How many requests were tried, those that never arrived included.
    #[must_use]
    pub fn tried(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let n = self.requests.fetch_add(1, Ordering::SeqCst);
        let (parts, body) = request.into_parts();
        let trouble = (self.weather)(n, &parts);
        match &trouble {
            Trouble::Refused => return Err(TransportError::not_sent("connection refused (test)")),
            Trouble::CutBefore => return Err(TransportError::perhaps("connection cut (test)")),
            Trouble::Late(by) => tokio::time::sleep(*by).await,
            Trouble::Answer(status, text) => {
                let answer = http::Response::builder().status(*status).body(Bytes::from(text.clone()));
                return Ok(answer.expect("a test names a status that exists"));
            }
            Trouble::Fair | Trouble::CutAfter | Trouble::Stall => {}
        }
        let request = http::Request::from_parts(parts, Body::from(body));
        let answer = match self.router.clone().oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        match trouble {
            Trouble::CutAfter => return Err(TransportError::perhaps("connection cut (test)")),
            Trouble::Stall => std::future::pending::<()>().await,
            _ => {}
        }
        let (parts, body) = answer.into_parts();
        let body =
            body.collect().await.map_err(|e| TransportError::perhaps("answer cut (test)").because(e))?;
        Ok(http::Response::from_parts(parts, body.to_bytes()))
    }
}
