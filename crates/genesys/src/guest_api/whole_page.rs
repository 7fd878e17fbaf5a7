//! One page as it should be: where the org hands out fewer rows than the page has, the others are asked for.

use std::{collections::HashSet, hash::Hash};

use model::{Filter, Guest};

use super::{ConversationPage, GuestPage, ListGuests, MAX_PAGE};
use crate::{Client, Error, Lane};

/// Asks in a row that bring no further row, before the rows are given up.
const ASKS: u32 = 3;

impl Client {
    /// As [`Client::list_guests`], for whoever shows the page or counts on it: rows that the org held back are asked for by
    /// smaller pages.
    ///
    /// # Errors
    /// As there, and [`Error::Incomplete`] when the org counts rows on this page that it does not hand out.
    pub async fn whole_page(&self, lane: Lane, list: &ListGuests) -> Result<GuestPage, Error> {
        let ask = async |page_size, page_number| {
            let page = self.list_guests(lane, &ListGuests { page_size, page_number, ..list.clone() }).await?;
            Ok((page.guests, page.total))
        };
        let (size, number) = (list.page_size.clamp(1, MAX_PAGE), list.page_number.max(1));
        let (guests, total) = whole("list guests", size, number, ask, |guest: &Guest| guest.id).await?;
        let page_count = total.div_ceil(size.into());
        Ok(GuestPage { guests, total, page_count, page_number: number, page_size: size })
    }

    /// As [`Client::conversations`], whole in the same way.
    ///
    /// # Errors
    /// As there, and [`Error::Incomplete`].
    pub async fn whole_conversations(
        &self,
        lane: Lane,
        filter: &Filter,
        page_size: u32,
    ) -> Result<ConversationPage, Error> {
        let ask = async |page_size, page_number| {
            let page = self.conversations(lane, filter, page_size, page_number).await?;
            Ok((page.conversations, page.total))
        };
        let size = page_size.clamp(1, MAX_PAGE);
        let (conversations, total) = whole("find conversations", size, 1, ask, |c| c.id.clone()).await?;
        Ok(ConversationPage { conversations, total })
    }
}

async fn whole<T, I: Eq + Hash>(
    call: &'static str,
    size: u32,
    number: u32,
    ask: impl AsyncFn(u32, u32) -> Result<(Vec<T>, u64), Error>,
    id: impl Fn(&T) -> I,
) -> Result<(Vec<T>, u64), Error> {
    let from = u64::from(number - 1) * u64::from(size);
    let (mut rows, mut total) = ask(size, number).await?;
    let mut known: HashSet<I> = rows.iter().map(&id).collect();
    let mut most = if rows.is_empty() { size } else { u32::try_from(rows.len()).unwrap_or(size).min(size) };
    let mut idle = 0;
    loop {
        let due = u64::from(size).min(total.saturating_sub(from));
        let have = rows.len() as u64;
        if have >= due {
            return Ok((rows, total));
        }
        if idle == ASKS {
            return Err(Error::Incomplete { call, met: have, missing: due - have });
        }
        // The page of the greatest size handed out so far that has the place after the last row.
        let at = from + have;
        let (before, skip) = (at / u64::from(most), at % u64::from(most));
        let (more, counted) = ask(most, u32::try_from(before + 1).unwrap_or(u32::MAX)).await?;
        total = counted;
        if let Ok(handed_out @ 1..) = u32::try_from(more.len()) {
            most = most.min(handed_out);
        }
        let room = usize::try_from(due - have).unwrap_or_default();
        let new: Vec<T> = more
            .into_iter()
            .skip(usize::try_from(skip).unwrap_or_default())
            .filter(|row| known.insert(id(row)))
            .take(room)
            .collect();
        idle = if new.is_empty() { idle + 1 } else { 0 };
        rows.extend(new);
    }
}
