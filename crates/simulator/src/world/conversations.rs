use std::{cmp::Reverse, collections::BTreeSet, ops::Bound};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ordered::Ordered;
use crate::clock::Millis;

/// A conversation closes this long after its last message (`guest-api.md`).
pub(crate) const OPEN_FOR: Millis = 72 * 3600 * 1000;

/// One conversation. Closing by age is not stored: it follows from `last` and the clock.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Conversation {
    pub(crate) id: Uuid,
    pub(crate) guest: Uuid,
    pub(crate) start: Millis,
    /// The last message, or the start.
    pub(crate) last: Millis,
    /// Set when it was closed by hand or with its guest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) end: Option<Millis>,
}

impl Conversation {
    /// When it closed, `None` while it takes messages.
    pub(crate) fn closed(&self, now: Millis) -> Option<Millis> {
        let by_age = self.last.saturating_add(OPEN_FOR);
        self.end.or((by_age <= now).then_some(by_age))
    }

    fn youngest_first(&self) -> (Reverse<Millis>, Uuid) {
        (Reverse(self.start), self.id)
    }
}

/// All conversations, found by id, by guest and in the order of a query.
pub(crate) struct Conversations {
    all: Vec<Conversation>,
    by_id: Ordered<(Uuid, u32)>,
    by_guest: Ordered<(Uuid, u32)>,
    by_start: Ordered<((Reverse<Millis>, Uuid), u32)>,
    /// Those without an end, by their last message: only the newest of them are active.
    endless: BTreeSet<(Millis, u32)>,
}

/// Which conversations a query asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct States {
    pub(crate) active: bool,
    pub(crate) closed: bool,
}

