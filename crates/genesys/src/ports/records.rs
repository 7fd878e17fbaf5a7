use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{ConversationId, ConversationState, GuestId};
use serde::Serialize;

use crate::pipeline::{Error, Lane};

/// Chats of the last days, where an org lists them.
#[async_trait]
pub trait RecentChats: Send + Sync {
    /// Conversations of web messaging that began in this time, newest first, each once.
    fn chats(&self, lane: Lane, question: ChatQuestion) -> Box<dyn ChatWalk>;
    /// What a conversation without an end says of itself: one call.
    ///
    /// # Errors
    /// What every call can meet.
    async fn now(&self, lane: Lane, id: &ConversationId) -> Result<ChatNow, Error>;
}

/// What a conversation without an end says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChatNow {
    /// Whether it goes on.
    pub state: ConversationState,
    /// Who wrote last, where that answer settles it.
    pub last_word_by: Option<Author>,
}

/// Pages of chats, one after the other.
#[async_trait]
pub trait ChatWalk: Send {
    /// The next page, at least one; `None` at the end. After an error the same page is asked for again.
    ///
    /// # Errors
    /// What every call can meet.
    async fn next_page(&mut self) -> Result<Option<Vec<ChatSummary>>, Error>;
}

/// Which chats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatQuestion {
    /// Began at this time or later.
    pub from: DateTime<Utc>,
    /// Began before this time.
    pub until: DateTime<Utc>,
    /// Of these guests; of everyone when empty.
    pub guests: Vec<GuestId>,
    /// Only those that have no end.
    pub only_open: bool,
    /// Whether each one without an end is asked for alone, which costs a call each. Otherwise they are
    /// [`ConversationState::Unclear`].
    pub confirmed: bool,
}

/// A chat as lists tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatSummary {
    /// The org's id.
    pub id: ConversationId,
    /// Whether it goes on.
    pub state: ConversationState,
    /// When it began, UTC.
    pub start_time: DateTime<Utc>,
    /// When it ended, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<DateTime<Utc>>,
    /// Whose chat it is, where the org knows them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guest_id: Option<GuestId>,
    /// The queue it was in last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The agent who had it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Who wrote last, where what was read settles it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_word_by: Option<Author>,
}

/// Conversations with all that was said in them, where an org shows that.
#[async_trait]
pub trait ConversationRecords: Send + Sync {
    /// One conversation with its messages and attributes.
    ///
    /// # Errors
    /// [`Error::NotFound`], and what every call can meet.
    async fn record(&self, lane: Lane, id: &ConversationId) -> Result<ConversationRecord, Error>;

    /// The attributes of one conversation, without its messages.
    ///
    /// # Errors
    /// As [`ConversationRecords::record`].
    async fn attributes(&self, lane: Lane, id: &ConversationId) -> Result<ChatAttributes, Error>;

    /// Sets attributes of the guest's part of a running conversation; answers who that is, where the org says so.
    ///
    /// # Errors
    /// [`Error::Ended`] when it is over, and what every call can meet.
    async fn set_attributes(
        &self,
        lane: Lane,
        id: &ConversationId,
        sets: &BTreeMap<String, String>,
    ) -> Result<Option<GuestId>, Error>;

    /// Whose conversation it is, where the org names a contact.
    ///
    /// # Errors
    /// As [`ConversationRecords::record`].
    async fn contact_of(&self, lane: Lane, id: &ConversationId) -> Result<Option<GuestId>, Error>;

    /// The conversation that a message belongs to.
    ///
    /// # Errors
    /// [`Error::NotFound`], and what every call can meet.
    async fn conversation_of_message(&self, lane: Lane, message: &str) -> Result<ConversationId, Error>;
}

/// Attributes of a conversation, of all who take part, one value a key as long as they agree.
pub type ChatAttributes = BTreeMap<String, BTreeSet<String>>;

/// A conversation and what was said in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConversationRecord {
    /// As lists tell it.
    #[serde(flatten)]
    pub summary: ChatSummary,
    /// Its messages, oldest first.
    pub messages: Vec<ChatMessage>,
    /// Why messages may be missing, as a sentence; absent when all that the org has was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages_missing: Option<&'static str>,
    /// Attributes by key. A key for which those who take part have several values has all of them, separated by commas.
    pub attributes: BTreeMap<String, String>,
    /// Who ended it, where the org says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<Author>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChatMessage {
    /// The org's id.
    pub id: String,
    /// When, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// Who wrote it.
    pub by: Author,
    /// What they wrote, or what was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What it shows beside that, such as quick replies, cards and forms: one readable line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<String>,
    /// Files that came with it, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<String>,
    /// Whether it arrived, in the org's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Author {
    /// The guest.
    Guest,
    /// A bot or a flow.
    Bot,
    /// A person of the org.
    Agent,
    /// The org itself.
    System,
}
