//! What of the chats outlives the window: who chats where under which token, and what they wrote that is not delivered yet. Sealed
//! with the store, each until the chat ends.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use model::Secret;
use serde::{Deserialize, Serialize};
use store::{Batch, Error, Store, Table};
use uuid::Uuid;

use crate::views::LabOffersView;

/// A chat that has not ended.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeptChat {
    /// The guest's credential: without it nobody takes up the session.
    pub(super) token: String,
    pub(super) deployment: String,
    pub(super) page_origin: Option<String>,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) attributes: BTreeMap<String, String>,
    /// What is sent with every message: the attributes, name, e-mail address and the mark of the lab.
    pub(super) sent: BTreeMap<String, String>,
    pub(super) offers: LabOffersView,
    pub(super) started_at: DateTime<Utc>,
}

/// A message that was written and is not delivered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeptMessage {
    pub(super) chat: Uuid,
    pub(super) text: String,
    pub(super) written_at: DateTime<Utc>,
}

/// The tables of the chat lab.
#[derive(Clone)]
pub(super) struct KeptChats {
    store: Store,
    chats: Table<Uuid, KeptChat>,
    messages: Table<Uuid, KeptMessage>,
}

impl KeptChat {
    pub(super) fn opened(&self) -> Secret {
        Secret::new(self.token.clone())
    }

    /// A token as it is sealed.
    pub(super) fn sealed(token: &Secret) -> String {
        token.expose().to_owned()
    }
}

impl KeptChats {
    pub(super) fn open(store: &Store) -> Self {
        Self { store: store.clone(), chats: store.table("lab-chat"), messages: store.table("lab-message") }
    }

    pub(super) async fn put(&self, id: Uuid, chat: &KeptChat) -> Result<(), Error> {
        let mut batch = Batch::new();
        batch.put(&self.chats, &id, chat)?;
        self.store.commit_async(batch).await
    }

    pub(super) async fn put_message(&self, id: Uuid, message: &KeptMessage) -> Result<(), Error> {
        let mut batch = Batch::new();
        batch.put(&self.messages, &id, message)?;
        self.store.commit_async(batch).await
    }

    /// The message is delivered, or will not be.
    pub(super) async fn settle(&self, message: Uuid) -> Result<(), Error> {
        let mut batch = Batch::new();
        batch.remove(&self.messages, &message);
        self.store.commit_async(batch).await
    }

    /// The chat is over.
    pub(super) async fn forget(&self, id: Uuid) -> Result<(), Error> {
        let mut batch = Batch::new();
        batch.remove(&self.chats, &id);
        for (message, _) in self.messages_of(id)? {
            batch.remove(&self.messages, &message);
        }
        self.store.commit_async(batch).await
    }

    /// In the order in which they were started.
    pub(super) fn all(&self) -> Result<Vec<(Uuid, KeptChat)>, Error> {
        let mut all = self.chats.iter().collect::<Result<Vec<_>, _>>()?;
        all.sort_by_key(|(_, chat)| chat.started_at);
        Ok(all)
    }

    /// In the order in which they were written.
    pub(super) fn messages_of(&self, chat: Uuid) -> Result<Vec<(Uuid, KeptMessage)>, Error> {
        let mut all = self.messages.iter().collect::<Result<Vec<_>, _>>()?;
        all.retain(|(_, message)| message.chat == chat);
        all.sort_by_key(|(_, message)| message.written_at);
        Ok(all)
    }
}
