//! What a connection keeps of its chats: those that were started here, the conversations that are known, and which guest
//! goes on in whose place.

use chrono::{DateTime, Utc};
use model::{ConversationId, GuestId};
use serde::{Deserialize, Serialize};
use store::{Batch, Error, Store, Table};
use uuid::Uuid;

use super::ways::Ways;

/// A chat this data folder started.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PlayedChat {
    pub(crate) conversation_id: ConversationId,
    /// Keyed hash of the session token; the token itself is stored nowhere.
    pub(crate) token_hash: Vec<u8>,
    pub(crate) started_at: DateTime<Utc>,
}

/// A conversation this data folder started or looked up.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct KnownConversation {
    guest_id: GuestId,
    started_here: bool,
    /// Its messages go by the guest socket, under an id of this console's own.
    #[serde(default)]
    by_socket: bool,
    /// What the org calls it and its guest, where that is not the id here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    org: Option<OrgSide>,
}

/// What an org calls a chat that has an id of this console's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrgSide {
    /// The conversation.
    pub(crate) conversation_id: ConversationId,
    /// The guest, as a contact; absent while the org names none.
    pub(crate) contact_id: Option<GuestId>,
    /// When the org was asked.
    pub(crate) learnt_at: DateTime<Utc>,
}

impl OrgSide {
    /// Whether there is nothing left to learn.
    pub(crate) fn is_whole(&self) -> bool {
        self.contact_id.is_some()
    }

    /// Whether the org says the same, whenever it was asked.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (&self.conversation_id, self.contact_id) == (&other.conversation_id, other.contact_id)
    }
}

/// A guest who goes on in another's place. Kept before the org is asked, so that whatever cuts that off, the next wish for the
/// same guest finds this one and makes no second.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Successor {
    pub(super) id: GuestId,
    /// The wish that it came from: the same wish again is the same guest.
    pub(super) wish: Uuid,
    /// The org has them.
    pub(super) made: bool,
}

pub(crate) struct Chats {
    /// By guest: the chat that was started here.
    pub(crate) played: Table<GuestId, PlayedChat>,
    known: Table<ConversationId, KnownConversation>,
    ways: Ways,
    /// By guest: those who go on in their place.
    pub(super) successors: Table<GuestId, Vec<Successor>>,
    /// By guest: in whose place they go on.
    pub(super) predecessors: Table<GuestId, GuestId>,
    /// Held while a chat is started that a wish may ask for twice, so that one wish makes one guest.
    pub(crate) starting: tokio::sync::Mutex<()>,
}

impl Chats {
    pub(crate) fn open(store: &Store) -> Self {
        Self {
            played: store.table("played-chat"),
            known: store.table("known-conversation"),
            ways: Ways::default(),
            successors: store.table("guest-successor"),
            predecessors: store.table("guest-predecessor"),
            starting: tokio::sync::Mutex::default(),
        }
    }

    /// The guest of a conversation that was started or looked up here.
    pub(crate) fn guest_of(&self, conversation: &ConversationId) -> Result<Option<GuestId>, Error> {
        Ok(self.known.get(conversation)?.map(|known| known.guest_id))
    }

    /// Keeps a chat that was started here, and its conversation.
    pub(super) fn put_played(
        &self,
        batch: &mut Batch,
        guest: GuestId,
        chat: &PlayedChat,
    ) -> Result<(), Error> {
        batch.put(&self.played, &guest, chat)?;
        self.ways.set(&chat.conversation_id, false);
        batch.put(
            &self.known,
            &chat.conversation_id,
            &KnownConversation { guest_id: guest, started_here: true, by_socket: false, org: None },
        )
    }

    /// Keeps a chat whose messages go by the guest socket. It stays known when the chat is over.
    pub(crate) fn put_by_socket(
        &self,
        batch: &mut Batch,
        conversation: &ConversationId,
        guest: GuestId,
    ) -> Result<(), Error> {
        let known = KnownConversation { guest_id: guest, started_here: true, by_socket: true, org: None };
        self.ways.set(conversation, true);
        batch.put(&self.known, conversation, &known)
    }

    /// Whether the messages of a conversation go by the guest socket. The disk is asked once.
    pub(crate) fn goes_by_socket(&self, conversation: &ConversationId) -> Result<bool, Error> {
        let ask = || Ok(self.known.get(conversation)?.is_some_and(|known| known.by_socket));
        self.ways.get(conversation, ask)
    }

    /// What the org calls a chat that goes by the guest socket, once that is known.
    pub(crate) fn org_side(&self, conversation: &ConversationId) -> Result<Option<OrgSide>, Error> {
        Ok(self.known.get(conversation)?.and_then(|known| known.org))
    }

    /// Keeps what the org calls a chat.
    pub(crate) fn put_org_side(
        &self,
        batch: &mut Batch,
        conversation: &ConversationId,
        side: &OrgSide,
    ) -> Result<(), Error> {
        match self.known.get(conversation)? {
            Some(known) => {
                batch.put(&self.known, conversation, &KnownConversation { org: Some(side.clone()), ..known })
            }
            None => Ok(()),
        }
    }

    /// The chats that the org knows as this contact's. Looks at every conversation.
    pub(crate) fn of_contact(&self, contact: GuestId) -> Result<Vec<(ConversationId, OrgSide)>, Error> {
        let mut found = Vec::new();
        for known in self.known.iter() {
            let (id, known) = known?;
            if let Some(side) = known.org.filter(|side| side.contact_id == Some(contact)) {
                found.push((id, side));
            }
        }
        Ok(found)
    }

    /// Keeps a conversation that was looked up, where it is not known yet.
    pub(super) fn put_looked_up(
        &self,
        batch: &mut Batch,
        conversation: &ConversationId,
        guest: GuestId,
    ) -> Result<(), Error> {
        if self.known.get(conversation)?.is_none() {
            batch.put(
                &self.known,
                conversation,
                &KnownConversation { guest_id: guest, started_here: false, by_socket: false, org: None },
            )?;
        }
        Ok(())
    }

    /// Those who go on in a guest's place, also those whose making was cut off.
    pub(super) fn successors_of(&self, guest: GuestId) -> Result<Vec<Successor>, Error> {
        Ok(self.successors.get(&guest)?.unwrap_or_default())
    }
}
