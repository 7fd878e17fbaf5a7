//! The part of a guest filter that indexes on createdTime and id can answer without looking at guests.

use uuid::Uuid;

use super::{
    Op,
    predicate::{Check, Moment, Predicate},
};
use crate::clock::Millis;

/// More alternatives than this are not worth an index.
const MAX_AREAS: usize = 512;

/// All guests created in a span of time whose id lies in a span; both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) created: (Millis, Millis),
    /// As numbers, which compare faster than bytes.
    pub(crate) id: (u128, u128),
}

impl Area {
    pub(crate) const ALL: Self = Self { created: (Millis::MIN, Millis::MAX), id: (0, u128::MAX) };

    pub(crate) fn holds(&self, created: Millis, id: u128) -> bool {
        // Without branches: this runs over a million rows.
        (self.created.0 <= created) & (created <= self.created.1) & (self.id.0 <= id) & (id <= self.id.1)
    }

    fn overlap(self, other: Self) -> Option<Self> {
        let created = (self.created.0.max(other.created.0), self.created.1.min(other.created.1));
        let id = (self.id.0.max(other.id.0), self.id.1.min(other.id.1));
        (created.0 <= created.1 && id.0 <= id.1).then_some(Self { created, id })
    }

    /// Everything outside: what is older, younger, lower, higher.
    fn outside(self) -> Vec<Self> {
        let before = self.created.0.checked_sub(1).map(|to| (Millis::MIN, to));
        let after = self.created.1.checked_add(1).map(|from| (from, Millis::MAX));
        let below = self.id.0.checked_sub(1).map(|to| (0, to));
        let above = self.id.1.checked_add(1).map(|from| (from, u128::MAX));
        let times = [before, after].into_iter().flatten().map(|created| Self { created, ..Self::ALL });
        // Within the span of time, so that no guest lies in two areas.
        let ids = [below, above].into_iter().flatten().map(|id| Self { id, ..self });
        times.chain(ids).collect()
    }
}

/// Areas that together hold every guest the filter can match; `exact` when they hold no other.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Areas {
    pub(crate) areas: Vec<Area>,
    pub(crate) exact: bool,
}

impl Areas {
    fn exactly(areas: Vec<Area>) -> Self {
        Self { areas, exact: true }
    }

    pub(crate) fn everything(exact: bool) -> Self {
        Self { areas: vec![Area::ALL], exact }
    }

    /// What the indexes can say about this predicate.
    pub(crate) fn of(predicate: &Predicate) -> Self {
        match predicate {
            Predicate::And(parts) => parts.iter().map(Self::of).fold(Self::everything(true), Self::and),
            Predicate::Or(parts) => parts.iter().map(Self::of).fold(Self::exactly(Vec::new()), Self::or),
            Predicate::Not(inner) => Self::of(inner).not(),
            Predicate::Test { field, check } => match (field.as_str(), check) {
                ("createdTime", Check::Time(op, moment)) => created(*op, *moment),
                ("id", Check::Text(op, text)) => id(*op, text),
                ("id", Check::StartsWith(text)) => id_beginning(text),
                _ => Self::everything(false),
            },
        }
    }

    pub(crate) fn hold(&self, created: Millis, id: u128) -> bool {
        self.areas.iter().any(|area| area.holds(created, id))
    }

    fn and(self, other: Self) -> Self {
        let exact = self.exact && other.exact;
        if self.areas.len() * other.areas.len() > MAX_AREAS {
            let fewer = if self.areas.len() < other.areas.len() { self.areas } else { other.areas };
            return Self { areas: fewer, exact: false };
        }
        let pairs = self.areas.iter().flat_map(|a| other.areas.iter().filter_map(|b| a.overlap(*b)));
        Self { areas: pairs.collect(), exact }
    }

    fn or(mut self, other: Self) -> Self {
        self.areas.extend(other.areas);
        if self.areas.len() > MAX_AREAS {
            return Self::everything(false);
        }
        Self { areas: self.areas, exact: self.exact && other.exact }
    }

    /// Every guest has both fields, so what is outside of exact areas is exact.
    fn not(self) -> Self {
        if !self.exact {
            return Self::everything(false);
        }
        let outside = self.areas.into_iter().map(|area| Self::exactly(area.outside()));
        outside.fold(Self::everything(true), Self::and)
    }
}

fn created(op: Op, (ms, beyond): Moment) -> Areas {
    let whole = beyond == 0;
    let span = match op {
        Op::Equal if whole => (ms, ms),
        Op::NotEqual => return created(Op::Equal, (ms, beyond)).not(),
        Op::Less if whole => (Millis::MIN, ms.saturating_sub(1)),
        Op::Less | Op::LessOrEqual => (Millis::MIN, ms),
        Op::GreaterOrEqual if whole => (ms, Millis::MAX),
        Op::Greater | Op::GreaterOrEqual => (ms.saturating_add(1), Millis::MAX),
        Op::Equal => return Areas::exactly(Vec::new()),
        Op::Contains | Op::StartsWith => return Areas::everything(false),
    };
    Areas::exactly(vec![Area { created: span, ..Area::ALL }])
}

/// Ids are compared as text, whatever the text; as all ids are written alike, their order as text is that of
/// their numbers, and every test is a span of them.
fn id(op: Op, text: &str) -> Areas {
    let from = first_id(|id| id >= text);
    let above = first_id(|id| id > text);
    ids(match op {
        Op::Equal => (from, above),
        Op::NotEqual => return ids((from, above)).not(),
        Op::Less => (Some(0), from),
        Op::LessOrEqual => (Some(0), above),
        Op::Greater => (above, None),
        Op::GreaterOrEqual => (from, None),
        Op::Contains | Op::StartsWith => return Areas::everything(false),
    })
}

fn id_beginning(text: &str) -> Areas {
    ids((first_id(|id| id >= text), first_id(|id| id > text && !id.starts_with(text))))
}

/// The ids from the first number up to below the second; `None` lies beyond the last id.
fn ids((from, to): (Option<u128>, Option<u128>)) -> Areas {
    let last = to.map_or(Some(u128::MAX), |to| to.checked_sub(1));
    let span = from.zip(last).filter(|(from, last)| from <= last);
    Areas::exactly(span.map(|id| Area { id, ..Area::ALL }).into_iter().collect())
}

/// The first id, as a number, whose text is one of those; they are the upper end of the order.
fn first_id(is: impl Fn(&str) -> bool) -> Option<u128> {
    let is = |n: u128| is(Uuid::from_u128(n).hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    if !is(u128::MAX) {
        return None;
    }
    let (mut low, mut high) = (0, u128::MAX);
    while low < high {
        let middle = u128::midpoint(low, high);
        if is(middle) { high = middle } else { low = middle + 1 }
    }
    Some(low)
}
