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
    Counted, Hold, HoldSet, HoldSubject, Holds, MOST_DELETE_ASKS, OpenConversations, OrgAbilities, OrgError,
    OrgPort, PAGE, Removed, Scan, ScanPage,
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
    /// Whether it is enough to ask the one guest who is looked at for whom they stand.
    by_merge_set: bool,
    /// What the org said last when it did not do what was asked; the port itself carries only words.
    failure: Mutex<Option<Failure>>,
}

impl RetentionOrg {
    /// The port to the org, with the outbox and the holds of its connection.
    #[must_use]
    pub fn new(org: Org, outbox: Outbox, holds: Arc<Holds>, lane: Lane) -> Self {
        let (merged, failure) = Default::default();
        let (org_clock, by_merge_set) = (OrgClock::Compared, false);
        Self { org, outbox, holds, lane, org_clock, merged, by_merge_set, failure }
    }

    /// For a look at one guest of which no delete follows: whom the guest stands for is read off the guest where many are on
    /// hold, in one call and not in one for each hundred of them.
    #[must_use]
    pub fn for_a_look(self) -> Self {
        Self { by_merge_set: true, ..self }
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
        *self.failure.lock() = Some(told(error));
        answer
    }

    /// Asks of the guests on hold who stands for them, as far as that is not known yet.
    async fn learn_merges(&self, named: &[GuestId]) -> Result<(), OrgError> {
        let unasked: Vec<GuestId> = {
            let merged = self.merged.lock();
            named.iter().copied().filter(|id| !merged.contains_key(id)).collect()
        };
        if self.org.can.merges && !unasked.is_empty() {
            let found = self.org.guests.fetch(self.lane, &unasked).await.map_err(|e| self.noted(e))?;
            let into = |id: &GuestId| found.get(id).filter(|guest| guest.is_merged_away())?.canonical_id;
            self.merged.lock().extend(unasked.iter().map(|id| (*id, into(id))));
        }
        Ok(())
    }

    /// The guests on hold for whom this one stands, read off the guest; `None` where that is not to be had or costs no less.
    async fn by_merge_set(&self, ids: &[GuestId], named: &[GuestId]) -> Result<Option<Standing>, OrgError> {
        let page = self.org.can.limits.guests_page as usize;
        let [id] = ids else { return Ok(None) };
        if !self.by_merge_set || named.len() <= page {
            return Ok(None);
        }
        let set = self.org.guests.merged_into(self.lane, *id).await.map_err(|e| self.noted(e))?;
        let Some(set) = set else { return Ok(None) };
        let those: Vec<GuestId> = set.into_iter().filter(|id| named.contains(id)).collect();
        Ok(Some(if those.is_empty() { Standing::new() } else { Standing::from([(*id, those)]) }))
    }

    /// Whether nothing is known that keeps this guest, and everything is known that could: a hold that came a moment ago may
    /// name a guest for whom this one stands.
    pub(crate) fn is_free(&self, id: GuestId) -> bool {
        let holds = self.holds.now();
        let merged = self.merged.lock();
        let all_known = || !self.org.can.merges || holds.guests().all(|named| merged.contains_key(&named));
        !names(&holds, &merged, id) && all_known()
    }
}

/// By each guest who stands for some that are on hold: which.
type Standing = HashMap<GuestId, Vec<GuestId>>;

