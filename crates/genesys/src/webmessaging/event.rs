use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{content::Content, error::WebMessagingError};

/// What happened in a chat. Events come in the order in which they happened, `Frame` before what follows from it.
#[derive(Debug, Clone)]
pub enum ChatEvent {
    /// The chat is in another state.
    State(ChatState),
    /// A message is on the socket.
    Sent {
        /// The message, by the id that the caller gave it.
        id: Uuid,
        /// When.
        at: DateTime<Utc>,
    },
    /// The echo of a message has come: the org has it.
    Delivered {
        /// The message.
        id: Uuid,
        /// The org's key of it (`channel.messageId`, else `id`).
        key: String,
        /// The org's `id` of it, where that is another.
        org_id: Option<String>,
        /// The org's time of it.
        at: Option<DateTime<Utc>>,
    },
    /// The org wants fewer messages at once and did not take this one: it waits, and is sent again.
    Postponed {
        /// The message.
        id: Uuid,
        /// What the org says of it.
        error: ServerError,
    },
    /// The org did not take a message, for good.
    Refused {
        /// The message.
        id: Uuid,
        /// Why.
        error: ServerError,
    },
    /// Whether a message arrived is unknown: the connection was lost between its sending and its echo. What is found in the
    /// history afterwards is told as [`ChatEvent::Delivered`]. Never sent again by the client.
    Uncertain {
        /// The message.
        id: Uuid,
    },
    /// A message was taken back before it left.
    Withdrawn {
        /// The message.
        id: Uuid,
    },
    /// The history was read, after a session was taken up or connected to again; what was found was told before.
    HistoryRead {
        /// How much of it.
        extent: HistoryExtent,
    },
    /// A message of the other side, or one of the guest's that this client did not send (history, another device).
    Message(ChatMessage),
    /// A message of the guest has come once more by the socket, after it was told since the session was last ready.
    Repeated,
    /// The other side is writing, for at most this long; zero: it stopped.
    Typing(Duration),
    /// The other side ended the conversation.
    Disconnected {
        /// Whether nothing can be written any more in this session.
        read_only: bool,
    },
    /// The conversation was cleared.
    Cleared,
    /// An error that belongs to no message. The chat goes on.
    Error(ServerError),
    /// How much of a file is uploaded.
    Upload {
        /// The message with the file.
        id: Uuid,
        /// Bytes so far.
        sent: u64,
        /// Bytes in all.
        size: u64,
    },
    /// A frame, or a change of the connection worth a line in the inspector.
    Frame(FrameRecord),
}

/// How much of a guest's history was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryExtent {
    /// All that the org counts, or all up to its end where it does not count.
    Whole,
    /// Less than the org counts, or the newest 1,000 messages of more.
    Part,
    /// It could not be read to its end this time.
    Failed,
}

/// Where a chat stands. `Display` is for people.
#[derive(Debug, Clone)]
pub enum ChatState {
    /// Making a connection, and waiting for the session.
    Connecting {
        /// From 1.
        attempt: u32,
    },
    /// Messages go out.
    Ready {
        /// Whether the org had no session with this token.
        new_session: bool,
        /// Whether nothing can be written until a new session begins.
        read_only: bool,
    },
    /// Waiting before the next attempt.
    Backoff {
        /// From now.
        next_try: Duration,
        /// How many attempts failed so far.
        attempts: u32,
        /// Why the last one failed.
        why: WebMessagingError,
    },
    /// The person switched it offline; messages wait.
    Offline,
    /// It is over: nothing comes any more and nothing can be sent.
    Ended(EndReason),
}

/// Why a chat is over.
#[derive(Debug, Clone)]
pub enum EndReason {
    /// The guest left.
    Left,
    /// The session expired (4006, or `SessionExpiredEvent`).
    Expired,
    /// The org closed this connection: the token was used too often, or the session was cleared or signed out elsewhere.
    ClosedByOrg {
        /// Where it says so.
        reason: Option<String>,
    },
    /// It cannot be opened, or the connection could not be made again in the time allowed.
    Failed(WebMessagingError),
}

/// A message of a chat.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatMessage {
    /// `channel.messageId`, else `id`; unlike every other message of the chat.
    pub key: String,
    /// The id by which its sender's client called it, where the org gives that back and it is a UUID.
    pub id: Option<Uuid>,
    /// `channel.time`.
    pub at: Option<DateTime<Utc>>,
    /// Who wrote it.
    pub direction: Direction,
    /// Which kind of sender.
    pub sender: Sender,
    /// The name under which an agent or bot writes.
    pub nickname: Option<String>,
    /// What it says.
    pub text: Option<String>,
    /// What it offers or holds.
    pub content: Vec<Content>,
    /// Whether it is older by `channel.time` than a message that came before it.
    pub out_of_order: bool,
    /// Whether it came by the history and not by the socket.
    pub from_history: bool,
}

/// Seen from the org.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the guest.
    Inbound,
    /// To the guest.
    Outbound,
}

/// The `originatingEntity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The guest.
    Guest,
    /// A person.
    Human,
    /// A bot.
    Bot,
    /// The org does not say.
    Unknown,
}

/// What an error frame says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerError {
    /// The `code`, or the body's `errorCode` where there is one, such as 4011. 0 where there is none: the words then say all.
    pub code: u32,
    /// The words of the org, shortened; bodies that are objects are told by their message.
    pub text: String,
    /// When to try again, where it says so.
    pub retry_after: Option<Duration>,
}

impl ServerError {
    /// The code and the words, for a reason.
    #[must_use]
    pub fn told(&self) -> String {
        match self.code {
            0 => self.text.clone(),
            code => format!("code {code}, {}", self.text),
        }
    }
}

/// A line of the inspector. Tokens, JWTs and presigned addresses are masked before this is made.
#[derive(Debug, Clone)]
pub struct FrameRecord {
    /// When it was sent or came.
    pub at: DateTime<Utc>,
    /// Which way.
    pub way: FrameWay,
    /// The `action` of what was sent, the `class` of what came, or a word for a change of the connection (`open`, `lost`, …).
    pub name: String,
    /// The `code` of what came.
    pub code: Option<u32>,
    /// The frame as JSON, masked, at most 64 KiB of it.
    pub json: String,
}

/// Which way a frame went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameWay {
    /// From the guest.
    Out,
    /// To the guest.
    In,
    /// Neither: the connection itself.
    Connection,
}
