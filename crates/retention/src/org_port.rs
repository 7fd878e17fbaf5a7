use std::{collections::HashSet, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{Filter, Guest, GuestId, Span};

use crate::HoldSet;

/// Guests in one page, one batch and one question at most (`guest-api.md`, "Retention").
pub const PAGE: usize = 100;

/// Where a walk stands: the last guest seen, in the order (createdTime, id). No page number is ever kept, because
/// rows vanish while a run deletes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// The guest's `createdTime`.
    pub created_time: DateTime<Utc>,
    /// The guest's id, which breaks ties.
    pub id: GuestId,
}

impl From<&Guest> for Cursor {
    fn from(guest: &Guest) -> Self {
        Self { created_time: guest.created_time, id: guest.id }
    }
}

/// The first guests of a span.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// In the order (createdTime, id), at most [`PAGE`].
    pub guests: Vec<Guest>,
    /// How many guests the org counts in the whole span.
    pub total: u64,
}

/// What a delete came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// The org deleted the guest (204).
    Deleted,
    /// The org does not know the guest (404), after a try of the same ask that may have worked.
    Inferred,
    /// The org does not know the guest (404).
    AlreadyGone,
    /// The org has a newer version than the one asked for (409); nothing was deleted.
    Changed,
}

/// Why the org could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrgError {
    /// Worth asking again: rate limited, timeout, connection cut, 5xx.
    #[error("the org could not answer: {why}")]
    Retry {
        /// The cause, for a person.
        why: String,
        /// How long the org asked us to wait (`Retry-After`).
        after: Option<Duration>,
        /// Whether a delete may have been carried out all the same: true after a timeout, a cut or a 5xx, false
        /// for a 429 or a refused connection. A later 404 then means that *we* deleted the guest.
        perhaps_done: bool,
    },
    /// No further call makes sense: 401 after a refresh, 403, a read-only connection. The run ends, resumable.
    #[error("the org does not allow it: {why}")]
    Stop {
        /// The cause, for a person.
        why: String,
    },
    /// This one call is hopeless (400, 422); the next guest may go.
    #[error("the org refused: {why}")]
    Failed {
        /// The cause, for a person.
        why: String,
    },
}

/// The port to the org: what a plan and a run ask of it. The application implements it on the bulk lane of the rate
/// budget. Every list holds at most [`PAGE`] ids.
///
/// An answer about ids is whole or none: whoever is not in it does not exist, has no open conversation, does not match. Where
/// the org hands out fewer than it counts, whoever implements the port asks on, and answers [`OrgError::Retry`] when that
/// does not help.
#[async_trait]
pub trait OrgPort: Send + Sync {
    /// The first guests that match within the span of the order (createdTime, id), and how many the org counts in it; a
    /// short page says nothing of the end. Attributes are not needed.
    async fn page(&self, query: &Filter, span: Span<Cursor>) -> Result<Listed, OrgError>;
    /// Those of the guests that exist, as they are now, in any order.
    async fn relist(&self, ids: &[GuestId]) -> Result<Vec<Guest>, OrgError>;
    /// Those of the guests that have an open conversation.
    async fn with_open_conversation(&self, ids: &[GuestId]) -> Result<HashSet<GuestId>, OrgError>;
    /// Those of the guests that match the filter.
    async fn matching(&self, ids: &[GuestId], filter: &Filter) -> Result<HashSet<GuestId>, OrgError>;
    /// Those of the guests for whom the local outbox still holds messages.
    fn with_undelivered(&self, ids: &[GuestId]) -> HashSet<GuestId>;
    /// The holds as they are right now. Asked for by a plan, before each batch and before each delete, so it must not
    /// block; whoever implements the port on a connection that has holds must answer this.
    fn holds(&self) -> HoldSet {
        HoldSet::default()
    }
    /// What the org's own clock shows by now, as far as its last answer told; `None` where it shows none.
    fn org_time(&self) -> Option<DateTime<Utc>> {
        None
    }
    /// Deletes the guest if it still has this version.
    async fn delete(&self, id: GuestId, version: u64) -> Result<Removed, OrgError>;
}
