use std::cmp::Ordering;

use uuid::Uuid;

use super::{
    World,
    guests::{Row, Sort},
};
use crate::{
    clock::Millis,
    filter::range::{Area, Areas},
};

/// From rank to rank, the second excluded.
pub(super) type Ranks = (usize, usize);

/// Ranks in one order, ascending and apart, that hold every guest of some areas.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidates {
    pub(super) order: Sort,
    pub(super) ranks: Vec<Ranks>,
    /// Whether they hold no other guest.
    pub(super) exact: bool,
    pub(super) len: usize,
}

impl Candidates {
    fn of(order: Sort, mut ranks: Vec<Ranks>, exact: bool) -> Self {
        ranks.retain(|(from, to)| from < to);
        ranks.sort_unstable();
        ranks.dedup_by(|next, kept| {
            let touches = next.0 <= kept.1;
            if touches {
                kept.1 = kept.1.max(next.1);
            }
            touches
        });
        let len = ranks.iter().map(|(from, to)| to - from).sum();
        Self { order, ranks, exact, len }
    }
}

impl World {
    pub(super) fn by_created(&self, areas: &Areas) -> Candidates {
        let mut exact = areas.exact;
        let mut ranks = Vec::with_capacity(areas.areas.len());
        for area in &areas.areas {
            if area.id.0 == area.id.1 {
                ranks.extend(self.alone(area).map(|at| self.created_between(at, at)));
            } else if area.id == Area::ALL.id || area.created.0 == area.created.1 {
                ranks.push(self.created_between((area.created.0, area.id.0), (area.created.1, area.id.1)));
            } else {
                exact = false;
                let (from, to) = area.created;
                ranks.push(self.created_between((from, 0), (to, u128::MAX)));
            }
        }
        Candidates::of(Sort::CreatedTime, ranks, exact)
    }

    pub(super) fn by_id(&self, areas: &Areas) -> Candidates {
        let order = self.guests.order(Sort::Id);
        let mut exact = areas.exact;
        let mut ranks = Vec::with_capacity(areas.areas.len());
        for area in &areas.areas {
            if area.id.0 == area.id.1 && self.alone(area).is_none() {
                continue;
            }
            exact &= area.created == Area::ALL.created || area.id.0 == area.id.1;
            ranks.push((order.rank(|row| row.id() < area.id.0), order.rank(|row| row.id() <= area.id.1)));
        }
        Candidates::of(Sort::Id, ranks, exact)
    }

    /// The place by creation of the only guest that an area with one id can hold.
    fn alone(&self, area: &Area) -> Option<(Millis, u128)> {
        let created = self.guest(Uuid::from_u128(area.id.0))?.created;
        area.holds(created, area.id.0).then_some((created, area.id.0))
    }

    fn created_between(&self, low: (Millis, u128), high: (Millis, u128)) -> Ranks {
        let order = self.guests.order(Sort::CreatedTime);
        let beside = |row: &Row, to| (row.created, row.id()).cmp(&to);
        (
            order.rank(|row| beside(row, low) == Ordering::Less),
            order.rank(|row| beside(row, high) != Ordering::Greater),
        )
    }
}
