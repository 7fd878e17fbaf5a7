//! What of the chats outlives the window: who chats where under which token. Sealed with the store, each until the chat ends. What
//! they wrote is in the outbox.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use model::Secret;
use serde::{Deserialize, Serialize};
use store::{Batch, Error, Store, Table};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{
    hashed_key::{HashedKey, hashed_key},
    views::LabOffersView,
};

/// What the hash of a token is for whose chat is over.
const ENDED: &str = "ended-chat";

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
    /// A person switched it offline.
    #[serde(default)]
    pub(super) offline: bool,
    /// The org has had a session with its token.
    #[serde(default)]
    pub(super) connected: bool,
    /// When the guest began the session that they are in, where another one was before it.
    #[serde(default)]
    pub(super) session_since: Option<DateTime<Utc>>,
}

/// The chats of a connection that have not ended.
#[derive(Clone)]
pub(super) struct KeptChats {
    store: Store,
    chats: Table<Uuid, KeptChat>,
    /// By the token, hashed: chats that are over. A session check can so name the chat after its token was forgotten.
    ended: Table<HashedKey, Uuid>,
    /// Held by whoever changes one: what is forgotten stays that.
    changing: Arc<tokio::sync::Mutex<()>>,
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
        Self {
            store: store.clone(),
            chats: store.table("lab-chat"),
            ended: store.table("ended-chat"),
            changing: Arc::default(),
        }
    }

    pub(super) fn put_in(&self, batch: &mut Batch, id: Uuid, chat: &KeptChat) -> Result<(), Error> {
        batch.put(&self.chats, &id, chat)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.chats.iter().count()
    }

    async fn put(&self, id: Uuid, chat: &KeptChat) -> Result<(), Error> {
        let mut batch = Batch::new();
        self.put_in(&mut batch, id, chat)?;
        self.store.commit_async(batch).await
    }

    pub(super) fn get(&self, id: Uuid) -> Result<Option<KeptChat>, Error> {
        self.chats.get(&id)
    }

    /// The chat with this token. Tokens are compared in constant time.
    pub(super) fn of_token(&self, token: &Secret) -> Result<Option<(Uuid, KeptChat)>, Error> {
        for kept in self.chats.iter() {
            let (id, chat) = kept?;
            if bool::from(chat.token.as_bytes().ct_eq(token.expose().as_bytes())) {
                return Ok(Some((id, chat)));
            }
        }
        Ok(None)
    }

    /// A person switched the chat offline, or online again.
    pub(super) async fn set_offline(&self, id: Uuid, offline: bool) -> Result<(), Error> {
        let _one = self.changing.lock().await;
        match self.get(id)? {
            Some(chat) if chat.offline != offline => self.put(id, &KeptChat { offline, ..chat }).await,
            _ => Ok(()),
        }
    }

    /// The org has a session with the chat's token.
    pub(super) async fn set_connected(&self, id: Uuid) -> Result<(), Error> {
        let _one = self.changing.lock().await;
        match self.get(id)? {
            Some(chat) if !chat.connected => self.put(id, &KeptChat { connected: true, ..chat }).await,
            _ => Ok(()),
        }
    }

    /// The guest is in another session than before.
    pub(super) async fn set_session_since(&self, id: Uuid, since: DateTime<Utc>) -> Result<(), Error> {
        let _one = self.changing.lock().await;
        match self.get(id)? {
            Some(chat) => self.put(id, &KeptChat { session_since: Some(since), ..chat }).await,
            None => Ok(()),
        }
    }

    /// The chat is over.
    pub(super) async fn forget(&self, id: Uuid) -> Result<(), Error> {
        let _one = self.changing.lock().await;
        let mut batch = Batch::new();
        if let Some(chat) = self.get(id)? {
            batch.put(&self.ended, &self.hashed(&chat.opened()), &id)?;
        }
        batch.remove(&self.chats, &id);
        self.store.commit_async(batch).await
    }

    /// The chat that had this token and is over.
    pub(super) fn ended_with(&self, token: &Secret) -> Result<Option<Uuid>, Error> {
        self.ended.get(&self.hashed(token))
    }

    fn hashed(&self, token: &Secret) -> HashedKey {
        hashed_key(&self.store.keyed_hash(ENDED, token.expose().as_bytes()))
    }

    /// In the order in which they were started.
    pub(super) fn all(&self) -> Result<Vec<(Uuid, KeptChat)>, Error> {
        let mut all = self.chats.iter().collect::<Result<Vec<_>, _>>()?;
        all.sort_by_key(|(_, chat)| chat.started_at);
        Ok(all)
    }
}
