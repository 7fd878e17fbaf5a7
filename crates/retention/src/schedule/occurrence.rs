//! When a pattern comes next in the local time of its zone, also on the two days of the year on which clocks change.
//!
//! A pattern that takes every hour (`15 * * * *`) follows local time minute by minute: in the hour that autumn repeats it is due
//! both times, in the hour that spring skips it is not. A pattern that names its hours is due once for each time that it
//! names: of a time that comes twice the first counts, and one that is skipped is due at the moment at which clocks go forward.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, SubsecRound, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use croner::Cron;

use super::cron_pattern::parser;

/// No clock is set back by more at once, since 1970.
const LONGEST_REPEAT: TimeDelta = TimeDelta::hours(3);

/// No clock skips more at once: an island that crosses the date line skips a day.
const LONGEST_GAP: i64 = 25 * 60;

/// The first due strictly after a time.
pub(super) fn after(text: &str, zone: Tz, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let cron = parser().parse(text).ok()?;
    // A due is a whole minute, whatever fraction of one it is asked in.
    let time = time.trunc_subsecs(0);
    let mut local = local_time(zone, time)?;
    if is_near_a_repeat(zone, time) && takes_every_hour(text) {
        local = local.checked_sub_signed(LONGEST_REPEAT)?;
    }
    let mut repeated = None;
    loop {
        local = next_local(&cron, local)?;
        let first = match zone.from_local_datetime(&local) {
            MappedLocalTime::Single(at) => at.to_utc(),
            MappedLocalTime::Ambiguous(first, second) => {
                let second = second.to_utc();
                if repeated.is_none() && second > time && takes_every_hour(text) {
                    repeated = Some(second);
                }
                first.to_utc()
            }
            MappedLocalTime::None if takes_every_hour(text) => continue,
            MappedLocalTime::None => end_of_gap(zone, local)?,
        };
        if first > time {
            return Some(repeated.map_or(first, |second| second.min(first)));
        }
    }
}

/// The local time of the zone.
fn local_time(zone: Tz, time: DateTime<Utc>) -> Option<NaiveDateTime> {
    // Not at the very ends of time, where there is no room for the offset.
    let inner = time.checked_sub_signed(TimeDelta::days(2)).and(time.checked_add_signed(TimeDelta::days(2)));
    inner.map(|_| time.with_timezone(&zone).naive_local())
}

/// The next local time that the pattern names, as if clocks were never set.
fn next_local(cron: &Cron, local: NaiveDateTime) -> Option<NaiveDateTime> {
    cron.find_next_occurrence(&local.and_utc(), false)
        .ok()
        .map(|at| at.naive_utc())
        .filter(|next| *next > local)
}

/// Whether clocks go back shortly before or after.
fn is_near_a_repeat(zone: Tz, time: DateTime<Utc>) -> bool {
    let shows = |time: DateTime<Utc>| time.with_timezone(&zone).naive_local();
    shows(time) - shows(time - LONGEST_REPEAT) < LONGEST_REPEAT
        || shows(time + LONGEST_REPEAT) - shows(time) < LONGEST_REPEAT
}

/// The moment at which clocks go forward over a time.
fn end_of_gap(zone: Tz, local: NaiveDateTime) -> Option<DateTime<Utc>> {
    (1..=LONGEST_GAP).find_map(|minutes| {
        let later = local.checked_add_signed(TimeDelta::minutes(minutes))?;
        zone.from_local_datetime(&later).earliest().map(|at| at.to_utc())
    })
}

