use std::{collections::HashMap, fmt, sync::Arc};

use model::{GuestId, Selection};
use proof::{Chain, HoldsSeen, canonical};

use super::{Hold, HoldSubject};

/// Every hold there is at one moment. Cheap to clone; never changes.
#[derive(Clone, Default)]
pub struct HoldSet(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// By time of adding, then id.
    holds: Vec<Hold>,
    by_guest: HashMap<GuestId, Vec<usize>>,
}

impl HoldSet {
    /// From any holds, in any order.
    #[must_use]
    pub fn new(mut holds: Vec<Hold>) -> Self {
        holds.sort_by_key(|hold| (hold.added_at, hold.id));
        let mut by_guest: HashMap<GuestId, Vec<usize>> = HashMap::new();
        for (n, hold) in holds.iter().enumerate() {
            if let HoldSubject::Guest(id) = hold.subject {
                by_guest.entry(id).or_default().push(n);
            }
        }
        Self(Arc::new(Inner { holds, by_guest }))
    }

    /// All of them, the oldest first.
    #[must_use]
    pub fn list(&self) -> &[Hold] {
        &self.0.holds
    }

    /// Whether a hold names this very guest. Holds by filter are for the org to judge.
    #[must_use]
    pub fn names(&self, id: GuestId) -> bool {
        self.0.by_guest.contains_key(&id)
    }

    /// The holds that name this very guest.
    pub fn naming(&self, id: GuestId) -> impl Iterator<Item = &Hold> {
        self.0.by_guest.get(&id).into_iter().flatten().filter_map(|n| self.0.holds.get(*n))
    }

    /// The guests whom holds name, each once.
    pub fn guests(&self) -> impl Iterator<Item = GuestId> {
        self.0.by_guest.keys().copied()
    }

    /// All of them.
    #[must_use]
    pub fn named(&self) -> Vec<GuestId> {
        self.guests().collect()
    }

    /// The holds by filter.
    pub fn by_filter(&self) -> impl Iterator<Item = (&Hold, &Selection)> {
        self.0.holds.iter().filter_map(|hold| match &hold.subject {
            HoldSubject::Filter(filter) => Some((hold, filter)),
            HoldSubject::Guest(_) => None,
        })
    }

    /// Count and hash, for plan headers and certificates.
    #[must_use]
    pub fn seen(&self) -> HoldsSeen {
        let mut chain = Chain::START;
        for hold in &self.0.holds {
            chain.add(&canonical(hold).expect("a hold is text, ids and times"));
        }
        HoldsSeen { count: self.0.holds.len() as u64, hash: chain.hex() }
    }
}

impl fmt::Debug for HoldSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HoldSet({} holds)", self.0.holds.len())
    }
}
