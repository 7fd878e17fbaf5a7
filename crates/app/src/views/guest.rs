use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use model::{AttributeValue, GuestId, GuestKind};
use serde::{Deserialize, Serialize};
use specta::Type;
use uuid::Uuid;

use super::{
    FieldsView,
    scalar::{self, Exact},
};

/// How [`AttributeValue`] looks to the page: a JSON scalar. Only a shape, never built.
#[derive(Serialize, Type)]
#[serde(untagged)]
pub enum Scalar {
    /// `null`
    Null(()),
    /// `true`, `false`
    Bool(bool),
    /// A number.
    Number(u32),
    /// A whole number that the page's own numbers cannot hold.
    Exact(Exact),
    /// Text.
    Text(String),
}

/// A value that is present, so that a present `null` differs from absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Boxed {
    /// The value.
    #[serde(with = "scalar")]
    #[specta(type = Scalar)]
    pub value: AttributeValue,
}

/// One guest.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct GuestView {
    /// UUID.
    #[specta(type = String)]
    pub id: GuestId,
    /// "Anonymous Guest" where none was given.
    pub name: String,
    /// Absent for many.
    pub email: Option<String>,
    /// By key, in the order of the keys.
    #[serde(serialize_with = "scalar::serialize_all")]
    #[specta(type = BTreeMap<String, Scalar>)]
    pub attributes: BTreeMap<String, AttributeValue>,
    /// Whether the guest may hold a session.
    pub active: bool,
    /// First seen.
    pub created_time: DateTime<Utc>,
    /// Last activity.
    pub modified_time: DateTime<Utc>,
    /// Which state of the guest this is: a delete names it. Nothing can be read from it.
    pub revision: String,
    /// How the org came to know them, where it tells kinds apart.
    pub kind: Option<GuestKindView>,
    /// A telephone number.
    pub phone: Option<String>,
    /// Older than the retention policy keeps.
    pub due: bool,
}

/// How an org came to know a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum GuestKindView {
    /// Made or promoted by a person or a program, and kept until somebody deletes it.
    Curated,
    /// Made by the org for a visitor whom it can identify; it expires by itself.
    Identified,
    /// Made by the org for an unknown visitor; it expires by itself.
    Ephemeral,
}

impl From<GuestKind> for GuestKindView {
    fn from(kind: GuestKind) -> Self {
        match kind {
            GuestKind::Curated => Self::Curated,
            GuestKind::Identified => Self::Identified,
            GuestKind::Ephemeral => Self::Ephemeral,
        }
    }
}

/// What the table of guests shows.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GuestQuery {
    /// Part of a name or e-mail, or the start of an id; empty for all.
    pub search: String,
    /// A filter in the grammar of the contract, ANDed to the search.
    pub filter: Option<String>,
    /// The column.
    pub sort: SortField,
    /// Downwards.
    pub descending: bool,
    /// From 1; a page has 100 guests.
    pub page: u32,
}

/// The columns the org can sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum SortField {
    /// First seen.
    CreatedTime,
    /// Last activity.
    ModifiedTime,
    /// Name.
    Name,
    /// E-mail.
    Email,
    /// Id.
    Id,
}

/// One page of the table.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct GuestPage {
    /// At most 100.
    pub guests: Vec<GuestView>,
    /// All that match; where the number is not exact, those that are known of.
    pub total: u32,
    /// Whether `total` is all.
    pub exact: bool,
    /// How many of them the org hands out: more rows than this cannot be asked for.
    pub handed_out: u32,
    /// From 1.
    pub page: u32,
    /// How many pages there are.
    pub page_count: u32,
}

