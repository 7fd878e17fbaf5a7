//! A clock that jumped. A cut-off is counted from the clock, so one that runs ahead deletes guests that are too young.
//!
//! Three witnesses: the clock when it was last looked at, the time that passed since by a clock that cannot be set, and the
//! org's own clock (its `Date` header). The org's decides where it is known: it tells a long sleep from a wrong clock.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// A difference up to this is a slow clock, a daylight saving mistake or a nap.
pub const TOLERATED: TimeDelta = TimeDelta::hours(24);

/// The last look at the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReading {
    /// What it said.
    pub at: DateTime<Utc>,
    /// How long ago that was, by the monotonic clock; `None` when it was before a restart.
    pub passed: Option<Duration>,
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Jump {
    /// Nothing.
    None,
    /// A person has to say that the clock is right.
    Ask {
        /// Seconds by which it is ahead (behind when negative) of what was expected.
        seconds: i64,
        /// Whether the org's clock says so; else only our own last look does, and it may have been a long sleep.
        by_the_org: bool,
    },
}

/// Whether the clock can be believed.
///
/// With the org's time: it asks when the two differ by more than [`TOLERATED`]. Without: when the clock moved more than that
/// beyond the time that passed, either way. The monotonic clock stands still in a sleep, so a sleep of more than a day asks
/// too; over a restart nobody knows how long it took, so only a clock that went back asks.
///
/// ```
/// use retention::clock_jump::{Jump, ClockReading, check};
/// let at = "2026-11-22T02:00:00Z".parse().unwrap();
/// let next = "2026-11-22T02:00:30Z".parse().unwrap();
/// let look = ClockReading { at, passed: Some(std::time::Duration::from_secs(30)) };
/// assert_eq!(check(Some(look), next, None), Jump::None);
/// let year = "2027-11-22T02:00:30Z".parse().unwrap();
/// assert!(matches!(check(Some(look), year, None), Jump::Ask { by_the_org: false, .. }));
/// assert!(matches!(check(None, year, Some(next)), Jump::Ask { by_the_org: true, .. }));
/// ```
#[must_use]
pub fn check(last: Option<ClockReading>, now: DateTime<Utc>, org: Option<DateTime<Utc>>) -> Jump {
    let ask = |off: TimeDelta, by_the_org| match off.abs() > TOLERATED {
        true => Jump::Ask { seconds: off.num_seconds(), by_the_org },
        false => Jump::None,
    };
    if let Some(org) = org {
        return ask(now.signed_duration_since(org), true);
    }
    let Some(last) = last else { return Jump::None };
    let moved = now.signed_duration_since(last.at);
    match last.passed {
        Some(passed) => ask(moved - TimeDelta::from_std(passed).unwrap_or(TimeDelta::MAX), false),
        None => ask(moved.min(TimeDelta::zero()), false),
    }
}

/// Whether a plan was made by a clock that can be believed: `made` is when it was made by this computer's clock, `org_then`
/// the org's clock at that moment.
///
/// It asks when the two differ by more than [`TOLERATED`], ahead or behind, and when the plan comes from the future of the
/// org's clock, or, where the org shows none, of our own. A plan that is merely old asks nothing: its cut-off spares more.
///
/// ```
/// use retention::clock_jump::{Jump, of_plan};
/// let [made, org] = ["2026-12-02T02:00:00Z", "2026-11-22T02:00:00Z"].map(|t| t.parse().unwrap());
/// // The clock is right again, and still the plan of then has guests that are too young.
/// assert!(matches!(of_plan(made, Some(org), org, Some(org)), Jump::Ask { seconds: 864_000, by_the_org: true }));
/// assert!(matches!(of_plan(made, None, org, None), Jump::Ask { by_the_org: false, .. }));
/// assert_eq!(of_plan(org, Some(org), made, Some(made)), Jump::None);
/// ```
#[must_use]
pub fn of_plan(
    made: DateTime<Utc>,
    org_then: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    org_now: Option<DateTime<Utc>>,
) -> Jump {
    let off = |clock: DateTime<Utc>| made.signed_duration_since(clock);
    if let Some(then) = org_then.map(off).filter(|off| off.abs() > TOLERATED) {
        return Jump::Ask { seconds: then.num_seconds(), by_the_org: true };
    }
    let ahead = off(org_now.unwrap_or(now));
    match ahead > TOLERATED {
        true => Jump::Ask { seconds: ahead.num_seconds(), by_the_org: org_now.is_some() },
        false => Jump::None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    const HOUR: i64 = 3_600;

    #[test]
    fn a_restart_after_a_holiday_asks_nothing_but_a_clock_that_went_back_does() {
        let last = Some(ClockReading { at: at("2026-11-01T00:00:00Z"), passed: None });
        assert_eq!(check(last, at("2026-11-22T00:00:00Z"), None), Jump::None);
        assert_eq!(
            check(last, at("2026-10-30T00:00:00Z"), None),
            Jump::Ask { seconds: -48 * HOUR, by_the_org: false }
        );
    }

    #[test]
    fn the_org_tells_a_long_sleep_from_a_wrong_clock() {
        let last =
            Some(ClockReading { at: at("2026-11-20T00:00:00Z"), passed: Some(Duration::from_secs(60)) });
        let monday = at("2026-11-23T08:00:00Z");
        assert!(matches!(check(last, monday, None), Jump::Ask { by_the_org: false, .. }));
        assert_eq!(check(last, monday, Some(monday)), Jump::None);
        let org = at("2026-11-20T00:01:00Z");
        assert_eq!(
            check(last, monday, Some(org)),
            Jump::Ask { seconds: (monday - org).num_seconds(), by_the_org: true }
        );
    }

    proptest! {
        #[test]
        fn a_clock_that_goes_with_time_never_asks_and_one_that_jumps_over_a_day_always_does(
            passed in 0i64..10_000_000, off in -200 * HOUR..200 * HOUR,
        ) {
            let start = at("2026-03-28T12:00:00Z");
            let look = ClockReading { at: start, passed: Some(Duration::from_secs(passed.unsigned_abs())) };
            let now = start + TimeDelta::seconds(passed + off);
            prop_assert_eq!(check(Some(look), now, None) != Jump::None, off.abs() > 24 * HOUR);
            prop_assert_eq!(check(None, now, Some(now - TimeDelta::seconds(off))) != Jump::None, off.abs() > 24 * HOUR);
        }

        // Whatever happened to this computer's clock between plan and run, a plan whose clock was off by more than a day
        // asks, where the org showed its own at either time.
        #[test]
        fn a_plan_by_a_wrong_clock_asks_and_one_by_a_right_clock_does_not(
            then in -400 * HOUR..400 * HOUR, later in 0i64..400 * HOUR, off_now in -400 * HOUR..400 * HOUR,
            told_then: bool, told_now: bool,
        ) {
            let org_then = at("2026-03-28T12:00:00Z");
            let org_now = org_then + TimeDelta::seconds(later);
            let (made, now) = (org_then + TimeDelta::seconds(then), org_now + TimeDelta::seconds(off_now));
            let asks = of_plan(made, told_then.then_some(org_then), now, told_now.then_some(org_now)) != Jump::None;
            let was_off = then.abs() > 24 * HOUR;
            if told_then && was_off {
                prop_assert!(asks);
            }
            if told_now && then > later + 24 * HOUR {
                prop_assert!(asks);
            }
            if !told_now && then > later + off_now + 24 * HOUR {
                prop_assert!(asks, "made in the future of our own clock");
            }
            if told_now && !was_off {
                prop_assert!(!asks);
            }
        }
    }
}
