//! The port to the network: one request in, one whole answer out. Timeouts and retries stand above it, so that
//! tests can put an in-process router behind it and pause the clock.

use std::{error::Error as StdError, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::watch;

/// Whether a request that got no answer may have reached the org.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// Surely not: no connection was made, or not a byte of it left.
    NotSent,
    /// Perhaps: it was written, at least in part, and then no whole answer came.
    Perhaps,
}

/// Why no answer came.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{what}")]
pub struct TransportError {
    /// Whether the org may have seen the request.
    pub sent: Sent,
    /// Nothing came within the time limit.
    pub timed_out: bool,
    /// An answer came and was cut off, because it was longer than any answer of an org: asking again brings the same.
    pub too_long: bool,
    /// The server's certificate is not trusted: asking again brings the same until a person trusts who signed it.
    pub untrusted: bool,
    /// What happened, in a few words; never a header, a body or a query.
    pub what: String,
    /// The cause as the network library tells it; shared, because one failed sign-in is told to every caller that
    /// waited for it.
    #[source]
    pub source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl TransportError {
    /// The request surely never left.
    pub fn not_sent(what: impl Into<String>) -> Self {
        Self { sent: Sent::NotSent, ..Self::perhaps(what) }
    }

    /// The request may have been processed.
    pub fn perhaps(what: impl Into<String>) -> Self {
        let (timed_out, too_long, untrusted) = (false, false, false);
        Self { sent: Sent::Perhaps, timed_out, too_long, untrusted, what: what.into(), source: None }
    }

    /// The server showed a certificate that is not trusted, so nothing was sent.
    #[must_use]
    pub fn untrusted(why: &str) -> Self {
        Self { untrusted: true, ..Self::not_sent(format!("the server's certificate is not trusted: {why}")) }
    }

    /// The request was written and nothing came back within this time.
    #[must_use]
    pub fn silence(limit: Duration) -> Self {
        Self { timed_out: true, ..Self::perhaps(format!("no answer within {} s", limit.as_secs())) }
    }

    /// The answer was longer than this, in bytes, and was cut off.
    #[must_use]
    pub fn too_long(limit: usize) -> Self {
        Self { too_long: true, ..Self::perhaps(format!("the answer is longer than {} MiB", limit >> 20)) }
    }

    /// The same with its cause.
    #[must_use]
    pub fn because(mut self, cause: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(cause));
        self
    }
}

/// How much of a request's body was handed to the network so far, in bytes. Whoever wants to know puts it to the extensions of the
/// request; a transport that cannot tell says nothing.
#[derive(Debug, Clone)]
pub struct BodySent(watch::Sender<u64>);

impl BodySent {
    /// One to put to a request, and where to read it.
    #[must_use]
    pub fn new() -> (Self, watch::Receiver<u64>) {
        let (tell, read) = watch::channel(0);
        (Self(tell), read)
    }

    /// So many bytes in all.
    pub fn tell(&self, bytes: u64) {
        self.0.send_replace(bytes);
    }
}

/// Sends one HTTP request and returns the whole answer, whatever its status. No retry, no redirect, no cookie.
/// Dropping the future abandons the request.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends it.
    ///
    /// # Errors
    /// [`TransportError`] when no whole answer came; it says whether the request may have left.
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError>;
}