impl Conversations {
    /// Takes many at once. Their ids must differ.
    pub(crate) fn of(all: Vec<Conversation>) -> Self {
        let numbered = || (0u32..).zip(&all);
        Self {
            by_id: sorted(numbered().map(|(n, c)| (c.id, n)).collect()),
            by_guest: sorted(numbered().map(|(n, c)| (c.guest, n)).collect()),
            by_start: sorted(numbered().map(|(n, c)| (c.youngest_first(), n)).collect()),
            endless: numbered().filter(|(_, c)| c.end.is_none()).map(|(n, c)| (c.last, n)).collect(),
            all,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn get(&self, id: Uuid) -> Option<&Conversation> {
        self.number(id).map(|n| &self.all[n as usize])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Conversation> {
        self.all.iter()
    }

    pub(crate) fn of_guest(&self, guest: Uuid) -> impl Iterator<Item = &Conversation> {
        let from = self.by_guest.rank(|row| row.0 < guest);
        let to = self.by_guest.rank(|row| row.0 <= guest);
        self.by_guest.ranks(from, to).map(|row| &self.all[row.1 as usize])
    }

    /// One page of those in these states, active ones first, then the youngest; and how many there are in all.
    pub(crate) fn page(
        &self,
        now: Millis,
        of: States,
        skip: usize,
        take: usize,
    ) -> (Vec<&Conversation>, usize) {
        let mut active = self.active(now);
        active.sort_unstable_by_key(|c| c.youngest_first());
        let closed = if of.closed { self.all.len() - active.len() } else { 0 };
        let first = if of.active { active.as_slice() } else { &[] };
        let mut page: Vec<_> = first.iter().copied().skip(skip).take(take).collect();
        if of.closed && page.len() < take {
            let skip = skip.saturating_sub(first.len());
            let from = self.rank_of_closed(&active, skip);
            let rest = self.by_start.ranks(from, self.all.len()).map(|row| &self.all[row.1 as usize]);
            page.extend(rest.filter(|c| c.closed(now).is_some()).take(take - page.len()));
        }
        (page, first.len() + closed)
    }

    pub(crate) fn put(&mut self, conversation: Conversation) {
        let n = match self.number(conversation.id) {
            Some(n) => {
                let old = self.all[n as usize];
                self.endless.remove(&(old.last, n));
                self.by_guest.remove(|row| row.cmp(&(old.guest, n)));
                self.by_start.remove(|row| row.0.cmp(&old.youngest_first()));
                self.all[n as usize] = conversation;
                n
            }
            None => {
                let n = u32::try_from(self.all.len())
                    .expect("conversations fill the memory before the numbers end");
                self.all.push(conversation);
                self.by_id.insert((conversation.id, n), |row| row.0.cmp(&conversation.id));
                n
            }
        };
        let place = conversation.youngest_first();
        self.by_guest.insert((conversation.guest, n), |row| row.cmp(&(conversation.guest, n)));
        self.by_start.insert((place, n), |row| row.0.cmp(&place));
        if conversation.end.is_none() {
            self.endless.insert((conversation.last, n));
        }
    }

    fn number(&self, id: Uuid) -> Option<u32> {
        self.by_id.find(|row| row.0.cmp(&id)).map(|row| row.1)
    }

    fn active(&self, now: Millis) -> Vec<&Conversation> {
        let over = (now.saturating_sub(OPEN_FOR), u32::MAX);
        let young = self.endless.range((Bound::Excluded(over), Bound::Unbounded));
        young.map(|(_, n)| &self.all[*n as usize]).filter(|c| c.closed(now).is_none()).collect()
    }

    /// The first rank by start before which this many are closed. `active` is in the same order.
    fn rank_of_closed(&self, active: &[&Conversation], closed: usize) -> usize {
        let (mut low, mut high) = (0, self.all.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let place = self.by_start.ranks(middle, middle + 1).next().map(|row| row.0);
            let open = active.partition_point(|c| Some(c.youngest_first()) < place);
            if middle - open < closed {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

fn sorted<T: Ord>(mut rows: Vec<T>) -> Ordered<T> {
    rows.sort_unstable();
    Ordered::from_sorted(rows.into_iter())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Millis = 1_795_348_800_000;

    fn conversation() -> impl Strategy<Value = Conversation> {
        let hours = |n: i64| n * 3600 * 1000;
        let end = proptest::option::weighted(0.3, 0i64..10);
        (0u128..40, 0u128..9, 0i64..200, 0i64..100, end).prop_map(move |(id, guest, age, talked, end)| {
            let start = NOW - hours(age);
            let last = (start + hours(talked)).min(NOW);
            let end = end.map(|n| last + hours(n));
            Conversation { id: Uuid::from_u128(id), guest: Uuid::from_u128(guest), start, last, end }
        })
    }

    proptest! {
        #[test]
        fn a_page_by_index_is_the_page_of_all_sorted(
            first in proptest::collection::vec(conversation(), 0..60),
            later in proptest::collection::vec(conversation(), 0..60),
            (active, closed) in any::<(bool, bool)>(),
            skip in 0usize..50, take in 1usize..20, passed in 0i64..100,
        ) {
            let mut plain: std::collections::BTreeMap<Uuid, Conversation> = first.iter().map(|c| (c.id, *c)).collect();
            let mut indexed = Conversations::of(plain.values().copied().collect());
            for conversation in later {
                plain.insert(conversation.id, conversation);
                indexed.put(conversation);
            }
            let now = NOW + passed * 3600 * 1000;
            let mut wanted: Vec<&Conversation> = plain
                .values()
                .filter(|c| if c.closed(now).is_some() { closed } else { active })
                .collect();
            wanted.sort_by_key(|c| (c.closed(now).is_some(), Reverse(c.start), c.id));
            let (page, total) = indexed.page(now, States { active, closed }, skip, take);
            prop_assert_eq!(total, wanted.len());
            prop_assert_eq!(page, wanted.into_iter().skip(skip).take(take).collect::<Vec<_>>());
            for guest in (0..9).map(Uuid::from_u128) {
                let wanted = plain.values().filter(|c| c.guest == guest).count();
                prop_assert_eq!(indexed.of_guest(guest).filter(|c| c.guest == guest).count(), wanted);
            }
            for wanted in plain.values() {
                prop_assert_eq!(indexed.get(wanted.id), Some(wanted));
            }
        }
    }
}
