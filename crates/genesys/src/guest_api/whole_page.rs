//! One page as it should be: where the org hands out fewer rows than the page has, the others are asked for.

use std::{collections::HashSet, hash::Hash};

use model::{ConversationId, Guest, GuestId, Selection};

use super::{ConversationPage, GuestApi, GuestPage, ListGuests, MAX_PAGE};
use crate::pipeline::{Error, Lane};

/// Asks in a row that bring no further row, before the rows are given up.
const ASKS: u32 = 3;

impl GuestApi {
    /// As [`GuestApi::list_guests`], for whoever shows the page or counts on it: rows that the org held back are asked for by
    /// smaller pages.
    ///
    /// # Errors
    /// As there, and [`Error::Incomplete`] when the org counts rows on this page that it does not hand out.
    pub async fn whole_page(&self, lane: Lane, list: &ListGuests) -> Result<GuestPage, Error> {
        let (size, number) = (list.page_size.clamp(1, MAX_PAGE), list.page_number.max(1));
        let mut page = Filling::<GuestId, Guest>::new("list guests", size, number);
        while let Some((page_size, page_number)) = page.ask()? {
            let more = self.list_guests(lane, &ListGuests { page_size, page_number, ..list.clone() }).await?;
            page.told(more.guests.into_iter().map(|guest| (guest.id, guest)).collect(), more.total);
        }
        Ok(GuestPage { guests: page.rows, total: page.total })
    }

    /// As [`GuestApi::conversations`], the first page, whole in the same way.
    ///
    /// # Errors
    /// As there, and [`Error::Incomplete`].
    pub async fn whole_conversations(
        &self,
        lane: Lane,
        filter: &Selection,
        page_size: u32,
    ) -> Result<ConversationPage, Error> {
        let mut page =
            Filling::<ConversationId, _>::new("find conversations", page_size.clamp(1, MAX_PAGE), 1);
        while let Some((page_size, page_number)) = page.ask()? {
            let more = self.conversations(lane, filter, page_size, page_number).await?;
            page.told(more.conversations.into_iter().map(|c| (c.id.clone(), c)).collect(), more.total);
        }
        Ok(ConversationPage { conversations: page.rows, total: page.total })
    }
}

/// A page that is being filled up.
struct Filling<I, T> {
    call: &'static str,
    size: u32,
    /// The place of its first row in the whole list.
    from: u64,
    rows: Vec<T>,
    known: HashSet<I>,
    total: u64,
    /// Rows the org hands out of a page.
    most: u32,
    /// Rows of the page asked for last that are there already.
    skip: u64,
    begun: bool,
    idle: u32,
}

impl<I: Eq + Hash, T> Filling<I, T> {
    fn new(call: &'static str, size: u32, number: u32) -> Self {
        let from = u64::from(number - 1) * u64::from(size);
        let (rows, known) = (Vec::new(), HashSet::new());
        Self { call, size, from, rows, known, total: 0, most: size, skip: 0, begun: false, idle: 0 }
    }

    /// Rows that the page should have.
    fn due(&self) -> u64 {
        u64::from(self.size).min(self.total.saturating_sub(self.from))
    }

    /// Size and number of the next page to ask for; `None` when the page is whole.
    fn ask(&mut self) -> Result<Option<(u32, u32)>, Error> {
        let have = self.rows.len() as u64;
        if self.begun && have >= self.due() {
            return Ok(None);
        }
        if self.idle == ASKS {
            return Err(Error::Incomplete { call: self.call, met: have, missing: self.due() - have });
        }
        // The page that has the place after the last row.
        let (at, most) = (self.from + have, u64::from(self.most));
        self.skip = at % most;
        Ok(Some((self.most, u32::try_from(at / most + 1).unwrap_or(u32::MAX))))
    }

    fn told(&mut self, rows: Vec<(I, T)>, total: u64) {
        self.total = total;
        if let Ok(handed_out @ 1..) = u32::try_from(rows.len()) {
            self.most = self.most.min(handed_out);
        }
        let before = self.rows.len();
        for (id, row) in rows.into_iter().skip(usize::try_from(self.skip).unwrap_or_default()) {
            if self.rows.len() < self.size as usize && self.known.insert(id) {
                self.rows.push(row);
            }
        }
        let begins = !std::mem::replace(&mut self.begun, true);
        self.idle = if begins || self.rows.len() > before { 0 } else { self.idle + 1 };
    }
}
