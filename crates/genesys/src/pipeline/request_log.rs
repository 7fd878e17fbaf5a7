//! What was asked of the org lately, for the Activity screen.

use std::{collections::VecDeque, sync::Mutex};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

/// How many records are kept: some three minutes at the full rate of 300 calls a minute, in about 200 KiB.
const KEPT: usize = 1_000;
/// Where tokens are issued; the template under which sign-ins stand in the log.
pub(super) const SIGN_IN_PATH: &str = "/oauth/token";

/// One try of one call. Never a header, token, body, id or query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRecord {
    /// When the try ended, UTC.
    pub at: DateTime<Utc>,
    /// `GET`, `POST`…
    pub method: String,
    /// The path with placeholders, such as `/api/v2/guests/{id}`.
    pub template: &'static str,
    /// The status of the answer; `None` when no whole answer came.
    pub status: Option<u16>,
    /// From the first byte sent to the whole answer, in milliseconds; waiting for the rate budget is not in it.
    pub millis: u64,
    /// 1 for the first try of a call.
    pub attempt: u32,
    /// The org's name for this exchange, to quote to its support.
    pub correlation_id: Option<String>,
}

impl RequestRecord {
    /// Whether it was a sign-in.
    #[must_use]
    pub fn is_sign_in(&self) -> bool {
        self.template == SIGN_IN_PATH
    }
}

/// A ring of the last records.
#[derive(Debug)]
pub(crate) struct RequestLog {
    ring: Mutex<VecDeque<RequestRecord>>,
    bumps: watch::Sender<u64>,
}

impl RequestLog {
    pub(crate) fn new() -> Self {
        Self { ring: Mutex::new(VecDeque::new()), bumps: watch::Sender::new(0) }
    }

    pub(crate) fn push(&self, record: RequestRecord) {
        {
            let mut ring = self.ring.lock().expect("no code panics while it holds the ring");
            if ring.len() == KEPT {
                ring.pop_front();
            }
            ring.push_back(record);
        }
        self.bumps.send_modify(|n| *n += 1);
    }

    /// Newest first.
    pub(crate) fn records(&self) -> Vec<RequestRecord> {
        let ring = self.ring.lock().expect("no code panics while it holds the ring");
        ring.iter().rev().cloned().collect()
    }

    pub(crate) fn activity(&self) -> watch::Receiver<u64> {
        self.bumps.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_comes_first_and_the_oldest_falls_out() {
        let log = RequestLog::new();
        for attempt in 1..=1_003 {
            log.push(RequestRecord {
                at: DateTime::UNIX_EPOCH,
                method: "GET".into(),
                template: "/api/v2/guests",
                status: Some(200),
                millis: 1,
                attempt,
                correlation_id: None,
            });
        }
        let attempts: Vec<u32> = log.records().iter().map(|r| r.attempt).collect();
        assert_eq!((attempts.len(), attempts[0], attempts[999]), (1_000, 1_003, 4));
        assert_eq!(*log.activity().borrow(), 1_003);
    }
}
