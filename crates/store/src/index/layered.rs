use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use crate::{
    index::engine::{Engine, Range},
    index::keydir::{ValueFile, ValueRef},
    index::merged_range::Entries,
    log::format::Changes,
};

/// Changes by place, the last one of each: where its value stands in the journal. `None` removes.
pub(crate) type Memtable = BTreeMap<Vec<u8>, Option<ValueRef>>;

/// So many bytes of memory may be taken by changes that wait for the engine; then the writer waits, so that neither
/// memory nor the lag grows.
const LIMIT: usize = 32 << 20;
/// What a change takes of memory besides its place, in bytes.
const CHANGE: usize = 96;

/// What reads are answered from: the engine, and in front of it the changes that are on the disk in the journal and not
/// in the engine yet. The writer adds groups, a thread of its own moves them on ([`crate::follower`]).
pub(crate) struct Index {
    layers: Mutex<Layers>,
    /// There is something to move on.
    pub(crate) work: Condvar,
    /// Something was moved on, or the engine is another.
    pub(crate) moved: Condvar,
}

pub(crate) struct Layers {
    /// What came last.
    pub(crate) fresh: Memtable,
    /// What that takes of memory, in bytes.
    fresh_bytes: usize,
    /// What it would be if the engine had nothing of it.
    fresh_live: LiveSize,
    /// Groups that came, ever.
    pub(crate) groups: u64,
    /// What the engine is taking right now: it may have any part of it, so this is in front of it.
    pub(crate) moving: Option<Arc<Memtable>>,
    /// Has the values of all that is in front of the engine.
    pub(crate) journal: Arc<ValueFile>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) live: LiveSize,
    /// Rises when what the engine answers changes: a walk then looks for its place in it again.
    pub(crate) epoch: u64,
    pub(crate) stage: ApplierState,
    /// So many wait for the engine.
    hurried: usize,
}

/// Who moves changes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApplierState {
    /// Nobody yet, or nobody any more.
    Alone,
    /// The follower fills an engine from the journal; changes wait.
    Filling,
    /// The follower.
    Following,
    /// The engine failed. Reads wait until the writer has another one.
    Failed,
    /// And nothing could be put in its place.
    GivenUp,
}

/// What an index holds: entries, and bytes of their keys and values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LiveSize {
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
}

impl LiveSize {
    /// Follows one change: the length of the value, and of the one that was there.
    pub(crate) fn follow(&mut self, place: &[u8], value: Option<usize>, before: Option<usize>) {
        if let Some(before) = before {
            self.entries = self.entries.saturating_sub(1);
            self.bytes = self.bytes.saturating_sub((place.len() + before) as u64);
        }
        if let Some(value) = value {
            self.entries += 1;
            self.bytes += (place.len() + value) as u64;
        }
    }
}

impl Index {
    pub(crate) fn new(engine: Engine, live: LiveSize, journal: ValueFile) -> Self {
        let layers = Layers {
            fresh: Memtable::new(),
            fresh_bytes: 0,
            fresh_live: LiveSize::default(),
            groups: 0,
            moving: None,
            journal: Arc::new(journal),
            engine: Arc::new(engine),
            live,
            epoch: 0,
            stage: ApplierState::Alone,
            hurried: 0,
        };
        Self { layers: Mutex::new(layers), work: Condvar::new(), moved: Condvar::new() }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Layers> {
        self.layers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn wait<'a>(
        &self,
        layers: MutexGuard<'a, Layers>,
        while_so: impl FnMut(&mut Layers) -> bool,
    ) -> MutexGuard<'a, Layers> {
        self.moved.wait_while(layers, while_so).unwrap_or_else(PoisonError::into_inner)
    }

