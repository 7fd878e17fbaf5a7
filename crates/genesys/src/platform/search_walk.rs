//! Every contact that the org finds by a text, up to the ceiling of its searches.

use std::collections::HashSet;

use async_trait::async_trait;
use model::{GuestId, Selection};

use super::{
    Platform,
    limits::{LIMITS, SEARCH_CEILING},
};
use crate::{
    pipeline::{Error, Lane},
    ports::{PageAt, Walk, WalkPage},
};

/// Contacts a page: ten pages come to the ceiling.
const PAGE: u32 = LIMITS.guests_page;

/// A walk over the pages of a search.
pub(super) struct SearchWalk {
    api: Platform,
    lane: Lane,
    text: String,
    selection: Option<Selection>,
    /// The next page; 0 at the end.
    page: u32,
    met: HashSet<GuestId>,
    total: u64,
    partial: bool,
    told: bool,
}

impl SearchWalk {
    pub fn new(api: Platform, lane: Lane, text: String, selection: Option<Selection>) -> Self {
        let met = HashSet::new();
        Self { api, lane, text, selection, page: 1, met, total: 0, partial: false, told: false }
    }
}

#[async_trait]
impl Walk for SearchWalk {
    async fn next_page(&mut self) -> Result<Option<WalkPage>, Error> {
        while self.page > 0 {
            let at = PageAt { number: self.page, size: PAGE };
            let found = self.api.list_page(self.lane, Some(&self.text), at).await?;
            self.total = self.total.max(found.total.unwrap_or_default());
            self.partial |= found.partial;
            let is_last = found.guests.is_empty() || self.page * PAGE >= SEARCH_CEILING;
            let mut guests = found.guests;
            guests.retain(|guest| self.met.insert(guest.id));
            let is_whole = self.total > 0 && self.met.len() as u64 >= self.total;
            self.page = if is_last || is_whole { 0 } else { self.page + 1 };
            guests.retain(|guest| self.selection.as_ref().is_none_or(|only| only.matches(guest)));
            if !guests.is_empty() {
                return Ok(Some(WalkPage { guests, cursor: None }));
            }
        }
        match self.missing() {
            0 => Ok(None),
            _ if std::mem::replace(&mut self.told, true) => Ok(None),
            missing => {
                Err(Error::Incomplete { call: "search contacts", met: self.met.len() as u64, missing })
            }
        }
    }

    /// Below the ceiling, what the org counts and did not hand out, or says that it left out.
    fn missing(&self) -> u64 {
        if self.page > 0 || self.total > u64::from(SEARCH_CEILING) {
            return 0;
        }
        self.total.saturating_sub(self.met.len() as u64).max(u64::from(self.partial))
    }

    fn cut_at(&self) -> Option<u64> {
        (self.page == 0 && self.total > u64::from(SEARCH_CEILING)).then_some(self.met.len() as u64)
    }
}
