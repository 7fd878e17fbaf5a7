use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use model::Secret;

/// How one chat is opened and held open.
#[derive(Debug, Clone)]
pub struct ChatOptions {
    /// A UUID that the client chose: the guest's credential and the key of their session.
    pub token: Secret,
    /// Whether a session that the token has already is left for a new one.
    pub start_new: bool,
    /// Custom attributes of every message: at most 2,048 bytes as JSON, keys and values together.
    pub attributes: BTreeMap<String, String>,
    /// Custom attributes of a guest who begins with this chat, beside the others: where the org had a session with the token already,
    /// or does not say, they are never sent. Together with the others at most 2,048 bytes.
    pub attributes_if_new: BTreeMap<String, String>,
    /// What the query `application` of the address says, such as `innkeeper-0.1.0`.
    pub application: Option<String>,
    /// How long an answer to `configureSession` may take, connecting included, before the attempt counts as failed.
    pub open_within: Duration,
    /// How long a lost connection is made again, counted from the loss; `None`: for as long as the chat is kept; zero: not at all.
    pub reconnect_for: Option<Duration>,
    /// How many messages a second leave at most; the vendor's documented limit is 2.
    pub messages_per_second: u32,
    /// Whether it begins without a connection, until [`super::Chat::online`].
    pub offline: bool,
    /// Whether Presence Join is sent when the session is ready. Only where the deployment starts conversations by itself.
    pub join: bool,
    /// Whether typing is told to the other side. Only where the deployment shows it.
    pub typing: bool,
}

/// What a guest answers to what was offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A quick reply, by its label or payload.
    QuickReply {
        /// What is shown.
        text: String,
        /// What a bot reads.
        payload: String,
    },
    /// A button of a card or a carousel (type `Postback`).
    Button {
        /// What is shown.
        text: String,
        /// What a bot reads.
        payload: String,
    },
    /// A time of a date picker; `message` is the id of the message that offered it.
    Time {
        /// The key of the message with the picker.
        message: String,
        /// ISO 8601.
        iso: String,
    },
    /// Entries of a list picker, by their ids.
    List {
        /// The key of the message with the list.
        message: String,
        /// The ids of what was chosen, with their titles.
        chosen: Vec<(String, String)>,
    },
    /// A form: values by the ids of its components.
    Form {
        /// The key of the message with the form.
        message: String,
        /// Component id and value.
        values: Vec<(String, String)>,
    },
}

/// A file that a guest sends.
#[derive(Debug, Clone)]
pub struct OutgoingFile {
    /// Its name, without a folder.
    pub name: String,
    /// Such as `image/png`.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Bytes,
}
