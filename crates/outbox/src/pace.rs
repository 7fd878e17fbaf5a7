//! Waits as spans of time, and the limit per conversation: pure.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// At most so many messages to one conversation in any stretch of time. Measured where attempts begin; not kept over
/// a restart, where the org's own answer is the limit.
///
/// ```
/// use std::time::Duration;
/// let vendors_socket = outbox::RateLimit { messages: 2, per: Duration::from_secs(1) };
/// let options = outbox::Options { per_session: Some(vendors_socket), ..Default::default() };
/// # let _ = options;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// How many; none counts as one.
    pub messages: u32,
    /// In how long a time.
    pub per: Duration,
}

/// A wait that nothing shortens, neither a cap nor the network's return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FixedWait {
    /// Until the history of a guest is read for the second time.
    SecondReading,
    /// Until the time that the org named.
    Told,
}

/// A clock that is corrected by no more than this leaves a wait as it is: time servers set clocks back by a little, and
/// a `Retry-After` of some seconds ago would otherwise be forgotten.
pub(crate) const CORRECTION: Duration = Duration::from_secs(60);

/// From when to when nothing may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// Its beginning, less what a clock may be corrected by.
    pub(crate) from: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
}

impl Span {
    /// What begins at `since`, of waits that are `length` long. A clock may be corrected by that much, and by a
    /// [`CORRECTION`] at most: so no wait becomes longer than twice what it was.
    pub(crate) fn new(since: DateTime<Utc>, until: DateTime<Utc>, length: Duration) -> Self {
        let from = since.checked_sub_signed(signed(length.min(CORRECTION))).unwrap_or(since);
        Self { from, until }
    }

    /// Whether it is in force. One that begins in the future means that the clock was set back: it counts as over, because
    /// nobody knows how long it really was.
    pub(crate) fn holds(&self, now: DateTime<Utc>) -> bool {
        self.from <= now && now < self.until
    }

    /// What is left of it.
    pub(crate) fn left(&self, now: DateTime<Utc>) -> Duration {
        if self.holds(now) { (self.until - now).to_std().unwrap_or_default() } else { Duration::ZERO }
    }
}

/// When the last attempts of one conversation began, the newest last; no more than the limit needs.
#[derive(Debug, Default)]
pub(crate) struct Recent(Vec<DateTime<Utc>>);

impl Recent {
    pub(crate) fn sent(&mut self, now: DateTime<Utc>, limit: RateLimit) {
        // What lies further ahead than the limit reaches was before the clock was set back.
        self.0.retain(|at| *at - now < signed(limit.per));
        self.0.push(now);
        let surplus = self.0.len().saturating_sub(limit.messages.max(1) as usize);
        self.0.drain(..surplus);
    }

    /// Whether an attempt is so recent that the limit may still need to know of it.
    pub(crate) fn counts(&self, limit: RateLimit, now: DateTime<Utc>) -> bool {
        self.0.last().is_some_and(|last| (now - last).abs() < signed(limit.per))
    }

    /// Until when the limit holds the next one back; `None` while it does not.
    pub(crate) fn span(&self, limit: RateLimit) -> Option<Span> {
        if self.0.len() < limit.messages.max(1) as usize {
            return None;
        }
        let (oldest, since) = (*self.0.first()?, *self.0.last()?);
        let until = oldest.checked_add_signed(signed(limit.per))?;
        Some(Span::new(since, until, limit.per))
    }
}

fn signed(time: Duration) -> TimeDelta {
    TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_800_000_000_000 + millis).unwrap()
    }

    proptest! {
        #[test]
        fn no_stretch_of_the_length_holds_more_than_the_limit(
            tries in proptest::collection::vec(0..700i64, 1..80), messages in 1..5u32, per in 1..1_500i64,
        ) {
            let limit = RateLimit { messages, per: Duration::from_millis(per.unsigned_abs()) };
            let (mut recent, mut now, mut sent) = (Recent::default(), 0, Vec::new());
            for pause in tries {
                now += pause;
                let wait = recent.span(limit).map_or(Duration::ZERO, |s| s.left(at(now)));
                now += i64::try_from(wait.as_millis()).unwrap();
                prop_assert!(!recent.span(limit).is_some_and(|s| s.holds(at(now))), "the wait is enough");
                recent.sent(at(now), limit);
                sent.push(now);
            }
            for window in sent.windows(messages as usize + 1) {
                prop_assert!(window[messages as usize] - window[0] >= per, "{window:?}");
            }
        }
    }

    #[test]
    fn a_clock_that_is_corrected_a_little_leaves_waits_and_the_limit_as_they_are() {
        let told = Span::new(at(0), at(5_000), Duration::from_secs(5));
        assert_eq!(told.left(at(-50)), Duration::from_millis(5_050));
        assert_eq!(told.left(at(-5_000)), Duration::from_secs(10), "twice its length, and no longer");
        assert_eq!(told.left(at(-5_001)), Duration::ZERO);
        let day = Span::new(at(0), at(86_400_000), Duration::from_secs(86_400));
        assert_eq!(day.left(at(-60_000)), Duration::from_secs(86_460));
        assert_eq!(day.left(at(-60_001)), Duration::ZERO);

        let limit = RateLimit { messages: 2, per: Duration::from_secs(1) };
        let mut recent = Recent::default();
        recent.sent(at(0), limit);
        recent.sent(at(-50), limit);
        assert!(recent.counts(limit, at(-100)));
        assert_eq!(recent.span(limit).unwrap().left(at(-100)), Duration::from_millis(1_100));

        let mut nearly = Recent::default();
        nearly.sent(at(0), limit);
        nearly.sent(at(900), limit);
        assert_eq!(
            nearly.span(limit).unwrap().left(at(750)),
            Duration::from_millis(250),
            "200 ms back from 950"
        );
    }

    #[test]
    fn a_clock_set_back_does_not_hold_a_conversation_for_longer_than_the_limit() {
        let limit = RateLimit { messages: 2, per: Duration::from_secs(1) };
        let mut recent = Recent::default();
        recent.sent(at(1_000_000), limit);
        recent.sent(at(1_000_000), limit);
        assert_eq!(recent.span(limit).unwrap().left(at(0)), Duration::ZERO);
        recent.sent(at(0), limit);
        assert_eq!(recent.span(limit), None, "one message is known of");
    }
}
