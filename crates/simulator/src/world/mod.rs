//! What the org knows: guests, conversations, messages. Changes come in as [`Change`]s, the same from a request
//! and from the change log.

pub(crate) mod change_log;
mod generate;
mod guest;
mod list;
mod ordered;

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub(crate) use generate::mix;
use guest::guest_fields;
pub(crate) use guest::{Guest, GuestView};
pub(crate) use list::{GuestFilter, ListGuests, Sort};

use crate::clock::Millis;
use ordered::Ordered;

/// A conversation closes this long after its last message (`guest-api.md`).
pub(crate) const OPEN_FOR: Millis = 72 * 3600 * 1000;

/// One conversation. Closing by age is not stored: it follows from `last` and the clock.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Conversation {
    pub(crate) id: Uuid,
    pub(crate) guest: Uuid,
    pub(crate) start: Millis,
    /// The last message, or the start.
    pub(crate) last: Millis,
    /// Set when it was closed by hand or with its guest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) end: Option<Millis>,
}

impl Conversation {
    /// When it closed, `None` while it takes messages.
    pub(crate) fn closed(&self, now: Millis) -> Option<Millis> {
        let by_age = self.last.saturating_add(OPEN_FOR);
        self.end.or((by_age <= now).then_some(by_age))
    }
}

/// A message that arrived. Its text is kept nowhere but in the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: Uuid,
    pub(crate) conversation: Uuid,
    pub(crate) guest: Uuid,
    /// When the guest wrote it, as the client put it.
    pub(crate) timestamp: String,
    pub(crate) received: Millis,
}

/// One thing that changed. A request's changes stand on one line of the change log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
}

/// The whole state. Every index holds every guest once.
pub(crate) struct World {
    seed: u64,
    guests: HashMap<Uuid, Guest>,
    by_created: Ordered<(Millis, Uuid)>,
    by_modified: Ordered<(Millis, Uuid)>,
    by_name: Ordered<(Arc<str>, Uuid)>,
    by_email: Ordered<(Option<Arc<str>>, Uuid)>,
    by_id: Ordered<Uuid>,
    /// By (guest, conversation).
    conversations: BTreeMap<(Uuid, Uuid), Conversation>,
    guest_of: HashMap<Uuid, Uuid>,
    messages: HashMap<Uuid, Message>,
}

impl World {
    fn of(seed: u64, guests: Vec<Guest>, conversations: Vec<Conversation>) -> Self {
        Self {
            seed,
            by_created: Ordered::from_unsorted(guests.iter().map(|g| (g.created, g.id)).collect()),
            by_modified: Ordered::from_unsorted(guests.iter().map(|g| (g.modified, g.id)).collect()),
            by_name: Ordered::from_unsorted(guests.iter().map(|g| (g.name.clone(), g.id)).collect()),
            by_email: Ordered::from_unsorted(guests.iter().map(|g| (g.email.clone(), g.id)).collect()),
            by_id: Ordered::from_unsorted(guests.iter().map(|g| g.id).collect()),
            guests: guests.into_iter().map(|g| (g.id, g)).collect(),
            guest_of: conversations.iter().map(|c| (c.id, c.guest)).collect(),
            conversations: conversations.into_iter().map(|c| ((c.guest, c.id), c)).collect(),
            messages: HashMap::new(),
        }
    }

    pub(crate) fn guest(&self, id: Uuid) -> Option<&Guest> {
        self.guests.get(&id)
    }

    pub(crate) fn conversation(&self, id: Uuid) -> Option<&Conversation> {
        self.conversations.get(&(*self.guest_of.get(&id)?, id))
    }

    pub(crate) fn message(&self, id: Uuid) -> Option<&Message> {
        self.messages.get(&id)
    }

    pub(crate) fn conversations(&self) -> impl Iterator<Item = &Conversation> {
        self.conversations.values()
    }

    pub(crate) fn conversations_of(&self, guest: Uuid) -> impl Iterator<Item = &Conversation> {
        let all = (Bound::Included((guest, Uuid::nil())), Bound::Included((guest, Uuid::max())));
        self.conversations.range(all).map(|(_, c)| c)
    }

    /// Guests, conversations, messages.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        (self.guests.len(), self.conversations.len(), self.messages.len())
    }

    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Guest(guest) => {
                self.forget(guest.id);
                self.remember(*guest);
            }
            Change::Touched { id, modified } => {
                if let Some(mut guest) = self.forget(id) {
                    guest.modified = modified;
                    guest.version += 1;
                    self.remember(guest);
                }
            }
            Change::Deleted { id } => {
                self.forget(id);
            }
            Change::Conversation(conversation) => {
                self.guest_of.insert(conversation.id, conversation.guest);
                self.conversations.insert((conversation.guest, conversation.id), conversation);
            }
            Change::Message(message) => {
                self.messages.insert(message.id, message);
            }
        }
    }

    fn remember(&mut self, guest: Guest) {
        self.by_created.insert((guest.created, guest.id));
        self.by_modified.insert((guest.modified, guest.id));
        self.by_name.insert((guest.name.clone(), guest.id));
        self.by_email.insert((guest.email.clone(), guest.id));
        self.by_id.insert(guest.id);
        self.guests.insert(guest.id, guest);
    }

    fn forget(&mut self, id: Uuid) -> Option<Guest> {
        let guest = self.guests.remove(&id)?;
        self.by_created.remove(&(guest.created, id));
        self.by_modified.remove(&(guest.modified, id));
        self.by_name.remove(&(guest.name.clone(), id));
        self.by_email.remove(&(guest.email.clone(), id));
        self.by_id.remove(&id);
        Some(guest)
    }

    /// A guest's session token: always the same for seed and id, so it is stored nowhere.
    pub(crate) fn session_token(&self, guest: Uuid) -> String {
        derive(self.seed, "session token", guest, 0).iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The id of the conversation that opens with a guest created at that time.
    pub(crate) fn conversation_id(&self, guest: Uuid, start: Millis) -> Uuid {
        conversation_id(self.seed, guest, start)
    }
}

fn conversation_id(seed: u64, guest: Uuid, start: Millis) -> Uuid {
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
