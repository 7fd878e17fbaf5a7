use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use genesys::webmessaging::{Answer, Chat, ChatEvents, ChatOptions, OutgoingFile, WebMessagingError};
use serde_json::Value;
use uuid::Uuid;

/// Where the guests of a file go.
#[derive(Clone)]
pub struct Target {
    /// Opens their chats.
    pub guests: Arc<dyn Guests>,
    /// Reads what the org knows of a guest; `None` without an OAuth client.
    pub records: Option<Arc<dyn Records>>,
    /// Host and port of the socket, for result lines.
    pub host: String,
    /// Whether the deployment starts conversations with the session, so that Presence Join is sent.
    pub join: bool,
    /// Whether the deployment says that it never tells a guest of the end of a conversation.
    pub never_disconnects: bool,
    /// How long a guest waits before each message.
    pub pace: Duration,
    /// The custom attribute `innkeeperLab` of every guest, by which they are found again to be removed.
    pub lab: String,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("host", &self.host).finish_non_exhaustive()
    }
}

/// Opens chats as guests of one deployment.
pub trait Guests: Send + Sync {
    /// Begins a chat. What follows comes as events.
    fn open(&self, options: ChatOptions) -> (Box<dyn Guest>, ChatEvents);
}

/// A guest in a chat, as [`Chat`] is one. Dropping it closes the connection.
pub trait Guest: Send + Sync {
    /// Writes a message.
    ///
    /// # Errors
    /// As [`Chat::say`].
    fn say(&self, id: Uuid, text: &str) -> Result<(), WebMessagingError>;
    /// Answers what was offered.
    ///
    /// # Errors
    /// As [`Chat::answer`].
    fn answer(&self, id: Uuid, answer: Answer) -> Result<(), WebMessagingError>;
    /// Sends a file.
    ///
    /// # Errors
    /// As [`Chat::attach`].
    fn attach(&self, id: Uuid, file: OutgoingFile) -> Result<(), WebMessagingError>;
    /// Custom attributes of every later message, in place of what was.
    ///
    /// # Errors
    /// As [`Chat::set_attributes`].
    fn set_attributes(&self, attributes: BTreeMap<String, String>) -> Result<(), WebMessagingError>;
    /// Closes the connection; what is written waits.
    ///
    /// # Errors
    /// As [`Chat::offline`].
    fn offline(&self) -> Result<(), WebMessagingError>;
    /// Connects again.
    ///
    /// # Errors
    /// As [`Chat::online`].
    fn online(&self) -> Result<(), WebMessagingError>;
    /// Ends politely.
    ///
    /// # Errors
    /// As [`Chat::leave`].
    fn leave(&self) -> Result<(), WebMessagingError>;
}

impl Guest for Chat {
    fn say(&self, id: Uuid, text: &str) -> Result<(), WebMessagingError> {
        Chat::say(self, id, text)
    }

    fn answer(&self, id: Uuid, answer: Answer) -> Result<(), WebMessagingError> {
        Chat::answer(self, id, answer)
    }

    fn attach(&self, id: Uuid, file: OutgoingFile) -> Result<(), WebMessagingError> {
        Chat::attach(self, id, file, None)
    }

    fn set_attributes(&self, attributes: BTreeMap<String, String>) -> Result<(), WebMessagingError> {
        Chat::set_attributes(self, attributes)
    }

    fn offline(&self) -> Result<(), WebMessagingError> {
        Chat::offline(self)
    }

    fn online(&self) -> Result<(), WebMessagingError> {
        Chat::online(self)
    }

    fn leave(&self) -> Result<(), WebMessagingError> {
        Chat::leave(self)
    }
}

/// What the org knows of a guest.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GuestRecord {
    /// The guest's conversation.
    pub conversation_id: Option<String>,
    /// The guest's attributes.
    pub attributes: BTreeMap<String, Value>,
}

/// Reads guests by REST.
#[async_trait]
pub trait Records: Send + Sync {
    /// The guest whose attribute `innkeeperChat` has this value; `None` while the org lists none.
    ///
    /// # Errors
    /// Why the org cannot be asked, in words for a person.
    async fn read(&self, chat: &str) -> Result<Option<GuestRecord>, String>;
}
