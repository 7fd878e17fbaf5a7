//! All chats of the chat lab.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use model::Secret;
use outbox::Outbox;
use parking_lot::Mutex;
use serde_json::Value;
use store::Store;
use tokio::sync::watch;
use uuid::Uuid;

use super::{
    keep::KeptChats,
    live::{Beside, LiveChat, unknown},
};
use crate::{Failure, Result};

/// So many chats may be on the list at once.
const MOST_CHATS: usize = 200;

/// How the other side of the embedded org is played: in the session of this token at a deployment, by a request of its control
/// port (`say`, `typing`, `disconnect`, `expire`, `drop`) with this body. A port: the app knows no simulator.
pub type AgentSide =
    Arc<dyn Fn(String, Secret, &'static str, Value) -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// The chats that are played over one connection.
pub(crate) struct ChatLab {
    chats: Mutex<Vec<Arc<LiveChat>>>,
    changed: watch::Sender<u64>,
    pub(super) kept: KeptChats,
    /// Held while a chat is kept and put on the list, or taken up again, so that each has one client.
    pub(super) opening: tokio::sync::Mutex<()>,
}

impl ChatLab {
    /// Without chats; those that are kept are taken up when a window asks for it.
    pub(crate) fn open(store: &Store) -> Self {
        let (chats, changed, opening) = Default::default();
        Self { chats, changed, kept: KeptChats::open(store), opening }
    }

    /// What a chat at work needs.
    pub(super) fn beside(&self, outbox: &Outbox) -> Beside {
        Beside { changed: self.changed.clone(), kept: self.kept.clone(), outbox: outbox.clone() }
    }

    /// Counts up whenever something changed.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(super) fn all(&self) -> Vec<Arc<LiveChat>> {
        self.chats.lock().clone()
    }

    pub(super) fn get(&self, id: Uuid) -> Result<Arc<LiveChat>> {
        self.chats.lock().iter().find(|chat| chat.id == id).cloned().ok_or_else(|| unknown(id))
    }

    /// Refuses another chat where there are as many as it takes, those that are kept and not taken up among them. Blocking.
    pub(super) fn has_room(&self) -> Result<()> {
        if self.chats.lock().len().max(self.kept.count()) < MOST_CHATS {
            return Ok(());
        }
        let why = format!("The chat lab has {MOST_CHATS} chats, which is the most it takes.");
        Err(Failure::new(crate::FailureCode::InvalidInput, why).with_next("Remove some first."))
    }

    /// Puts a chat on the list.
    pub(super) fn add(&self, chat: Arc<LiveChat>) {
        self.chats.lock().push(chat);
        self.tell();
    }

    /// Takes a chat off the list; its connection closes.
    pub(super) fn remove(&self, id: Uuid) -> Result<()> {
        let mut chats = self.chats.lock();
        let at = chats.iter().position(|chat| chat.id == id).ok_or_else(|| unknown(id))?;
        let removed = chats.remove(at);
        drop(chats);
        drop(removed);
        self.tell();
        Ok(())
    }

    fn tell(&self) {
        self.changed.send_modify(|count| *count += 1);
    }
}
