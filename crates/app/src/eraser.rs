use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use genesys::{Client, Deletion, Lane, ListGuests, Sort};
use model::{Field, Filter, Guest, GuestId};
use outbox::Outbox;
use retention::{Cursor, EraseError, Erased, Eraser, HoldSet, Holds};

use crate::{Failure, FailureCode, OrgClock};

/// Guests a call, the org's own limit (`guest-api.md`).
const PAGE: u32 = 100;

/// What retention needs of the org. Plans and runs ask on the bulk lane: it takes what people and deliveries leave of the
/// rate budget.
///
/// Public for `tests/retention` and the benchmark only, which carry plans and runs out through it.
pub struct OrgEraser {
    client: Client,
    outbox: Outbox,
    holds: Arc<Holds>,
    lane: Lane,
    org_clock: OrgClock,
    /// What the org said last when it did not do what was asked; the port itself carries only words.
    failure: Mutex<Option<Failure>>,
}

impl OrgEraser {
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
    pub(crate) fn told(&self, error: &EraseError) -> Failure {
        self.last_failure().unwrap_or_else(|| Failure::new(FailureCode::OrgFailed, error.to_string()))
    }

    fn noted(&self, error: genesys::Error) -> EraseError {
        let answer = erase_error(&error);
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.into());
        answer
    }

    async fn first_page(&self, filter: Filter) -> Result<Vec<Guest>, EraseError> {
        let list = ListGuests {
            filter: Some(filter),
            page_size: PAGE,
            page_number: 1,
            sort: Sort::default(),
            expand_attributes: false,
        };
        Ok(self.client.list_guests(self.lane, &list).await.map_err(|e| self.noted(e))?.guests)
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

/// Which of at most 100 guests have an open conversation. One conversation a guest may be open, so 100 a page suffice;
/// should there be more, the following pages are read too.
pub(crate) async fn with_open_conversation(
    client: &Client,
    lane: Lane,
    ids: &[GuestId],
) -> Result<HashSet<GuestId>, genesys::Error> {
    let Some(guests) = Filter::any_of(Field::GuestIdOfConversation, ids.iter().map(ToString::to_string))
    else {
        return Ok(HashSet::new());
    };
    let open = open_conversations_of(guests);
    let mut found = HashSet::new();
    for number in 1.. {
        let page = client.conversations(lane, &open, PAGE, number).await?;
        let full = page.conversations.len() == PAGE as usize;
        found.extend(page.conversations.into_iter().map(|c| c.guest_id));
        if !full {
            break;
        }
    }
    Ok(found)
}

#[async_trait]
impl Eraser for OrgEraser {
    /// Keyset, never a page number: everything after the cursor is `createdTime` later, or equal with a later id.
    async fn page(&self, query: &Filter, after: Option<Cursor>) -> Result<Vec<Guest>, EraseError> {
        let filter = match after {
            None => query.clone(),
            Some(Cursor { created_time, id }) => query.clone().and(
                Filter::greater(Field::CreatedTime, created_time).or(Filter::equals(
                    Field::CreatedTime,
                    created_time,
                )
                .and(Filter::greater(Field::Id, id.to_string()))),
            ),
        };
        self.first_page(filter).await
    }

    async fn relist(&self, ids: &[GuestId]) -> Result<Vec<Guest>, EraseError> {
        match ids_filter(ids) {
            Some(filter) => self.first_page(filter).await,
            None => Ok(Vec::new()),
        }
    }

    async fn with_open_conversation(&self, ids: &[GuestId]) -> Result<HashSet<GuestId>, EraseError> {
        with_open_conversation(&self.client, self.lane, ids).await.map_err(|e| self.noted(e))
    }

    async fn matching(&self, ids: &[GuestId], filter: &Filter) -> Result<HashSet<GuestId>, EraseError> {
        let mut matching = HashSet::new();
        // A long filter beside a hundred ids would not fit the address line of a request.
        for (_, question) in retention::questions(ids, filter) {
            matching.extend(self.first_page(question).await?.into_iter().map(|g| g.id));
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
    async fn delete(&self, id: GuestId, version: u64) -> Result<Erased, EraseError> {
        let wanted = || !self.holds.now().names(id) && !self.outbox.undelivered_for(&id);
        match self.client.delete_guest_while(self.lane, id, Some(version), &wanted).await {
            Ok(Deletion::Told) => Ok(Erased::Deleted),
            Ok(Deletion::Inferred) => Ok(Erased::Inferred),
            Err(error @ genesys::Error::Withdrawn { .. }) => {
                Err(EraseError::Retry { why: error.to_string(), after: None, perhaps_done: false })
            }
            Err(genesys::Error::NotFound(_)) => Ok(Erased::AlreadyGone),
            Err(genesys::Error::Conflict(_)) => Ok(Erased::Changed),
            Err(error) => Err(self.noted(error)),
        }
    }
}

fn erase_error(error: &genesys::Error) -> EraseError {
    use genesys::Error as E;
    let why = error.to_string();
    match error {
        E::CredentialsRejected(_) | E::Forbidden { .. } => EraseError::Stop { why },
        E::Invalid { .. } => EraseError::Failed { why },
        _ => EraseError::Retry { why, after: error.retry_after(), perhaps_done: error.perhaps_processed() },
    }
}

/// Names for a few ids, for people to look at; those that are gone are left out.
pub(crate) async fn names(
    client: &Client,
    ids: &[GuestId],
) -> Result<HashMap<GuestId, Guest>, genesys::Error> {
    let Some(filter) = ids_filter(ids) else { return Ok(HashMap::new()) };
    let list = ListGuests {
        filter: Some(filter),
        page_size: PAGE,
        page_number: 1,
        sort: Sort::default(),
        expand_attributes: false,
    };
    Ok(client.list_guests(Lane::Person, &list).await?.guests.into_iter().map(|g| (g.id, g)).collect())
}
