use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SecondsFormat, Utc};
use tokio::time::Instant;

/// A time in the org: milliseconds since 1970 in UTC, the resolution of the wire.
pub(crate) type Millis = i64;

/// Bounds of what RFC 3339 can write with four digits of year.
const FIRST: Millis = -62_135_596_800_000;
const LAST: Millis = 253_402_300_799_999;

/// The org's wall clock: a base that runs on with tokio's clock (so a paused test drives it) and can be moved.
pub(crate) struct VirtualClock {
    base: Millis,
    origin: Instant,
    moved: AtomicI64,
}

impl VirtualClock {
    pub(crate) fn starting_at(base: DateTime<Utc>) -> Self {
        Self { base: base.timestamp_millis(), origin: Instant::now(), moved: AtomicI64::new(0) }
    }

    pub(crate) fn now(&self) -> Millis {
        (self.unmoved() + self.moved.load(Ordering::Relaxed)).clamp(FIRST, LAST)
    }

    /// `None` when the time has no four-digit year.
    pub(crate) fn set(&self, to: Millis) -> Option<()> {
        (FIRST..=LAST).contains(&to).then(|| self.moved.store(to - self.unmoved(), Ordering::Relaxed))
    }

    fn unmoved(&self) -> Millis {
        let ran = i64::try_from(self.origin.elapsed().as_millis()).unwrap_or(LAST);
        self.base.saturating_add(ran).clamp(FIRST, LAST)
    }
}

/// RFC 3339 in UTC with milliseconds, as every answer carries times.
pub(crate) fn rfc3339(at: Millis) -> String {
    DateTime::from_timestamp_millis(at).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// As the `Date` of an answer has it.
pub(crate) fn http_date(at: Millis) -> String {
    let at = DateTime::from_timestamp_millis(at).unwrap_or_default();
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The system's time, for an org that was not told when it is.
#[expect(
    clippy::disallowed_methods,
    reason = "the base of the virtual clock when none is given; read once at start"
)]
pub(crate) fn system_time() -> DateTime<Utc> {
    Utc::now()
}