/// A guest with what belongs to them.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct GuestDetail {
    /// The guest.
    pub guest: GuestView,
    /// Newest first, at most 100; none where the org's conversations are asked for apart.
    pub conversations: Vec<ConversationView>,
    /// What may stand in the attributes; `null` where any key may be given any value.
    pub fields: Option<FieldsView>,
    /// The record that was asked for was merged into this one.
    pub merged: bool,
    /// This console started the guest's chat and can check the session without a token.
    pub session_known: bool,
    /// The guest's chats that were started here and go by the guest socket, the newest first.
    pub played: Vec<PlayedChatView>,
    /// The guest in whose place this one was made, when their chat was started again here.
    #[specta(type = Option<String>)]
    pub predecessor: Option<GuestId>,
    /// Those who were made in this guest's place, the oldest first.
    #[specta(type = Vec<String>)]
    pub successors: Vec<GuestId>,
}

/// A chat that was started here and goes by the guest socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlayedChatView {
    /// Names it in the chat lab.
    pub chat: String,
    /// What the org calls its conversation.
    pub conversation_id: String,
    /// Nothing can be written in it any more.
    pub over: bool,
}

/// One conversation.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ConversationView {
    /// Made by the org.
    pub id: String,
    /// Takes messages.
    pub open: bool,
    /// When it began.
    pub start_time: DateTime<Utc>,
    /// When it closed.
    pub end_time: Option<DateTime<Utc>>,
    /// Started by this console: messages can be written.
    pub played_here: bool,
}

/// One staged change. `None` is absent.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct AttributeChange {
    /// 1 to 128 characters.
    pub key: String,
    /// What the person saw.
    pub before: Option<Boxed>,
    /// What they want.
    pub after: Option<Boxed>,
}

/// A key that someone else changed meanwhile.
#[derive(Debug, Clone, Serialize, Type)]
pub struct AttributeConflict {
    /// The key.
    pub key: String,
    /// What the person saw.
    pub base: Option<Boxed>,
    /// What the person wants.
    pub ours: Option<Boxed>,
    /// What the org has now.
    pub theirs: Option<Boxed>,
}

/// What saving came to.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum SaveResult {
    /// All changes are in.
    Saved {
        /// The guest as it stands now.
        guest: GuestView,
    },
    /// Nothing was written.
    Conflict {
        /// The guest as the org has it.
        theirs: GuestView,
        /// Every key in dispute.
        conflicts: Vec<AttributeConflict>,
    },
}

/// The four answers of a session check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum SessionAnswer {
    /// Good, with an open conversation.
    Valid,
    /// No token was given.
    Missing,
    /// Unknown guest, inactive guest or another token.
    Invalid,
    /// Token good, conversation closed.
    Gone,
}

/// A checked session. Serialised as it stands by `session check --json`.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SessionCheck {
    /// One of four.
    pub outcome: SessionAnswer,
    /// The open conversation, when valid.
    pub conversation_id: Option<String>,
    /// Why, in a sentence.
    pub reason: String,
    /// When it was checked.
    pub checked_at: DateTime<Utc>,
}

/// Who the played guest is.
#[derive(Debug, Clone, Default, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartChat {
    /// Becomes the guest's id, or that of the chat where it goes by the guest socket: the same request twice starts one chat.
    pub guest_id: Uuid,
    /// "Anonymous Guest" when absent.
    pub name: Option<String>,
    /// Absent for most.
    pub email: Option<String>,
    /// Beside `source` and `initiatedAt`, which the console sets.
    #[serde(default, deserialize_with = "scalar::deserialize_all")]
    #[specta(type = BTreeMap<String, Scalar>)]
    pub attributes: BTreeMap<String, AttributeValue>,
    /// The deployment whose guest socket the chat goes by; absent: that of the connection, where chats go by the socket only.
    #[serde(default)]
    pub deployment: Option<String>,
    /// What is sent as the origin of the guest's page; absent: that of the connection.
    #[serde(default)]
    pub page_origin: Option<String>,
}

/// A started chat; the session token stays in the core.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChatStarted {
    /// The new guest; by the guest socket the chat's own id, since the org makes the guest with the first message.
    #[specta(type = String)]
    pub guest_id: GuestId,
    /// The open conversation.
    pub conversation_id: String,
}
