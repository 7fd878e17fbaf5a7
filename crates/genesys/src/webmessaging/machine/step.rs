//! What comes into the machine and what it wants done.

use std::time::Duration;

use chrono::{DateTime, Utc};
use model::Secret;
use uuid::Uuid;

use crate::webmessaging::{
    chat::Command,
    error::WebMessagingError,
    event::{ChatEvent, ServerError},
    frames::{history::HistoryPage, outgoing::Frame},
    options::OutgoingFile,
};

/// A point of time on both clocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    /// Since the chat began. Never runs backwards; every deadline is on this clock.
    pub(crate) since: Duration,
    /// The wall clock, which may jump. It stands in events and decides nothing.
    pub(crate) wall: DateTime<Utc>,
}

/// What happened. No `Debug`: frames hold credentials.
pub(crate) enum Input {
    /// The chat begins.
    Begin,
    /// A deadline has come, perhaps.
    Tick,
    /// The guest did something.
    Command(Command),
    /// Somebody asks for the address of a file by its attachment's id.
    WantLink(String),
    /// The connection is open.
    Opened,
    /// The connection could not be made, or is gone.
    Lost(WebMessagingError),
    /// A frame of text.
    Text(String),
    /// A frame that is no text.
    NoText,
    /// A page of this walk's history, or why it could not be read.
    History(u32, Result<HistoryPage, ServerError>),
    /// So many bytes of this attachment were handed to the network.
    Uploading(Uuid, u64),
    /// The upload of this attachment is over.
    Uploaded(Uuid, Result<(), ServerError>),
}

/// What is to be done, in order.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Connect. What was asked for before is given up.
    Dial,
    /// Close the connection.
    HangUp,
    /// Send a frame.
    Send(Frame),
    /// Tell what happened.
    Tell(ChatEvent),
    /// Read a page of the history.
    ReadHistory {
        /// Goes back with the page.
        walk: u32,
        jwt: Secret,
        /// From 1.
        page: u32,
    },
    /// Upload a file.
    Upload { attachment: Uuid, url: Secret, headers: Vec<(String, Secret)>, file: OutgoingFile },
    /// Answer whoever asked for the address of this attachment.
    Link { attachment: String, link: Result<Secret, WebMessagingError> },
    /// The chat is over.
    Finish,
}
