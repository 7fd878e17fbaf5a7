//! What goes over the wire, and when.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use genesys::{Transport, TransportError};
use tokio::time::Instant;

/// One request and what came of it.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub sent: Instant,
    pub ended: Instant,
    /// 0 for no whole answer.
    pub status: u16,
    pub retry_after: Option<Duration>,
    pub correlation_id: String,
}

impl Seen {
    /// Whether the rate budget counts it.
    pub fn is_counted(&self) -> bool {
        self.path != "/oauth/token"
    }
}

/// A transport that writes down what goes through it to another one.
#[derive(Clone)]
pub struct Wiretap {
    transport: Arc<dyn Transport>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Wiretap {
    pub fn new(transport: impl Transport + 'static) -> Self {
        Self { transport: Arc::new(transport), seen: Arc::default() }
    }

    /// In the order in which they were sent.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

#[async_trait]
impl Transport for Wiretap {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let now = Instant::now();
        let n = {
            let mut seen = self.seen.lock().unwrap();
            seen.push(Seen {
                method: request.method().to_string(),
                path: request.uri().path().to_owned(),
                sent: now,
                ended: now,
                status: 0,
                retry_after: None,
                correlation_id: String::new(),
            });
            seen.len() - 1
        };
        let answer = self.transport.send(request).await;
        let mut seen = self.seen.lock().unwrap();
        seen[n].ended = Instant::now();
        if let Ok(answer) = &answer {
            let text = |name: &str| answer.headers().get(name).and_then(|v| v.to_str().ok());
            seen[n].status = answer.status().as_u16();
            seen[n].retry_after = text("retry-after").and_then(|s| s.parse().ok()).map(Duration::from_secs);
            seen[n].correlation_id = text("inin-correlation-id").unwrap_or_default().to_owned();
        }
        answer
    }
}
