use std::sync::Arc;

use outbox::{Options, Outbox, Outgoing};
use store::{DataKey, Store};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{ManualClock, quick_folder, temp_dir, text};

/// A data folder with its key and a clock that stands until a test moves it; the outbox in it can be opened again and again.
pub struct OutboxFolder {
    /// The folder.
    pub dir: TempDir,
    /// The key of its store.
    pub key: DataKey,
    /// What the outbox reads the time from.
    pub clock: ManualClock,
}

impl OutboxFolder {
    /// On the disk, where syncs cost what they cost.
    #[must_use]
    pub fn new() -> Self {
        Self::at(temp_dir())
    }

    /// In memory where the system has such a place.
    #[must_use]
    pub fn quick() -> Self {
        Self::at(quick_folder())
    }

    fn at(dir: TempDir) -> Self {
        Self { dir, key: DataKey::generate(), clock: ManualClock::at("2027-01-15T08:00:00Z") }
    }

    /// Opens its store.
    ///
    /// # Panics
    /// When it is open already or damaged.
    #[must_use]
    pub fn store(&self) -> Store {
        Store::open(self.dir.path(), &self.key).expect("the store opens")
    }

    /// Opens its outbox.
    ///
    /// # Panics
    /// As [`OutboxFolder::store`].
    #[must_use]
    pub fn outbox(&self) -> Outbox {
        self.outbox_with(Options::default())
    }

    /// Opens its outbox with other options.
    ///
    /// # Panics
    /// As [`OutboxFolder::store`].
    #[must_use]
    pub fn outbox_with(&self, options: Options) -> Outbox {
        Outbox::open_with(&self.store(), Arc::new(self.clock.clone()), options).expect("the outbox opens")
    }
}

impl Default for OutboxFolder {
    fn default() -> Self {
        Self::new()
    }
}

/// The id of message number `n`.
#[must_use]
pub fn message_id(n: u64) -> model::MessageId {
    model::MessageId(Uuid::from_u128(n.into()))
}

/// The number of a message with an id from [`message_id`].
///
/// # Panics
/// When the id is another's.
#[must_use]
pub fn message_number(id: model::MessageId) -> u64 {
    u64::try_from(id.0.as_u128()).expect("a test numbers its messages")
}

/// Message `n` of a conversation; its text says so.
///
/// # Panics
/// When the conversation's id is none.
#[must_use]
pub fn message(conversation: &str, n: u64) -> Outgoing {
    Outgoing {
        id: message_id(n),
        conversation_id: conversation.parse().expect("a test names a conversation that can be"),
        guest_id: model::GuestId(Uuid::nil()),
        text: text(&format!("{conversation} {n}")),
        written_at: "2027-01-15T08:00:00Z".parse().expect("a time in RFC 3339"),
    }
}
