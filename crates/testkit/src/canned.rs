use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use genesys::{Transport, TransportError};

/// One request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// `GET`, `POST`…
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The `Authorization` header.
    pub authorization: String,
    /// The body as text.
    pub body: String,
}

type Answer = dyn Fn(usize, &Seen) -> Result<http::Response<Bytes>, TransportError> + Send + Sync;

/// An org of one function: it answers each request from its number (from 0) and what it carries, and remembers
/// them all. Every answer takes 20 ms of tokio's time.
#[derive(Clone)]
pub struct Canned {
    answer: Arc<Answer>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Canned {
    /// Answers by this function.
    pub fn new(
        answer: impl Fn(usize, &Seen) -> Result<http::Response<Bytes>, TransportError> + Send + Sync + 'static,
    ) -> Self {
        Self { answer: Arc::new(answer), seen: Arc::default() }
    }

    /// An org that lets everyone in with the token `tok` and answers the rest by this function, numbered without
    /// the sign-ins.
    pub fn signed_in(
        answer: impl Fn(usize, &Seen) -> Result<http::Response<Bytes>, TransportError> + Send + Sync + 'static,
    ) -> Self {
        let calls = AtomicUsize::new(0);
        Self::new(move |_, seen| {
            if seen.target == "/oauth/token" {
                return Self::token("tok", Duration::from_secs(86_400));
            }
            answer(calls.fetch_add(1, Ordering::SeqCst), seen)
        })
    }

    /// Every request so far, in the order of arrival.
    ///
    /// # Panics
    /// Never: nothing panics while it holds the list.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("nothing panics while it holds the list").clone()
    }

    /// How many requests had this path before any `?`.
    #[must_use]
    pub fn count(&self, path: &str) -> usize {
        self.seen().iter().filter(|s| s.target.split('?').next() == Some(path)).count()
    }

    /// An answer with a JSON body.
    ///
    /// # Panics
    /// When the status does not exist: the test is wrong.
    ///
    /// # Errors
    /// Never; the type is what the function given to [`Canned::new`] returns.
    pub fn json(status: u16, body: &str) -> Result<http::Response<Bytes>, TransportError> {
        let answer = http::Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .header("inin-correlation-id", "c-canned")
            .body(Bytes::from(body.to_owned()));
        Ok(answer.expect("a test names a status that exists"))
    }

    /// A refusal with the error body of the API.
    ///
    /// # Errors
    /// Never, as [`Canned::json`].
    pub fn refused(status: u16, code: &str) -> Result<http::Response<Bytes>, TransportError> {
        Self::json(status, &format!(r#"{{"message":"No.","code":"{code}","status":{status}}}"#))
    }

    /// A token that lives this long.
    ///
    /// # Errors
    /// Never, as [`Canned::json`].
    pub fn token(token: &str, lifetime: Duration) -> Result<http::Response<Bytes>, TransportError> {
        let seconds = lifetime.as_secs();
        Self::json(
            200,
            &format!(r#"{{"access_token":"{token}","token_type":"bearer","expires_in":{seconds}}}"#),
        )
    }
}

#[async_trait]
impl Transport for Canned {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let seen = Seen {
            method: request.method().to_string(),
            target: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
            authorization: request
                .headers()
                .get("authorization")
                .map(|v| text(v.as_bytes()))
                .unwrap_or_default(),
            body: text(request.body()),
        };
        let n = {
            let mut all = self.seen.lock().expect("nothing panics while it holds the list");
            all.push(seen.clone());
            all.len() - 1
        };
        tokio::time::sleep(Duration::from_millis(20)).await;
        (self.answer)(n, &seen)
    }
}
