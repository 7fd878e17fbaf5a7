use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Attributes, GuestId, Revision};

/// One guest as the org knows them. The session token is never part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Guest {
    /// A UUID made by the client at chat start.
    pub id: GuestId,
    /// "Anonymous Guest" where none was given.
    pub name: String,
    /// Absent for most guests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// JSON scalars by key.
    #[serde(default)]
    pub attributes: Attributes,
    /// Whether the guest may hold a session. Read-only on the API.
    pub active: bool,
    /// When the guest first came, UTC.
    pub created_time: DateTime<Utc>,
    /// The last write, conversation or message, UTC: the guest's last activity.
    pub modified_time: DateTime<Utc>,
    /// Which state of the guest this is; kept under its older name.
    #[serde(rename = "version")]
    pub revision: Revision,
}