    /// For reads: an engine that failed is not asked.
    pub(crate) fn reading(&self) -> MutexGuard<'_, Layers> {
        self.wait(self.lock(), |layers| layers.stage == ApplierState::Failed)
    }

    pub(crate) fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.lock().engine)
    }

    /// What the engine holds; without what waits for it.
    pub(crate) fn live(&self) -> LiveSize {
        self.lock().live
    }

    /// With what waits for it, as if it had nothing of that yet.
    pub(crate) fn live_at_most(&self) -> LiveSize {
        let layers = self.lock();
        let mut most = layers.fresh_live;
        for (place, value) in layers.moving.iter().flat_map(|run| run.iter()) {
            most.follow(place, length(*value), None);
        }
        LiveSize { entries: most.entries + layers.live.entries, bytes: most.bytes + layers.live.bytes }
    }

    pub(crate) fn stage(&self) -> ApplierState {
        self.lock().stage
    }

    pub(crate) fn get(&self, place: &[u8]) -> Result<Option<Vec<u8>>, sled::Error> {
        loop {
            let engine = match self.newest(place)? {
                Newest::Here(value) => return Ok(value),
                Newest::In(engine) => engine,
            };
            match engine.get(place) {
                Err(_) if self.is_replaced(&engine) => {}
                answer => return answer,
            }
        }
    }

    /// After an error of this engine: whether another one is in its place. Whoever moves changes on meets the error too, and
    /// until then nobody knows that the engine failed.
    pub(crate) fn is_replaced(&self, engine: &Arc<Engine>) -> bool {
        self.settle();
        !Arc::ptr_eq(&self.reading().engine, engine)
    }

    fn newest(&self, place: &[u8]) -> Result<Newest, sled::Error> {
        let layers = self.reading();
        let moving = layers.moving.as_ref().and_then(|run| run.get(place));
        if let Some(newer) = layers.fresh.get(place).or(moving).copied() {
            let journal = Arc::clone(&layers.journal);
            drop(layers);
            return Ok(Newest::Here(newer.map(|stands| journal.read(stands)).transpose()?));
        }
        Ok(Newest::In(Arc::clone(&layers.engine)))
    }

    pub(crate) fn range(self: &Arc<Self>, range: Range) -> Entries {
        Entries::over(self, range)
    }

    /// Makes a group visible, all of it at once. It is in the journal.
    pub(crate) fn take(&self, changes: Changes<'_>) {
        let mut layers = self.lock();
        if layers.is_full() {
            // Nobody gathers any longer.
            self.work.notify_one();
            layers = self.wait(layers, |layers| layers.is_full());
        }
        let first = layers.fresh.is_empty();
        for (place, value) in changes.places() {
            let before = layers.fresh.insert(place.to_vec(), value);
            layers.fresh_bytes += if before.is_none() { CHANGE + place.len() } else { 0 };
            layers.fresh_live.follow(place, length(value), before.and_then(length));
        }
        layers.groups += 1;
        if first {
            self.work.notify_one();
        }
    }

    /// Another journal, at a time when nothing is in front of the engine.
    pub(crate) fn read_from(&self, journal: ValueFile) {
        self.lock().journal = Arc::new(journal);
    }

    /// Whether changes wait for the engine: then [`Index::live`] is of an earlier time.
    pub(crate) fn lags(&self) -> bool {
        self.lock().lags()
    }

    /// Waits for a moment in which the engine has everything, which comes when nobody writes. Whether it has: not when it
    /// failed.
    pub(crate) fn settle(&self) -> bool {
        let mut layers = self.lock();
        layers.hurried += 1;
        self.work.notify_one();
        let mut layers = self.wait(layers, |layers| match layers.stage {
            ApplierState::Filling => true,
            ApplierState::Following => layers.lags(),
            ApplierState::Alone | ApplierState::Failed | ApplierState::GivenUp => false,
        });
        layers.hurried -= 1;
        !layers.lags() && !matches!(layers.stage, ApplierState::Failed | ApplierState::GivenUp)
    }

    /// Puts another engine in place that has everything, at a time when nothing is moved on. The one before goes with
    /// the last walk over it.
    pub(crate) fn swap(&self, engine: Engine, live: LiveSize) {
        let mut layers = self.lock();
        let before = std::mem::replace(&mut layers.engine, Arc::new(engine));
        let (fresh, moving) = (std::mem::take(&mut layers.fresh), layers.moving.take());
        (layers.fresh_bytes, layers.fresh_live) = (0, LiveSize::default());
        layers.live = live;
        layers.epoch += 1;
        if layers.stage != ApplierState::Alone {
            layers.stage = ApplierState::Following;
        }
        drop(layers);
        self.moved.notify_all();
        drop((fresh, moving));
        before.retire();
    }

    /// Nothing can be put in the place of an engine that failed: reads may ask it again.
    pub(crate) fn give_up(&self) {
        self.lock().stage = ApplierState::GivenUp;
        self.moved.notify_all();
    }

    /// The engine itself, where nobody else holds it any more.
    pub(crate) fn into_engine(self) -> Option<Engine> {
        Arc::into_inner(self.layers.into_inner().unwrap_or_else(PoisonError::into_inner).engine)
    }
}

/// Where the newest value of a place is.
enum Newest {
    Here(Option<Vec<u8>>),
    In(Arc<Engine>),
}

fn length(value: Option<ValueRef>) -> Option<usize> {
    value.map(|(_, length)| length as usize)
}

impl Layers {
    fn lags(&self) -> bool {
        !self.fresh.is_empty() || self.moving.is_some()
    }

    /// Whether somebody waits for the engine.
    pub(crate) fn hurries(&self) -> bool {
        self.hurried > 0
    }

    pub(crate) fn is_full(&self) -> bool {
        self.fresh_bytes >= LIMIT && matches!(self.stage, ApplierState::Following | ApplierState::Filling)
    }

    /// Takes the next so many changes behind `after` out, in the order of their places.
    pub(crate) fn part(&mut self, after: Option<Vec<u8>>, most: usize) -> Memtable {
        let behind = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let part: Memtable = self.fresh.extract_if(behind, |_, _| true).take(most).collect();
        for (place, value) in &part {
            self.fresh_bytes -= CHANGE + place.len();
            self.fresh_live.follow(place, None, length(*value));
        }
        part
    }

    pub(crate) fn value(&self, stands: Option<ValueRef>) -> std::io::Result<Option<Vec<u8>>> {
        stands.map(|stands| self.journal.read(stands)).transpose()
    }
}

#[cfg(test)]
#[path = "layered_tests.rs"]
mod tests;
