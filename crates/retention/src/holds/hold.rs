use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use model::{GuestId, Selection};
use proof::HoldId;
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    entered::{invalid, one_line},
};

const LONGEST_REASON: usize = 500;
const LONGEST_OWNER: usize = 100;
/// Percent-encoded it takes at most three times that, which leaves room for ids in one question.
const LONGEST_FILTER: usize = 1_000;

/// Whom a hold keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HoldSubject {
    /// One guest.
    Guest(GuestId),
    /// Everyone who matches, now or later, as the org judges.
    Filter(Selection),
}

/// One hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// Whom it keeps.
    pub subject: HoldSubject,
    /// Why, in a person's words.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// When it was added.
    pub added_at: DateTime<Utc>,
    /// The last day (in UTC) it is meant for; it holds after that too, until a person removes it.
    #[serde(default)]
    pub until: Option<NaiveDate>,
}

impl Hold {
    /// Whether its last day is over. It holds all the same.
    #[must_use]
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.until.is_some_and(|until| now.date_naive() > until)
    }
}

/// A hold as a person enters it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HoldDraft {
    /// The guest's id; either this or `filter`.
    pub guest: Option<String>,
    /// A filter in the grammar of the contract.
    pub filter: Option<String>,
    /// Why; required.
    pub reason: String,
    /// Who answers for it; required.
    pub owner: String,
    /// The last day, such as 2027-03-31.
    pub until: Option<String>,
}

impl HoldDraft {
    /// Checks every field and makes the hold.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field: `guest`, `filter`, `reason`, `owner` or `until`.
    pub fn check(self, id: HoldId, now: DateTime<Utc>) -> Result<Hold, Error> {
        let hold = self.put_back(id, now)?;
        // Whoever lives west of Greenwich may mean their own today.
        let earliest = now.checked_sub_signed(TimeDelta::hours(12)).unwrap_or(now).date_naive();
        if hold.until.is_some_and(|until| until < earliest) {
            let why = "is over already; give a day that is still to come, or leave it out";
            return Err(invalid("until", why));
        }
        Ok(hold)
    }

    /// The same for a hold that was removed by mistake: it comes back as it was, and its last day may be over.
    ///
    /// # Errors
    /// As [`HoldDraft::check`], but for the day.
    pub fn put_back(self, id: HoldId, now: DateTime<Utc>) -> Result<Hold, Error> {
        // A value that got lost on the way is not one that was left out.
        let given = |field, text: Option<String>| match text.map(|t| model::trimmed(&t).to_owned()) {
            Some(text) if text.is_empty() => Err(invalid(field, "is empty; give one or leave it out")),
            text => Ok(text),
        };
        let subject = match (given("guest", self.guest)?, given("filter", self.filter)?) {
            (Some(guest), None) => HoldSubject::Guest(
                guest.parse().map_err(|e: model::IdError| invalid("guest", &e.to_string()))?,
            ),
            (None, Some(text)) => {
                if text.len() > LONGEST_FILTER {
                    return Err(invalid("filter", "may have at most 1,000 bytes"));
                }
                HoldSubject::Filter(
                    text.parse().map_err(|e: model::SelectionError| invalid("filter", &e.to_string()))?,
                )
            }
            (None, None) => return Err(invalid("guest", "is required, or a filter")),
            (Some(_), Some(_)) => {
                return Err(invalid("filter", "cannot go together with a guest: add two holds"));
            }
        };
        let until: Option<NaiveDate> = given("until", self.until)?
            .map(|text| text.parse().map_err(|_| invalid("until", "must be a date such as 2027-03-31")))
            .transpose()?;
        Ok(Hold {
            id,
            subject,
            reason: one_line("reason", &self.reason, LONGEST_REASON)?,
            owner: one_line("owner", &self.owner, LONGEST_OWNER)?,
            added_at: now,
            until,
        })
    }
}
