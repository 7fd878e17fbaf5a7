//! The chat lab as it is shown: chats that are played here, what was said in them, and the frames behind it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use specta::Type;
use uuid::Uuid;

use super::{LabContentView, OrgIdsView};

/// The chat lab of the open connection.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LabOverview {
    /// In the order in which they were started.
    pub chats: Vec<LabChatView>,
    /// The deployment of the connection: what a new chat uses unless it says otherwise. `None`: each chat has to name one.
    pub deployment: Option<String>,
    /// What is sent as the origin of the guest's page, unless a chat says otherwise.
    pub page_origin: Option<String>,
    /// Whether the other side can be played here, too: the embedded simulator.
    pub can_play_agent: bool,
}

/// Where a chat stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum LabChatState {
    /// Reads what the deployment offers, or makes the connection.
    Connecting,
    /// Messages go out.
    Ready,
    /// Nothing can be written until a new session begins.
    ReadOnly,
    /// The connection was lost; it is made again.
    Reconnecting,
    /// Switched offline by a person; messages wait.
    Offline,
    /// Over: the guest left, the session expired, the org closed it, or it could not be opened.
    Ended,
}

/// A chat that is played here.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LabChatView {
    /// Names the chat in every command.
    pub id: Uuid,
    /// The guest's name, where one was given.
    pub name: Option<String>,
    /// The guest's e-mail address, where one was given.
    pub email: Option<String>,
    /// The other custom attributes.
    pub attributes: BTreeMap<String, String>,
    /// The deployment's id.
    pub deployment: String,
    /// What is sent as the origin of the guest's page.
    pub page_origin: Option<String>,
    /// Host and port of the socket.
    pub host: String,
    /// When it was started here.
    pub started_at: DateTime<Utc>,
    /// When the guest began the session that they are in, where another one was before it: what they wrote earlier belongs to that.
    pub session_since: Option<DateTime<Utc>>,
    /// Where it stands.
    pub state: LabChatState,
    /// That in words: what happened and what it means for the guest.
    pub words: String,
    /// While the connection is made again: when the next attempt is.
    pub next_try: Option<DateTime<Utc>>,
    /// Messages of the guest that are not at the org yet.
    pub waiting: u32,
    /// Those of them that have not left: they are taken back when the chat is ended.
    pub unsent: u32,
    /// Messages of which nobody knows whether they arrived.
    pub uncertain: u32,
    /// Lines of the transcript.
    pub rows: u32,
    /// Messages of the other side that came since the chat was opened in this window.
    pub replies: u32,
    /// Frames of the inspector.
    pub frames: u32,
    /// The other side is writing, until then.
    pub typing_until: Option<DateTime<Utc>>,
    /// The name under which the other side wrote last.
    pub agent: Option<String>,
    /// What the org calls the conversation and the guest, once that is known.
    pub org: Option<OrgIdsView>,
    /// What the deployment offers.
    pub offers: LabOffersView,
}

/// What a deployment offers a guest, by its public configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LabOffersView {
    /// Whether files may be sent.
    pub attachments: bool,
    /// The media types of files; empty: not told, or any.
    pub attachment_types: Vec<String>,
    /// The largest file in KiB, where that is told.
    pub attachment_kib: Option<u32>,
    /// Whether the guest may clear the conversation.
    pub clear: bool,
    /// Whether the conversation starts with the session, before the guest wrote.
    pub auto_start: bool,
    /// Whether the end of the conversation is told to the guest.
    pub disconnect: bool,
    /// …after which nothing can be written in the session.
    pub disconnect_read_only: bool,
    /// Whether the guest's typing is shown to the agent.
    pub typing: bool,
}

/// A new chat.
#[derive(Debug, Clone, Default, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LabStart {
    /// The deployment; `None`: that of the connection.
    pub deployment: Option<String>,
    /// What is sent as the origin of the guest's page; `None`: that of the connection.
    pub page_origin: Option<String>,
    /// The guest's name; may be empty.
    pub name: String,
    /// The guest's e-mail address; may be empty.
    pub email: String,
    /// Other custom attributes.
    pub attributes: BTreeMap<String, String>,
}

/// A chat by the guest socket that was started from a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketChatStarted {
    /// The org makes the guest with the first message, under an id that the socket does not tell.
    pub guest_id: Option<String>,
    /// This console's own id of the chat, by which messages are written.
    pub conversation_id: String,
}

/// What a person does with a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum LabAct {
    /// The guest is writing.
    Typing,
    /// Closes the guest's connection; messages wait.
    GoOffline,
    /// Connects again.
    ComeBack,
    /// Leaves the session for a new one. Nothing can be undone.
    NewSession,
    /// Asks the org to clear the conversation. Nothing can be undone.
    Clear,
    /// Ends the chat politely; its transcript stays.
    End,
    /// Ends it and takes it off the list.
    Remove,
}

