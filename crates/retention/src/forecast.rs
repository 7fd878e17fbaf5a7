//! How many guests fall due on each of the next days, and what another number of days would do. By age alone: holds, open
//! conversations and edits until then are not known yet.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use model::KeepDays;

/// Days a forecast looks ahead.
pub const AHEAD: u64 = 90;

/// Guests by the day (UTC) of the time that counts for them: `createdTime` or `modifiedTime`, as the policy's clock says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram(BTreeMap<NaiveDate, u64>);

impl Histogram {
    /// Counts one guest.
    pub fn add(&mut self, time: DateTime<Utc>) {
        self.add_many(time.date_naive(), 1);
    }

    /// Counts many guests of one day, such as the `total` of a list between two midnights.
    pub fn add_many(&mut self, day: NaiveDate, guests: u64) {
        if guests > 0 {
            let counted = self.0.entry(day).or_default();
            *counted = counted.saturating_add(guests);
        }
    }
}

/// What falls due when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// Guests are kept this many days.
    pub days: u16,
    /// Due already when today (UTC) began.
    pub already: u64,
    /// Guests that fall due in the course of each day, today first, [`AHEAD`] of them.
    pub ahead: Vec<(NaiveDate, u64)>,
    /// Guests that fall due after that.
    pub later: u64,
}

/// Looks ahead. A guest of day D falls due on day D + `keep`, at the same time of day.
///
/// ```
/// use retention::forecast::{Histogram, forecast};
/// let mut guests = Histogram::default();
/// guests.add("2026-10-24T15:00:00Z".parse().unwrap());
/// let seen = forecast(&guests, model::KeepDays::default(), "2026-11-22".parse().unwrap());
/// assert_eq!(seen.ahead[1], ("2026-11-23".parse().unwrap(), 1));
/// ```
#[must_use]
pub fn forecast(guests: &Histogram, keep: KeepDays, today: NaiveDate) -> Forecast {
    let mut seen = Forecast {
        days: keep.get(),
        already: 0,
        ahead: (0..AHEAD).filter_map(|n| Some((today.checked_add_days(Days::new(n))?, 0))).collect(),
        later: 0,
    };
    for (day, count) in &guests.0 {
        let left = day.signed_duration_since(today).num_days() + i64::from(keep.get());
        let due = match usize::try_from(left).map(|left| seen.ahead.get_mut(left)) {
            Ok(Some((_, due))) => due,
            Ok(None) => &mut seen.later,
            Err(_) => &mut seen.already,
        };
        *due = due.saturating_add(*count);
    }
    seen
}

/// How many more guests would be due at once under `then` than under `now`; fewer when negative.
#[must_use]
pub fn more_at_once(now: &Forecast, then: &Forecast) -> i64 {
    let more = i128::from(then.already) - i128::from(now.already);
    let most = if more < 0 { i64::MIN } else { i64::MAX };
    i64::try_from(more).unwrap_or(most)
}

/// The days (UTC) whose guests a forecast tells apart, for up to this many days kept: one count each is enough, and one for
/// all that is older. The oldest first.
#[must_use]
pub fn days_to_count(longest: KeepDays, today: NaiveDate) -> Vec<NaiveDate> {
    let back = u64::from(longest.get());
    (0..=back).rev().filter_map(|n| today.checked_sub_days(Days::new(n))).collect()
}

#[cfg(test)]
mod tests {
    use model::{Guest, RetentionPolicy};
    use proptest::prelude::*;

    use super::*;
    use crate::memory_org::guest;

    fn today() -> NaiveDate {
        "2026-11-22".parse().unwrap()
    }

    fn keep(days: i64) -> KeepDays {
        KeepDays::new(days).unwrap()
    }

    #[test]
    fn fewer_days_bring_the_same_guests_sooner() {
        let mut guests = Histogram::default();
        for (day, count) in [("2026-10-01", 5), ("2026-10-20", 7), ("2026-11-01", 11), ("2026-11-22", 13)] {
            guests.add_many(day.parse().unwrap(), count);
        }
        let [now, then] = [45, 30].map(|days| forecast(&guests, keep(days), today()));
        assert_eq!((now.already, then.already, more_at_once(&now, &then)), (5, 12, 7));
        assert_eq!(more_at_once(&then, &now), -7);
        let due = |f: &Forecast| {
            f.ahead.iter().filter(|(_, n)| *n > 0).map(|(d, n)| (d.to_string(), *n)).collect::<Vec<_>>()
        };
        assert_eq!(
            due(&now),
            [("2026-12-04".into(), 7), ("2026-12-16".into(), 11), ("2027-01-06".into(), 13)]
        );
        assert_eq!(due(&then), [("2026-12-01".into(), 11), ("2026-12-22".into(), 13)]);
        assert_eq!(forecast(&guests, keep(365), today()).later, 18 + 18);
    }

    proptest! {
        #[test]
        fn nobody_is_counted_twice_or_left_out_and_the_days_agree_with_the_policy(
            ages in proptest::collection::vec(0i64..400, 0..60), days in 1i64..400,
        ) {
            let people: Vec<Guest> = ages.iter().map(|age| guest(1, *age)).collect();
            let mut counted = Histogram::default();
            people.iter().for_each(|g| counted.add(g.created_time));
            let seen = forecast(&counted, keep(days), today());
            let sum: u64 = seen.ahead.iter().map(|(_, n)| n).sum();
            prop_assert_eq!(seen.already + sum + seen.later, people.len() as u64);
            // What is due by the policy at the end of each day is what the forecast has added up until then.
            let policy = RetentionPolicy { days: keep(days), ..RetentionPolicy::default() };
            let mut due = seen.already;
            for (day, n) in &seen.ahead {
                due += n;
                let end = day.succ_opt().unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc();
                let by_policy = people.iter().filter(|g| policy.is_due(g, policy.cutoff(end))).count() as u64;
                prop_assert_eq!(due, by_policy, "{}", day);
            }
        }

        #[test]
        fn every_day_that_can_matter_is_asked_for(days in 1i64..3_651) {
            let asked = days_to_count(keep(days), today());
            prop_assert_eq!(asked.len() as i64, days + 1);
            prop_assert!(asked.is_sorted() && asked.last() == Some(&today()));
            let mut oldest = Histogram::default();
            oldest.add_many(asked[0].pred_opt().unwrap(), 3);
            prop_assert_eq!(forecast(&oldest, keep(days), today()).already, 3);
        }
    }

    #[test]
    fn counts_without_measure_stay_at_the_largest_number() {
        let today: NaiveDate = "2026-11-22".parse().unwrap();
        let mut guests = Histogram::default();
        for day in ["2020-01-01", "2020-01-02", "2026-11-20", "2026-11-20"] {
            guests.add_many(day.parse().unwrap(), u64::MAX);
        }
        let [now, then] = [3_000, 30].map(|days| forecast(&guests, keep(days), today));
        assert_eq!((now.already, then.already, more_at_once(&now, &then)), (0, u64::MAX, i64::MAX));
        assert_eq!(more_at_once(&then, &now), i64::MIN);
    }
}
