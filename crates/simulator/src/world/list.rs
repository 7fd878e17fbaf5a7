use std::{cmp::Ordering, ops::Bound};

use uuid::Uuid;

use super::{Guest, World, guest_fields};
use crate::{
    clock::Millis,
    filter::{
        FilterError, Tests, parse,
        range::{Area, Areas},
    },
};

/// A checked guest filter and what the index can answer of it.
pub(crate) struct GuestFilter {
    tests: Option<Tests>,
    areas: Areas,
}

impl GuestFilter {
    /// Every guest.
    pub(crate) fn none() -> Self {
        Self { tests: None, areas: Areas::everything(true) }
    }

    /// # Errors
    /// What is wrong with the text.
    pub(crate) fn new(text: &str) -> Result<Self, FilterError> {
        let tests = Tests::new(parse(text)?, &guest_fields)?;
        Ok(Self { areas: Areas::of(&tests), tests: Some(tests) })
    }

    fn holds(&self, guest: &Guest) -> bool {
        self.tests.as_ref().is_none_or(|tests| tests.hold(guest))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    CreatedTime,
    ModifiedTime,
    Name,
    Email,
    Id,
}

impl Sort {
    pub(crate) fn named(field: &str) -> Option<Self> {
        Some(match field {
            "createdTime" => Self::CreatedTime,
            "modifiedTime" => Self::ModifiedTime,
            "name" => Self::Name,
            "email" => Self::Email,
            "id" => Self::Id,
            _ => return None,
        })
    }

    /// Guests without e-mail come first.
    fn compare(self, a: &Guest, b: &Guest) -> Ordering {
        let by_field = match self {
            Self::CreatedTime => a.created.cmp(&b.created),
            Self::ModifiedTime => a.modified.cmp(&b.modified),
            Self::Name => a.name.cmp(&b.name),
            Self::Email => a.email.cmp(&b.email),
            Self::Id => Ordering::Equal,
        };
        by_field.then(a.id.cmp(&b.id))
    }
}

pub(crate) struct ListGuests {
    pub(crate) filter: GuestFilter,
    pub(crate) sort: Sort,
    /// The exact reverse of ascending, ids of ties too.
    pub(crate) descending: bool,
    pub(crate) skip: usize,
    pub(crate) take: usize,
}

/// From rank to rank, the second excluded.
type Ranks = (usize, usize);

impl World {
    /// One page and how many guests match in all. Never looks at a guest that the index on (createdTime, id)
    /// rules out; counts without looking when the index answers the whole filter.
    pub(crate) fn list(&self, query: &ListGuests) -> (Vec<&Guest>, usize) {
        let (ranks, exact) = self.candidates(&query.filter.areas);
        let candidates: usize = ranks.iter().map(|(from, to)| to - from).sum();
        let everyone = candidates == self.by_created.len();
        let all = || self.pick(self.by_created_in(&ranks), false, query, None);
        match query.sort {
            Sort::CreatedTime if exact => {
                let page = window(&ranks, query, candidates);
                let ids = self.by_created_in(&page);
                let ids = if query.descending { reversed(ids) } else { ids };
                (ids.filter_map(|id| self.guest(id)).collect(), candidates)
            }
            Sort::CreatedTime => self.pick(self.by_created_in(&ranks), query.descending, query, Some(())),
            _ if everyone && exact => {
                let page = window(&[(0, candidates)], query, candidates);
                let (from, to) = page.first().copied().unwrap_or_default();
                let ids = self.sorted_ids(query.sort, from, to);
                let ids = if query.descending { reversed(ids) } else { ids };
                (ids.filter_map(|id| self.guest(id)).collect(), candidates)
            }
            _ if everyone => {
                let ids = self.sorted_ids(query.sort, 0, candidates);
                self.pick(ids, query.descending, query, Some(()))
            }
            sort => {
                let (mut found, total) = all();
                found.sort_unstable_by(|a, b| sort.compare(a, b));
                if query.descending {
                    found.reverse();
                }
                (found.into_iter().skip(query.skip).take(query.take).collect(), total)
            }
        }
    }

