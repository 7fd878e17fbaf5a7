use std::{
    ops::Bound,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

use crate::engine::{Cursor, Engine};

/// The index of a store, behind a lock so that a group becomes visible whole and one engine can take over from
/// another while tables go on answering.
pub(crate) struct Index {
    engine: RwLock<Arc<Engine>>,
}

/// What an index holds: entries, and bytes of their keys and values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Live {
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
}

impl Live {
    /// Follows one change; `before` is the length of the value that was there.
    pub(crate) fn follow(&mut self, place: &[u8], value: Option<&[u8]>, before: Option<usize>) {
        if let Some(before) = before {
            self.entries = self.entries.saturating_sub(1);
            self.bytes = self.bytes.saturating_sub((place.len() + before) as u64);
        }
        if let Some(value) = value {
            self.entries += 1;
            self.bytes += (place.len() + value.len()) as u64;
        }
    }
}

impl Index {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine: RwLock::new(Arc::new(engine)) }
    }

    fn read(&self) -> RwLockReadGuard<'_, Arc<Engine>> {
        self.engine.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.read())
    }

    pub(crate) fn get(&self, place: &[u8]) -> Result<Option<Vec<u8>>, sled::Error> {
        self.read().get(place)
    }

    pub(crate) fn range(self: &Arc<Self>, range: (Bound<Vec<u8>>, Bound<Vec<u8>>)) -> Entries {
        let engine = self.engine();
        Entries { cursor: engine.range(range), engine, index: Arc::clone(self) }
    }

    /// Makes a group visible, all of it at once for whoever reads through this index.
    pub(crate) fn apply<'a>(
        &self,
        changes: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
        live: &mut Live,
    ) -> Result<(), sled::Error> {
        let engine = self.engine.write().unwrap_or_else(PoisonError::into_inner);
        for (place, value) in changes {
            let before = engine.apply(place, value)?;
            live.follow(place, value, before);
        }
        Ok(())
    }

    /// Puts another engine in place; walks that have begun stay with the one before, which goes with the last of them.
    pub(crate) fn swap(&self, engine: Engine) {
        let mut current = self.engine.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *current, Arc::new(engine));
        drop(current);
        before.retire();
    }

    /// The engine itself, where nobody else holds it any more.
    pub(crate) fn into_engine(self) -> Option<Engine> {
        Arc::into_inner(self.engine.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Entries of an index in the order of their keys, from both ends.
pub(crate) struct Entries {
    // Before the engine it walks over.
    cursor: Cursor,
    engine: Arc<Engine>,
    index: Arc<Index>,
}

impl Iterator for Entries {
    type Item = Result<(Vec<u8>, Vec<u8>), sled::Error>;

    fn next(&mut self) -> Option<Self::Item> {
        // Not in the middle of a group.
        let _whole = self.index.read();
        self.cursor.next(&self.engine)
    }
}

impl DoubleEndedIterator for Entries {
    fn next_back(&mut self) -> Option<Self::Item> {
        let _whole = self.index.read();
        self.cursor.next_back(&self.engine)
    }
}
