//! The interval of a question to analytics.

use chrono::{DateTime, NaiveDateTime};

use crate::{clock::Millis, org::Refusal};

const DAY: Millis = 24 * 3600 * 1000;
/// The longest that the synchronous query takes.
const LONGEST: Millis = 31 * DAY;

/// From one time to another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Interval {
    pub(super) from: Millis,
    pub(super) to: Millis,
}

impl Interval {
    /// `FROM/TO`, each ISO 8601; without a zone it is UTC.
    pub(super) fn of(text: &str) -> Result<Self, Refusal> {
        let times = text.split_once('/').and_then(|(from, to)| Some((time(from)?, time(to)?)));
        match times {
            Some((from, to)) if from < to => Ok(Self { from, to }),
            Some(_) => Err(Refusal::field("interval", "must end after it begins")),
            None => Err(Refusal::field("interval", "must be two ISO 8601 times with / between them")),
        }
    }

    pub(super) fn short_enough(self) -> Result<Self, Refusal> {
        if self.to - self.from > LONGEST {
            return Err(Refusal::field("interval", "must not be longer than 31 days"));
        }
        Ok(self)
    }

    /// As the vendor has it: every day that the interval touches, whole.
    pub(super) fn whole_days(self) -> Self {
        let to = self.to.rem_euclid(DAY);
        Self {
            from: self.from - self.from.rem_euclid(DAY),
            to: if to == 0 { self.to } else { self.to + DAY - to },
        }
    }
}

fn time(text: &str) -> Option<Millis> {
    let zoned = DateTime::parse_from_rfc3339(text).map(|time| time.timestamp_millis());
    let plain = || {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M"))
    };
    // Times whose milliseconds could not be added to are none of this world.
    zoned.or_else(|_| plain().map(|time| time.and_utc().timestamp_millis())).ok()
}