    /// The matching guests of these ids and their number; only the page when `page` is set.
    fn pick<'a>(
        &'a self,
        ids: Ids<'a>,
        reverse: bool,
        query: &ListGuests,
        page: Option<()>,
    ) -> (Vec<&'a Guest>, usize) {
        let ids = if reverse { reversed(ids) } else { ids };
        let (mut found, mut total) = (Vec::new(), 0usize);
        for guest in ids.filter_map(|id| self.guest(id)).filter(|g| query.filter.holds(g)) {
            if page.is_none() || (total >= query.skip && found.len() < query.take) {
                found.push(guest);
            }
            total += 1;
        }
        (found, total)
    }

    fn by_created_in<'a>(&'a self, ranks: &[Ranks]) -> Ids<'a> {
        let ranks = ranks.to_vec();
        Box::new(ranks.into_iter().flat_map(|(from, to)| self.by_created.ranks(from, to)).map(|(_, id)| *id))
    }

    fn sorted_ids(&self, sort: Sort, from: usize, to: usize) -> Ids<'_> {
        match sort {
            Sort::CreatedTime => Box::new(self.by_created.ranks(from, to).map(|(_, id)| *id)),
            Sort::ModifiedTime => Box::new(self.by_modified.ranks(from, to).map(|(_, id)| *id)),
            Sort::Name => Box::new(self.by_name.ranks(from, to).map(|(_, id)| *id)),
            Sort::Email => Box::new(self.by_email.ranks(from, to).map(|(_, id)| *id)),
            Sort::Id => Box::new(self.by_id.ranks(from, to).copied()),
        }
    }

    /// Ranks on (createdTime, id), ascending and apart, that hold every guest of the areas; whether they hold no
    /// other.
    fn candidates(&self, areas: &Areas) -> (Vec<Ranks>, bool) {
        let mut exact = areas.exact;
        let mut ranks: Vec<Ranks> = Vec::with_capacity(areas.areas.len());
        for area in &areas.areas {
            let every_id = area.id == Area::ALL.id;
            let (low, high) = if area.id.0 == area.id.1 {
                // One id: the guest's own place, or nothing.
                match self.guest(area.id.0) {
                    Some(g) if (area.created.0..=area.created.1).contains(&g.created) => {
                        ((g.created, g.id), (g.created, g.id))
                    }
                    _ => continue,
                }
            } else if every_id || area.created.0 == area.created.1 {
                ((area.created.0, area.id.0), (area.created.1, area.id.1))
            } else {
                exact = false;
                ((area.created.0, Uuid::nil()), (area.created.1, Uuid::max()))
            };
            ranks.push(self.ranks_between(low, high));
        }
        ranks.retain(|(from, to)| from < to);
        ranks.sort_unstable();
        ranks.dedup_by(|next, kept| {
            let touches = next.0 <= kept.1;
            if touches {
                kept.1 = kept.1.max(next.1);
            }
            touches
        });
        (ranks, exact)
    }

    fn ranks_between(&self, low: (Millis, Uuid), high: (Millis, Uuid)) -> Ranks {
        (self.by_created.rank(Bound::Included(&low)), self.by_created.rank(Bound::Excluded(&high)))
    }
}

type Ids<'a> = Box<dyn DoubleEndedIterator<Item = Uuid> + 'a>;

fn reversed(ids: Ids<'_>) -> Ids<'_> {
    Box::new(ids.rev())
}

/// Cuts the page out of ascending ranks, counted from the end when descending.
fn window(ranks: &[Ranks], query: &ListGuests, total: usize) -> Vec<Ranks> {
    let (skip, end) = (query.skip.min(total), query.skip.saturating_add(query.take).min(total));
    let (from, to) = if query.descending { (total - end, total - skip) } else { (skip, end) };
    let mut before = 0;
    let mut page = Vec::new();
    for (low, high) in ranks {
        let len = high - low;
        let start = from.clamp(before, before + len) - before;
        let stop = to.clamp(before, before + len) - before;
        if start < stop {
            page.push((low + start, low + stop));
        }
        before += len;
    }
    page
}
