//! A walk over every guest that matches, page by page, however many there are.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use futures_util::stream::{self, BoxStream, StreamExt};
use model::{Field, Filter, Guest, GuestId, Value};

use super::guests::{ListGuests, Sort, SortField};
use crate::{Client, Error, Lane, transport::Sent};

/// A walk over every match, one call a page; it holds no guest but those of the page just read.
///
/// Sorted by `createdTime` or `id` (which never change) it goes by keyset: each page begins after the last guest of
/// the one before, so guests who come or go meanwhile make it miss nobody and meet nobody twice, and no ceiling on
/// page numbers ends it early. Guests who come behind it are not met. Sorted otherwise it goes by page number: then
/// changes meanwhile may shift guests over a page's edge.
#[derive(Debug)]
pub struct GuestWalk {
    client: Client,
    lane: Lane,
    list: ListGuests,
    after: Option<(DateTime<Utc>, GuestId)>,
    ended: bool,
}

impl GuestWalk {
    /// Begins after this guest, where an earlier walk in the same order stopped; whether the guest is still there does
    /// not matter. Sorted otherwise than by `createdTime` or `id` it begins at the first guest all the same.
    #[must_use]
    pub fn after(self, created_time: DateTime<Utc>, id: GuestId) -> Self {
        Self { after: Some((created_time, id)), ..self }
    }

    /// The next page; `None` when all were met. After an error the same page is asked for again; dropping the future
    /// gives the call up and loses no guest either.
    ///
    /// # Errors
    /// As [`Client::list_guests`], and [`Error::BadAnswer`] when the org does not keep the order it was asked for.
    pub async fn next_page(&mut self) -> Result<Option<Vec<Guest>>, Error> {
        if self.ended {
            return Ok(None);
        }
        let by_key = matches!(self.list.sort.field, SortField::CreatedTime | SortField::Id);
        let page = if by_key {
            let filter = match (self.list.filter.clone(), self.rest()) {
                (Some(all), Some(rest)) => Some(all.and(rest)),
                (all, rest) => all.or(rest),
            };
            let list = ListGuests { filter, page_number: 1, ..self.list.clone() };
            let page = self.client.list_guests(self.lane, &list).await?;
            self.after = self.in_order(&page.guests)?;
            self.ended = page.guests.len() as u64 >= page.total;
            page
        } else {
            let page = self.client.list_guests(self.lane, &self.list).await?;
            self.ended = u64::from(self.list.page_number) >= page.page_count;
            self.list.page_number = self.list.page_number.saturating_add(1);
            page
        };
        self.ended |= page.guests.is_empty();
        Ok((!page.guests.is_empty()).then_some(page.guests))
    }

    /// Who comes after the last guest met.
    fn rest(&self) -> Option<Filter> {
        let (created, id) = self.after?;
        let Sort { field, descending } = self.list.sort;
        let beyond = |field, key: Value| {
            if descending { Filter::less(field, key) } else { Filter::greater(field, key) }
        };
        let later_id = beyond(Field::Id, id.to_string().into());
        Some(match field {
            SortField::Id => later_id,
            _ => beyond(Field::CreatedTime, created.into())
                .or(Filter::equals(Field::CreatedTime, created).and(later_id)),
        })
    }

    /// The last place of these guests, which must go on in the order asked for: else the walk might never end.
    fn in_order(&self, guests: &[Guest]) -> Result<Option<(DateTime<Utc>, GuestId)>, Error> {
        let Sort { field, descending } = self.list.sort;
        let mut last = self.after;
        for guest in guests {
            let here = (guest.created_time, guest.id);
            let order = last.map_or(Ordering::Less, |(created, id)| match field {
                SortField::Id => id.cmp(&here.1),
                _ => (created, id).cmp(&here),
            });
            if order != if descending && last.is_some() { Ordering::Greater } else { Ordering::Less } {
                return Err(Error::BadAnswer {
                    call: "list guests",
                    status: 200,
                    why: "the guests are not in the order asked for".into(),
                    sent: Sent::NotSent,
                    correlation_id: None,
                });
            }
            last = Some(here);
        }
        Ok(last)
    }
}

impl Client {
    /// A walk over every guest that matches, in the order of `list` from its first guest; its page number is not
    /// looked at. Scope `guest:read`.
    #[must_use]
    pub fn walk_guests(&self, lane: Lane, list: ListGuests) -> GuestWalk {
        let list = ListGuests { page_number: 1, ..list };
        GuestWalk { client: self.clone(), lane, list, after: None, ended: false }
    }

    /// The same as a stream of guests. It holds at most one page, asks for the next one when the last guest of that
    /// was taken, and ends after its first error.
    ///
    /// ```
    /// use futures_util::TryStreamExt;
    /// use genesys::{Client, Error, Lane, ListGuests};
    /// # async fn count(client: Client) -> Result<(), Error> {
    /// let all = client.guests(Lane::Bulk, ListGuests::default());
    /// let n = all.try_fold(0u64, |n, _guest| async move { Ok(n + 1) }).await?;
    /// println!("{n} guests");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Each item's error is that of [`GuestWalk::next_page`].
    pub fn guests(&self, lane: Lane, list: ListGuests) -> BoxStream<'static, Result<Guest, Error>> {
        let walk = Some(self.walk_guests(lane, list));
        let pages = stream::unfold(walk, |walk| async move {
            let mut walk = walk?;
            match walk.next_page().await {
                Ok(page) => page.map(|guests| (Ok(guests), Some(walk))),
                Err(error) => Some((Err(error), None)),
            }
        });
        pages
            .flat_map(|page| {
                let (guests, error) = match page {
                    Ok(guests) => (guests, None),
                    Err(error) => (Vec::new(), Some(Err(error))),
                };
                stream::iter(guests.into_iter().map(Ok).chain(error))
            })
            .boxed()
    }
}
