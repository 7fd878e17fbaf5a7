use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{Doomed, Guest, GuestId, ScanOrder, Selection, Total};

use proof::Counted;

use crate::{Hold, HoldSet, OrgError};

/// Guests in one page, one batch and one question at most (`guest-api.md`, "Retention").
pub const PAGE: usize = 100;

/// What a plan and a run have to know of the org's dialect. Data: nobody asks which dialect it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrgAbilities {
    /// The name of the dialect. A plan is bound to it, because ids, times and revisions mean something in it alone.
    pub dialect: &'static str,
    /// Guests that one [`OrgPort::remove`] takes at most; 1 where each delete is a request of its own.
    pub remove_at_once: usize,
    /// Whether the org itself refuses a delete when the guest changed since the revision that it names. Where it does not, a
    /// delete that names one looks right before, and one that names none leaves right after the run's own look; a guest who
    /// changes between that look and the delete is deleted all the same.
    pub conditional_removal: bool,
    /// Which guests no scan hands out, in a sentence; absent where it hands out everyone.
    pub not_listed: Option<&'static str>,
    /// What the delete of a guest leaves in the org, in sentences; absent where it removes everything.
    pub not_removed: Option<&'static str>,
}

/// Which guests have a conversation that goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenConversations {
    /// They surely have one.
    pub open: HashSet<GuestId>,
    /// They have one without an end of which the org does not confirm that it goes on.
    pub unclear: HashSet<GuestId>,
}

/// Some guests of a scan.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanPage {
    /// At most [`PAGE`]; none where nobody of those that the org handed out matches. Attributes are not needed. A guest may come
    /// twice where there is no order.
    pub guests: Vec<Guest>,
    /// How many the org handed out for this page, those that do not match included.
    pub read: u64,
    /// How many guests the whole scan has, as far as the org says. One that counts more than it hands out is not believed.
    pub total: Total,
}

/// A walk over every guest that a selection matches. Guests that vanish or arrive meanwhile move nothing.
#[async_trait]
pub trait Scan: Send {
    /// The next guests; `None` at the end. After an error the same page is asked for again.
    ///
    /// # Errors
    /// [`OrgError::ScanExpired`] when the org has forgotten where the scan stood: only a new scan goes on.
    async fn next_page(&mut self) -> Result<Option<ScanPage>, OrgError>;
    /// In which order guests come.
    fn order(&self) -> ScanOrder;
    /// Guests that the org counted and did not hand out, as far as the scan has come.
    fn missing(&self) -> u64;
}

/// What a delete came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// The org deleted the guest.
    Deleted,
    /// The org does not know the guest, after a try of the same request that may have worked.
    Inferred,
    /// The org does not know the guest.
    AlreadyGone,
    /// The org has another revision than the one named; nothing was deleted.
    Changed,
}

/// The port to the org: what a plan and a run ask of it. The application implements it on the bulk lane of the rate
/// budget. Every list holds at most [`PAGE`] ids.
///
/// An answer about ids is whole or none: whoever is not in it does not exist, has no open conversation, does not match. Where
/// the org hands out fewer than it counts, whoever implements the port asks on, and answers [`OrgError::Retry`] when that
/// does not help.
#[async_trait]
pub trait OrgPort: Send + Sync {
    /// What the org's dialect can do.
    fn abilities(&self) -> OrgAbilities;
    /// A scan of everyone who matches, from the first guest. What the org does not filter by is tested by whoever implements
    /// the port.
    fn scan(&self, selection: &Selection) -> Box<dyn Scan + '_>;
    /// Those of the guests that exist, as they are now, in any order. In an org that has no versions the revision of a guest is
    /// the time of their last change.
    async fn fetch(&self, ids: &[GuestId]) -> Result<Vec<Guest>, OrgError>;
    /// Which of the guests have an open conversation.
    async fn open_conversations(&self, ids: &[GuestId]) -> Result<OpenConversations, OrgError>;
    /// How many conversations the org counts that a delete leaves; `None` where it does not say. Never an error: a plan does not
    /// depend on it.
    async fn conversations_left(&self) -> Option<Counted> {
        None
    }
    /// Those of the guests that match.
    async fn matching(&self, ids: &[GuestId], selection: &Selection) -> Result<HashSet<GuestId>, OrgError>;
    /// By each of these guests that stands for some of the `named` ones, whom the org has merged into it: which of them.
    async fn standing_for(
        &self,
        _ids: &[GuestId],
        _named: &[GuestId],
    ) -> Result<HashMap<GuestId, Vec<GuestId>>, OrgError> {
        Ok(HashMap::new())
    }
    /// The filter of this hold cannot be judged in this dialect. Whoever implements the port may keep that as what went wrong.
    fn unjudged(&self, hold: &Hold, why: &str) -> OrgError {
        OrgError::Unjudged { hold: hold.id, owner: hold.owner.clone(), why: why.to_owned() }
    }
    /// Those of the guests for whom the local outbox still holds messages.
    fn with_undelivered(&self, ids: &[GuestId]) -> HashSet<GuestId>;
    /// The holds as they are right now. Asked for by a plan, before each batch and before each delete, so it must not
    /// block; whoever implements the port on a connection that has holds must answer this.
    fn holds(&self) -> HoldSet {
        HoldSet::default()
    }
    /// Whether a hold names this guest, or one of whom is known by now that this guest stands for them. Asked for right before
    /// each delete, so it must not block.
    fn is_named(&self, id: GuestId) -> bool {
        self.holds().names(id)
    }
    /// What the org's own clock shows by now, as far as its last answer told; `None` where it shows none.
    fn org_time(&self) -> Option<DateTime<Utc>> {
        None
    }
    /// Deletes guests, at most [`OrgAbilities::remove_at_once`], and answers for each, in any order. One that fails stops no
    /// other. `goes_on` is asked for while a delete waits and right before it leaves: once it is false none leaves any more,
    /// and those that did not leave answer [`OrgError::Retry`].
    async fn remove(
        &self,
        doomed: &[Doomed],
        goes_on: &(dyn Fn() -> bool + Sync),
    ) -> Vec<(GuestId, Result<Removed, OrgError>)>;
}
