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

/// From when to when nothing may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) since: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
}

impl Span {
    /// Whether it is in force. One that begins in the future means that the clock was set back: it counts as over,
    /// because nobody knows how long it really was.
    pub(crate) fn holds(&self, now: DateTime<Utc>) -> bool {
        self.since <= now && now < self.until
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
        // After the clock was set back only what is known to be past counts.
        self.0.retain(|at| *at <= now);
        self.0.push(now);
        let surplus = self.0.len().saturating_sub(limit.messages.max(1) as usize);
        self.0.drain(..surplus);
    }

    /// Whether an attempt is so recent that the limit may still need to know of it.
    pub(crate) fn counts(&self, limit: RateLimit, now: DateTime<Utc>) -> bool {
        let elapsed = self.0.last().and_then(|last| (now - last).to_std().ok());
        elapsed.is_some_and(|elapsed| elapsed < limit.per)
    }

    /// Until when the limit holds the next one back; `None` while it does not.
    pub(crate) fn span(&self, limit: RateLimit) -> Option<Span> {
        if self.0.len() < limit.messages.max(1) as usize {
            return None;
        }
        let (oldest, since) = (*self.0.first()?, *self.0.last()?);
        let until = oldest.checked_add_signed(TimeDelta::from_std(limit.per).ok()?)?;
        Some(Span { since, until })
    }
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
