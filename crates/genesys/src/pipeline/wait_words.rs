use std::time::Duration;

/// A wait as a person reads it: in seconds below two minutes, in minutes below two hours, else in hours and minutes. Rounded up,
/// so that nobody comes back too early.
///
/// ```
/// use std::time::Duration;
/// assert_eq!(genesys::wait_words(Duration::from_secs(7_200)), "2 hours");
/// ```
#[must_use]
pub fn wait_words(wait: Duration) -> String {
    let counted = |n: u128, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
    let seconds = wait.as_millis().div_ceil(1_000).max(1);
    if seconds < 120 {
        return counted(seconds, "second");
    }
    let minutes = seconds.div_ceil(60);
    match (minutes / 60, minutes % 60) {
        (0 | 1, _) => counted(minutes, "minute"),
        (hours, 0) => counted(hours, "hour"),
        (hours, minutes) => format!("{} {}", counted(hours, "hour"), counted(minutes, "minute")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_the_unit_that_fits_and_never_too_short() {
        for (millis, words) in [
            (0, "1 second"),
            (1_000, "1 second"),
            (41_001, "42 seconds"),
            (119_000, "119 seconds"),
            (120_000, "2 minutes"),
            (121_000, "3 minutes"),
            (3_600_000, "60 minutes"),
            (7_200_000, "2 hours"),
            (7_260_000, "2 hours 1 minute"),
            (36_000_000 + 59 * 60_000 + 1, "11 hours"),
        ] {
            assert_eq!(wait_words(Duration::from_millis(millis)), words, "{millis}");
        }
    }
}
