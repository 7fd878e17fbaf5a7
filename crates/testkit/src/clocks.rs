use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use model::Clock;
use tokio::time::Instant;

/// A wall clock that stands until a test moves it. Clones show the same time.
///
/// ```
/// use chrono::TimeDelta;
/// use model::Clock;
/// let clock = testkit::ManualClock::at("2026-11-22T12:00:00Z");
/// clock.advance(TimeDelta::hours(2));
/// assert_eq!(clock.now().to_rfc3339(), "2026-11-22T14:00:00+00:00");
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<DateTime<Utc>>>);

impl ManualClock {
    /// A clock that shows this RFC 3339 time.
    ///
    /// # Panics
    /// When the text is no time: the test is wrong.
    #[must_use]
    pub fn at(time: &str) -> Self {
        Self(Arc::new(Mutex::new(time.parse().expect("a test names its time in RFC 3339"))))
    }

    /// Moves it, backwards too, as people and time servers do.
    pub fn advance(&self, by: TimeDelta) {
        *self.lock() += by;
    }

    /// Moves it by so many seconds, backwards too.
    pub fn forward(&self, seconds: i64) {
        self.advance(TimeDelta::seconds(seconds));
    }

    /// Sets it.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.lock() = now;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, DateTime<Utc>> {
        self.0.lock().expect("no code panics while it holds the clock")
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.lock()
    }
}

/// The system's clock, for tests and measurements in real time. The product's own lives in `app`.
#[derive(Debug, Clone, Copy)]
pub struct WallClock;

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "a test in real time, whose processes must agree")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A wall clock that runs with tokio's, from a base: under `start_paused` a month passes in milliseconds and both
/// kinds of time agree. Make it inside the runtime.
#[derive(Debug, Clone, Copy)]
pub struct TokioClock {
    base: DateTime<Utc>,
    began: Instant,
}

impl TokioClock {
    /// Shows this RFC 3339 time now.
    ///
    /// # Panics
    /// When the text is no time: the test is wrong.
    #[must_use]
    pub fn at(time: &str) -> Self {
        Self { base: time.parse().expect("a test names its time in RFC 3339"), began: Instant::now() }
    }
}

impl Clock for TokioClock {
    fn now(&self) -> DateTime<Utc> {
        self.base + TimeDelta::from_std(self.began.elapsed()).expect("no test runs for 292 million years")
    }
}
