//! How long to wait before the same question is asked again.

use std::time::Duration;

/// Asks for one delete before it counts as failed: the first and three more.
pub(crate) const DELETE_ASKS: u32 = 4;
/// Asks for the delete of one guest in one activation of a run: at the end a run passes over those once more that failed.
pub const MOST_DELETE_ASKS: u32 = 2 * DELETE_ASKS;
/// Asks for a list. More than for a delete, since nothing can go on without it.
pub(crate) const LIST_ASKS: u32 = 7;

const BASE: Duration = Duration::from_millis(250);
const CAP: Duration = Duration::from_secs(30);
/// The longest `Retry-After` that is waited for.
const LONGEST_ASKED: Duration = Duration::from_secs(600);

/// A wait that is not waited for with a run held open: the run pauses, and says when it goes on.
const LONG: Duration = Duration::from_secs(3_600);

/// Whether the org asked for a wait that ends this activation of a run (the vendor's daily limits).
pub(crate) fn is_long(after: Option<Duration>) -> bool {
    after.is_some_and(|after| after >= LONG)
}

/// The pause after the `asks`-th failed ask (from 1): what the org asked for, with a little jitter after it, else
/// exponential with full jitter (AWS, "Exponential Backoff And Jitter"). The salt spreads callers apart.
pub(crate) fn pause(asks: u32, after: Option<Duration>, salt: u64) -> Duration {
    let part = spread(salt ^ u64::from(asks).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    match after {
        Some(wait) => wait.min(LONGEST_ASKED) + BASE.mul_f64(part),
        None => BASE.saturating_mul(1 << asks.clamp(1, 16)).min(CAP).mul_f64(part),
    }
}

/// A number in 0..1 from the salt (SplitMix64's finaliser): even, repeatable, no generator to carry around.
fn spread(salt: u64) -> f64 {
    let mut z = salt.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    (z >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_pause_is_never_shorter_than_asked_nor_longer_than_the_cap(asks in 0u32..200, secs in 0u64..10_000, salt: u64) {
            let asked = Duration::from_secs(secs);
            prop_assert!(pause(asks, Some(asked), salt) >= asked.min(LONGEST_ASKED));
            prop_assert!(pause(asks, Some(asked), salt) <= LONGEST_ASKED + BASE);
            prop_assert!(pause(asks, None, salt) <= CAP);
        }
    }

    #[test]
    fn pauses_grow_and_spread() {
        let mean = |asks| (0..200u64).map(|salt| pause(asks, None, salt)).sum::<Duration>() / 200;
        assert!(mean(2) > mean(1) && mean(3) > mean(2) && mean(4) > mean(3));
        assert_ne!(pause(1, None, 1), pause(1, None, 2));
    }
}
