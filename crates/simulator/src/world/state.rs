//! The state of the org, and how a change alters it.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    contact_record::{ContactRecord, Note},
    contact_schema::ContactSchema,
    conversations::{Conversation, Conversations},
    guest::Guest,
    guest_sessions::{GuestSessions, guest_id, hexadecimal},
    guests::Guests,
    matches::Matches,
};
use crate::clock::Millis;

/// A message that arrived. Its text is kept nowhere but in the ledger.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: Uuid,
    pub(crate) conversation: Uuid,
    pub(crate) guest: Uuid,
    /// When the guest wrote it, as the client put it.
    pub(crate) timestamp: String,
    pub(crate) received: Millis,
}

/// One thing that changed. A request's changes stand on one line of the change log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Change {
    /// A guest as it is from now on, new or not.
    Guest(Box<Guest>),
    /// The guest had a message: one version up.
    Touched { id: Uuid, modified: Millis },
    /// The guest is gone.
    Deleted { id: Uuid },
    /// A conversation as it is from now on, new or not.
    Conversation(Conversation),
    /// A message arrived.
    Message(Message),
    /// A guest came by this session of the guest socket; a hash, no token.
    Session {
        #[serde(with = "hexadecimal")]
        key: [u8; 32],
        guest: Uuid,
    },
    /// One line of what was said in the guest's session, sealed by their token.
    Line { guest: Uuid, sealed: Box<str> },
    /// What was said so far in the guest's session is theirs no more.
    LinesForgotten { guest: Uuid },
    /// The guest's session of the guest socket is forgotten; the guest stays.
    SessionEnded { guest: Uuid },
    /// What a contact has beyond its guest, as it is from now on.
    ContactRecord { id: Uuid, record: Box<ContactRecord> },
    /// A note about a contact, new or not.
    Note(Note),
    /// All attributes of a participant of a conversation, as they are from now on.
    Attributes { conversation: Uuid, participant: Uuid, attributes: Map<String, Value> },
    /// Whether analytics has a conversation that is over open for good.
    Orphan { conversation: Uuid, open: bool },
    /// The custom fields that contacts have from now on.
    Schema(Box<ContactSchema>),
}

impl Change {
    /// A conversation that is over at this time at the latest.
    pub(crate) fn closed(conversation: &Conversation, now: Millis) -> Self {
        let end = conversation.closed(now).unwrap_or(now);
        Self::Conversation(Conversation { end: Some(end), ..*conversation })
    }
}

/// The whole state.
pub(crate) struct World {
    pub(super) seed: u64,
    pub(super) guests: Guests,
    pub(super) conversations: Conversations,
    pub(super) messages: HashMap<Uuid, Message>,
    pub(super) sessions: GuestSessions,
    /// Of the last list whose filter made it look at guests; gone with the next change of one.
    pub(super) matches: Option<Matches>,
    /// By the guest that each is about.
    pub(super) contact_records: HashMap<Uuid, ContactRecord>,
    pub(super) notes: HashMap<Uuid, Vec<Note>>,
    pub(super) schema: ContactSchema,
    /// By conversation and participant.
    pub(super) attributes: HashMap<(Uuid, Uuid), Map<String, Value>>,
    pub(super) orphans: HashSet<Uuid>,
    /// When the first guests were made.
    pub(super) generated: Millis,
    /// Of the last list of contacts; gone with the next change of a guest or a record.
    pub(super) contact_matches: Option<Matches>,
}

impl World {
    pub(super) fn of(
        seed: u64,
        guests: Vec<Guest>,
        conversations: Vec<Conversation>,
        generated: Millis,
    ) -> Self {
        Self {
            seed,
            guests: Guests::of(guests),
            conversations: Conversations::of(conversations),
            messages: HashMap::new(),
            sessions: GuestSessions::default(),
            matches: None,
            contact_records: HashMap::new(),
            notes: HashMap::new(),
            schema: ContactSchema::default(),
            attributes: HashMap::new(),
            orphans: HashSet::new(),
            generated,
            contact_matches: None,
        }
    }

    pub(crate) fn guest(&self, id: Uuid) -> Option<&Guest> {
        self.guests.get(id)
    }

    pub(crate) fn message(&self, id: Uuid) -> Option<&Message> {
        self.messages.get(&id)
    }

