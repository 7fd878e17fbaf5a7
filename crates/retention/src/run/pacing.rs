//! How fast deletes may leave, and how fast they did.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use super::control::Request;

/// Pace and rate of one activation of a run.
#[derive(Debug, Default)]
pub(super) struct Pacing {
    last: Option<Instant>,
    recent: VecDeque<Deleted>,
}

/// Deletes that were answered within a moment of each other: an org that deletes in bulk answers for many at once.
#[derive(Debug, Clone, Copy)]
struct Deleted {
    at: Instant,
    guests: u32,
}

/// Answers that are no further apart belong to one moment.
const MOMENT: Duration = Duration::from_millis(100);
/// Moments that are remembered.
const MOMENTS: usize = 64;
/// Over a shorter time nothing is said of a minute.
const MEASURED: Duration = Duration::from_secs(3);

impl Pacing {
    /// When the next delete may leave.
    pub fn next(&self, requested: &Request) -> Option<Instant> {
        let pace = requested.pace?;
        self.last.map(|last| last + Duration::from_secs(60) / pace.get())
    }

    /// Deletes that leave together: under a pace they take the slots of as many that leave alone.
    pub fn take(&mut self, now: Instant, deletes: usize, requested: &Request) {
        let more = u32::try_from(deletes.saturating_sub(1)).unwrap_or(u32::MAX);
        let slot = requested.pace.map_or(Duration::ZERO, |pace| Duration::from_secs(60) / pace.get());
        self.last = Some(now + slot.saturating_mul(more));
    }

    /// A guest was deleted.
    pub fn deleted(&mut self, now: Instant) {
        match self.recent.back_mut().filter(|newest| now < newest.at + MOMENT) {
            Some(newest) => newest.guests = newest.guests.saturating_add(1),
            None => {
                if self.recent.len() == MOMENTS {
                    self.recent.pop_front();
                }
                self.recent.push_back(Deleted { at: now, guests: 1 });
            }
        }
    }

    /// Deletes a minute lately; 0 before there is enough to measure. The first moment only begins the time.
    pub fn rate(&self) -> f64 {
        let (Some(first), Some(last)) = (self.recent.front(), self.recent.back()) else { return 0.0 };
        let measured = last.at.duration_since(first.at);
        if measured < MEASURED {
            return 0.0;
        }
        let guests: u64 = self.recent.iter().skip(1).map(|moment| u64::from(moment.guests)).sum();
        guests as f64 * 60.0 / measured.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(batches: u32, guests: u32, apart: Duration) -> f64 {
        let (mut pacing, begin) = (Pacing::default(), Instant::now());
        for batch in 0..batches {
            (0..guests).for_each(|n| pacing.deleted(begin + apart * batch + Duration::from_micros(n.into())));
        }
        pacing.rate()
    }

    #[test]
    fn a_run_that_is_too_short_has_no_rate_and_batches_count_by_the_time_between_them() {
        assert_eq!(after(1, 100, Duration::ZERO), 0.0, "answers of one moment");
        assert_eq!(after(2, 100, Duration::from_secs(2)), 0.0);
        let measured = after(11, 100, Duration::from_secs(6));
        assert!((999.0..=1_001.0).contains(&measured), "{measured}");
        let alone = after(200, 1, Duration::from_secs(1));
        assert!((59.9..=60.1).contains(&alone), "{alone}");
    }
}
