use chrono::{DateTime, Utc};
use model::{AgeClock, Field, Filter, Guest, RetentionPolicy};
use tokio::time::sleep;

use crate::{Cursor, EraseError, Eraser, Error, PAGE, patience};

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

/// A walk over every match by keyset on (createdTime, id): guests that vanish or arrive behind it move nothing.
pub(crate) struct Walk<'a> {
    eraser: &'a dyn Eraser,
    query: Filter,
    after: Option<Cursor>,
    ended: bool,
}

impl<'a> Walk<'a> {
    pub fn new(eraser: &'a dyn Eraser, query: Filter) -> Self {
        Self { eraser, query, after: None, ended: false }
    }

    /// The next page, empty at the end. Asks up to `asks` times.
    pub async fn page(&mut self, asks: u32) -> Result<Vec<Guest>, Error> {
        if self.ended {
            return Ok(Vec::new());
        }
        let ask = || self.eraser.page(&self.query, self.after);
        let guests =
            patiently(asks, ask).await.map_err(|e| Error::Org { doing: "list the guests", source: e })?;
        if guests.len() > PAGE {
            return Err(Error::PageOrder);
        }
        for guest in &guests {
            let here = Cursor::from(guest);
            if self.after.is_some_and(|before| before >= here) {
                return Err(Error::PageOrder);
            }
            self.after = Some(here);
        }
        self.ended = guests.len() < PAGE;
        Ok(guests)
    }
}

/// Asks again while the org says that this is worth it.
pub(crate) async fn patiently<T, F>(most: u32, ask: impl Fn() -> F) -> Result<T, EraseError>
where
    F: Future<Output = Result<T, EraseError>>,
{
    let mut asks = 0;
    loop {
        asks += 1;
        match ask().await {
            Err(EraseError::Retry { after, .. }) if asks < most => {
                sleep(patience::pause(asks, after, 0)).await;
            }
            answer => return answer,
        }
    }
}
