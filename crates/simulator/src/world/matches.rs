//! Which guests a filter holds of.

use super::guests::Row;

/// The guests that a filter holds of: a bit for each slot.
pub(super) struct Matches {
    pub(super) filter: String,
    pub(super) bits: Vec<u64>,
    pub(super) total: usize,
}

impl Matches {
    pub(super) fn has(&self, row: &Row) -> bool {
        self.bits.get(row.slot as usize / 64).is_some_and(|bits| bits >> (row.slot % 64) & 1 == 1)
    }
}