/// Whether a hold names this guest or one who was merged into them.
fn names(holds: &HoldSet, merged: &HashMap<GuestId, Option<GuestId>>, id: GuestId) -> bool {
    holds.names(id) || merged.iter().any(|(named, into)| *into == Some(id) && holds.names(*named))
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

    async fn standing_for(&self, ids: &[GuestId], named: &[GuestId]) -> Result<Standing, OrgError> {
        if !self.org.can.merges || named.is_empty() {
            return Ok(Standing::new());
        }
        if let Some(standing) = self.by_merge_set(ids, named).await? {
            return Ok(standing);
        }
        self.learn_merges(named).await?;
        let merged = self.merged.lock();
        let mut standing = Standing::new();
        for id in named {
            if let Some(Some(into)) = merged.get(id)
                && ids.contains(into)
            {
                standing.entry(*into).or_default().push(*id);
            }
        }
        Ok(standing)
    }

    fn unjudged(&self, hold: &Hold, why: &str) -> OrgError {
        let filter = match &hold.subject {
            HoldSubject::Filter(filter) => format!(" `{filter}`"),
            HoldSubject::Guest(_) => String::new(),
        };
        let message = format!(
            "The hold {} ({}, {}) keeps guests by the filter{filter}, and whom that means cannot be told here: {why}. \
             Nobody is deleted before it can be.",
            hold.id, hold.reason, hold.owner
        );
        let next = format!(
            "Add a hold on the same guests that can be judged in this dialect ({}), then remove this one: innkeeper hold \
             remove {}",
            self.org.can.dialect, hold.id
        );
        *self.failure.lock() = Some(Failure::new(FailureCode::InvalidInput, message).with_next(next));
        OrgError::Unjudged { hold: hold.id, owner: hold.owner.clone(), why: why.to_owned() }
    }

    fn with_undelivered(&self, ids: &[GuestId]) -> HashSet<GuestId> {
        ids.iter().filter(|id| self.outbox.undelivered_for(id)).copied().collect()
    }

    fn holds(&self) -> HoldSet {
        self.holds.now()
    }

    fn is_named(&self, id: GuestId) -> bool {
        names(&self.holds.now(), &self.merged.lock(), id)
    }

    fn org_time(&self) -> Option<DateTime<Utc>> {
        (self.org_clock == OrgClock::Compared).then(|| self.org.pipeline.org_time()).flatten()
    }

    /// A hold or a message may come while the delete waits for the rate budget: then it does not leave, and the run
    /// looks again.
    async fn remove(
        &self,
        doomed: &[Doomed],
        goes_on: &(dyn Fn() -> bool + Sync),
    ) -> Vec<(GuestId, Result<Removed, OrgError>)> {
        if let Err(error) = self.learn_merges(&self.holds.now().named()).await {
            return doomed.iter().map(|one| (one.id, Err(error.clone()))).collect();
        }
        let wanted = |id| goes_on() && self.is_free(id) && !self.outbox.undelivered_for(&id);
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
        let mut read = 0;
        if self.ready.len() < PAGE && !self.is_over {
            match scan.pages.next_page().await {
                Ok(Some(page)) => {
                    read = page.guests.len() as u64;
                    self.ready.extend(page.guests.into_iter().filter(|guest| scan.selects(guest)));
                }
                // Whoever scans asks how many are missing.
                Ok(None) | Err(genesys::Error::Incomplete { .. }) => self.is_over = true,
                Err(error) => return Err(self.port.noted(error)),
            }
        }
        // Guests are handed on in whole pages, because each page is asked about as one, and a page of the org's may have few who
        // match. What was read of the org is told at once.
        let ready = if self.is_over || self.ready.len() >= PAGE { self.ready.len().min(PAGE) } else { 0 };
        let later = self.ready.split_off(ready);
        let guests = std::mem::replace(&mut self.ready, later);
        let is_end = self.is_over && guests.is_empty();
        Ok((!is_end).then_some(ScanPage { guests, read, total: Total::Unknown }))
    }

    fn order(&self) -> ScanOrder {
        self.scan.as_ref().map_or(ScanOrder::None, |scan| scan.order)
    }

    fn missing(&self) -> u64 {
        self.scan.as_ref().map_or(0, |scan| scan.pages.missing())
    }
}

/// As people are told it. A refusal of a question that this program put together is the org's, and no input of a person's.
fn told(error: genesys::Error) -> Failure {
    let of_the_filter = |fields: &[genesys::FieldError]| fields.iter().any(|unfit| unfit.field == "filter");
    let refused = matches!(&error, genesys::Error::Invalid { fields, .. } if !of_the_filter(fields));
    let failure = Failure::from(error);
    if !refused {
        return failure;
    }
    Failure {
        correlation_id: failure.correlation_id,
        retry_after_ms: failure.retry_after_ms,
        ..Failure::new(FailureCode::OrgFailed, failure.message)
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
