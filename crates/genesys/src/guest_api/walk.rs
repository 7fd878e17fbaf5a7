//! A walk over every guest that matches, page by page, however many there are.

use std::hash::{DefaultHasher, Hash, Hasher};

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
use model::{Field, Guest, GuestId, KeysetWalk, ScanCursor, Selection, Span, Step, Value};

use super::{
    GuestApi, MAX_PAGE,
    guests::{GuestPage, ListGuests},
    numbered_walk::{Next, NumberedWalk, Row},
};
use crate::{
    pipeline::{Error, Lane, Sent},
    ports::{Sort, SortField, Walk, WalkPage},
};

/// A guest's place in an order that never changes: by `createdTime` and `id`, or by `id` alone.
type Place = (Option<DateTime<Utc>>, GuestId);

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
    stage: Stage,
    met: u64,
    missing: u64,
}

#[derive(Debug)]
enum Stage {
    /// By page number, before the first page: it is asked who changed last.
    Begin,
    ByNumber(Box<NumberedWalk<GuestId, Guest>>, Option<DateTime<Utc>>),
    ByKey(Box<ByKey>),
    Over,
}

#[derive(Debug)]
struct ByKey {
    walk: KeysetWalk<Place, Guest>,
    list: ListGuests,
    /// A walk by page number, after which this one goes over those who changed since: who was met is not met again.
    met: Option<NumberedWalk<GuestId, Guest>>,
}

impl Stage {
    fn by_key(list: ListGuests, after: Option<Place>, met: Option<NumberedWalk<GuestId, Guest>>) -> Self {
        let size = list.page_size.clamp(1, MAX_PAGE) as usize;
        let walk = KeysetWalk::new(size, list.sort.descending, after);
        Self::ByKey(Box::new(ByKey { walk, list, met }))
    }
}

impl GuestWalk {
    fn new(api: GuestApi, lane: Lane, list: ListGuests, after: Option<Place>) -> Self {
        let list = ListGuests { page_number: 1, ..list };
        let stage =
            if is_by_key(list.sort) { Stage::by_key(list.clone(), after, None) } else { Stage::Begin };
        Self { api, lane, list, stage, met: 0, missing: 0 }
    }

    /// The place after the last of these guests, which the walk has handed out; `None` where it goes by page number.
    fn cursor(&self, guests: &[Guest]) -> Option<ScanCursor> {
        let last = guests.last().filter(|_| is_by_key(self.list.sort))?;
        let created = last.created_time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        Some(ScanCursor::new(format!("{created} {}", last.id)))
    }

    fn over(&mut self) -> Result<Option<WalkPage>, Error> {
        self.stage = Stage::Over;
        match self.missing {
            0 => Ok(None),
            missing => Err(Error::Incomplete { call: "list guests", met: self.met, missing }),
        }
    }
}

