use chrono::{DateTime, Utc};
use model::{AfterDoubt, ConversationId, GuestId, MessageId, MessageText};
use serde::{Deserialize, Serialize};

use crate::{
    OrgIds, Outgoing,
    state::{Progress, State},
};

/// One message in the outbox, delivered ones too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The message's id, made by the client.
    pub id: MessageId,
    /// Its lane.
    pub conversation_id: ConversationId,
    /// Who wrote it.
    pub guest_id: GuestId,
    /// Its place in the lane, from 0.
    pub seq: u64,
    /// What was written.
    pub text: MessageText,
    /// When it was written, UTC.
    pub written_at: DateTime<Utc>,
    /// Where it stands.
    pub state: State,
    /// How often it was sent or asked for.
    pub attempts: u32,
    /// When the org had it, UTC.
    pub delivered_at: Option<DateTime<Utc>>,
    /// What the org calls it, once that is known.
    pub org: OrgIds,
    /// The way in which it was sent last, or will be sent: what can be done about it while it is uncertain.
    pub after_doubt: AfterDoubt,
    /// Whether it stays uncertain until a person decides.
    pub needs_person: bool,
    /// How often it was sent again, or is to be, because the history does not hold it or a person said so.
    pub sent_again: u32,
}

/// Where an entry is kept: the lane and its place in it. Also its key on the disk.
pub(crate) type Place = (ConversationId, u64);

/// An entry on the disk without its text: the text is written once, in a table of its own, so that a change of
/// state is a small write and opening the outbox reads no text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) id: MessageId,
    pub(crate) guest_id: GuestId,
    pub(crate) written_at: DateTime<Utc>,
    /// Whether the text is no longer the one that was accepted.
    #[serde(default)]
    pub(crate) edited: bool,
    /// The length of its text; 0 in records of the first version.
    #[serde(default)]
    pub(crate) bytes: u32,
    pub(crate) progress: Progress,
}

impl Record {
    pub(crate) fn new(new: &Outgoing) -> Self {
        Self {
            id: new.id,
            guest_id: new.guest_id,
            written_at: new.written_at,
            edited: false,
            bytes: text_bytes(&new.text),
            progress: Progress::new(),
        }
    }

    pub(crate) fn entry(self, (conversation_id, seq): Place, text: MessageText) -> Entry {
        let (delivered_at, org) = match &self.progress.state {
            State::Delivered { at, org, .. } => (Some(*at), org.clone()),
            _ => (None, OrgIds::default()),
        };
        let needs_person = self.progress.needs_person();
        let Progress { state, attempts, doubt, .. } = self.progress;
        Entry {
            id: self.id,
            conversation_id,
            guest_id: self.guest_id,
            seq,
            text,
            written_at: self.written_at,
            state,
            attempts,
            delivered_at,
            org,
            after_doubt: doubt.after_doubt,
            needs_person,
            sent_again: doubt.sent_again,
        }
    }
}

pub(crate) fn text_bytes(text: &MessageText) -> u32 {
    u32::try_from(text.as_str().len()).unwrap_or(u32::MAX)
}
