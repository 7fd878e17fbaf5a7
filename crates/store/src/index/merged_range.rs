use std::{
    io,
    ops::{Bound, RangeBounds as _},
    sync::Arc,
};

use super::{
    index_trait::{Entries, Entry, Index, Range},
    layered::{LayeredIndex, Layers},
    memory::within,
};
use crate::log::ValueRef;

/// A walk over all layers of an index in the order of the keys, while changes come in and are applied.
pub(crate) struct MergedRange {
    /// The walk over the base.
    cursor: Entries,
    /// What the cursor gave and was not needed yet.
    ahead: Option<Entry>,
    /// What is still to come.
    range: Range,
    base: Arc<dyn Index>,
    epoch: u64,
    index: Arc<LayeredIndex>,
}

impl MergedRange {
    pub(crate) fn over(index: &Arc<LayeredIndex>, range: Range) -> Self {
        let layers = index.reading();
        let (base, epoch) = (Arc::clone(&layers.base), layers.epoch);
        drop(layers);
        let cursor = Arc::clone(&base).range(range.clone());
        Self { cursor, ahead: None, range, base, epoch, index: Arc::clone(index) }
    }

    /// Takes the next entry of the base. The base may have taken in meanwhile what was given from the layers above it, so
    /// what the walk has passed is left out.
    fn older(&mut self) -> io::Result<Option<Entry>> {
        loop {
            let next = match self.ahead.take() {
                Some(entry) => Some(entry),
                None => self.cursor.next().transpose()?,
            };
            match next {
                Some((key, _)) if !self.range.contains(&key) => {}
                next => return Ok(next),
            }
        }
    }
}

impl Iterator for MergedRange {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        let index = Arc::clone(&self.index);
        loop {
            let layers = index.reading();
            if self.epoch != layers.epoch {
                self.base = Arc::clone(&layers.base);
                self.cursor = Arc::clone(&self.base).range(self.range.clone());
                (self.ahead, self.epoch) = (None, layers.epoch);
            }
            let older = match self.older() {
                Ok(older) => older,
                Err(error) => {
                    drop(layers);
                    if index.is_replaced(&self.base) {
                        continue;
                    }
                    return Some(Err(error));
                }
            };
            let (key, value) = match (older, newest(&layers, &self.range)) {
                (None, None) => return None,
                (Some(older), Some((key, value))) if *key <= older.0 => {
                    // An older value of the same key is dropped; another key is kept for later.
                    if older.0 != *key {
                        self.ahead = Some(older);
                    }
                    (key.clone(), layers.value(*value))
                }
                (Some(older), _) => (older.0, Ok(Some(older.1))),
                (None, Some((key, value))) => (key.clone(), layers.value(*value)),
            };
            self.range.0 = Bound::Excluded(key.clone());
            // A key that was removed is passed over.
            if let Some(value) = value.transpose() {
                return Some(value.map(|value| (key, value)));
            }
        }
    }
}

/// The first change above the base in this range.
fn newest<'a>(layers: &'a Layers, range: &Range) -> Option<(&'a Vec<u8>, &'a Option<ValueRef>)> {
    let first = |changes| within(changes, range)?.next();
    let (latest, applying) = (first(&layers.memtable), layers.applying.as_deref().and_then(first));
    match (latest, applying) {
        // Of two changes of one key the memtable has the later one.
        (Some(a), Some(b)) => Some(if b.0 < a.0 { b } else { a }),
        (a, b) => a.or(b),
    }
}
