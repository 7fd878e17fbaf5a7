//! How many guests were counted on which day, kept for a while.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use model::{AgeClock, KeepDays, RetentionPolicy, Selection};
use retention::forecast::Histogram;

/// How long counts are good for.
const KEPT_FOR: TimeDelta = TimeDelta::minutes(15);

/// What was counted last.
pub(crate) struct Counted {
    pub(super) clock: AgeClock,
    pub(super) filter: Option<Selection>,
    pub(super) today: NaiveDate,
    /// Days that were told apart, back from today; all that are older are one number.
    pub(super) longest: KeepDays,
    pub(super) guests: Histogram,
    pub(super) at: DateTime<Utc>,
}

impl Counted {
    pub(super) fn serves(&self, policy: &RetentionPolicy, longest: KeepDays, now: DateTime<Utc>) -> bool {
        (self.clock, &self.filter) == (policy.clock, &policy.filter)
            && self.today == now.date_naive()
            && self.longest.get() >= longest.get()
            && now.signed_duration_since(self.at).abs() < KEPT_FOR
    }
}
