use std::{collections::BTreeMap, sync::Arc};

use model::Secret;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::{
    error::WebMessagingError,
    event::ChatEvent,
    options::{Answer, OutgoingFile},
};

/// A guest in a chat. Everything returns at once; what follows comes as [`ChatEvent`]s. Clones are the same guest; dropping the
/// last one closes the connection without a farewell.
#[derive(Clone)]
pub struct Chat {
    commands: Arc<mpsc::UnboundedSender<Command>>,
}

/// What comes, in order. The task of the chat waits while 1,024 events are not read yet.
pub type ChatEvents = mpsc::Receiver<ChatEvent>;

/// What a guest does.
#[derive(Debug)]
pub(crate) enum Command {
    /// A text, with the id of the message.
    Say(Uuid, String),
    /// Takes a message back that has not left.
    Withdraw(Uuid),
    /// An answer to what was offered.
    Answer(Uuid, Answer),
    /// A file, with a text or without.
    Attach(Uuid, OutgoingFile, Option<String>),
    /// Custom attributes of every later message, in place of what was.
    Attributes(BTreeMap<String, String>),
    /// The guest is writing.
    Typing,
    /// Join, by hand.
    Join,
    /// Offline: closes the connection; messages wait.
    Offline,
    /// Online again.
    Online,
    /// Clears the conversation.
    Clear,
    /// Leaves the session for a new one.
    StartNew,
    /// Ends politely: what is under way is sent, then the connection is closed.
    Leave,
    /// Asks for the address of a file.
    FileLink(String, oneshot::Sender<Result<Secret, WebMessagingError>>),
}

/// The longest text, in bytes.
const MAX_TEXT: usize = 4_096;

/// The custom attributes as JSON, in bytes.
const MAX_ATTRIBUTES: usize = 2_048;

/// The longest name of a file, in bytes.
const MAX_FILE_NAME: usize = 1_024;

