use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum EntryState {
    /// On disk, its turn comes.
    Queued,
    /// On its way.
    Sending,
    /// The org has it.
    Delivered,
    /// Not processed; tried again at `until`.
    Waiting,
    /// Perhaps processed; asked with the same id before anything else.
    Uncertain,
    /// Given up with a reason.
    Dead,
    /// Taken back by a person.
    Discarded,
}

/// One message in the outbox or its history.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct EntryView {
    /// The message id.
    pub id: String,
    /// Its conversation.
    pub conversation_id: String,
    /// Its guest; `None` for a chat by the guest socket, whose guest the org makes and does not name there.
    pub guest_id: Option<String>,
    /// Place in the conversation, from 1.
    pub seq: u32,
    /// What the guest wrote.
    pub text: String,
    /// When.
    pub written_at: DateTime<Utc>,
    /// Where it stands.
    pub state: EntryState,
    /// When it is tried again.
    pub until: Option<DateTime<Utc>>,
    /// Why it waits, is uncertain or dead.
    pub why: Option<String>,
    /// Tries so far.
    pub attempts: u32,
    /// When the org took it.
    pub delivered_at: Option<DateTime<Utc>>,
    /// Whether it stays uncertain until a person says that it is delivered, or goes again, or is discarded.
    pub needs_person: bool,
    /// How often it was sent again because the guest's history did not hold it, or because a person said so.
    pub sent_again: u32,
    /// What the org calls it and what surrounds it, once that is known and where it has ids of its own.
    pub org: Option<OrgIdsView>,
}

/// Ids of an org.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OrgIdsView {
    /// The conversation.
    pub conversation_id: Option<String>,
    /// The guest, as a contact.
    pub contact_id: Option<String>,
    /// The message.
    pub message_id: Option<String>,
}

impl OrgIdsView {
    /// `None` where none is known.
    pub(crate) fn of(org: outbox::OrgIds) -> Option<Self> {
        let view = Self {
            conversation_id: org.conversation_id.map(|id| id.to_string()),
            contact_id: org.contact_id.map(|id| id.to_string()),
            message_id: org.message_id,
        };
        (view.conversation_id.is_some() || view.contact_id.is_some() || view.message_id.is_some())
            .then_some(view)
    }
}

/// The three counts of the bars: what a chip or `--state` picks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum EntryGroup {
    /// Queued, being sent or waiting.
    Waiting,
    /// Perhaps processed.
    Uncertain,
    /// Given up with a reason.
    Dead,
}

/// Which entries; the default is all that are neither delivered nor discarded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EntryQuery {
    /// Only these.
    pub group: Option<EntryGroup>,
    /// Only of this conversation.
    pub conversation_id: Option<String>,
}

/// A part of the entries that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct EntryPage {
    /// By conversation, then by order.
    pub entries: Vec<EntryView>,
    /// How many there are in all.
    pub total: u32,
    /// Those of this page whose text is damaged on this disk and cannot be shown.
    pub damaged: Vec<String>,
}

/// Which conversations; the default is all with something left to deliver or to decide.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LaneQuery {
    /// Only those that hold such entries.
    pub group: Option<EntryGroup>,
    /// A part of the id of the conversation or of its guest; empty for any.
    pub search: String,
    /// Only this one.
    pub conversation_id: Option<String>,
}

/// Where a conversation stands in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum LaneState {
    /// Its turn comes.
    Flowing,
    /// A message is on its way.
    Sending,
    /// Surely not sent; tried again at `until`.
    Waiting,
    /// Perhaps sent; asked for at `until`.
    Uncertain,
    /// The whole outbox stands still.
    Paused,
    /// Nothing is on its way any more; dead entries wait for a person.
    Dead,
}

/// A conversation with entries that are neither delivered nor discarded.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LaneView {
    /// The conversation.
    pub conversation_id: String,
    /// Who wrote its first entry; `None` as in [`EntryView`].
    pub guest_id: Option<String>,
    /// Where it stands.
    pub state: LaneState,
    /// When it is tried again.
    pub until: Option<DateTime<Utc>>,
    /// Why it waits, is uncertain or dead.
    pub why: Option<String>,
    /// How many are on their way.
    pub waiting: u32,
    /// How many are perhaps sent.
    pub uncertain: u32,
    /// How many were refused.
    pub dead: u32,
    /// The message that goes next, or the first dead one.
    pub head: String,
    /// Tries of that one so far.
    pub head_attempts: u32,
    /// When the oldest was written.
    pub oldest: DateTime<Utc>,
}

/// A part of the conversations that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LanePage {
    /// By conversation.
    pub lanes: Vec<LaneView>,
    /// How many there are in all.
    pub total: u32,
    /// Why the whole outbox stands still.
    pub paused: Option<String>,
}

/// What became of a change to many entries at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ManyInTime {
    /// Changed in time.
    pub changed: u32,
    /// Of those, how many an earlier attempt may have brought to the org.
    pub perhaps_sent: u32,
    /// Too late: these are as they were.
    pub late: u32,
    /// When it began; names this change for its undo.
    pub at: DateTime<Utc>,
}

/// What an export wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OutboxExport {
    /// How many entries.
    pub exported: u32,
    /// How many more could not be read because they are damaged on this disk.
    pub damaged: u32,
    /// The file.
    pub file: String,
}

/// Whether a person's change still reached the entry before it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct InTime {
    /// False: too late, nothing changed.
    pub in_time: bool,
    /// In time here, but an earlier attempt may have reached the org.
    pub perhaps_sent: bool,
}
