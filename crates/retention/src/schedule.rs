//! When a plan is made and run by itself: cron with a time zone.
//!
//! The decision is pure. The caller asks [`decide`] again after at most 30 s, by the wall clock: timers stand still while
//! a computer sleeps. Dues and cut-offs are points in UTC; only the cron pattern is read in the zone.

use std::{str::FromStr, time::Duration};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use croner::Cron;
use serde::{Deserialize, Serialize};

use crate::{Error, zone::spelled};

mod cron_pattern;
mod occurrence;

/// Daily at 02:00 (`guest-api.md`, "Retention").
pub const DEFAULT_CRON: &str = "0 2 * * *";
/// A missed due is caught up when it is younger than this.
const CATCH_UP: TimeDelta = TimeDelta::hours(24);
/// A due that is no older than this is on time.
const ON_TIME: TimeDelta = TimeDelta::minutes(2);
const LONGEST: usize = 120;

/// A schedule: not armed when it is new, cron and zone always valid.
///
/// ```
/// use retention::schedule::{Due, Schedule, decide};
/// let mut nightly = Schedule::new("0 2 * * *", "Europe/Berlin").unwrap();
/// let now = "2026-11-22T12:00:00Z".parse().unwrap();
/// assert_eq!(decide(&nightly, now), Due::Off);
/// nightly.arm(now);
/// assert_eq!(decide(&nightly, now), Due::Wait(std::time::Duration::from_secs(13 * 3_600)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw", rename_all = "camelCase")]
pub struct Schedule {
    armed: bool,
    cron: String,
    zone: String,
    /// When it was armed or changed: no due before that is ever caught up.
    since: Option<DateTime<Utc>>,
    last_due: Option<DateTime<Utc>>,
}

impl Default for Schedule {
    /// 02:00 in the zone of this process ([`zone::here`](crate::zone::here)); not armed.
    fn default() -> Self {
        Self::new(DEFAULT_CRON, &crate::zone::here().name)
            .expect("the default pattern is valid and the zone was just looked up")
    }
}

impl Schedule {
    /// A schedule that is not armed yet.
    ///
    /// # Errors
    /// [`Error::Schedule`] naming the field that is wrong and what is allowed there.
    pub fn new(cron: &str, zone: &str) -> Result<Self, Error> {
        parse_cron(cron)?;
        let zone = parse_zone(zone)?;
        let (cron, zone) = (cron.trim().to_owned(), zone.to_owned());
        Ok(Self { armed: false, cron, zone, since: None, last_due: None })
    }

    /// Another time or zone. Dues up to now are past: the change alone starts nothing.
    ///
    /// # Errors
    /// [`Error::Schedule`]; nothing changes then.
    pub fn change(&mut self, cron: &str, zone: &str, now: DateTime<Utc>) -> Result<(), Error> {
        let Self { cron, zone, .. } = Self::new(cron, zone)?;
        (self.cron, self.zone, self.since) = (cron, zone, Some(now));
        Ok(())
    }

    /// Lets it run from the next due on. Arming an armed one changes nothing.
    pub fn arm(&mut self, now: DateTime<Utc>) {
        if !self.armed {
            self.armed = true;
            self.since = Some(now);
        }
    }

    /// No run is due any more.
    pub fn disarm(&mut self) {
        self.armed = false;
    }

    /// Notes that the run for this due begins, or that none will. Store it before anything is deleted: the same due never
    /// comes again.
    pub fn settle(&mut self, due_at: DateTime<Utc>) {
        self.last_due = self.last_due.max(Some(due_at));
    }

    /// Whether it runs at all.
    #[must_use]
    pub fn is_armed(&self) -> bool {
        self.armed
    }

    /// When it was armed or changed last, as far as is known.
    pub(crate) fn armed_since(&self) -> DateTime<Utc> {
        self.since.unwrap_or_default()
    }

    /// The pattern: minute, hour, day of month, month, day of week.
    #[must_use]
    pub fn cron(&self) -> &str {
        &self.cron
    }

    /// The IANA zone the pattern is read in.
    #[must_use]
    pub fn zone(&self) -> &str {
        &self.zone
    }

    /// The newest due that was started or skipped.
    #[must_use]
    pub fn last_due(&self) -> Option<DateTime<Utc>> {
        self.last_due
    }

    /// The first due strictly after a time.
    fn after(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        occurrence::after(&self.cron, Tz::from_str(&self.zone).ok()?, time)
    }
}

/// What a schedule wants now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// It is not armed.
    Off,
    /// Nothing to do for this long, by the wall clock; look again sooner, at least every 30 s.
    Wait(Duration),
    /// Start now.
    Now {
        /// The due that this start is for; hand it to [`Schedule::settle`].
        due_at: DateTime<Utc>,
    },
}

