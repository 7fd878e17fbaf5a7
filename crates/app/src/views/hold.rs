use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A hold: whom it keeps, and who answers for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HoldView {
    /// UUID.
    pub id: String,
    /// The guest it names, or else
    pub guest_id: Option<String>,
    /// everyone who matches this filter.
    pub filter: Option<String>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// When it was added.
    pub added_at: DateTime<Utc>,
    /// The last day it is meant for, such as 2027-03-31.
    pub until: Option<String>,
    /// That day is over; it holds until a person removes it.
    pub overdue: bool,
    /// In the answer to who added it: the org could not be asked whether it has this guest.
    #[serde(default)]
    #[specta(optional)]
    pub unchecked: bool,
}

/// A hold as a person enters it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HoldDraft {
    /// The guest's id; either this or `filter`.
    pub guest: Option<String>,
    /// A filter.
    pub filter: Option<String>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day, such as 2027-03-31.
    pub until: Option<String>,
}
