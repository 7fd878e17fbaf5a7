use chrono::{DateTime, Utc};
use model::{AgeClock, Field, Filter, Guest, KeysetWalk, RetentionPolicy, Step};
use tokio::time::sleep;

use crate::{Cursor, Error, Listed, OrgError, OrgPort, PAGE, backoff};

/// What the org is asked for: the policy's filter and older than the cut-off. How many match is how many are due at most.
#[must_use]
pub fn query(policy: &RetentionPolicy, cutoff: DateTime<Utc>) -> Filter {
    let field = match policy.clock {
        AgeClock::Created => Field::CreatedTime,
        AgeClock::LastActivity => Field::ModifiedTime,
    };
    let older = Filter::less(field, cutoff);
    match &policy.filter {
        Some(filter) => filter.clone().and(older),
        None => older,
    }
}

/// A walk over every match by keyset on (createdTime, id): guests that vanish or arrive behind it move nothing, and a short
/// page is not taken for the last (see [`KeysetWalk`]).
pub(crate) struct Walk<'a> {
    org: &'a dyn OrgPort,
    query: Filter,
    walk: KeysetWalk<Cursor, Guest>,
}

impl<'a> Walk<'a> {
    pub fn new(org: &'a dyn OrgPort, query: Filter) -> Self {
        Self { org, query, walk: KeysetWalk::new(PAGE, false, None) }
    }

    /// The next guests, at most [`PAGE`]; none at the end. Asks up to `asks` times.
    ///
    /// # Errors
    /// [`Error::Incomplete`] in place of the end when the org counted guests that it did not hand out.
    pub async fn page(&mut self, asks: u32) -> Result<Vec<Guest>, Error> {
        loop {
            let span = match self.walk.step() {
                Step::Page(guests) => return Ok(guests),
                Step::End => return self.whole().map(|()| Vec::new()),
                Step::Ask(span) => span,
            };
            let Listed { guests, total } = with_retries(asks, || self.org.page(&self.query, span))
                .await
                .map_err(|e| Error::Org { doing: "list the guests", source: e })?;
            let rows = guests.into_iter().map(|guest| (Cursor::from(&guest), guest)).collect();
            self.walk.told(rows, total).map_err(|_| Error::PageOrder)?;
        }
    }

    /// Whether everyone was handed out whom the org counted, as far as the walk has come.
    ///
    /// # Errors
    /// [`Error::Incomplete`].
    pub fn whole(&self) -> Result<(), Error> {
        match self.walk.missing() {
            0 => Ok(()),
            missing => Err(Error::Incomplete { met: self.walk.met(), missing }),
        }
    }
}

/// Asks again while the org says that this is worth it.
pub(crate) async fn with_retries<T, F>(most: u32, ask: impl Fn() -> F) -> Result<T, OrgError>
where
    F: Future<Output = Result<T, OrgError>>,
{
    let mut asks = 0;
    loop {
        asks += 1;
        match ask().await {
            Err(OrgError::Retry { after, .. }) if asks < most => {
                sleep(backoff::pause(asks, after, 0)).await;
            }
            answer => return answer,
        }
    }
}
