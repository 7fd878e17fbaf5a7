use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use genesys::{Client, Deletion, Lane, ListGuests, Sort, span_filter};
use model::{Field, Filter, Guest, GuestId, Span};
use outbox::Outbox;
use retention::{Cursor, HoldSet, Holds, Listed, OrgError, OrgPort, Removed};

use crate::{App, Failure, FailureCode, OrgClock, failure::org_errors};

/// Guests a call, the org's own limit (`guest-api.md`).
const PAGE: u32 = 100;

/// Answers in a row that name nobody new, while the org counts somebody, before it is not believed.
const ASKS: u32 = 3;

/// What retention needs of the org. Plans and runs ask on the bulk lane: it takes what people and deliveries leave of the
/// rate budget.
///
/// Public for `tests/retention` and the benchmark only, which carry plans and runs out through it.
pub struct RetentionOrg {
    client: Client,
    outbox: Outbox,
    holds: Arc<Holds>,
    lane: Lane,
    org_clock: OrgClock,
    /// What the org said last when it did not do what was asked; the port itself carries only words.
    failure: Mutex<Option<Failure>>,
}

impl RetentionOrg {
    /// The port to the org behind the client, with the outbox and the holds of its connection.
    #[must_use]
    pub fn new(client: Client, outbox: Outbox, holds: Arc<Holds>, lane: Lane) -> Self {
        Self { client, outbox, holds, lane, org_clock: OrgClock::Compared, failure: Mutex::default() }
    }

    /// With what the org's own clock shows, or beside it.
    #[must_use]
    pub(crate) fn by_clock(self, org_clock: OrgClock) -> Self {
        Self { org_clock, ..self }
    }

    /// The last thing that went wrong, as people are told it.
    pub(crate) fn last_failure(&self) -> Option<Failure> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// As people are told that the org did not answer a question.
    pub(crate) fn told(&self, error: &OrgError) -> Failure {
        self.last_failure().unwrap_or_else(|| Failure::new(FailureCode::OrgFailed, error.to_string()))
    }

    /// A list that leaves a guest out may be another tenant's or an index's that is empty: only the org's own 404 about this
    /// one guest makes it gone.
    async fn surely_gone(&self, id: GuestId) -> Result<(), OrgError> {
        match self.client.guest(self.lane, id).await {
            Ok(_) => {
                let why = format!(
                    "the org's list leaves guest {id} out, and the org has this guest when it is asked for alone"
                );
                let failure = Failure::new(FailureCode::Incomplete, why.clone());
                *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
                Err(OrgError::Retry { why, after: None, perhaps_done: false })
            }
            Err(genesys::Error::NotFound(_)) => Ok(()),
            Err(error) => Err(self.noted(error)),
        }
    }

    fn noted(&self, error: genesys::Error) -> OrgError {
        let answer = org_error(&error);
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.into());
        answer
    }
}

/// Those of at most 100 guests whom the org lists, by age alone or among the matches of a filter. Whoever is not in a short
/// answer is asked for again: somebody is told as not there only by an empty answer of which the org counts nothing.
async fn listed_among(
    client: &Client,
    lane: Lane,
    ids: &[GuestId],
    filter: Option<&Filter>,
) -> Result<HashMap<GuestId, Guest>, genesys::Error> {
    let mut left = Left::new(ids);
    let mut found = HashMap::new();
    while let Some(those) = ids_filter(left.ids()) {
        let filter = match filter {
            Some(filter) => those.and(filter.clone()),
            None => those,
        };
        let list = ListGuests {
            filter: Some(filter),
            page_size: PAGE,
            page_number: 1,
            sort: Sort::default(),
            expand_attributes: false,
        };
        let page = client.list_guests(lane, &list).await?;
        if page.guests.is_empty() && page.total == 0 {
            break;
        }
        if let Some((met, missing)) = left.without(page.guests.iter().map(|guest| guest.id), page.total) {
            return Err(genesys::Error::Incomplete { call: "list guests", met, missing });
        }
        found.extend(page.guests.into_iter().map(|guest| (guest.id, guest)));
    }
    found.retain(|id, _| ids.contains(id));
    Ok(found)
}

/// Those whom no answer has named yet.
struct Left {
    ids: Vec<GuestId>,
    idle: u32,
    met: u64,
}

impl Left {
    fn new(ids: &[GuestId]) -> Self {
        Self { ids: ids.to_vec(), idle: 0, met: 0 }
    }

    fn ids(&self) -> &[GuestId] {
        &self.ids
    }

    /// Takes those out whom an answer names. An org that counts others and names nobody, again and again, is not believed:
    /// then how many were named in all, and how many may be missing.
    fn without(&mut self, named: impl Iterator<Item = GuestId>, counted: u64) -> Option<(u64, u64)> {
        let named: HashSet<GuestId> = named.collect();
        let before = self.ids.len();
        self.ids.retain(|id| !named.contains(id));
        let fewer = before - self.ids.len();
        self.met += fewer as u64;
        self.idle = if fewer == 0 { self.idle + 1 } else { 0 };
        (self.idle >= ASKS).then(|| (self.met, counted.max(1)))
    }
}

fn ids_filter(ids: &[GuestId]) -> Option<Filter> {
    Filter::any_of(Field::Id, ids.iter().map(ToString::to_string))
}

/// The conversations of these guests that still take messages.
pub(crate) fn open_conversations_of(guests: Filter) -> Filter {
    guests
        .and(Filter::equals(Field::ConversationType, "webchat"))
        .and(Filter::equals(Field::ConversationState, "active"))
}

