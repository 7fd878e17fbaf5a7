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
    /// Held while a chat is started again, so that one wish makes one guest.
    pub(super) starting_again: tokio::sync::Mutex<()>,
}

impl Chats {
    pub(crate) fn open(store: &Store) -> Self {
        Self {
            played: store.table("played-chat"),
            known: store.table("known-conversation"),
            ways: Ways::default(),
            successors: store.table("guest-successor"),
            predecessors: store.table("guest-predecessor"),
            starting_again: tokio::sync::Mutex::default(),
        }
    }

    /// The guest of a conversation that was started or looked up here.
    pub(super) fn guest_of(&self, conversation: &ConversationId) -> Result<Option<GuestId>, Error> {
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
            &KnownConversation { guest_id: guest, started_here: true, by_socket: false },
        )
    }

    /// Keeps a chat whose messages go by the guest socket. It stays known when the chat is over.
    pub(crate) fn put_by_socket(
        &self,
        batch: &mut Batch,
        conversation: &ConversationId,
        guest: GuestId,
    ) -> Result<(), Error> {
        let known = KnownConversation { guest_id: guest, started_here: true, by_socket: true };
        self.ways.set(conversation, true);
        batch.put(&self.known, conversation, &known)
    }

    /// Whether the messages of a conversation go by the guest socket. The disk is asked once.
    pub(crate) fn goes_by_socket(&self, conversation: &ConversationId) -> Result<bool, Error> {
        let ask = || Ok(self.known.get(conversation)?.is_some_and(|known| known.by_socket));
        self.ways.get(conversation, ask)
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
                &KnownConversation { guest_id: guest, started_here: false, by_socket: false },
            )?;
        }
        Ok(())
    }

    /// Those who go on in a guest's place, also those whose making was cut off.
    pub(super) fn successors_of(&self, guest: GuestId) -> Result<Vec<Successor>, Error> {
        Ok(self.successors.get(&guest)?.unwrap_or_default())
    }
}
