use chrono::{DateTime, Utc};
use model::Clock;

/// The wall clock of this machine: the one place that reads it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// Whether the org's own clock tells that this computer's is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrgClock {
    /// As always.
    Compared,
    /// Beside a clock that a test moves as it likes.
    Ignored,
}
