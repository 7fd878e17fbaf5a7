use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use genesys::{ConversationCount, Lane, MOST_SENDS, Org};
use model::{Doomed, Guest, GuestId, ScanOrder, Selection, Total};
use outbox::Outbox;
use parking_lot::Mutex;
use retention::{
    Counted, HoldSet, Holds, MOST_DELETE_ASKS, OpenConversations, OrgAbilities, OrgError, OrgPort, PAGE,
    Removed, Scan, ScanPage,
};

use crate::{App, Failure, FailureCode, OrgClock, failure::org_errors};

/// The delete of one guest leaves this computer at most so often in one activation of a run. The run asks "again later", the
/// pipeline within each ask repeats over a bad line; whatever arrives more than once finds the guest gone or changed.
pub const MOST_DELETES: u32 = MOST_DELETE_ASKS * MOST_SENDS;

/// What retention needs of the org. Plans and runs ask on the bulk lane: it takes what people and deliveries leave of the
/// rate budget.
///
/// Public for `tests/retention` and the benchmark only, which carry plans and runs out through it.
pub struct RetentionOrg {
    org: Org,
    outbox: Outbox,
    holds: Arc<Holds>,
    lane: Lane,
    org_clock: OrgClock,
    /// By each guest on hold that was asked about: the one into whom the org had merged them by then, if any. A merge after that
    /// changes the one that stands for them, who is not deleted for that.
    merged: Mutex<HashMap<GuestId, Option<GuestId>>>,
    /// What the org said last when it did not do what was asked; the port itself carries only words.
    failure: Mutex<Option<Failure>>,
}

impl RetentionOrg {
    /// The port to the org, with the outbox and the holds of its connection.
    #[must_use]
    pub fn new(org: Org, outbox: Outbox, holds: Arc<Holds>, lane: Lane) -> Self {
        let (merged, failure) = Default::default();
        Self { org, outbox, holds, lane, org_clock: OrgClock::Compared, merged, failure }
    }

    /// With what the org's own clock shows, or beside it.
    #[must_use]
    pub(crate) fn by_clock(self, org_clock: OrgClock) -> Self {
        Self { org_clock, ..self }
    }

    /// The last thing that went wrong, as people are told it.
    pub(crate) fn last_failure(&self) -> Option<Failure> {
        self.failure.lock().clone()
    }

    /// As people are told that the org did not answer a question.
    pub(crate) fn told(&self, error: &OrgError) -> Failure {
        self.last_failure().unwrap_or_else(|| Failure::new(FailureCode::OrgFailed, error.to_string()))
    }

    /// A list that leaves a guest out may be another tenant's or an index's that is empty: only the org's own 404 about this
    /// one guest makes it gone.
    async fn surely_gone(&self, id: GuestId) -> Result<(), OrgError> {
        match self.org.guests.get(self.lane, id).await {
            Ok(_) => {
                let why = format!(
                    "the org's list leaves guest {id} out, and the org has this guest when it is asked for alone"
                );
                let failure = Failure::new(FailureCode::Incomplete, why.clone());
                *self.failure.lock() = Some(failure);
                Err(OrgError::Retry { why, after: None, perhaps_done: false })
            }
            Err(genesys::Error::NotFound(_)) => Ok(()),
            Err(error) => Err(self.noted(error)),
        }
    }

    fn removed(&self, answer: Result<genesys::Removed, genesys::Error>) -> Result<Removed, OrgError> {
        match answer {
            Ok(genesys::Removed::Deleted) => Ok(Removed::Deleted),
            Ok(genesys::Removed::Inferred) => Ok(Removed::Inferred),
            Err(error @ genesys::Error::Withdrawn { .. }) => {
                Err(OrgError::Retry { why: error.to_string(), after: None, perhaps_done: false })
            }
            Err(genesys::Error::NotFound(_)) => Ok(Removed::AlreadyGone),
            Err(genesys::Error::Conflict(_)) => Ok(Removed::Changed),
            Err(error) => Err(self.noted(error)),
        }
    }

    fn noted(&self, error: genesys::Error) -> OrgError {
        let answer = org_error(&error);
        *self.failure.lock() = Some(error.into());
        answer
    }
}

#[async_trait]
impl OrgPort for RetentionOrg {
    fn abilities(&self) -> OrgAbilities {
        let can = &self.org.can;
        OrgAbilities {
            dialect: can.dialect,
            remove_at_once: can.limits.remove_batch.try_into().unwrap_or(1),
            conditional_removal: can.conditional_writes,
            not_listed: can.not_listed,
            not_removed: can.not_removed,
        }
    }