#[async_trait]
impl Walk for GuestWalk {
    async fn next_page(&mut self) -> Result<Option<WalkPage>, Error> {
        loop {
            let guests = match &mut self.stage {
                Stage::Over => return Ok(None),
                Stage::Begin => {
                    let sort = Sort { field: SortField::ModifiedTime, descending: true };
                    let newest =
                        ListGuests { page_size: 1, sort, expand_attributes: false, ..self.list.clone() };
                    let newest = self.api.list_guests(self.lane, &newest).await?;
                    let since = newest.guests.first().map(|guest| guest.modified_time);
                    let size = self.list.page_size.clamp(SMALLEST_PAGE, MAX_PAGE);
                    self.stage = Stage::ByNumber(Box::new(NumberedWalk::new(size)), since);
                    continue;
                }
                Stage::ByNumber(walk, since) => match walk.next() {
                    Next::Page(guests) => guests,
                    Next::End => {
                        self.missing = walk.missing();
                        // Where nobody matched when it began, whoever matches now has come since.
                        let Some(since) = *since else { return self.over() };
                        let met = std::mem::replace(walk.as_mut(), NumberedWalk::new(1));
                        self.stage = Stage::by_key(changed(&self.list, since, &met), None, Some(met));
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
                Stage::ByKey(keys) => match keys.walk.step() {
                    Step::Page(mut guests) => {
                        guests.retain(|guest| keys.met.as_ref().is_none_or(|met| !met.knows(&guest.id)));
                        guests
                    }
                    Step::End => {
                        self.missing = self.missing.saturating_add(keys.walk.missing());
                        return self.over();
                    }
                    Step::Ask(span) => {
                        let filter = both(keys.list.filter.clone(), span_filter(keys.list.sort, &span));
                        let list = ListGuests { filter, ..keys.list.clone() };
                        let page = self.api.list_guests(self.lane, &list).await?;
                        told(&mut keys.walk, page, keys.list.sort)?;
                        continue;
                    }
                },
            };
            if !guests.is_empty() {
                self.met += guests.len() as u64;
                return Ok(Some(WalkPage { cursor: self.cursor(&guests), guests }));
            }
        }
    }

    fn missing(&self) -> u64 {
        match &self.stage {
            Stage::ByKey(keys) => self.missing.saturating_add(keys.walk.missing()),
            Stage::ByNumber(walk, _) => walk.missing(),
            Stage::Begin | Stage::Over => self.missing,
        }
    }
}

fn is_by_key(sort: Sort) -> bool {
    matches!(sort.field, SortField::CreatedTime | SortField::Id)
}

/// Those of the list who changed since: at that very moment too, unless the walk no longer knows whom it met then.
fn changed(list: &ListGuests, since: DateTime<Utc>, met: &NumberedWalk<GuestId, Guest>) -> ListGuests {
    let later = Selection::greater(Field::ModifiedTime, since);
    let since = if met.forgot() { later } else { later.or(Selection::equals(Field::ModifiedTime, since)) };
    ListGuests { filter: both(list.filter.clone(), Some(since)), sort: Sort::default(), ..list.clone() }
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
    let side = |(created, id): Place, is_after: bool| {
        let beyond = |field, key: Value| match is_after == sort.descending {
            true => Selection::less(field, key),
            false => Selection::greater(field, key),
        };
        let id = id.to_string();
        let by_id = beyond(Field::Id, id.clone().into());
        // The row that a span ends with belongs to it; the one that it begins after does not.
        let by_id = if is_after { by_id } else { by_id.or(Selection::equals(Field::Id, id)) };
        match created {
            None => by_id,
            Some(created) => {
                beyond(Field::CreatedTime, created.into())
                    .or(Selection::equals(Field::CreatedTime, created).and(by_id))
            }
        }
    };
    both(span.after.map(|place| side(place, true)), span.until.map(|place| side(place, false)))
}

impl GuestApi {
    /// A walk over every guest that matches, in the order of `list` from its first guest; its page number is not
    /// looked at. Scope `guest:read`.
    #[must_use]
    pub fn walk_guests(&self, lane: Lane, list: ListGuests) -> GuestWalk {
        GuestWalk::new(self.clone(), lane, list, None)
    }

    /// The same by age, from where an earlier walk stood; whether its last guest is still there does not matter.
    ///
    /// # Errors
    /// [`Error::CursorExpired`] for a place that no walk of this dialect named.
    pub(super) fn walk_from(
        &self,
        lane: Lane,
        list: ListGuests,
        from: &ScanCursor,
    ) -> Result<GuestWalk, Error> {
        let place = from.as_str().split_once(' ').and_then(|(created, id)| {
            let created = DateTime::parse_from_rfc3339(created).ok()?;
            Some((Some(created.with_timezone(&Utc)), id.parse().ok()?))
        });
        let after = place.ok_or(Error::CursorExpired { call: "list guests" })?;
        Ok(GuestWalk::new(self.clone(), lane, list, Some(after)))
    }
}
