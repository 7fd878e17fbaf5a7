//! Looking at guests one by one, on all cores where there are many.

use std::{panic::resume_unwind, thread};

use super::{Guest, World, candidates::Candidates, filter::GuestFilter, matches::Matches};

/// From so many guests on, they are looked at on all cores.
const MANY: usize = if cfg!(test) { 20 } else { 20_000 };

impl World {
    /// Looks at every candidate: about a tenth of a second for a million, so ask no more often than needed.
    pub(super) fn look(&self, among: &Candidates, filter: &GuestFilter) -> Matches {
        let everyone = among.len == self.guests.len();
        // By slot they lie side by side in memory.
        let slots: Vec<u32> = if everyone {
            (0..self.guests.slots()).collect()
        } else {
            let mut slots: Vec<u32> = self.slots_of(among).collect();
            slots.sort_unstable();
            slots
        };
        let holds = |slot: &&u32| self.guests.at(**slot).is_some_and(|guest: &Guest| filter.holds(guest));
        let cores =
            if slots.len() < MANY { 1 } else { thread::available_parallelism().map_or(1, usize::from) };
        let parts = slots.chunks(slots.len().div_ceil(cores).max(1));
        let found: Vec<Vec<u32>> = thread::scope(|scope| {
            let looking: Vec<_> =
                parts.map(|part| scope.spawn(move || part.iter().filter(holds).copied().collect())).collect();
            let found = looking.into_iter().map(thread::ScopedJoinHandle::join);
            found.map(|part| part.unwrap_or_else(|panic| resume_unwind(panic))).collect()
        });
        let mut bits = vec![0u64; (self.guests.slots() as usize).div_ceil(64)];
        for slot in found.iter().flatten() {
            bits[*slot as usize / 64] |= 1 << (slot % 64);
        }
        Matches { filter: filter.text.clone(), bits, total: found.iter().map(Vec::len).sum() }
    }
}