/// Which of at most 100 guests have an open conversation. Whoever is not in an answer is asked for again, until an answer is
/// empty and counts nothing: a short one hides nobody.
pub(crate) async fn with_open_conversation(
    client: &Client,
    lane: Lane,
    ids: &[GuestId],
) -> Result<HashSet<GuestId>, genesys::Error> {
    let mut left = Left::new(ids);
    while let Some(guests) =
        Filter::any_of(Field::GuestIdOfConversation, left.ids().iter().map(ToString::to_string))
    {
        let page = client.conversations(lane, &open_conversations_of(guests), PAGE, 1).await?;
        if page.conversations.is_empty() && page.total == 0 {
            break;
        }
        let named = page.conversations.iter().map(|c| c.guest_id);
        if let Some((met, missing)) = left.without(named, page.total) {
            return Err(genesys::Error::Incomplete { call: "find conversations", met, missing });
        }
    }
    let without: HashSet<GuestId> = left.ids.into_iter().collect();
    Ok(ids.iter().copied().filter(|id| !without.contains(id)).collect())
}

#[async_trait]
impl OrgPort for RetentionOrg {
    /// Keyset, never a page number: everything after the cursor is `createdTime` later, or equal with a later id.
    async fn page(&self, query: &Filter, span: Span<Cursor>) -> Result<Listed, OrgError> {
        let place = |cursor: Cursor| (Some(cursor.created_time), cursor.id);
        let span = Span { after: span.after.map(place), until: span.until.map(place) };
        let list = ListGuests {
            filter: Some(match span_filter(Sort::default(), &span) {
                Some(within) => query.clone().and(within),
                None => query.clone(),
            }),
            page_size: PAGE,
            page_number: 1,
            sort: Sort::default(),
            expand_attributes: false,
        };
        let page = self.client.list_guests(self.lane, &list).await.map_err(|e| self.noted(e))?;
        Ok(Listed { guests: page.guests, total: page.total })
    }

    async fn relist(&self, ids: &[GuestId]) -> Result<Vec<Guest>, OrgError> {
        let found = listed_among(&self.client, self.lane, ids, None).await.map_err(|e| self.noted(e))?;
        for id in ids.iter().filter(|id| !found.contains_key(*id)) {
            self.surely_gone(*id).await?;
        }
        Ok(found.into_values().collect())
    }

    async fn with_open_conversation(&self, ids: &[GuestId]) -> Result<HashSet<GuestId>, OrgError> {
        with_open_conversation(&self.client, self.lane, ids).await.map_err(|e| self.noted(e))
    }

    async fn matching(&self, ids: &[GuestId], filter: &Filter) -> Result<HashSet<GuestId>, OrgError> {
        let mut matching = HashSet::new();
        // A long filter beside a hundred ids would not fit the address line of a request.
        for (part, _) in retention::id_chunks(ids, filter) {
            let found = listed_among(&self.client, self.lane, part, Some(filter)).await;
            matching.extend(found.map_err(|e| self.noted(e))?.into_keys());
        }
        Ok(matching)
    }

    fn with_undelivered(&self, ids: &[GuestId]) -> HashSet<GuestId> {
        ids.iter().filter(|id| self.outbox.undelivered_for(id)).copied().collect()
    }

    fn holds(&self) -> HoldSet {
        self.holds.now()
    }

    fn org_time(&self) -> Option<DateTime<Utc>> {
        (self.org_clock == OrgClock::Compared).then(|| self.client.org_time()).flatten()
    }

    /// A hold or a message may come while the delete waits for the rate budget: then it does not leave, and the run
    /// looks again.
    async fn delete(&self, id: GuestId, version: u64) -> Result<Removed, OrgError> {
        let wanted = || !self.holds.now().names(id) && !self.outbox.undelivered_for(&id);
        match self.client.delete_guest_while(self.lane, id, Some(version), &wanted).await {
            Ok(Deletion::Told) => Ok(Removed::Deleted),
            Ok(Deletion::Inferred) => Ok(Removed::Inferred),
            Err(error @ genesys::Error::Withdrawn { .. }) => {
                Err(OrgError::Retry { why: error.to_string(), after: None, perhaps_done: false })
            }
            Err(genesys::Error::NotFound(_)) => Ok(Removed::AlreadyGone),
            Err(genesys::Error::Conflict(_)) => Ok(Removed::Changed),
            Err(error) => Err(self.noted(error)),
        }
    }
}

fn org_error(error: &genesys::Error) -> OrgError {
    use genesys::Error as E;
    let why = org_errors::words(error);
    match error {
        E::CredentialsRejected(_) | E::Forbidden { .. } => OrgError::Stop { why },
        E::Invalid { .. } => OrgError::Failed { why },
        _ => OrgError::Retry { why, after: error.retry_after(), perhaps_done: error.perhaps_processed() },
    }
}

/// Names for a few ids, for people to look at; those that are gone are left out.
pub(crate) async fn names(
    client: &Client,
    ids: &[GuestId],
) -> Result<HashMap<GuestId, Guest>, genesys::Error> {
    listed_among(client, Lane::Person, ids, None).await
}

impl App {
    /// What asks the org for retention, with the holds of this org.
    pub(crate) fn eraser(&self, lane: Lane) -> Result<RetentionOrg, Failure> {
        let holds = Arc::clone(self.0.retention.holds()?);
        let eraser = RetentionOrg::new(self.0.client.clone(), self.0.outbox.clone(), holds, lane);
        Ok(eraser.by_clock(self.0.org_clock))
    }
}
