//! The drift brake: a plan far above what the last runs were asks before it runs.

use serde::{Deserialize, Serialize};

/// When a count is far from usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Brake {
    /// More than this many times the usual asks.
    pub times: u32,
    /// Up to this many guests never ask, however few are usual.
    pub floor: u64,
}

impl Default for Brake {
    /// Three times the usual, from 100 guests on: where the production guard begins too.
    fn default() -> Self {
        Self { times: 3, floor: 100 }
    }
}

/// A plan far above what is usual: a person has to say yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unusual {
    /// The median of the last plans.
    pub usual: u64,
    /// Guests that this plan would delete.
    pub planned: u64,
}

/// Plans that count, from the newest.
const LAST: usize = 9;

/// Compares the guests a plan would delete with those of the plans that ran before, the newest first. The first plan of a
/// policy has nothing to be compared with: its confirmation showed how many guests are due.
///
/// # Errors
/// Both numbers, for a person to say yes.
///
/// ```
/// use retention::drift::{Brake, Unusual, check};
/// assert_eq!(check(420, &[90, 110, 100], Brake::default()), Err(Unusual { usual: 100, planned: 420 }));
/// assert_eq!(check(300, &[90, 110, 100], Brake::default()), Ok(()));
/// ```
pub fn check(planned: u64, last: &[u64], brake: Brake) -> Result<(), Unusual> {
    let mut last: Vec<u64> = last.iter().copied().take(LAST).collect();
    last.sort_unstable();
    // Of an even number the lower of the two in the middle: the careful one.
    let Some(&usual) = last.get(last.len().saturating_sub(1) / 2) else { return Ok(()) };
    if planned > brake.floor && planned > usual.saturating_mul(brake.times.into()) {
        Err(Unusual { usual, planned })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_odd_night_does_not_move_what_is_usual() {
        let nights = [100, 2, 95, 9_000, 105];
        assert_eq!(check(301, &nights, Brake::default()), Err(Unusual { usual: 100, planned: 301 }));
        assert_eq!(check(300, &nights, Brake::default()), Ok(()));
    }

    #[test]
    fn few_guests_never_ask_and_quiet_weeks_do_not_open_the_door() {
        assert_eq!(check(100, &[0, 0, 0], Brake::default()), Ok(()));
        assert_eq!(check(101, &[0, 0, 0], Brake::default()), Err(Unusual { usual: 0, planned: 101 }));
        assert_eq!(check(1_000_000, &[], Brake::default()), Ok(()));
        assert_eq!(check(400, &[100, 900], Brake::default()), Err(Unusual { usual: 100, planned: 400 }));
    }

    #[test]
    fn only_the_newest_plans_count() {
        let mut nights = vec![10; 9];
        nights.extend([10_000; 50]);
        assert_eq!(check(500, &nights, Brake::default()), Err(Unusual { usual: 10, planned: 500 }));
    }

    proptest! {
        #[test]
        fn what_asks_goes_on_asking_when_more_are_due_and_never_below_the_floor(
            planned in 0u64..100_000, more in 0u64..100_000, last in proptest::collection::vec(0u64..50_000, 0..20),
            times in 1u32..20, floor in 0u64..1_000,
        ) {
            let brake = Brake { times, floor };
            if check(planned, &last, brake).is_err() {
                prop_assert!(planned > floor);
                prop_assert!(check(planned + more, &last, brake).is_err());
            }
            // A plan that is no larger than every plan before never asks.
            if let Some(least) = last.iter().take(LAST).min() {
                prop_assert_eq!(check(*least, &last, brake), Ok(()));
            }
        }
    }
}