impl Chat {
    /// A guest whose commands come out of the receiver.
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Command>) {
        let (commands, received) = mpsc::unbounded_channel();
        (Self { commands: Arc::new(commands) }, received)
    }

    /// Writes a message. It leaves when the session is ready and the rate allows it, in the order of the calls.
    ///
    /// # Errors
    /// [`WebMessagingError::Invalid`] for an empty text or one over 4,096 bytes; [`WebMessagingError::Over`].
    pub fn say(&self, id: Uuid, text: &str) -> Result<(), WebMessagingError> {
        check_text(text)?;
        self.command(Command::Say(id, text.to_owned()))
    }

    /// Takes a message back. What follows is one word: [`ChatEvent::Withdrawn`] when it had not left, [`ChatEvent::Uncertain`] when
    /// it had and has no answer; nothing when its word was told before. Nothing is told of it afterwards.
    ///
    /// # Errors
    /// [`WebMessagingError::Over`].
    pub fn withdraw(&self, id: Uuid) -> Result<(), WebMessagingError> {
        self.command(Command::Withdraw(id))
    }

    /// Answers what was offered.
    ///
    /// # Errors
    /// [`WebMessagingError::Over`].
    pub fn answer(&self, id: Uuid, answer: Answer) -> Result<(), WebMessagingError> {
        self.command(Command::Answer(id, answer))
    }

    /// Uploads a file and sends it.
    ///
    /// # Errors
    /// [`WebMessagingError::Invalid`] for an empty file or name; [`WebMessagingError::Over`].
    pub fn attach(
        &self,
        id: Uuid,
        file: OutgoingFile,
        text: Option<String>,
    ) -> Result<(), WebMessagingError> {
        if file.bytes.is_empty() {
            return Err(invalid("file", "must not be empty"));
        }
        let name = &file.name;
        let breaks = |c: char| c == '/' || c == '\\' || c.is_control();
        if name.is_empty() || name.len() > MAX_FILE_NAME || name.contains(breaks) {
            return Err(invalid("file name", "must have 1 to 1,024 bytes, without a folder"));
        }
        text.as_deref().map(check_text).transpose()?;
        self.command(Command::Attach(id, file, text))
    }

    /// Custom attributes of every later message, in place of what was.
    ///
    /// # Errors
    /// [`WebMessagingError::Invalid`] for more than 2,048 bytes; [`WebMessagingError::Over`].
    pub fn set_attributes(&self, attributes: BTreeMap<String, String>) -> Result<(), WebMessagingError> {
        check_attributes(&attributes)?;
        self.command(Command::Attributes(attributes))
    }

    /// Tells that the guest is writing; at most once in 5 s leaves.
    ///
    /// # Errors
    /// [`WebMessagingError::Over`].
    pub fn typing(&self) -> Result<(), WebMessagingError> {
        self.command(Command::Typing)
    }

    /// Sends Presence Join.
    ///
    /// # Errors
    /// [`WebMessagingError::Over`].
    pub fn join(&self) -> Result<(), WebMessagingError> {
        self.command(Command::Join)
    }

    /// Closes the connection; what is written waits until [`Chat::online`].
    ///
    /// # Errors
    /// [`WebMessagingError::Over`].
    pub fn offline(&self) -> Result<(), WebMessagingError> {
        self.command(Command::Offline)
    }

    /// Connects again.
    ///
    /// # Errors
    /// [`WebMessagingError::Over`].
    pub fn online(&self) -> Result<(), WebMessagingError> {
        self.command(Command::Online)
    }

    /// Asks the org to clear the conversation. Final.
    ///
    /// # Errors
    /// [`WebMessagingError::Over`].
    pub fn clear(&self) -> Result<(), WebMessagingError> {
        self.command(Command::Clear)
    }

    /// Leaves this session for a new one under the same token.
    ///
    /// # Errors
    /// [`WebMessagingError::Over`].
    pub fn start_new(&self) -> Result<(), WebMessagingError> {
        self.command(Command::StartNew)
    }

    /// Asks the org for an address under which the file of a message can be read for a while. It is a credential.
    ///
    /// # Errors
    /// [`WebMessagingError::NotOffered`] when the org refuses it, [`WebMessagingError::Lost`] when there is no connection,
    /// [`WebMessagingError::Over`].
    pub async fn file_link(&self, attachment_id: &str) -> Result<Secret, WebMessagingError> {
        let (reply, link) = oneshot::channel();
        self.command(Command::FileLink(attachment_id.to_owned(), reply))?;
        link.await.map_err(|_| WebMessagingError::Over)?
    }

    /// Ends politely: what waits is sent and its answers are awaited, up to 10 s (or the time in which a session opens, when
    /// that is longer) after the last of them; then the connection is closed.
    ///
    /// # Errors
    /// [`WebMessagingError::Over`].
    pub fn leave(&self) -> Result<(), WebMessagingError> {
        self.command(Command::Leave)
    }

    fn command(&self, command: Command) -> Result<(), WebMessagingError> {
        self.commands.send(command).map_err(|_| WebMessagingError::Over)
    }
}

/// Custom attributes as an org takes them.
pub(super) fn check_attributes(attributes: &BTreeMap<String, String>) -> Result<(), WebMessagingError> {
    let long = serde_json::to_vec(attributes).map_or(usize::MAX, |json| json.len());
    if long > MAX_ATTRIBUTES {
        return Err(invalid(
            "attributes",
            // vendor-fact: attribute-bytes
            "must have at most 2,048 bytes as JSON, names and values together",
        ));
    }
    Ok(())
}

fn check_text(text: &str) -> Result<(), WebMessagingError> {
    if text.is_empty() || text.len() > MAX_TEXT {
        // vendor-fact: message-bytes
        return Err(invalid("text", "must have 1 to 4,096 bytes"));
    }
    Ok(())
}

fn invalid(field: &'static str, why: &str) -> WebMessagingError {
    WebMessagingError::Invalid { field, why: why.to_owned() }
}