    fn scan(&self, selection: &Selection) -> Box<dyn Scan + '_> {
        let scan = self.org.guests.scan(self.lane, Some(selection.clone()), None);
        Box::new(OrgScan {
            port: self,
            scan: scan.map_err(|e| self.noted(e)),
            ready: Vec::new(),
            is_over: false,
        })
    }

    async fn fetch(&self, ids: &[GuestId]) -> Result<Vec<Guest>, OrgError> {
        let found = self.org.guests.fetch(self.lane, ids).await.map_err(|e| self.noted(e))?;
        for id in ids.iter().filter(|id| !found.contains_key(*id)) {
            self.surely_gone(*id).await?;
        }
        Ok(found.into_values().collect())
    }

    async fn open_conversations(&self, ids: &[GuestId]) -> Result<OpenConversations, OrgError> {
        let among = self.org.conversations.open_among(self.lane, ids).await.map_err(|e| self.noted(e))?;
        Ok(OpenConversations { open: among.open, unclear: among.unclear })
    }

    async fn conversations_left(&self) -> Option<Counted> {
        let counted = self.org.conversations.counted(self.lane).await.ok().flatten();
        counted.map(|ConversationCount { count, last_days }| Counted { count, last_days })
    }

    async fn matching(&self, ids: &[GuestId], filter: &Selection) -> Result<HashSet<GuestId>, OrgError> {
        self.org.guests.matching(self.lane, ids, filter).await.map_err(|e| self.noted(e))
    }

    async fn merged(&self, ids: &[GuestId]) -> Result<HashMap<GuestId, GuestId>, OrgError> {
        if !self.org.can.merges {
            return Ok(HashMap::new());
        }
        let unasked: Vec<GuestId> = {
            let merged = self.merged.lock();
            ids.iter().copied().filter(|id| !merged.contains_key(id)).collect()
        };
        if !unasked.is_empty() {
            let found = self.org.guests.fetch(self.lane, &unasked).await.map_err(|e| self.noted(e))?;
            let into = |id: &GuestId| found.get(id).filter(|guest| guest.is_merged_away())?.canonical_id;
            self.merged.lock().extend(unasked.iter().map(|id| (*id, into(id))));
        }
        let merged = self.merged.lock();
        Ok(ids.iter().filter_map(|id| Some((*id, (*merged.get(id)?)?))).collect())
    }

    fn with_undelivered(&self, ids: &[GuestId]) -> HashSet<GuestId> {
        ids.iter().filter(|id| self.outbox.undelivered_for(id)).copied().collect()
    }

    fn holds(&self) -> HoldSet {
        self.holds.now()
    }

    fn org_time(&self) -> Option<DateTime<Utc>> {
        (self.org_clock == OrgClock::Compared).then(|| self.org.pipeline.org_time()).flatten()
    }

    /// A hold or a message may come while the delete waits for the rate budget: then it does not leave, and the run
    /// looks again.
    async fn remove(&self, doomed: &[Doomed]) -> Vec<(GuestId, Result<Removed, OrgError>)> {
        let wanted = |id| !self.holds.now().names(id) && !self.outbox.undelivered_for(&id);
        let answers = self.org.guests.remove(self.lane, doomed, &wanted).await;
        answers.into_iter().map(|(id, answer)| (id, self.removed(answer))).collect()
    }
}

/// A scan of the org's.
struct OrgScan<'a> {
    port: &'a RetentionOrg,
    scan: Result<genesys::Scan, OrgError>,
    /// Guests that the org handed out and that are not handed on yet.
    ready: Vec<Guest>,
    is_over: bool,
}

#[async_trait]
impl Scan for OrgScan<'_> {
    async fn next_page(&mut self) -> Result<Option<ScanPage>, OrgError> {
        let scan = self.scan.as_mut().map_err(|e| e.clone())?;
        // Whole pages wherever there are so many: every page is asked about as one, and a page of the org's may have few who match.
        while self.ready.len() < PAGE && !self.is_over {
            match scan.pages.next_page().await {
                Ok(Some(page)) => {
                    self.ready.extend(page.guests.into_iter().filter(|guest| scan.selects(guest)))
                }
                // Whoever scans asks how many are missing.
                Ok(None) | Err(genesys::Error::Incomplete { .. }) => self.is_over = true,
                Err(error) => return Err(self.port.noted(error)),
            }
        }
        let later = self.ready.split_off(self.ready.len().min(PAGE));
        let guests = std::mem::replace(&mut self.ready, later);
        Ok((!guests.is_empty()).then_some(ScanPage { guests, total: Total::Unknown }))
    }

    fn order(&self) -> ScanOrder {
        self.scan.as_ref().map_or(ScanOrder::None, |scan| scan.order)
    }

    fn missing(&self) -> u64 {
        self.scan.as_ref().map_or(0, |scan| scan.pages.missing())
    }
}

fn org_error(error: &genesys::Error) -> OrgError {
    use genesys::Error as E;
    let why = org_errors::words(error);
    match error {
        E::CredentialsRejected(_) | E::Forbidden { .. } => OrgError::Stop { why },
        E::Invalid { .. } | E::Unfit { .. } => OrgError::Failed { why },
        E::CursorExpired { .. } => OrgError::ScanExpired,
        _ => OrgError::Retry { why, after: error.retry_after(), perhaps_done: error.perhaps_processed() },
    }
}

impl App {
    /// What asks the org for retention, with the holds of this org.
    pub(crate) fn retention_org(&self, lane: Lane) -> Result<RetentionOrg, Failure> {
        let holds = Arc::clone(self.0.retention.holds()?);
        let org = RetentionOrg::new(self.0.org.clone(), self.0.outbox.clone(), holds, lane);
        Ok(org.by_clock(self.0.org_clock))
    }
}
