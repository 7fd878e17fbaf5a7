//! All chats of the chat lab.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use genesys::{Endpoints, ReqwestTransport, webmessaging::WebMessaging};
use model::{Clock, Secret};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

use super::live::{LiveChat, unknown};
use crate::{Failure, Result};

/// So many chats may be on the list at once.
const MOST_CHATS: usize = 200;

/// How the other side of the embedded org is played: in the session of this token, by a request of its control port (`say`,
/// `typing`, `disconnect`, `expire`, `drop`) with this body. A port: the app knows no simulator.
pub type AgentSide =
    Arc<dyn Fn(Secret, &'static str, Value) -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// The chats that are played over one connection.
pub(crate) struct ChatLab {
    chats: Mutex<Vec<Arc<LiveChat>>>,
    pub(super) client: WebMessaging,
    pub(super) endpoints: Endpoints,
    pub(super) agent: Option<AgentSide>,
    pub(super) changed: watch::Sender<u64>,
}

impl ChatLab {
    pub(crate) fn new(client: WebMessaging, endpoints: Endpoints, agent: Option<AgentSide>) -> Self {
        let (chats, changed) = (Mutex::default(), watch::Sender::default());
        Self { chats, client, endpoints, agent, changed }
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

    /// Puts a chat on the list.
    pub(super) fn add(&self, chat: Arc<LiveChat>) -> Result<()> {
        let mut chats = self.chats.lock();
        if chats.len() >= MOST_CHATS {
            let why = format!("The chat lab has {MOST_CHATS} chats, which is the most it takes.");
            return Err(Failure::new(crate::FailureCode::InvalidInput, why).with_next("Remove some first."));
        }
        chats.push(chat);
        drop(chats);
        self.tell();
        Ok(())
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

/// The client of guests who chat.
pub(crate) fn guest_client(clock: Arc<dyn Clock>) -> WebMessaging {
    WebMessaging::new(Arc::new(NoDialer), Arc::new(ReqwestTransport::new()), clock)
}

/// Stands until the client has the network's.
struct NoDialer;

#[async_trait::async_trait]
impl genesys::webmessaging::Dialer for NoDialer {
    async fn dial(
        &self,
        address: &url::Url,
        _: Option<&str>,
    ) -> Result<std::pin::Pin<Box<dyn genesys::webmessaging::Socket>>, genesys::webmessaging::WebMessagingError>
    {
        let host = address.host_str().unwrap_or_default().to_owned();
        Err(genesys::webmessaging::WebMessagingError::Unreachable { host, why: "no dialer".into() })
    }
}
