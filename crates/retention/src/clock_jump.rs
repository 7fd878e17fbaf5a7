//! A clock that jumped. A cut-off is counted from the clock, so one that runs ahead deletes guests that are too young.
//!
//! Three witnesses: the clock when it was last looked at, the time that passed since by a clock that cannot be set, and the
//! org's own clock (its `Date` header). The org's decides where it is known: it tells a long sleep from a wrong clock.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

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

/// A clock that is too far off to be believed: a person has to say that it is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClockOff {
    /// Seconds by which it is ahead (behind when negative) of what was expected.
    pub seconds: i64,
    /// Whether the org's clock says so; else only our own last look does, and it may have been a long sleep.
    pub by_the_org: bool,
}

fn tolerated(off: TimeDelta, by_the_org: bool) -> Result<(), ClockOff> {
    match off.abs() > TOLERATED {
        true => Err(ClockOff { seconds: off.num_seconds(), by_the_org }),
        false => Ok(()),
    }
}

/// Whether the clock can be believed.
///
/// With the org's time: it asks when the two differ by more than [`TOLERATED`]. Without: when the clock moved more than that
/// beyond the time that passed, either way. The monotonic clock stands still in a sleep, so a sleep of more than a day asks
/// too; over a restart nobody knows how long it took, so only a clock that went back asks.
///
/// # Errors
/// By how much it is off, for a person to say that it is right.
///
/// ```
/// use retention::clock_jump::{ClockReading, check};
/// let at = "2026-11-22T02:00:00Z".parse().unwrap();
/// let next = "2026-11-22T02:00:30Z".parse().unwrap();
/// let look = ClockReading { at, passed: Some(std::time::Duration::from_secs(30)) };
/// assert_eq!(check(Some(look), next, None), Ok(()));
/// let year = "2027-11-22T02:00:30Z".parse().unwrap();
/// assert!(!check(Some(look), year, None).unwrap_err().by_the_org);
/// assert!(check(None, year, Some(next)).unwrap_err().by_the_org);
/// ```
pub fn check(
    last: Option<ClockReading>,
    now: DateTime<Utc>,
    org: Option<DateTime<Utc>>,
) -> Result<(), ClockOff> {
    if let Some(org) = org {
        return tolerated(now.signed_duration_since(org), true);
    }
    let Some(last) = last else { return Ok(()) };
    let moved = now.signed_duration_since(last.at);
    let off = match last.passed {
        Some(passed) => moved - TimeDelta::from_std(passed).unwrap_or(TimeDelta::MAX),
        None => moved.min(TimeDelta::zero()),
    };
    tolerated(off, false)
}

/// Whether a plan was made by a clock that can be believed: `made` is when it was made by this computer's clock, `org_then`
/// the org's clock at that moment.
///
/// It asks when the two differ by more than [`TOLERATED`], ahead or behind, and when the plan comes from the future of the
/// org's clock, or, where the org shows none, of our own. A plan that is merely old asks nothing: its cut-off spares more.
///
/// # Errors
/// By how much it was off.
///
/// ```
/// use retention::clock_jump::{ClockOff, of_plan};
/// let [made, org] = ["2026-12-02T02:00:00Z", "2026-11-22T02:00:00Z"].map(|t| t.parse().unwrap());
/// // The clock is right again, and still the plan of then has guests that are too young.
/// let off = ClockOff { seconds: 864_000, by_the_org: true };
/// assert_eq!(of_plan(made, Some(org), org, Some(org)), Err(off));
/// assert!(!of_plan(made, None, org, None).unwrap_err().by_the_org);
/// assert_eq!(of_plan(org, Some(org), made, Some(made)), Ok(()));
/// ```
pub fn of_plan(
    made: DateTime<Utc>,
    org_then: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    org_now: Option<DateTime<Utc>>,
) -> Result<(), ClockOff> {
    if let Some(then) = org_then {
        tolerated(made.signed_duration_since(then), true)?;
    }
    let off = made.signed_duration_since(org_now.unwrap_or(now));
    tolerated(off.max(TimeDelta::zero()), org_now.is_some())
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
        assert_eq!(check(last, at("2026-11-22T00:00:00Z"), None), Ok(()));
        assert_eq!(
            check(last, at("2026-10-30T00:00:00Z"), None),
            Err(ClockOff { seconds: -48 * HOUR, by_the_org: false })
        );
    }

    #[test]
    fn the_org_tells_a_long_sleep_from_a_wrong_clock() {
        let last =
            Some(ClockReading { at: at("2026-11-20T00:00:00Z"), passed: Some(Duration::from_secs(60)) });
        let monday = at("2026-11-23T08:00:00Z");
        assert!(!check(last, monday, None).unwrap_err().by_the_org);
        assert_eq!(check(last, monday, Some(monday)), Ok(()));
        let org = at("2026-11-20T00:01:00Z");
        assert_eq!(
            check(last, monday, Some(org)),
            Err(ClockOff { seconds: (monday - org).num_seconds(), by_the_org: true })
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
            prop_assert_eq!(check(Some(look), now, None).is_err(), off.abs() > 24 * HOUR);
            prop_assert_eq!(check(None, now, Some(now - TimeDelta::seconds(off))).is_err(), off.abs() > 24 * HOUR);
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
            let asks = of_plan(made, told_then.then_some(org_then), now, told_now.then_some(org_now)).is_err();
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
