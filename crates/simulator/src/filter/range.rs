//! The part of a guest filter that the index on (createdTime, id) can answer without looking at guests.

use uuid::Uuid;

use super::{
    Op,
    tests_of::{Check, Moment, Tests},
};
use crate::clock::Millis;

/// More alternatives than this are not worth an index.
const MAX_AREAS: usize = 512;

/// All guests created in a span of time whose id lies in a span; both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) created: (Millis, Millis),
    pub(crate) id: (Uuid, Uuid),
}

impl Area {
    pub(crate) const ALL: Self = Self { created: (Millis::MIN, Millis::MAX), id: (Uuid::nil(), Uuid::max()) };

    fn overlap(self, other: Self) -> Option<Self> {
        let created = (self.created.0.max(other.created.0), self.created.1.min(other.created.1));
        let id = (self.id.0.max(other.id.0), self.id.1.min(other.id.1));
        (created.0 <= created.1 && id.0 <= id.1).then_some(Self { created, id })
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

    /// What the index can say about these tests.
    pub(crate) fn of(tests: &Tests) -> Self {
        match tests {
            Tests::And(parts) => parts.iter().map(Self::of).fold(Self::everything(true), Self::and),
            Tests::Or(parts) => parts.iter().map(Self::of).fold(Self::exactly(Vec::new()), Self::or),
            Tests::Not(_) => Self::everything(false),
            Tests::Test { field, check } => match (field.as_str(), check) {
                ("createdTime", Check::Time(op, moment)) => created(*op, *moment),
                ("id", Check::Text(op, text)) => id(*op, text),
                _ => Self::everything(false),
            },
        }
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
}

fn created(op: Op, (ms, beyond): Moment) -> Areas {
    let whole = beyond == 0;
    let span = match op {
        Op::Equal if whole => (ms, ms),
        Op::Less if whole => (Millis::MIN, ms.saturating_sub(1)),
        Op::Less | Op::LessOrEqual => (Millis::MIN, ms),
        Op::GreaterOrEqual if whole => (ms, Millis::MAX),
        Op::Greater | Op::GreaterOrEqual => (ms.saturating_add(1), Millis::MAX),
        Op::Equal => return Areas::exactly(Vec::new()),
        _ => return Areas::everything(false),
    };
    Areas::exactly(vec![Area { created: span, ..Area::ALL }])
}

fn id(op: Op, text: &str) -> Areas {
    // Ids are compared as text; only for the written form of a UUID is that the order of its bytes.
    let Some(id) = Uuid::try_parse(text).ok().filter(|id| id.to_string() == text) else {
        return if op == Op::Equal { Areas::exactly(Vec::new()) } else { Areas::everything(false) };
    };
    let n = id.as_u128();
    let span = match op {
        Op::Equal => Some((id, id)),
        Op::Less => n.checked_sub(1).map(|n| (Uuid::nil(), Uuid::from_u128(n))),
        Op::LessOrEqual => Some((Uuid::nil(), id)),
        Op::Greater => n.checked_add(1).map(|n| (Uuid::from_u128(n), Uuid::max())),
        Op::GreaterOrEqual => Some((id, Uuid::max())),
        _ => return Areas::everything(false),
    };
    Areas::exactly(span.map(|id| Area { id, ..Area::ALL }).into_iter().collect())
}
