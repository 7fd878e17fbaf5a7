//! Walks over an index, from both ends, while changes come in and are moved on.

use std::{
    ops::{Bound, RangeBounds as _},
    sync::Arc,
};

use crate::{
    index::engine::{Cursor, Engine, Entry, Range, within},
    index::keydir::ValueRef,
    index::layered::{Index, Layers},
};

/// Entries of an index in the order of their keys, from both ends.
pub(crate) struct Entries {
    // Before the engine it walks over.
    cursor: Cursor,
    /// What the cursor gave at its ends and was not needed yet.
    front: Option<Entry>,
    back: Option<Entry>,
    /// What is still to come.
    range: Range,
    engine: Arc<Engine>,
    epoch: u64,
    index: Arc<Index>,
}

impl Entries {
    pub(crate) fn over(index: &Arc<Index>, range: Range) -> Self {
        let layers = index.reading();
        let (engine, epoch) = (Arc::clone(&layers.engine), layers.epoch);
        drop(layers);
        let cursor = engine.range(range.clone());
        Self { cursor, front: None, back: None, range, engine, epoch, index: Arc::clone(index) }
    }

    fn step(&mut self, end: End) -> Option<Result<Entry, sled::Error>> {
        let index = Arc::clone(&self.index);
        loop {
            let layers = index.reading();
            if self.epoch != layers.epoch {
                self.engine = Arc::clone(&layers.engine);
                self.cursor = self.engine.range(self.range.clone());
                (self.front, self.back, self.epoch) = (None, None, layers.epoch);
            }
            let older = match self.peek(end) {
                Ok(older) => older,
                Err(error) => {
                    drop(layers);
                    if index.is_replaced(&self.engine) {
                        continue;
                    }
                    return Some(Err(error));
                }
            };
            let newer = layers.newer(&self.range, end);
            let (place, value) = match (older, newer) {
                (None, None) => return None,
                (Some(older), Some((place, value))) if !end.is_before(&older.0, place) => {
                    // The older one goes now, or stays for later.
                    if older.0 != *place {
                        self.keep(end, older);
                    }
                    (place.clone(), layers.value(*value))
                }
                (Some(older), _) => (older.0, Ok(Some(older.1))),
                (None, Some((place, value))) => (place.clone(), layers.value(*value)),
            };
            match end {
                End::Front => self.range.0 = Bound::Excluded(place.clone()),
                End::Back => self.range.1 = Bound::Excluded(place.clone()),
            }
            match value {
                Ok(None) => {}
                Ok(Some(value)) => return Some(Ok((place, value))),
                Err(error) => return Some(Err(error.into())),
            }
        }
    }

    /// Takes the next entry of the engine from that end. The engine may have taken in meanwhile what was given from in
    /// front of it, so what the walk has passed is left out.
    fn peek(&mut self, end: End) -> Result<Option<Entry>, sled::Error> {
        let (kept, other) = match end {
            End::Front => (&mut self.front, &mut self.back),
            End::Back => (&mut self.back, &mut self.front),
        };
        loop {
            let next = match (kept.take(), end) {
                (Some(entry), _) => Some(entry),
                (None, End::Front) => self.cursor.next(&self.engine).transpose()?,
                (None, End::Back) => self.cursor.next_back(&self.engine).transpose()?,
            };
            // The last one may have been taken from the other end. What the engine has behind it came meanwhile, and is still
            // in front of the engine too.
            let passed = other
                .as_ref()
                .is_some_and(|(other, _)| next.as_ref().is_none_or(|(place, _)| end.is_before(other, place)));
            match if passed { other.take() } else { next } {
                Some((place, _)) if !self.range.contains(&place) => {}
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

impl Iterator for Entries {
    type Item = Result<Entry, sled::Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step(End::Front)
    }
}

impl DoubleEndedIterator for Entries {
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

impl Layers {
    /// The first or last change in front of the engine in this range.
    fn newer(&self, range: &Range, end: End) -> Option<(&Vec<u8>, &Option<ValueRef>)> {
        let at_end = |run| {
            let mut changes = within(run, range)?;
            match end {
                End::Front => changes.next(),
                End::Back => changes.next_back(),
            }
        };
        let (fresh, moving) = (at_end(&self.fresh), self.moving.as_deref().and_then(at_end));
        match (fresh, moving) {
            // What came last stands for both.
            (Some(a), Some(b)) => Some(if end.is_before(b.0, a.0) { b } else { a }),
            (a, b) => a.or(b),
        }
    }
}
