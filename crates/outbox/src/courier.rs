use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{AfterDoubt, ConversationId, GuestId, MessageId, MessageText};
use serde::{Deserialize, Serialize};

/// Carries one message to the org. The port that the application implements over its client.
#[async_trait]
pub trait Courier: Send + Sync {
    /// One attempt, with the message's own id every time: at most one request that the org may have processed. Says what it
    /// came to and never retries by itself; when to try again is decided by the outbox alone.
    async fn deliver(&self, message: &Outgoing) -> Delivery;

    /// What can be done about a message that it sent to a conversation and of which it is not known whether it arrived. Asked
    /// before each attempt, with the outbox locked: it answers at once and asks nothing of the outbox.
    fn after_doubt(&self, conversation: &ConversationId) -> AfterDoubt;

    /// Looks for a message in the history of its guest, from when the attempt began that may have arrived. One complete
    /// reading; asked only where [`Courier::after_doubt`] says that there is a history.
    async fn find(&self, _message: &Outgoing, _sent_at: DateTime<Utc>) -> Found {
        Found::CannotTell { why: "there is no history to look in".to_owned() }
    }

    /// So long lies at least between two readings of the history that together say that a message is not there.
    fn readings_apart(&self, _conversation: &ConversationId) -> Duration {
        Duration::from_secs(10)
    }

    /// Whether no further attempt is to begin. Those under way end as they do.
    fn is_closing(&self) -> bool {
        false
    }
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
    Delivered {
        /// What the org calls it, where it says so.
        org: OrgIds,
    },
    /// Nothing was tried, because no further attempt is to begin: the entry is as it was before.
    NotTried,
    /// Surely not processed: offline, connection refused, 429, a refusal that says when to come again.
    NotSent {
        /// The reason.
        why: String,
        /// How long the org asked to wait; `None` when the network is the reason.
        retry_after: Option<Duration>,
    },
    /// Perhaps processed: timeout, cut or 5xx after the request was written. [`Courier::after_doubt`] says what follows.
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

/// What a look for a message in the history came to. Reasons are for a person: no message text, no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It is there, once.
    Delivered {
        /// What the org calls it, where it says so.
        org: OrgIds,
    },
    /// A complete reading did not hold it.
    NotThere,
    /// The history could not be read this time, and may be later: offline, 429, a cut.
    NotRead {
        /// The reason.
        why: String,
        /// How long the org asked to wait.
        retry_after: Option<Duration>,
    },
    /// The history is there and does not say, or there is none: a person decides.
    CannotTell {
        /// The reason.
        why: String,
    },
    /// More than one message there could be it: a person decides.
    Several,
    /// Nobody may read (401 after a refresh, 403): the whole outbox pauses.
    Paused {
        /// The reason.
        why: String,
    },
}

/// Ids that an org gives to a message and its surroundings, which some orgs do only after it arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OrgIds {
    /// The conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    /// The guest, as a contact of the org.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<GuestId>,
    /// The message, at most 128 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
}

impl OrgIds {
    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn clip(&mut self) {
        if let Some(id) = &mut self.message_id
            && let Some((end, _)) = id.char_indices().nth(LONGEST_ID)
        {
            id.truncate(end);
        }
    }
}

/// So many characters of an org's id of a message are kept.
const LONGEST_ID: usize = 128;

fn clip(why: &mut String) {
    if let Some((end, _)) = why.char_indices().nth(LONGEST_WHY) {
        why.truncate(end);
        why.push('…');
    }
}

impl Found {
    /// With a reason and ids that fit a record.
    pub(crate) fn clipped(mut self) -> Self {
        match &mut self {
            Self::NotThere | Self::Several => {}
            Self::Delivered { org } => org.clip(),
            Self::NotRead { why, .. } | Self::CannotTell { why } | Self::Paused { why } => clip(why),
        }
        self
    }
}

impl Delivery {
    /// Delivered, by an org that gives no ids of its own.
    #[must_use]
    pub fn delivered() -> Self {
        Self::Delivered { org: OrgIds::default() }
    }

    /// With a reason that fits a record.
    pub(crate) fn clipped(mut self) -> Self {
        match &mut self {
            Self::NotTried => {}
            Self::Delivered { org } => org.clip(),
            Self::NotSent { why, .. }
            | Self::Uncertain { why, .. }
            | Self::Dead { why }
            | Self::ConversationOver { why }
            | Self::Paused { why } => clip(why),
        }
        self
    }
}