/// An answer to what the other side offered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind", deny_unknown_fields)]
pub enum LabAnswer {
    /// A quick reply.
    QuickReply {
        /// The key of the message that offered it.
        message: String,
        /// What is shown.
        text: String,
        /// What a bot reads.
        payload: String,
    },
    /// A button of a card.
    Button {
        /// The key of the message that offered it.
        message: String,
        /// What is shown.
        text: String,
        /// What a bot reads.
        payload: String,
    },
    /// A time of a date picker.
    Time {
        /// The key of the message that offered it.
        message: String,
        /// ISO 8601, as it was offered.
        iso: String,
    },
    /// Entries of a list.
    List {
        /// The key of the message that offered it.
        message: String,
        /// What was chosen.
        chosen: Vec<LabChoice>,
    },
    /// A form.
    Form {
        /// The key of the message that offered it.
        message: String,
        /// Its fields.
        values: Vec<LabField>,
    },
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LabChoice {
    /// Its payload.
    pub id: String,
    /// What is shown.
    pub title: String,
}

/// A field of a form, filled in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LabField {
    /// Its id.
    pub id: String,
    /// What the guest entered.
    pub value: String,
}

/// What the other side of a chat with the embedded simulator does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind", deny_unknown_fields)]
pub enum LabAgentAct {
    /// Writes.
    Say {
        /// The message.
        text: String,
        /// Quick replies below it; may be empty.
        quick_replies: Vec<String>,
        /// As a bot instead of a person.
        as_bot: bool,
    },
    /// Is writing.
    Typing,
    /// Ends the conversation.
    Disconnect {
        /// Whether nothing can be written in the session afterwards.
        read_only: bool,
    },
    /// Lets the session expire.
    Expire,
    /// Cuts the guest's connection without a word.
    Drop,
}

/// Whose line it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum LabRowKind {
    /// The guest's.
    Guest,
    /// A person's on the other side, or of somebody of whom the org does not tell what they are.
    Agent,
    /// A bot's.
    Bot,
    /// Something happened: the text says what.
    Event,
}

/// Where a message of the guest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum LabDelivery {
    /// Not sent yet.
    Waiting,
    /// Sent; the org has not confirmed it.
    Sent,
    /// The org has it.
    Delivered,
    /// The org did not take it.
    Refused,
    /// The connection was lost before the org could confirm it.
    Uncertain,
    /// A person took it back.
    Discarded,
}

/// How much of a file is uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LabUploadView {
    /// Bytes so far.
    pub sent: u32,
    /// Bytes in all.
    pub size: u32,
}

/// A line of the transcript.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LabRowView {
    /// Counts up from 1; the same line keeps its number.
    pub number: u32,
    /// Whose it is.
    pub kind: LabRowKind,
    /// The id of a message that was written here, by which it is sent again.
    pub id: Option<Uuid>,
    /// The org's key of the message, by which pickers and forms are answered; `None` before it is there.
    pub key: Option<String>,
    /// The org's time where it is known, else that of this computer.
    pub at: DateTime<Utc>,
    /// What was said.
    pub text: Option<String>,
    /// The name under which the other side wrote.
    pub nickname: Option<String>,
    /// What it offers or holds.
    pub content: Vec<LabContentView>,
    /// Where a message that was written here is; `None` for all others.
    pub delivery: Option<LabDelivery>,
    /// Why it was refused or is uncertain.
    pub why: Option<String>,
    /// A file that is being uploaded.
    pub upload: Option<LabUploadView>,
    /// Whether it is older than a message that came before it.
    pub out_of_order: bool,
    /// Whether it came by the history and not by the socket.
    pub from_history: bool,
    /// Whether it stays uncertain until a person says that it is delivered or goes again.
    pub needs_person: bool,
    /// Whether it was sent more than once, because the guest's history did not hold it or a person said so.
    pub sent_again: bool,
}

/// A part of a transcript.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LabTranscriptPage {
    /// In the order in which they came.
    pub rows: Vec<LabRowView>,
    /// How many lines there are.
    pub total: u32,
    /// How many older lines were dropped here; the org still has them.
    pub dropped: u32,
}

/// Which way a frame went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum LabFrameWay {
    /// From the guest.
    Out,
    /// To the guest.
    In,
    /// Neither: the connection itself.
    Connection,
}

/// A line of the inspector. Secrets are masked.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LabFrameView {
    /// Counts up from 1; the same frame keeps its number.
    pub number: u32,
    /// When it was sent or came.
    pub at: DateTime<Utc>,
    /// Which way.
    pub way: LabFrameWay,
    /// The `action` of what was sent, the `class` of what came, or a word for a change of the connection.
    pub name: String,
    /// The code of what came.
    pub code: Option<u32>,
    /// As JSON, masked.
    pub json: String,
}

/// A part of the frames that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LabFramesPage {
    /// In the order in which they went.
    pub frames: Vec<LabFrameView>,
    /// How many fit the filter.
    pub total: u32,
    /// How many older frames were dropped.
    pub dropped: u32,
}

/// What an export of frames wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LabFramesExport {
    /// How many frames.
    pub exported: u32,
    /// The file.
    pub file: String,
}

/// A chat that was saved as a scenario file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LabScenarioSaved {
    /// The file.
    pub file: String,
    /// How many steps it has.
    pub steps: u32,
    /// What was left out, and why, in words.
    pub left_out: Vec<String>,
}

/// A file that a person chose or dropped, by a handle: the page never learns where it lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LabFileView {
    /// Names it in `labAttach`.
    pub handle: Uuid,
    /// Without a folder.
    pub name: String,
    /// In bytes.
    pub size: u32,
    /// By its ending, such as `image/png`.
    pub media_type: String,
    /// Where it was dropped, in pixels of the page; `None` for one that was chosen in a dialog.
    pub dropped_at: Option<LabPoint>,
}

/// A place of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LabPoint {
    /// From the left.
    pub x: i32,
    /// From the top.
    pub y: i32,
}
