use std::{cmp::Ordering, panic::resume_unwind, thread};

use uuid::Uuid;

use super::{Guest, ordered::Ordered};
use crate::clock::Millis;

/// What a list can be sorted by; ties by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    CreatedTime,
    ModifiedTime,
    Name,
    Email,
    Id,
}

impl Sort {
    pub(crate) const ALL: [Self; 5] =
        [Self::CreatedTime, Self::ModifiedTime, Self::Name, Self::Email, Self::Id];

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
    pub(crate) fn compare(self, a: &Guest, b: &Guest) -> Ordering {
        let by_field = match self {
            Self::CreatedTime => a.created.cmp(&b.created),
            Self::ModifiedTime => a.modified.cmp(&b.modified),
            Self::Name => a.name.cmp(&b.name),
            Self::Email => a.email.cmp(&b.email),
            Self::Id => Ordering::Equal,
        };
        by_field.then_with(|| a.id.cmp(&b.id))
    }

    /// Never greater for a guest that comes first; most pairs are decided by it without a look at the guests.
    fn prefix(self, guest: &Guest) -> u64 {
        let time = |at: Millis| at.cast_unsigned() ^ (1 << 63);
        let text = |text: &str| {
            let mut first = [0; 8];
            let len = text.len().min(8);
            first[..len].copy_from_slice(&text.as_bytes()[..len]);
            u64::from_be_bytes(first)
        };
        match self {
            Self::CreatedTime => time(guest.created),
            Self::ModifiedTime => time(guest.modified),
            Self::Name => text(&guest.name),
            Self::Email => guest.email.as_deref().map_or(0, text),
            Self::Id => guest.id.as_u64_pair().0,
        }
    }
}

/// A guest's place in an order, with all that the indexed part of a filter asks for, so that counting through an
/// order touches no guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) created: Millis,
    /// In two halves, for a row of 32 bytes.
    id: (u64, u64),
    /// Where the guest lies.
    pub(crate) slot: u32,
}

impl Row {
    fn of(guest: &Guest, slot: u32) -> Self {
        Self { created: guest.created, id: guest.id.as_u64_pair(), slot }
    }

    /// As a number, in the order of ids.
    pub(crate) fn id(&self) -> u128 {
        (u128::from(self.id.0) << 64) | u128::from(self.id.1)
    }
}

/// All guests, each once in every order.
pub(crate) struct Guests {
    slots: Vec<Option<Guest>>,
    free: Vec<u32>,
    /// As in [`Sort::ALL`].
    orders: [Ordered<Row>; 5],
}

impl Guests {
    /// Takes many guests at once, each order on a thread of its own. Their ids must differ.
    pub(crate) fn of(guests: Vec<Guest>) -> Self {
        let slots: Vec<Option<Guest>> = guests.into_iter().map(Some).collect();
        let all = slots.as_slice();
        let orders = thread::scope(|scope| {
            Sort::ALL
                .map(|sort| scope.spawn(move || in_order(all, sort)))
                .map(|sorted| sorted.join().unwrap_or_else(|panic| resume_unwind(panic)))
        });
        Self { slots, free: Vec::new(), orders }
    }

    pub(crate) fn len(&self) -> usize {
        self.order(Sort::Id).len()
    }

    pub(crate) fn order(&self, sort: Sort) -> &Ordered<Row> {
        &self.orders[sort as usize]
    }

    pub(crate) fn get(&self, id: Uuid) -> Option<&Guest> {
        self.at(self.order(Sort::Id).find(|row| row.id().cmp(&id.as_u128()))?.slot)
    }

    /// `None` for a slot that is free.
    pub(crate) fn at(&self, slot: u32) -> Option<&Guest> {
        self.slots.get(slot as usize)?.as_ref()
    }

    /// Slots are numbers below this.
    pub(crate) fn slots(&self) -> u32 {
        u32::try_from(self.slots.len())
            .expect("guests of 100 bytes each fill the memory before the numbers end")
    }

    /// Puts a guest in place of the one with its id, or as a new one.
    pub(crate) fn put(&mut self, guest: Guest) {
        self.remove(guest.id);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots() - 1
        });
        let row = Row::of(&guest, slot);
        for (sort, order) in Sort::ALL.into_iter().zip(&mut self.orders) {
            order.insert(row, |row| beside(sort, &self.slots, row, &guest));
        }
        self.slots[slot as usize] = Some(guest);
    }

    pub(crate) fn remove(&mut self, id: Uuid) -> Option<Guest> {
        let row = *self.order(Sort::Id).find(|row| row.id().cmp(&id.as_u128()))?;
        let Self { slots, orders, free } = self;
        let old = slots[row.slot as usize].as_ref()?;
        for (sort, order) in Sort::ALL.into_iter().zip(orders) {
            order.remove(|row| beside(sort, slots, row, old));
        }
        free.push(row.slot);
        self.slots[row.slot as usize].take()
    }
}

/// How the guest of a row stands to another. Rows of free slots do not exist.
fn beside(sort: Sort, slots: &[Option<Guest>], row: &Row, guest: &Guest) -> Ordering {
    match sort {
        Sort::CreatedTime => (row.created, row.id()).cmp(&(guest.created, guest.id.as_u128())),
        Sort::Id => row.id().cmp(&guest.id.as_u128()),
        _ => slots[row.slot as usize].as_ref().map_or(Ordering::Less, |other| sort.compare(other, guest)),
    }
}

fn in_order(slots: &[Option<Guest>], sort: Sort) -> Ordered<Row> {
    let numbered = (0u32..).zip(slots).filter_map(|(slot, guest)| Some((slot, guest.as_ref()?)));
    let mut rows: Vec<(u64, Row)> = numbered.map(|(slot, g)| (sort.prefix(g), Row::of(g, slot))).collect();
    rows.sort_unstable_by(|(a_first, a), (b_first, b)| {
        let equal = || match (&slots[a.slot as usize], &slots[b.slot as usize]) {
            (Some(a), Some(b)) => sort.compare(a, b),
            _ => Ordering::Equal,
        };
        a_first.cmp(b_first).then_with(equal)
    });
    Ordered::from_sorted(rows.into_iter().map(|(_, row)| row))
}
