use std::collections::HashSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{Conversation, ConversationId, Guest, GuestId, MessageId, MessageText, Secret};
use serde::{Deserialize, Serialize};

use super::guests::NewGuest;
use crate::pipeline::{Error, Lane};

/// Conversations of guests.
#[async_trait]
pub trait Conversations: Send + Sync {
    /// The conversations of one guest, open ones first, at most `most`; with `only_open` those that take messages.
    ///
    /// # Errors
    /// What every call can meet, and [`Error::Incomplete`] when the org counts more than it hands out.
    async fn of(
        &self,
        lane: Lane,
        guest: GuestId,
        only_open: bool,
        most: u32,
    ) -> Result<Vec<Conversation>, Error>;

    /// Which of these guests have an open conversation; at most [`crate::Limits::guests_page`] ids. The answer is whole or an
    /// error: whoever is not in it has none.
    ///
    /// # Errors
    /// As [`Conversations::of`].
    async fn open_among(&self, lane: Lane, ids: &[GuestId]) -> Result<OpenAmong, Error>;

    /// How many conversations of web messaging began in the last days, of all guests; `None` where the org does not say.
    ///
    /// # Errors
    /// What every call can meet.
    async fn counted(&self, _lane: Lane) -> Result<Option<ConversationCount>, Error> {
        Ok(None)
    }
}

/// How many conversations the org counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConversationCount {
    /// So many.
    pub count: u64,
    /// Began in so many days before now.
    pub last_days: u32,
}

/// Guests with an open conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenAmong {
    /// The org confirms that a conversation of theirs goes on.
    pub open: HashSet<GuestId>,
    /// They have a conversation without an end of which the org does not confirm that it goes on, and none that it does.
    pub unclear: HashSet<GuestId>,
}

impl OpenAmong {
    /// Whether a conversation of this guest is open, or may be.
    #[must_use]
    pub fn contains(&self, id: &GuestId) -> bool {
        self.open.contains(id) || self.unclear.contains(id)
    }
}

/// What the credentials are good for.
#[async_trait]
pub trait Access: Send + Sync {
    /// Signs in where needed, asks what the token may do, and reads a guest where it may: a sign-in that works says nothing yet
    /// of the API behind it.
    ///
    /// # Errors
    /// [`Error::CredentialsRejected`], and what every call can meet.
    async fn check(&self) -> Result<TokenInfo, Error>;

    /// Asks the least that tells whether the org answers and lets guests be read.
    ///
    /// # Errors
    /// What every call can meet.
    async fn ping(&self, lane: Lane) -> Result<(), Error>;
}

/// Session tokens of guests, where an org hands them out.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// One guest with their session token. Ask only where the token is compared or handed to the guest.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::BadAnswer`] when the org leaves the token out; what every call can meet.
    async fn guest_with_token(&self, lane: Lane, id: GuestId) -> Result<(Guest, Secret), Error>;
}

/// Chats as a guest, where an org lets them be started from here.
#[async_trait]
pub trait Chat: Send + Sync {
    /// Makes the guest, or finds the one that an earlier call with the same id made, and returns their session token. The
    /// conversation's id may come later: ask [`Conversations::of`].
    ///
    /// # Errors
    /// [`Error::Invalid`] with the fields, and what every call can meet.
    async fn start(&self, lane: Lane, new: &NewGuest) -> Result<Secret, Error>;

    /// Sends one message, once: it is never repeated here but for a renewed token, because whoever keeps the message must know
    /// of every try. `Ok` only when the org confirmed this very id.
    ///
    /// # Errors
    /// [`Error::NotFound`] and [`Error::Gone`] when the conversation is unknown or closed, [`Error::Invalid`], and what every
    /// call can meet. [`Error::perhaps_processed`] tells whether it may have arrived.
    async fn deliver(&self, lane: Lane, message: &OutgoingMessage<'_>) -> Result<(), Error>;
}

/// A message to be sent.
#[derive(Debug, Clone, Copy)]
pub struct OutgoingMessage<'a> {
    /// Made by the caller; a repeat is the same message.
    pub id: MessageId,
    /// Where it goes.
    pub conversation_id: &'a ConversationId,
    /// Who wrote it: the conversation's guest.
    pub guest_id: GuestId,
    /// What they wrote.
    pub text: &'a MessageText,
    /// When they wrote it, UTC.
    pub written_at: DateTime<Utc>,
}

/// What the org says about the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// The scopes it has.
    pub scopes: Vec<String>,
    /// The org it belongs to, where it says so.
    pub organization: Option<Organization>,
    /// What it may do, one by one, in an org that has no scopes for its credentials.
    pub permissions: Vec<Permission>,
}

/// One thing that the credentials may be allowed to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Permission {
    /// The vendor's name for it.
    pub name: &'static str,
    /// Whether they may; absent where it cannot be known.
    pub granted: Option<bool>,
    /// What is lost without it.
    pub without: &'static str,
    /// They have it, and not in the division that was asked about.
    pub in_other_division: bool,
    /// Whether nothing can be shown without it.
    #[serde(skip)]
    pub is_needed: bool,
}

/// An org.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Organization {
    /// Its id.
    #[serde(default)]
    pub id: String,
    /// Its name for people.
    #[serde(default)]
    pub name: String,
}
