//! A walk over every guest that matches, page by page, however many there are.

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
};

use chrono::{DateTime, SecondsFormat, Utc};
use model::{Field, Guest, GuestId, KeysetWalk, ScanCursor, Selection, Span, Step, Value};

use super::{
    GuestApi,
    guests::{GuestPage, ListGuests},
    numbered_walk::{Next, NumberedWalk, Row},
};
use crate::{
    pipeline::{Error, Lane, Sent},
    ports::{Sort, SortField},
};

/// A guest's place in an order that never changes: by `createdTime` and `id`, or by `id` alone.
pub type Place = (Option<DateTime<Utc>>, GuestId);

/// Pages of a walk by page number are never smaller: pages this small have boundaries that no other page reaches across.
const SMALLEST_PAGE: u32 = 20;

/// A walk over every match; it holds no guests but those of the last two pages.
///
/// Sorted by `createdTime` or `id` (which never change) it goes by keyset, see [`KeysetWalk`]: guests who come or go
/// meanwhile make it miss nobody and meet nobody twice. Guests who come behind it are not met.
///
/// Sorted otherwise it goes by page number, see [`NumberedWalk`], and at the end over those who changed since it began, since
/// a change may have moved them to where the walk had been. Whoever did not change is met once. Whoever changed is met at
/// least once; a second time only where more guests were met than the walk remembers.
#[derive(Debug)]
pub struct GuestWalk {
    api: GuestApi,
    lane: Lane,
    list: ListGuests,
    way: Way,
    met: u64,
    missing: u64,
}

#[derive(Debug)]
enum Way {
    ByKey(KeysetWalk<Place, Guest>),
    /// By page number; before its first page it is asked who changed last.
    Begin,
    ByNumber(NumberedWalk<GuestId, Guest>, Option<DateTime<Utc>>),
    /// Those who changed since the walk began.
    Changed(Box<Changed>),
    Over,
}

#[derive(Debug)]
struct Changed {
    walk: KeysetWalk<Place, Guest>,
    met: NumberedWalk<GuestId, Guest>,
    since: DateTime<Utc>,
}

impl GuestWalk {
    fn new(api: GuestApi, lane: Lane, list: ListGuests) -> Self {
        let list = ListGuests { page_number: 1, ..list };
        let way = if by_key(list.sort) { Way::ByKey(keyset(&list, list.sort, None)) } else { Way::Begin };
        Self { api, lane, list, way, met: 0, missing: 0 }
    }

    /// The place after the last of these guests, which the walk has handed out; `None` where it goes by page number.
    pub(super) fn cursor(&self, guests: &[Guest]) -> Option<ScanCursor> {
        let last = guests.last().filter(|_| by_key(self.list.sort))?;
        let created = last.created_time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        Some(ScanCursor::new(format!("{created} {}", last.id)))
    }

    /// Begins where an earlier walk in the same order stood.
    ///
    /// # Errors
    /// [`Error::CursorExpired`] for one that no walk of this dialect made.
    pub(super) fn resumed(self, from: &ScanCursor) -> Result<Self, Error> {
        let place = from.as_str().split_once(' ').and_then(|(created, id)| {
            let created = DateTime::parse_from_rfc3339(created).ok()?;
            Some((created.with_timezone(&Utc), id.parse().ok()?))
        });
        let (created, id) = place.ok_or(Error::CursorExpired { call: "list guests" })?;
        Ok(self.after(created, id))
    }

    /// Begins after this guest, where an earlier walk in the same order stopped; whether the guest is still there does
    /// not matter. Sorted otherwise than by `createdTime` or `id` it begins at the first guest all the same.
    #[must_use]
    pub fn after(mut self, created_time: DateTime<Utc>, id: GuestId) -> Self {
        if let Way::ByKey(walk) = &mut self.way {
            let created_time = (self.list.sort.field == SortField::CreatedTime).then_some(created_time);
            *walk = keyset(&self.list, self.list.sort, Some((created_time, id)));
        }
        self
    }

