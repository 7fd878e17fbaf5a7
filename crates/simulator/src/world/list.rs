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
    pub(crate) fn list<'a>(&'a self, query: &'a ListGuests) -> (Vec<&'a Guest>, usize) {
        let (ranks, exact) = self.candidates(&query.filter.areas);
        let candidates: usize = ranks.iter().map(|(from, to)| to - from).sum();
        let everyone = candidates == self.by_created.len();
        match query.sort {
            Sort::CreatedTime if exact => {
                let page = window(&ranks, query, candidates);
                let ids = self.by_created_in(&page);
                let ids = if query.descending { reversed(ids) } else { ids };
                (ids.filter_map(|id| self.guest(id)).collect(), candidates)
            }
            Sort::CreatedTime => self.page_of(self.by_created_in(&ranks), query),
            _ if everyone && exact => {
                let page = window(&[(0, candidates)], query, candidates);
                let (from, to) = page.first().copied().unwrap_or_default();
                let ids = self.sorted_ids(query.sort, from, to);
                let ids = if query.descending { reversed(ids) } else { ids };
                (ids.filter_map(|id| self.guest(id)).collect(), candidates)
            }
            _ if everyone => {
                let ids = self.sorted_ids(query.sort, 0, candidates);
                self.page_of(ids, query)
            }
            sort => {
                let ids = self.by_created_in(&ranks);
                let mut found: Vec<&Guest> = self.matching(ids, &query.filter).collect();
                found.sort_unstable_by(|a, b| sort.compare(a, b));
                if query.descending {
                    found.reverse();
                }
                let total = found.len();
                (found.into_iter().skip(query.skip).take(query.take).collect(), total)
            }
        }
    }

    fn matching<'a>(&'a self, ids: Ids<'a>, filter: &'a GuestFilter) -> impl Iterator<Item = &'a Guest> {
        ids.filter_map(|id| self.guest(id)).filter(|guest| filter.holds(guest))
    }

    /// The page out of these ids, and how many of them match.
    fn page_of<'a>(&'a self, ids: Ids<'a>, query: &'a ListGuests) -> (Vec<&'a Guest>, usize) {
        let ids = if query.descending { reversed(ids) } else { ids };
        let (mut page, mut total) = (Vec::new(), 0);
        for guest in self.matching(ids, &query.filter) {
            if total >= query.skip && page.len() < query.take {
                page.push(guest);
            }
            total += 1;
        }
        (page, total)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::rfc3339;

    const NOW: Millis = 1_795_348_800_000;

    fn world() -> World {
        let mut world = World::generate(1, 60, NOW);
        // Guests of the same millisecond, so that ids decide.
        let twins: Vec<Guest> = world.by_id.ranks(0, 20).filter_map(|id| world.guest(*id)).cloned().collect();
        for (n, twin) in twins.into_iter().enumerate() {
            let twin = Guest { created: NOW - 1000 - (n as i64 / 7), ..twin };
            world.apply(crate::world::Change::Guest(Box::new(twin)));
        }
        world
    }

    /// Filters over what the index knows, with some that it does not.
    fn filter() -> impl Strategy<Value = String> {
        let world = world();
        let guests: Vec<(Millis, Uuid)> = world.by_created.ranks(0, 60).copied().collect();
        let op = prop_oneof![Just("="), Just("!="), Just("<"), Just("<="), Just(">"), Just(">=")];
        let which = proptest::sample::select(guests);
        let beyond = prop_oneof![3 => Just(""), 1 => Just("5")];
        let created = (which.clone(), op.clone(), beyond).prop_map(|((at, _), op, beyond)| {
            format!("createdTime {op} \"{}{beyond}Z\"", rfc3339(at).trim_end_matches('Z'))
        });
        let id = (which, op).prop_map(|((_, id), op)| format!("id {op} \"{id}\""));
        let other = prop_oneof![
            Just("name contains \"an\"".to_owned()),
            Just("active = true".to_owned()),
            Just("id < \"8\"".to_owned()),
            Just("id = \"nobody\"".to_owned()),
        ];
        prop_oneof![4 => created, 3 => id, 1 => other].prop_recursive(4, 24, 4, |inner| {
            let parts = proptest::collection::vec(inner.clone(), 2..4);
            prop_oneof![
                3 => parts.clone().prop_map(|p| format!("({})", p.join(" AND "))),
                3 => parts.prop_map(|p| format!("({})", p.join(" OR "))),
                1 => inner.prop_map(|f| format!("NOT ({f})")),
            ]
        })
    }

    fn sort() -> impl Strategy<Value = Sort> {
        proptest::sample::select(vec![
            Sort::CreatedTime,
            Sort::ModifiedTime,
            Sort::Name,
            Sort::Email,
            Sort::Id,
        ])
    }

    proptest! {
        #[test]
        fn the_index_answers_what_looking_at_every_guest_would(
            text in filter(), sort in sort(), descending in any::<bool>(), skip in 0usize..40, take in 1usize..40,
        ) {
            let world = world();
            let filter = GuestFilter::new(&text).unwrap();
            let mut plain: Vec<&Guest> = world.guests.values().filter(|g| filter.holds(g)).collect();
            plain.sort_by(|a, b| sort.compare(a, b));
            if descending {
                plain.reverse();
            }
            let total = plain.len();
            let page: Vec<Uuid> = plain.into_iter().skip(skip).take(take).map(|g| g.id).collect();
            let query = ListGuests { filter, sort, descending, skip, take };
            let (found, counted) = world.list(&query);
            prop_assert_eq!(counted, total, "{}", text);
            prop_assert_eq!(found.iter().map(|g| g.id).collect::<Vec<_>>(), page, "{}", text);
        }
    }

    #[test]
    fn a_cursor_on_created_time_and_id_is_answered_by_the_index_alone() {
        let world = world();
        let cursor = world.by_created.ranks(50, 51).next().unwrap();
        let (at, id) = (rfc3339(cursor.0), cursor.1);
        let text = format!(
            "createdTime < \"{}\" AND (createdTime > \"{at}\" OR (createdTime = \"{at}\" AND id > \"{id}\"))",
            rfc3339(NOW)
        );
        let (ranks, exact) = world.candidates(&GuestFilter::new(&text).unwrap().areas);
        assert_eq!((ranks, exact), (vec![(51, 60)], true));
        let some: Vec<String> = world.by_id.ranks(0, 3).map(|id| format!("id = \"{id}\"")).collect();
        let (ranks, exact) = world.candidates(&GuestFilter::new(&some.join(" OR ")).unwrap().areas);
        assert_eq!((ranks.iter().map(|(a, b)| b - a).sum::<usize>(), exact), (3, true));
    }
}
