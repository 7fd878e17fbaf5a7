use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{ConversationId, GuestId, MessageId, MessageText};

/// Carries one message to the org. The port that the application implements over its client.
#[async_trait]
pub trait Courier: Send + Sync {
    /// One attempt, with the message's own id every time. Says what it came to and never retries by itself.
    async fn deliver(&self, message: &Outgoing) -> Delivery;
}

/// A message on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Made by the client; the org knows a repeat by it.
    pub id: MessageId,
    /// Where it goes: the lane.
    pub conversation_id: ConversationId,
    /// Who wrote it.
    pub guest_id: GuestId,
    /// What they wrote.
    pub text: MessageText,
    /// When they wrote it, UTC.
    pub written_at: DateTime<Utc>,
}

/// What one attempt came to. Reasons are for a person: no message text, no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The org has it, for the first time or already.
    Delivered,
    /// Surely not processed: offline, connection refused, 429, a refusal that says when to come again.
    NotSent {
        /// The reason.
        why: String,
        /// How long the org asked to wait; `None` when the network is the reason.
        retry_after: Option<Duration>,
    },
    /// Perhaps processed: timeout, cut or 5xx after the request was written.
    Uncertain {
        /// The reason.
        why: String,
        /// How long the org asked to wait, whatever the status.
        retry_after: Option<Duration>,
    },
    /// The org refuses this message (400, 413, 422); the next ones may go on.
    Dead {
        /// The reason.
        why: String,
    },
    /// The conversation takes no messages any more (404, 410, in the org's own words): the whole lane is dead.
    ConversationOver {
        /// The reason.
        why: String,
    },
    /// Nobody may send (401 after a refresh, 403): the whole outbox pauses.
    Paused {
        /// The reason.
        why: String,
    },
}

/// So many characters of a reason are kept: an org that answers at length must not make a record too large to write.
const LONGEST_WHY: usize = 400;

impl Delivery {
    /// With a reason that fits a record.
    pub(crate) fn clipped(mut self) -> Self {
        match &mut self {
            Self::Delivered => {}
            Self::NotSent { why, .. }
            | Self::Uncertain { why, .. }
            | Self::Dead { why }
            | Self::ConversationOver { why }
            | Self::Paused { why } => {
                if let Some((end, _)) = why.char_indices().nth(LONGEST_WHY) {
                    why.truncate(end);
                    why.push('…');
                }
            }
        }
        self
    }
}