    /// The next page; `None` when all were met. After an error the same page is asked for again; dropping the future
    /// gives the call up and loses no guest either.
    ///
    /// # Errors
    /// As [`GuestApi::list_guests`]; [`Error::BadAnswer`] when the org does not keep the order it was asked for; and after
    /// the last page, once, [`Error::Incomplete`] when it counts guests that it did not hand out.
    pub async fn next_page(&mut self) -> Result<Option<Vec<Guest>>, Error> {
        loop {
            let page = match &mut self.way {
                Way::Over => return Ok(None),
                Way::Begin => {
                    let newest = Sort { field: SortField::ModifiedTime, descending: true };
                    let newest = ListGuests {
                        page_size: 1,
                        sort: newest,
                        expand_attributes: false,
                        ..self.list.clone()
                    };
                    let newest = self.api.list_guests(self.lane, &newest).await?;
                    let since = newest.guests.first().map(|guest| guest.modified_time);
                    let size = self.list.page_size.clamp(SMALLEST_PAGE, super::MAX_PAGE);
                    self.way = Way::ByNumber(NumberedWalk::new(size), since);
                    continue;
                }
                Way::ByKey(walk) => match walk.step() {
                    Step::Page(guests) => guests,
                    Step::End => {
                        self.missing = walk.missing();
                        return self.over();
                    }
                    Step::Ask(span) => {
                        let list = within(&self.list, self.list.sort, &span);
                        let page = self.api.list_guests(self.lane, &list).await?;
                        told(walk, page, self.list.sort)?;
                        continue;
                    }
                },
                Way::ByNumber(walk, since) => match walk.next() {
                    Next::Page(guests) => guests,
                    Next::End => {
                        self.missing = walk.missing();
                        // Where nobody matched when it began, whoever matches now has come since.
                        let Some(since) = *since else { return self.over() };
                        let met = std::mem::replace(walk, NumberedWalk::new(1));
                        let list = changed(&self.list, since, &met);
                        let walk = keyset(&list, list.sort, None);
                        self.way = Way::Changed(Box::new(Changed { walk, met, since }));
                        continue;
                    }
                    Next::Ask { page_size, page_number } => {
                        let list = ListGuests { page_size, page_number, ..self.list.clone() };
                        let page = self.api.list_guests(self.lane, &list).await?;
                        let sort = self.list.sort.field;
                        let row = |row: Guest| Row { id: row.id, key: key(sort, &row), row };
                        walk.told(page.guests.into_iter().map(row).collect(), page.total);
                        continue;
                    }
                },
                Way::Changed(now) => match now.walk.step() {
                    Step::Page(guests) => guests.into_iter().filter(|g| !now.met.knows(&g.id)).collect(),
                    Step::End => {
                        self.missing = self.missing.saturating_add(now.walk.missing());
                        return self.over();
                    }
                    Step::Ask(span) => {
                        let list = changed(&self.list, now.since, &now.met);
                        let list = within(&list, list.sort, &span);
                        let page = self.api.list_guests(self.lane, &list).await?;
                        told(&mut now.walk, page, list.sort)?;
                        continue;
                    }
                },
            };
            if !page.is_empty() {
                self.met += page.len() as u64;
                return Ok(Some(page));
            }
        }
    }

    fn over(&mut self) -> Result<Option<Vec<Guest>>, Error> {
        self.way = Way::Over;
        match self.missing {
            0 => Ok(None),
            missing => Err(Error::Incomplete { call: "list guests", met: self.met, missing }),
        }
    }

    /// Guests that the org counted and did not hand out, as far as the walk has come.
    #[must_use]
    pub fn missing(&self) -> u64 {
        match &self.way {
            Way::ByKey(walk) => walk.missing(),
            Way::ByNumber(walk, _) => walk.missing(),
            _ => self.missing,
        }
    }
}

