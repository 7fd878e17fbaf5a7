use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::{Guest, Selection};

/// A number of days that cannot be a retention period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("days must be a whole number from 1 to 3650, not {given}")]
pub struct KeepDaysError {
    /// What was given.
    pub given: i64,
}

/// How many days guests are kept: 1 to 3,650.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct KeepDays(u16);

impl KeepDays {
    /// The longest period.
    pub const MOST: u16 = 3_650;

    /// Checks the range.
    ///
    /// # Errors
    /// [`KeepDaysError`] outside 1 to 3,650.
    pub fn new(days: i64) -> Result<Self, KeepDaysError> {
        match u16::try_from(days) {
            Ok(d @ 1..=Self::MOST) => Ok(Self(d)),
            _ => Err(KeepDaysError { given: days }),
        }
    }

    /// The number itself.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

impl Default for KeepDays {
    /// 30 days, the default of our contract.
    fn default() -> Self {
        Self(30)
    }
}

impl TryFrom<i64> for KeepDays {
    type Error = KeepDaysError;
    fn try_from(days: i64) -> Result<Self, KeepDaysError> {
        Self::new(days)
    }
}

impl From<KeepDays> for i64 {
    fn from(days: KeepDays) -> i64 {
        days.0.into()
    }
}

/// Which of a guest's times the age is counted from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AgeClock {
    /// `createdTime`.
    #[default]
    Created,
    /// `modifiedTime`, the last activity.
    LastActivity,
}

/// Who is due, and who is spared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetentionPolicy {
    /// Guests older than this many days are due.
    pub days: KeepDays,
    /// What the age is counted from.
    #[serde(default)]
    pub clock: AgeClock,
    /// Only guests that match it are looked at; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Selection>,
    /// Spare guests with an open conversation (default on).
    pub spare_open_conversations: bool,
    /// Spare guests that are `active` (default off).
    pub spare_active: bool,
}

impl Default for RetentionPolicy {
    fn default() -> Self {
        Self {
            days: KeepDays::default(),
            clock: AgeClock::Created,
            filter: None,
            spare_open_conversations: true,
            spare_active: false,
        }
    }
}

impl RetentionPolicy {
    /// Now minus the days, each of 86,400 s, in UTC: no local midnight and no daylight saving in it.
    #[must_use]
    pub fn cutoff(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - Duration::seconds(i64::from(self.days.get()) * 86_400)
    }

    /// As [`RetentionPolicy::cutoff`]; `None` for a time so far from today that there is none.
    #[must_use]
    pub fn checked_cutoff(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        now.checked_sub_signed(Duration::seconds(i64::from(self.days.get()) * 86_400))
    }

    /// The time that counts for this guest.
    #[must_use]
    pub fn age_time(&self, guest: &Guest) -> DateTime<Utc> {
        match self.clock {
            AgeClock::Created => guest.created_time,
            AgeClock::LastActivity => guest.modified_time,
        }
    }

    /// Whether the guest is older than the cut-off: strictly before it.
    #[must_use]
    pub fn is_due(&self, guest: &Guest, cutoff: DateTime<Utc>) -> bool {
        self.age_time(guest) < cutoff
    }
}
