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

/// A walk over all layers of an index in the order of the keys, from both ends, while changes come in and are applied.
pub(crate) struct MergedRange {
    /// The walk over the base.
    cursor: Entries,
    /// What the cursor gave at its ends and was not needed yet.
    front: Option<Entry>,
    back: Option<Entry>,
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
        Self { cursor, front: None, back: None, range, base, epoch, index: Arc::clone(index) }
    }

    fn step(&mut self, end: End) -> Option<io::Result<Entry>> {
        let index = Arc::clone(&self.index);
        loop {
            let layers = index.reading();
            if self.epoch != layers.epoch {
                self.base = Arc::clone(&layers.base);
                self.cursor = Arc::clone(&self.base).range(self.range.clone());
                (self.front, self.back, self.epoch) = (None, None, layers.epoch);
            }
            let older = match self.peek(end) {
                Ok(older) => older,
                Err(error) => {
                    drop(layers);
                    if index.is_replaced(&self.base) {
                        continue;
                    }
                    return Some(Err(error));
                }
            };
            let newer = newest(&layers, &self.range, end);
            let (key, value) = match (older, newer) {
                (None, None) => return None,
                (Some(older), Some((key, value))) if !end.is_before(&older.0, key) => {
                    // An older value of the same key is dropped; another key is kept for later.
                    if older.0 != *key {
                        self.keep(end, older);
                    }
                    (key.clone(), layers.value(*value))
                }
                (Some(older), _) => (older.0, Ok(Some(older.1))),
                (None, Some((key, value))) => (key.clone(), layers.value(*value)),
            };
            match end {
                End::Front => self.range.0 = Bound::Excluded(key.clone()),
                End::Back => self.range.1 = Bound::Excluded(key.clone()),
            }
            match value {
                Ok(None) => {}
                Ok(Some(value)) => return Some(Ok((key, value))),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// Takes the next entry of the base from that end. The base may have taken in meanwhile what was given from the layers
    /// above it, so what the walk has passed is left out.
    fn peek(&mut self, end: End) -> io::Result<Option<Entry>> {
        let (kept, other) = match end {
            End::Front => (&mut self.front, &mut self.back),
            End::Back => (&mut self.back, &mut self.front),
        };
        loop {
            let next = match (kept.take(), end) {
                (Some(entry), _) => Some(entry),
                (None, End::Front) => self.cursor.next().transpose()?,
                (None, End::Back) => self.cursor.next_back().transpose()?,
            };
            // The last one may have been taken from the other end. What the base has behind it came meanwhile, and is still in
            // the layers above the base too.
            let passed = other
                .as_ref()
                .is_some_and(|(other, _)| next.as_ref().is_none_or(|(key, _)| end.is_before(other, key)));
            match if passed { other.take() } else { next } {
                Some((key, _)) if !self.range.contains(&key) => {}
                next => return Ok(next),
            }
        }
    }

    fn keep(&mut self, end: End, entry: Entry) {
        match end {
            End::Front => self.front = Some(entry),
            End::Back => self.back = Some(entry),
        }
    }
}

impl Iterator for MergedRange {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step(End::Front)
    }
}

impl DoubleEndedIterator for MergedRange {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.step(End::Back)
    }
}

#[derive(Clone, Copy)]
enum End {
    Front,
    Back,
}

impl End {
    /// Whether a walk from this end comes to `a` before `b`.
    fn is_before(self, a: &[u8], b: &[u8]) -> bool {
        match self {
            Self::Front => a < b,
            Self::Back => a > b,
        }
    }
}

/// The first or last change above the base in this range.
fn newest<'a>(layers: &'a Layers, range: &Range, end: End) -> Option<(&'a Vec<u8>, &'a Option<ValueRef>)> {
    let at_end = |changes| {
        let mut changes = within(changes, range)?;
        match end {
            End::Front => changes.next(),
            End::Back => changes.next_back(),
        }
    };
    let (latest, applying) = (at_end(&layers.memtable), layers.applying.as_deref().and_then(at_end));
    match (latest, applying) {
        // Of two changes of one key the memtable has the later one.
        (Some(a), Some(b)) => Some(if end.is_before(b.0, a.0) { b } else { a }),
        (a, b) => a.or(b),
    }
}