/// Whether the pattern's second field takes all hours of a day, however that is written.
fn takes_every_hour(text: &str) -> bool {
    let hours = text.split_whitespace().nth(1).unwrap_or_default();
    let Ok(hours) = parser().parse(&format!("0 {hours} * * *")) else { return false };
    let day = DateTime::UNIX_EPOCH;
    (0..24).all(|hour| day.with_hour(hour).is_some_and(|at| hours.is_time_matching(&at).unwrap_or(false)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::{Datelike, NaiveDate, Offset};
    use chrono_tz::TZ_VARIANTS;

    use super::*;

    fn dues(cron: &str, zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let mut dues = Vec::new();
        let mut last = from;
        loop {
            let next = after(cron, zone, last)
                .unwrap_or_else(|| panic!("{cron} in {zone} is never due after {last}"));
            assert!(next > last, "{cron} in {zone}: {next} after {last}");
            if next > to {
                return dues;
            }
            dues.push(next);
            last = next;
        }
    }

    fn hours(cron: &str, zone: &str, day: &str) -> Vec<String> {
        let from: DateTime<Utc> = format!("{day}T00:00:00Z").parse().unwrap();
        let all = dues(cron, zone.parse().unwrap(), from - TimeDelta::minutes(1), from + TimeDelta::hours(5));
        all.iter().map(|at| at.format("%H:%M").to_string()).collect()
    }

    #[test]
    fn every_hour_is_due_in_the_repeated_hour_too_and_not_in_the_skipped_one() {
        let each = ["00:15", "01:15", "02:15", "03:15", "04:15"];
        assert_eq!(hours("15 * * * *", "Europe/Berlin", "2026-10-25"), each);
        assert_eq!(hours("15 0-23 * * *", "Europe/Berlin", "2026-10-25"), each);
        assert_eq!(hours("15 */1 * * *", "Europe/Berlin", "2026-03-29"), each);
        let thirty: Vec<String> = hours("*/30 * * * *", "Europe/Berlin", "2026-10-25");
        assert_eq!(thirty[..4], ["00:00", "00:30", "01:00", "01:30"]);
    }

    #[test]
    fn hours_that_are_named_are_due_once_each() {
        assert_eq!(hours("30 2 * * *", "Europe/Berlin", "2026-10-25"), ["00:30"]);
        assert_eq!(hours("30 2 * * *", "Europe/Berlin", "2026-03-29"), ["01:00"]);
        assert_eq!(hours("*/20 2 * * *", "Europe/Berlin", "2026-10-25"), ["00:00", "00:20", "00:40"]);
        assert_eq!(hours("*/20 2,3 * * *", "Europe/Berlin", "2026-03-29"), ["01:00", "01:20", "01:40"]);
        assert_eq!(hours("0 */2 * * *", "Europe/Berlin", "2026-10-25"), ["00:00", "03:00", "05:00"]);
    }

    proptest::proptest! {
        #[test]
        fn from_any_moment_in_any_zone_every_pattern_comes_again_and_goes_on(
            zone in 0..TZ_VARIANTS.len(),
            hour in 0_u32..24,
            minute in 0_u32..60,
            pattern in 0..6_usize,
            second in 1_700_000_000_i64..2_200_000_000,
        ) {
            let cron = match pattern {
                0 => format!("{minute} * * * *"),
                1 => format!("{minute} {hour} * * *"),
                2 => format!("*/7 {hour} * * *"),
                3 => format!("{minute} */6 * * SUN"),
                4 => format!("{minute} {hour} L 3,10 *"),
                _ => "* * * * *".to_owned(),
            };
            let from = DateTime::from_timestamp(second, 0).unwrap();
            let longest = TimeDelta::days(if pattern == 4 { 220 } else { 9 });
            let mut last = from;
            for _ in 0..6 {
                let next = after(&cron, TZ_VARIANTS[zone], last).unwrap();
                proptest::prop_assert!(next > last && next - last < longest, "{} {}: {} {}", cron, TZ_VARIANTS[zone], last, next);
                last = next;
            }
        }
    }

    /// One zone for each way in which clocks change in these years: the day before, and the zone.
    fn changes() -> Vec<(DateTime<Utc>, Tz)> {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        let offset = |zone: &Tz, at: DateTime<Utc>| {
            zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
        };
        let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc();
        for zone in TZ_VARIANTS {
            for day in 0..2 * 365 {
                let (before, next) = (first + TimeDelta::days(day), first + TimeDelta::days(day + 1));
                let change = (before, offset(&zone, before), offset(&zone, next));
                if change.1 != change.2 && seen.insert(change) {
                    found.push((before, zone));
                }
            }
        }
        assert!(found.len() > 40, "only {} changes", found.len());
        found
    }

    #[test]
    fn in_every_zone_and_year_an_hourly_pattern_is_due_whenever_the_wall_shows_it() {
        for (day, zone) in changes() {
            for (cron, minutes) in
                [("15 * * * *", &[15][..]), ("0,30 * * * *", &[0, 30]), ("59 * * * *", &[59])]
            {
                let (from, to) = (day - TimeDelta::hours(12), day + TimeDelta::hours(36));
                let shown: Vec<_> = (1..=48 * 60)
                    .map(|minute| from + TimeDelta::minutes(minute))
                    .filter(|at| minutes.contains(&at.with_timezone(&zone).minute()))
                    .collect();
                assert_eq!(dues(cron, zone, from, to), shown, "{cron} in {zone}");
            }
        }
    }

    #[test]
    fn in_every_zone_and_year_a_daily_pattern_is_due_once_a_local_day() {
        for (day, zone) in changes() {
            for (hour, minute) in
                [(0, 0), (0, 30), (1, 15), (2, 0), (2, 30), (3, 0), (12, 0), (23, 0), (23, 59)]
            {
                let cron = format!("{minute} {hour} * * *");
                let (from, to) = (day - TimeDelta::days(3), day + TimeDelta::days(4));
                let days: Vec<i32> = dues(&cron, zone, from, to)
                    .into_iter()
                    .map(|due| {
                        let wall = due.with_timezone(&zone).naive_local();
                        // What stands for a skipped time belongs to the day of that time, which may end at that moment.
                        let as_named = (wall.hour(), wall.minute()) == (hour, minute);
                        if as_named { wall } else { wall - TimeDelta::seconds(1) }.date().num_days_from_ce()
                    })
                    .collect();
                assert!(days.len() >= 6, "{cron} in {zone}: {days:?}");
                assert!(
                    days.windows(2).all(|two| two[1] == two[0] + 1),
                    "{cron} in {zone} from {from}: {days:?}"
                );
            }
        }
    }
}