/// Says whether a run is due. However many dues were missed, only the newest is caught up, and only when it is younger
/// than 24 h; a due at or before the last one never comes again, even when the clock goes back. One that was armed by a clock
/// which ran ahead goes on by the one that was set right.
#[must_use]
pub fn decide(schedule: &Schedule, now: DateTime<Utc>) -> Due {
    if !schedule.armed {
        return Due::Off;
    }
    // Armed by a clock that was set back since: nobody knows when that was, so what is on time counts and nothing before.
    let ahead = |since: &DateTime<Utc>| since.signed_duration_since(now) > ON_TIME;
    let on_time = now.checked_sub_signed(ON_TIME);
    let since = if schedule.since.as_ref().is_some_and(ahead) { on_time } else { schedule.since };
    let past = since.max(schedule.last_due);
    let mut newest = None;
    let mut from = past.max(now.checked_sub_signed(CATCH_UP)).unwrap_or(now);
    while let Some(due) = schedule.after(from).filter(|due| *due <= now) {
        newest = Some(due);
        from = due;
    }
    match newest {
        Some(due_at) => Due::Now { due_at },
        None => {
            let wait = next_due(schedule, now).and_then(|due| due.signed_duration_since(now).to_std().ok());
            Due::Wait(wait.unwrap_or(Duration::from_secs(24 * 3_600)))
        }
    }
}

/// The next due after now that has not been started yet, for a person to see; also of a schedule that is not armed.
#[must_use]
pub fn next_due(schedule: &Schedule, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    schedule.after(schedule.last_due.map_or(now, |last| last.max(now)))
}

const FIELDS: [(&str, &str); 5] = [
    ("minute", "use 0-59, *, lists such as 0,30 or steps such as */15"),
    ("hour", "use 0-23, *, lists such as 2,14 or steps such as */6"),
    ("day of month", "use 1-31, *, L for the last day, lists or steps"),
    ("month", "use 1-12 or JAN-DEC, *, lists or steps"),
    (
        "day of week",
        "use 0-7 or SUN-SAT (0 and 7 are Sunday), *, lists such as MON,FRI or 1#1 for the first Monday",
    ),
];

fn parse_cron(text: &str) -> Result<Cron, Error> {
    let wrong = |field, given: &str, allowed: &str| Error::Schedule {
        field,
        given: given.chars().take(64).collect(),
        allowed: allowed.to_owned(),
    };
    let fields: Vec<&str> = text.split_whitespace().take(FIELDS.len() + 1).collect();
    if fields.len() != FIELDS.len() || text.len() > LONGEST {
        let allowed = "use five fields (minute, hour, day of month, month, day of week), such as 0 2 * * *";
        return Err(wrong("cron", text, allowed));
    }
    // The parser does not say which field it stumbled over, so each is tried alone first.
    for (i, (name, allowed)) in FIELDS.into_iter().enumerate() {
        let mut alone = ["*"; FIELDS.len()];
        alone[i] = fields[i];
        cron_pattern::parser().parse(&alone.join(" ")).map_err(|_| wrong(name, fields[i], allowed))?;
    }
    let cron = cron_pattern::parser()
        .parse(text)
        .map_err(|_| wrong("cron", text, "use five fields such as 0 2 * * *"))?;
    // From a fixed point that has a leap day ahead: whether a pattern is valid must not depend on the day.
    let start = Utc.timestamp_opt(1_704_067_200, 0).single().expect("2024-01-01T00:00:00Z exists");
    cron.find_next_occurrence(&start, false)
        .map_err(|_| wrong("cron", text, "no day like this ever comes; use one that does"))?;
    Ok(cron)
}

fn parse_zone(text: &str) -> Result<&'static str, Error> {
    spelled(text).ok_or_else(|| Error::Schedule {
        field: "zone",
        given: text.chars().take(64).collect(),
        allowed: "use an IANA name such as Europe/Berlin or UTC".to_owned(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    #[serde(default)]
    armed: bool,
    cron: String,
    zone: String,
    #[serde(default)]
    since: Option<DateTime<Utc>>,
    #[serde(default)]
    last_due: Option<DateTime<Utc>>,
}

impl TryFrom<Raw> for Schedule {
    type Error = Error;
    fn try_from(raw: Raw) -> Result<Self, Error> {
        let Raw { armed, cron, zone, since, last_due } = raw;
        Ok(Self { armed, since, last_due, ..Self::new(&cron, &zone)? })
    }
}

#[cfg(test)]
mod tests;
