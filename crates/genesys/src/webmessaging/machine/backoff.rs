//! How long nothing is tried after a failure: doubled with each, all of it left to chance ("full jitter"), so that a thousand
//! guests who lost their connections at once do not come back at once.

use std::time::Duration;

const BASE: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);

/// The pause after so many failures, from 1; `roll` is uniform in 0..1.
pub(super) fn pause(failures: u32, roll: f64) -> Duration {
    let doubled = BASE.saturating_mul(1 << failures.saturating_sub(1).min(16));
    doubled.min(LONGEST).mul_f64(roll.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_up_to_half_a_minute_and_all_of_it_is_chance() {
        for (failures, most) in [(0, 500), (1, 500), (2, 1_000), (6, 16_000), (7, 30_000), (u32::MAX, 30_000)]
        {
            assert_eq!(pause(failures, 1.0), Duration::from_millis(most), "{failures}");
            assert_eq!(pause(failures, 0.0), Duration::ZERO);
        }
    }
}
