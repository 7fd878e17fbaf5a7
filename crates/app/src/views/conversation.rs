use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use genesys::{Author, ChatMessage, ChatNow, ChatSummary, ConversationRecord};
use model::{ConversationId, ConversationState, GuestId};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Which conversations of the org.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChatsQuery {
    /// Began in so many days before now, from 1 to 31.
    pub days: u32,
    /// Of this guest only.
    pub guest: Option<String>,
    /// Those with an end, or those without one; any when absent.
    pub end: Option<ChatEnd>,
    /// Those that were last in a queue whose name has this text in it, whatever the case; any when absent.
    pub queue: Option<String>,
    /// Where the page before ended; absent for the newest.
    pub before: Option<DateTime<Utc>>,
}

/// Whether a conversation has an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ChatEnd {
    /// No end is known.
    Without,
    /// It has ended.
    With,
}

/// Some conversations, newest first.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChatsPage {
    /// About a hundred at most; there may be none though older ones follow. One that came before may come again.
    pub chats: Vec<ChatView>,
    /// So many were read for it, those included that were not asked for.
    pub read: u32,
    /// All that began at this time or later have been told.
    pub told_since: DateTime<Utc>,
    /// Where the next page begins; `null` at the end.
    pub next: Option<DateTime<Utc>>,
}

/// Whether a conversation goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ChatStateView {
    /// The org confirms that the guest is still there.
    Open,
    /// It has an end.
    Ended,
    /// No end is known, and the org does not confirm that it goes on: it leaves some without an end for good.
    Unclear,
    /// No end is known, and nobody has asked yet whether it goes on.
    NotAsked,
}

/// Who wrote something, or ended a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum AuthorView {
    /// The guest.
    Guest,
    /// A bot or a flow.
    Bot,
    /// A person of the org.
    Agent,
    /// The org itself.
    System,
}

/// A conversation as lists tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChatView {
    /// The org's id.
    #[specta(type = String)]
    pub id: ConversationId,
    /// Whether it goes on.
    pub state: ChatStateView,
    /// When it began.
    pub start_time: DateTime<Utc>,
    /// When it ended.
    pub end_time: Option<DateTime<Utc>>,
    /// Whose it is, where the org knows them.
    #[specta(type = Option<String>)]
    pub guest_id: Option<GuestId>,
    /// The queue it was in last.
    pub queue: Option<String>,
    /// The agent who had it last.
    pub agent: Option<String>,
}

/// How a conversation without an end stands, by its own word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChatStandingView {
    /// Which.
    #[specta(type = String)]
    pub id: ConversationId,
    /// Whether it goes on.
    pub state: ChatStateView,
    /// Who wrote last, the org itself left out; `null` where nobody did or the org does not tell who.
    pub last_word_by: Option<AuthorView>,
}

/// What conversations have to be like that a person looks for, where only each of them can tell.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct ChatsWanted {
    /// As they say of themselves; any when absent. Costs a question for each.
    pub state: Option<WantedState>,
    /// With this attribute; any when absent. Costs a question for each.
    pub attribute: Option<WantedAttribute>,
}

/// Of conversations without an end: those that go on, or those of which that is not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum WantedState {
    /// The org confirms that the guest is still there.
    Open,
    /// The org does not confirm it.
    Unclear,
}

/// An attribute that a conversation has to have.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct WantedAttribute {
    /// Compared without case.
    pub key: String,
    /// Any value when absent.
    pub value: Option<String>,
}

/// A conversation and what was said in it.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ConversationRecordView {
    /// As lists tell it.
    pub chat: ChatView,
    /// Oldest first.
    pub messages: Vec<ChatMessageView>,
    /// Why messages may be missing; `null` when all that the org has was read.
    pub messages_missing: Option<String>,
    /// Attributes of all who take part, by key.
    pub attributes: BTreeMap<String, String>,
    /// Who wrote last, the org itself left out.
    pub last_word_by: Option<AuthorView>,
    /// Who ended it, where the org says so.
    pub ended_by: Option<AuthorView>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct ChatMessageView {
    /// The org's id.
    pub id: String,
    /// When it was written.
    pub at: Option<DateTime<Utc>>,
    /// Who wrote it.
    pub by: AuthorView,
    /// What they wrote or chose, and below that what the message shows beside it, such as quick replies and cards, a line each.
    pub text: Option<String>,
    /// Names of the files that came with it.
    pub attachments: Vec<String>,
    /// Whether it arrived, in the org's word.
    pub status: Option<String>,
}

/// One staged change of an attribute of a conversation.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct ChatAttributeChange {
    /// 1 to 128 characters.
    pub key: String,
    /// What the person saw; absent for a key that is new.
    pub before: Option<String>,
    /// What they want.
    pub after: String,
}

impl ChatView {
    /// A row of a walk in which nobody was asked whether those without an end go on.
    pub(crate) fn unasked(chat: ChatSummary) -> Self {
        let state = match chat.state {
            ConversationState::Unclear => ChatStateView::NotAsked,
            state => state.into(),
        };
        Self { state, ..Self::from(chat) }
    }
}

impl ChatStandingView {
    pub(crate) fn of(id: ConversationId, now: ChatNow) -> Self {
        Self { id, state: now.state.into(), last_word_by: now.last_word_by.map(Into::into) }
    }

    /// Of one that was not asked how it stands.
    pub(crate) fn unasked(id: ConversationId) -> Self {
        Self { id, state: ChatStateView::NotAsked, last_word_by: None }
    }
}

impl From<ChatSummary> for ChatView {
    fn from(chat: ChatSummary) -> Self {
        let ChatSummary { id, state, start_time, end_time, guest_id, queue, agent, last_word_by: _ } = chat;
        Self { id, state: state.into(), start_time, end_time, guest_id, queue, agent }
    }
}

impl From<ConversationState> for ChatStateView {
    fn from(state: ConversationState) -> Self {
        match state {
            ConversationState::Active => Self::Open,
            ConversationState::Closed => Self::Ended,
            ConversationState::Unclear => Self::Unclear,
        }
    }
}

impl From<Author> for AuthorView {
    fn from(author: Author) -> Self {
        match author {
            Author::Guest => Self::Guest,
            Author::Bot => Self::Bot,
            Author::Agent => Self::Agent,
            Author::System => Self::System,
        }
    }
}

impl From<ChatMessage> for ChatMessageView {
    fn from(message: ChatMessage) -> Self {
        let ChatMessage { id, at, by, text, content, attachments, status } = message;
        let lines: Vec<String> = text.into_iter().chain(content).collect();
        let text = (!lines.is_empty()).then(|| lines.join("\n"));
        Self { id, at, by: by.into(), text, attachments, status }
    }
}

impl From<ConversationRecord> for ConversationRecordView {
    fn from(record: ConversationRecord) -> Self {
        let last_word_by = record.summary.last_word_by.map(Into::into);
        Self {
            chat: record.summary.into(),
            messages: record.messages.into_iter().map(Into::into).collect(),
            messages_missing: record.messages_missing.map(str::to_owned),
            attributes: record.attributes,
            last_word_by,
            ended_by: record.ended_by.map(Into::into),
        }
    }
}
