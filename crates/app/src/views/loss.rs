use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use specta::Type;

/// That the store of a connection was lost or an older one put back, in words that are ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LossView {
    /// The connection's name; a person who accepts the loss types it.
    pub connection: String,
    /// What happened.
    pub happened: String,
    /// What is missing, as far as that is known.
    pub missing: String,
    /// What it means for guests.
    pub means: String,
    /// Holds that are missing.
    pub holds: u32,
    /// Waiting messages that are missing.
    pub messages: u32,
    /// Ids of missing holds that the audit log names.
    pub hold_ids: Vec<String>,
    /// When the store was last known to be whole.
    pub known_at: Option<DateTime<Utc>>,
    /// When the loss was noticed.
    pub found_at: DateTime<Utc>,
    /// Where the store and its audit log lie.
    pub files: Vec<String>,
}
