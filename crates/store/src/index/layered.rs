use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use super::index_trait::{Index, LiveSize};
use crate::log::{Changes, ValueFile, ValueRef};

/// Changes by key, the last one of each: where its value stands in the log. `None` removes.
pub(crate) type Memtable = BTreeMap<Vec<u8>, Option<ValueRef>>;

/// So many bytes of memory may be taken by changes that wait to be applied; then the writer waits, so that neither memory
/// nor the delay grows.
const LIMIT: usize = 32 << 20;
/// What a change takes of memory besides its key, in bytes.
const CHANGE: usize = 96;

/// What reads are answered from: the base index, and over it a memtable of the changes that are in the log and not in the
/// base yet. The writer adds groups; a thread of its own, the index applier, applies them to the base.
pub(crate) struct LayeredIndex {
    layers: Mutex<Layers>,
    /// There is something to apply.
    pub(crate) work: Condvar,
    /// Something was applied, or the base is another.
    pub(crate) applied: Condvar,
}

pub(crate) struct Layers {
    /// The latest changes.
    pub(crate) memtable: Memtable,
    /// What the memtable takes of memory, in bytes.
    memtable_bytes: usize,
    /// How much would live in the memtable if the base had nothing of it.
    memtable_live: LiveSize,
    /// Groups that were ever inserted.
    pub(crate) groups: u64,
    /// What the base is taking right now. It may have any part of it, so this is read before the base.
    pub(crate) applying: Option<Arc<Memtable>>,
    /// Has the values of all that is above the base.
    pub(crate) values: Arc<ValueFile>,
    pub(crate) base: Arc<dyn Index>,
    /// What the base holds.
    pub(crate) live: LiveSize,
    /// Rises when what the base answers changes: a walk then looks for its place in it again.
    pub(crate) epoch: u64,
    pub(crate) state: ApplierState,
    /// So many callers wait for the base to have everything.
    waiting: usize,
}

/// What the index applier is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApplierState {
    /// It has not begun, or has ended.
    Stopped,
    /// It fills a base on the disk from the log; changes wait.
    Filling,
    /// It applies changes as they come.
    Applying,
    /// The base failed. Reads wait until the writer has put another one in its place.
    Failed,
    /// The base failed, and nothing could be put in its place.
    GivenUp,
}

impl LayeredIndex {
    pub(crate) fn new(base: Arc<dyn Index>, live: LiveSize, values: ValueFile) -> Self {
        let layers = Layers {
            memtable: Memtable::new(),
            memtable_bytes: 0,
            memtable_live: LiveSize::default(),
            groups: 0,
            applying: None,
            values: Arc::new(values),
            base,
            live,
            epoch: 0,
            state: ApplierState::Stopped,
            waiting: 0,
        };
        Self { layers: Mutex::new(layers), work: Condvar::new(), applied: Condvar::new() }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Layers> {
        self.layers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn wait<'a>(
        &self,
        layers: MutexGuard<'a, Layers>,
        while_so: impl FnMut(&mut Layers) -> bool,
    ) -> MutexGuard<'a, Layers> {
        self.applied.wait_while(layers, while_so).unwrap_or_else(PoisonError::into_inner)
    }

