use serde::{Deserialize, Serialize};

use crate::ConversationId;

/// The four answers to "is this session still good?" (our contract, `guest-api.md`, "Session validation").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "camelCase")]
pub enum SessionOutcome {
    /// The guest is active, the token matches and a conversation is open.
    Valid {
        /// The open conversation.
        conversation_id: ConversationId,
    },
    /// No guest id or no token was given.
    Missing,
    /// Guest unknown, guest inactive or token different: one answer for all three, so that nobody learns which
    /// ids exist.
    Invalid,
    /// The token is good, but the conversation is closed or missing: the guest must start again.
    Gone,
}
