use chrono::{DateTime, Utc};
use serde::Serialize;
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
    /// Its guest.
    pub guest_id: String,
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
}

/// Everything not yet delivered.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OutboxView {
    /// By conversation, then by order.
    pub entries: Vec<EntryView>,
    /// Why the whole outbox stands still.
    pub paused: Option<String>,
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