    /// The layers for a read, which waits while the base has failed and no other is in its place.
    pub(crate) fn reading(&self) -> MutexGuard<'_, Layers> {
        self.wait(self.lock(), |layers| layers.state == ApplierState::Failed)
    }

    pub(crate) fn base(&self) -> Arc<dyn Index> {
        Arc::clone(&self.lock().base)
    }

    /// What the base holds, without what waits to be applied.
    pub(crate) fn live(&self) -> LiveSize {
        self.lock().live
    }

    /// With what waits to be applied, as if the base had nothing of that yet.
    pub(crate) fn live_at_most(&self) -> LiveSize {
        let layers = self.lock();
        let mut most = layers.memtable_live;
        for (key, value) in layers.applying.iter().flat_map(|changes| changes.iter()) {
            most.follow(key, length(*value), None);
        }
        LiveSize { entries: most.entries + layers.live.entries, bytes: most.bytes + layers.live.bytes }
    }

    pub(crate) fn state(&self) -> ApplierState {
        self.lock().state
    }

    pub(crate) fn get(&self, key: &[u8]) -> std::io::Result<Option<Vec<u8>>> {
        loop {
            let layers = self.reading();
            let applying = layers.applying.as_ref().and_then(|changes| changes.get(key));
            if let Some(newer) = layers.memtable.get(key).or(applying).copied() {
                let values = Arc::clone(&layers.values);
                drop(layers);
                return newer.map(|value| values.read(value)).transpose();
            }
            let base = Arc::clone(&layers.base);
            drop(layers);
            match base.get(key) {
                Err(_) if self.is_replaced(&base) => {}
                answer => return answer,
            }
        }
    }

    /// After an error of this base: whether another one is in its place. The applier meets the error too, and until then
    /// nobody knows that the base failed.
    pub(crate) fn is_replaced(&self, base: &Arc<dyn Index>) -> bool {
        self.settle();
        !Arc::ptr_eq(&self.reading().base, base)
    }

    /// Makes a group visible, all of it at once. It is in the log.
    pub(crate) fn insert(&self, changes: Changes<'_>) {
        let mut layers = self.lock();
        if layers.is_full() {
            // The applier need not wait for more changes.
            self.work.notify_one();
            layers = self.wait(layers, |layers| layers.is_full());
        }
        let first = layers.memtable.is_empty();
        for (key, value) in changes.value_refs() {
            let before = layers.memtable.insert(key.to_vec(), value);
            layers.memtable_bytes += if before.is_none() { CHANGE + key.len() } else { 0 };
            layers.memtable_live.follow(key, length(value), before.and_then(length));
        }
        layers.groups += 1;
        if first {
            self.work.notify_one();
        }
    }

    /// Takes the values of another log, at a time when nothing is above the base.
    pub(crate) fn read_from(&self, values: ValueFile) {
        self.lock().values = Arc::new(values);
    }

    /// Whether changes wait to be applied: then [`LayeredIndex::live`] is of an earlier time.
    pub(crate) fn is_behind(&self) -> bool {
        self.lock().is_behind()
    }

    /// Waits for a moment in which the base has everything, which comes when nobody writes. Whether it has: not when it
    /// failed.
    pub(crate) fn settle(&self) -> bool {
        let mut layers = self.lock();
        layers.waiting += 1;
        self.work.notify_one();
        let mut layers = self.wait(layers, |layers| match layers.state {
            ApplierState::Filling => true,
            ApplierState::Applying => layers.is_behind(),
            ApplierState::Stopped | ApplierState::Failed | ApplierState::GivenUp => false,
        });
        layers.waiting -= 1;
        !layers.is_behind() && !matches!(layers.state, ApplierState::Failed | ApplierState::GivenUp)
    }

    /// Puts another base in place that has everything, at a time when nothing is applied. The files of the one before are
    /// removed with the last walk over it.
    pub(crate) fn swap(&self, base: Arc<dyn Index>, live: LiveSize) {
        let mut layers = self.lock();
        let before = std::mem::replace(&mut layers.base, base);
        let (memtable, applying) = (std::mem::take(&mut layers.memtable), layers.applying.take());
        (layers.memtable_bytes, layers.memtable_live) = (0, LiveSize::default());
        layers.live = live;
        layers.epoch += 1;
        if layers.state != ApplierState::Stopped {
            layers.state = ApplierState::Applying;
        }
        drop(layers);
        self.applied.notify_all();
        drop((memtable, applying));
        before.retire();
    }

    /// Nothing can be put in the place of a base that failed: reads may ask it again.
    pub(crate) fn give_up(&self) {
        self.lock().state = ApplierState::GivenUp;
        self.applied.notify_all();
    }

    pub(crate) fn into_base(self) -> Arc<dyn Index> {
        self.layers.into_inner().unwrap_or_else(PoisonError::into_inner).base
    }
}

fn length(value: Option<ValueRef>) -> Option<usize> {
    value.map(|(_, length)| length as usize)
}

impl Layers {
    pub(crate) fn is_behind(&self) -> bool {
        !self.memtable.is_empty() || self.applying.is_some()
    }

    /// Whether somebody waits for the base to have everything.
    pub(crate) fn is_awaited(&self) -> bool {
        self.waiting > 0
    }

    pub(crate) fn is_full(&self) -> bool {
        self.memtable_bytes >= LIMIT && matches!(self.state, ApplierState::Applying | ApplierState::Filling)
    }

    /// Takes the next so many changes behind the key `after` out of the memtable, in the order of their keys.
    pub(crate) fn take_part(&mut self, after: Option<Vec<u8>>, most: usize) -> Memtable {
        let behind = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let part: Memtable = self.memtable.extract_if(behind, |_, _| true).take(most).collect();
        for (key, value) in &part {
            self.memtable_bytes -= CHANGE + key.len();
            self.memtable_live.follow(key, None, length(*value));
        }
        part
    }

    pub(crate) fn value(&self, value: Option<ValueRef>) -> std::io::Result<Option<Vec<u8>>> {
        value.map(|value| self.values.read(value)).transpose()
    }
}

#[cfg(test)]
#[path = "layered_tests.rs"]
mod tests;