fn by_key(sort: Sort) -> bool {
    matches!(sort.field, SortField::CreatedTime | SortField::Id)
}

fn keyset(list: &ListGuests, sort: Sort, after: Option<Place>) -> KeysetWalk<Place, Guest> {
    let size = list.page_size.clamp(1, super::MAX_PAGE);
    KeysetWalk::new(size as usize, sort.descending, after)
}

/// Those of the list who changed since: at that very moment too, unless the walk no longer knows whom it met then.
fn changed(list: &ListGuests, since: DateTime<Utc>, met: &NumberedWalk<GuestId, Guest>) -> ListGuests {
    let later = Selection::greater(Field::ModifiedTime, since);
    let since = if met.forgot() { later } else { later.or(Selection::equals(Field::ModifiedTime, since)) };
    ListGuests { filter: both(list.filter.clone(), Some(since)), sort: Sort::default(), ..list.clone() }
}

/// The first page of the span.
fn within(list: &ListGuests, sort: Sort, span: &Span<Place>) -> ListGuests {
    ListGuests { filter: both(list.filter.clone(), span_filter(sort, span)), page_number: 1, ..list.clone() }
}

fn both(a: Option<Selection>, b: Option<Selection>) -> Option<Selection> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.and(b)),
        (a, b) => a.or(b),
    }
}

fn told(walk: &mut KeysetWalk<Place, Guest>, page: GuestPage, sort: Sort) -> Result<(), Error> {
    let place = |g: &Guest| ((sort.field == SortField::CreatedTime).then_some(g.created_time), g.id);
    let rows = page.guests.into_iter().map(|guest| (place(&guest), guest)).collect();
    walk.told(rows, page.total).map_err(|_| Error::BadAnswer {
        call: "list guests",
        status: 200,
        why: "the guests are not in the order asked for, or more than a page".into(),
        sent: Sent::NotSent,
        correlation_id: None,
        retry_after: None,
    })
}

/// Tells whether a guest still has the place it had.
fn key(sort: SortField, guest: &Guest) -> u64 {
    let mut hash = DefaultHasher::new();
    match sort {
        SortField::Name => guest.name.hash(&mut hash),
        SortField::Email => guest.email.hash(&mut hash),
        SortField::ModifiedTime => guest.modified_time.hash(&mut hash),
        SortField::CreatedTime | SortField::Id => {}
    }
    hash.finish()
}

/// What a filter says of a span in the order of `createdTime` and `id`, or of `id` alone; `None` for the whole list.
fn span_filter(sort: Sort, span: &Span<Place>) -> Option<Selection> {
    let Sort { descending, .. } = sort;
    let past = |field, key: Value| {
        if descending { Selection::less(field, key) } else { Selection::greater(field, key) }
    };
    let before = |field, key: Value| {
        if descending { Selection::greater(field, key) } else { Selection::less(field, key) }
    };
    let after = span.after.map(|(created, id)| {
        let later = past(Field::Id, id.to_string().into());
        match created {
            None => later,
            Some(created) => {
                past(Field::CreatedTime, created.into())
                    .or(Selection::equals(Field::CreatedTime, created).and(later))
            }
        }
    });
    let until = span.until.map(|(created, id)| {
        let id = id.to_string();
        let earlier = before(Field::Id, id.clone().into()).or(Selection::equals(Field::Id, id));
        match created {
            None => earlier,
            Some(created) => {
                before(Field::CreatedTime, created.into())
                    .or(Selection::equals(Field::CreatedTime, created).and(earlier))
            }
        }
    });
    both(after, until)
}

impl GuestApi {
    /// A walk over every guest that matches, in the order of `list` from its first guest; its page number is not
    /// looked at. Scope `guest:read`.
    #[must_use]
    pub fn walk_guests(&self, lane: Lane, list: ListGuests) -> GuestWalk {
        GuestWalk::new(self.clone(), lane, list)
    }
}
