use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{ConversationId, GuestId};

/// Whether a conversation still takes messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ConversationState {
    /// Takes messages.
    Active,
    /// Closed 72 hours after its last message or with its guest (our contract, `guest-api.md`).
    Closed,
    /// The org has no end of it and does not confirm that it goes on: it may be over.
    Unclear,
}

/// One conversation of a guest, as the org tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// Made by the org.
    pub id: ConversationId,
    /// Whose conversation it is.
    pub guest_id: GuestId,
    /// Open or closed.
    pub state: ConversationState,
    /// When it began, UTC.
    pub start_time: DateTime<Utc>,
    /// When it closed, UTC; absent while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<DateTime<Utc>>,
}
