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
    /// How the org came to know the guest, where it tells kinds apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<GuestKind>,
    /// A telephone number, where the org keeps those: in E.164 if it has that form, else as the org shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The guest that this one was merged into or was reached through; absent for one who was never merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical_id: Option<GuestId>,
}

impl Guest {
    /// Whether the org keeps this record for another one, into which it was merged.
    #[must_use]
    pub fn is_merged_away(&self) -> bool {
        self.canonical_id.is_some_and(|canonical| canonical != self.id)
    }
}

/// How an org came to know a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GuestKind {
    /// Made or promoted by a person or a program; listed, and kept until somebody deletes it.
    Curated,
    /// Made by the org for a visitor whom it can identify; not listed, and expires by itself.
    Identified,
    /// Made by the org for an unknown visitor; not listed, and expires by itself.
    Ephemeral,
}

impl GuestKind {
    /// Its name, on the wire of no org and for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Curated => "curated",
            Self::Identified => "identified",
            Self::Ephemeral => "ephemeral",
        }
    }
}
