//! Quiet hours: times of the week in which no run deletes anything.
//!
//! They are read as local time in their zone: the schedule's, unless another was named. A window that falls into the hour that
//! spring skips is shorter or gone that day; in the hour that autumn repeats it is quiet both times.

use std::str::FromStr;

use chrono::{DateTime, Datelike, DurationRound, NaiveTime, TimeDelta, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::{Error, Schedule, entered::invalid};

const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;
/// Windows of one policy.
const MOST: usize = 28;

/// One window of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    /// The days on which it begins; every day when empty.
    #[serde(default)]
    pub days: Vec<Weekday>,
    /// From this minute on.
    pub from: NaiveTime,
    /// To this minute, which is not quiet any more; on the next day when it is not after `from`, so that from and to the
    /// same make 24 hours.
    pub to: NaiveTime,
}

impl Window {
    fn contains(&self, minute: u32) -> bool {
        let of_day = |time: NaiveTime| time.hour() * 60 + time.minute();
        let from = of_day(self.from);
        let long = match (of_day(self.to) + DAY - from) % DAY {
            0 => DAY,
            long => long,
        };
        (0..7).any(|day| {
            let begins = self.days.is_empty() || self.days.iter().any(|d| d.num_days_from_monday() == day);
            begins && (minute + WEEK - (day * DAY + from)) % WEEK < long
        })
    }
}

/// The quiet hours of a policy; none at all by default.
///
/// ```
/// use retention::quiet::{QuietHours, Window};
/// let office = Window { days: vec![], from: "08:00:00".parse().unwrap(), to: "18:00:00".parse().unwrap() };
/// let quiet = QuietHours::new("Europe/Berlin", vec![office]).unwrap();
/// let noon = "2026-11-22T11:00:00Z".parse().unwrap();
/// assert!(!quiet.may_run(noon));
/// assert_eq!(quiet.next_opening(noon), Some("2026-11-22T17:00:00Z".parse().unwrap()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw", rename_all = "camelCase")]
pub struct QuietHours {
    /// The zone in force; that of the schedule, as it was when this was written, where they follow it.
    zone: String,
    /// Nobody named a zone: the schedule's is meant, also when it changes.
    follows: bool,
    windows: Vec<Window>,
}

impl Default for QuietHours {
    /// None; whichever come later are read in the schedule's zone.
    fn default() -> Self {
        Self { zone: "UTC".to_owned(), follows: true, windows: Vec::new() }
    }
}

impl QuietHours {
    /// In a zone of their own. Checks the zone and the windows. Seconds are not allowed: quiet begins and ends with a minute.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming `quietZone` or `quietHours`.
    pub fn new(zone: &str, windows: Vec<Window>) -> Result<Self, Error> {
        let zone = crate::zone::spelled(zone)
            .ok_or_else(|| invalid("quietZone", "must be an IANA name such as Europe/Berlin or UTC"))?;
        if windows.len() > MOST {
            return Err(invalid("quietHours", "may have at most 28 windows"));
        }
        if windows.iter().any(|w| w.days.len() > 7) {
            return Err(invalid("quietHours", "may name each day once"));
        }
        let whole = |time: NaiveTime| time.second() == 0 && time.nanosecond() == 0;
        if !windows.iter().all(|w| whole(w.from) && whole(w.to)) {
            return Err(invalid("quietHours", "must begin and end on a whole minute, such as 22:30"));
        }
        let quiet = Self { zone: zone.to_owned(), follows: false, windows };
        if (0..WEEK).all(|minute| quiet.is_quiet(minute)) {
            return Err(invalid("quietHours", "must leave some time of the week"));
        }
        Ok(quiet)
    }

    /// As [`QuietHours::new`], in the zone of the schedule, which is this one now.
    pub fn following(zone: &str, windows: Vec<Window>) -> Result<Self, Error> {
        Ok(Self { follows: true, ..Self::new(zone, windows)? })
    }

    /// The same, read in the schedule's zone where they follow it.
    #[must_use]
    pub fn beside(self, schedule: &Schedule) -> Self {
        let zone = if self.follows { schedule.zone().to_owned() } else { self.zone };
        Self { zone, ..self }
    }

    /// The IANA zone in force.
    #[must_use]
    pub fn zone(&self) -> &str {
        &self.zone
    }

    /// Whether they are read in the schedule's zone, whichever that is.
    #[must_use]
    pub fn follows_schedule(&self) -> bool {
        self.follows
    }

    /// The windows, as they were given.
    #[must_use]
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// Whether deletes may leave now.
    #[must_use]
    pub fn may_run(&self, now: DateTime<Utc>) -> bool {
        if self.windows.is_empty() {
            return true;
        }
        // The zone was checked when this was made; one that this build does not know is quiet for ever.
        Tz::from_str(&self.zone).is_ok_and(|zone| {
            let local = now.with_timezone(&zone);
            let day = local.weekday().num_days_from_monday();
            !self.is_quiet(day * DAY + local.hour() * 60 + local.minute())
        })
    }

    /// The first moment from now on in which deletes may leave: now itself when they may. Minute by minute, since local time
    /// counts and its minutes may be skipped or come twice.
    #[must_use]
    pub fn next_opening(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.may_run(now) {
            return Some(now);
        }
        let minute = now.duration_trunc(TimeDelta::minutes(1)).ok()?;
        (1..=i64::from(WEEK + DAY))
            .filter_map(|n| minute.checked_add_signed(TimeDelta::minutes(n)))
            .find(|at| self.may_run(*at))
    }

    fn is_quiet(&self, minute: u32) -> bool {
        self.windows.iter().any(|window| window.contains(minute))
    }

    /// Whether every minute that the other keeps quiet is quiet here too.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let same = other.windows.is_empty() || self.zone == other.zone;
        same && (0..WEEK).all(|minute| !other.is_quiet(minute) || self.is_quiet(minute))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    zone: String,
    /// Not there in what was written before there was a choice: then a zone beside hours is the one that a person saw and
    /// confirmed, and stays; without hours it says nothing.
    #[serde(default)]
    follows: Option<bool>,
    #[serde(default)]
    windows: Vec<Window>,
}

impl TryFrom<Raw> for QuietHours {
    type Error = Error;
    fn try_from(raw: Raw) -> Result<Self, Error> {
        let follows = raw.follows.unwrap_or(raw.windows.is_empty());
        Ok(Self { follows, ..Self::new(&raw.zone, raw.windows)? })
    }
}

#[cfg(test)]
mod tests;