    pub(crate) fn conversations(&self) -> &Conversations {
        &self.conversations
    }

    /// Guests, conversations, messages.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        (self.guests.len(), self.conversations.len(), self.messages.len())
    }

    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Guest(guest) => {
                self.forget_matches();
                self.guests.put(*guest);
            }
            Change::Touched { id, modified } => {
                if let Some(mut guest) = self.guest(id).cloned() {
                    self.forget_matches();
                    guest.modified = modified;
                    guest.version += 1;
                    self.guests.put(guest);
                }
            }
            Change::Deleted { id } => {
                self.forget_matches();
                self.guests.remove(id);
                self.contact_records.remove(&id);
                self.notes.remove(&id);
                self.sessions.end(id);
            }
            Change::Conversation(conversation) => self.conversations.put(conversation),
            Change::Message(message) => {
                self.messages.insert(message.id, message);
            }
            Change::Session { key, guest } => self.sessions.begin(key, guest),
            Change::SessionEnded { guest } => self.sessions.end(guest),
            Change::Line { guest, sealed } => self.sessions.add_line(guest, sealed),
            Change::LinesForgotten { guest } => self.sessions.forget_lines(guest),
            Change::ContactRecord { id, record } => {
                self.forget_matches();
                self.contact_records.insert(id, *record);
            }
            Change::Note(note) => self.put_note(note),
            Change::Attributes { conversation, participant, attributes } => {
                self.attributes.insert((conversation, participant), attributes);
            }
            Change::Orphan { conversation, open: true } => drop(self.orphans.insert(conversation)),
            Change::Orphan { conversation, open: false } => drop(self.orphans.remove(&conversation)),
            Change::Schema(schema) => self.schema = *schema,
        }
    }

    fn forget_matches(&mut self) {
        self.matches = None;
        self.contact_matches = None;
    }

    /// A guest's session token: always the same for seed and id, so it is stored nowhere.
    pub(crate) fn session_token(&self, guest: Uuid) -> String {
        derive(self.seed, "session token", guest, 0).iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The attributes that were set of a participant.
    pub(crate) fn attributes(&self, conversation: Uuid, participant: Uuid) -> Option<&Map<String, Value>> {
        self.attributes.get(&(conversation, participant))
    }

    /// Whether analytics has the conversation open for good.
    pub(crate) fn is_orphan(&self, conversation: Uuid) -> bool {
        self.orphans.contains(&conversation)
    }

    /// Whether the conversation is from before the first guest of this org could speak.
    pub(crate) fn is_seeded(&self, conversation: &Conversation) -> bool {
        conversation.start < self.generated
            && conversation.id == self.conversation_id(conversation.guest, conversation.start)
    }

    /// The guest who came by a session of the guest socket.
    pub(crate) fn guest_of_session(&self, key: &[u8; 32]) -> Option<Uuid> {
        self.sessions.guest(key)
    }

    /// What was said in a guest's session, sealed, oldest first.
    pub(crate) fn lines(&self, guest: Uuid) -> impl Iterator<Item = &str> {
        self.sessions.lines(guest)
    }

    /// The guest that a session is about which begins at that time, after so many others.
    pub(crate) fn guest_id_of_session(&self, key: &[u8; 32], now: Millis, begun: u64) -> Uuid {
        guest_id(self.seed, key, now, begun)
    }

    /// An id for one more conversation of the guest.
    pub(crate) fn free_conversation_id(&self, guest: Uuid, start: Millis) -> Uuid {
        (start..)
            .map(|at| self.conversation_id(guest, at))
            .find(|id| self.conversations.get(*id).is_none())
            .unwrap_or_default()
    }

    /// The id of the conversation that opens with a guest created at that time.
    pub(crate) fn conversation_id(&self, guest: Uuid, start: Millis) -> Uuid {
        conversation_id(self.seed, guest, start)
    }
}

pub(super) fn conversation_id(seed: u64, guest: Uuid, start: Millis) -> Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&derive(seed, "conversation", guest, start)[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

fn derive(seed: u64, purpose: &str, guest: Uuid, at: Millis) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    hash.update(purpose);
    hash.update(guest);
    hash.update(at.to_be_bytes());
    hash.finalize().into()
}
