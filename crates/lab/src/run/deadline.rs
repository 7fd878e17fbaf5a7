use std::time::Duration;

use tokio::time::Instant;

/// The end of a wait. What lies there unread when it comes is still looked at, what comes later is not: so a scenario that was held up
/// misses no answer, and one that is flooded ends in time.
#[derive(Debug)]
pub struct Deadline {
    pub until: Instant,
    /// How many events that lay there unread are still to be taken; `None` before the time is over.
    pub unread: Option<usize>,
}

impl Deadline {
    pub fn at(until: Instant) -> Self {
        Self { until, unread: None }
    }

    pub fn after(time: Duration) -> Self {
        Self::at(Instant::now() + time)
    }

    /// What is left.
    pub fn rest(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}
