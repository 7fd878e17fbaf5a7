use chrono::{DateTime, Utc};

/// Where the wall-clock time comes from. A port: the one real implementation is `app::SystemClock`, tests hand
/// in a clock they can move. Timeouts and pauses use `tokio::time`, never this.
pub trait Clock: Send + Sync {
    /// The current time in UTC.
    fn now(&self) -> DateTime<Utc>;
}
