use std::{
    collections::BTreeMap,
    ops::{Bound, RangeBounds as _},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use crate::{
    engine::{Cursor, Engine, Entry, Range, within},
    frame::Changes,
    sorted::{Stands, Values},
};

/// Changes by place, the last one of each: where its value stands in the journal. `None` removes.
pub(crate) type Run = BTreeMap<Vec<u8>, Option<Stands>>;

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
    pub(crate) fresh: Run,
    /// What that takes of memory, in bytes.
    fresh_bytes: usize,
    /// What it would be if the engine had nothing of it.
    fresh_live: Live,
    /// Groups that came, ever.
    pub(crate) groups: u64,
    /// What the engine is taking right now: it may have any part of it, so this is in front of it.
    pub(crate) moving: Option<Arc<Run>>,
    /// Has the values of all that is in front of the engine.
    pub(crate) journal: Arc<Values>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) live: Live,
    /// Rises when what the engine answers changes: a walk then looks for its place in it again.
    pub(crate) epoch: u64,
    pub(crate) stage: Stage,
    /// So many wait for the engine.
    hurried: usize,
}

/// Who moves changes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
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
pub(crate) struct Live {
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
}

impl Live {
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
    pub(crate) fn new(engine: Engine, live: Live, journal: Values) -> Self {
        let layers = Layers {
            fresh: Run::new(),
            fresh_bytes: 0,
            fresh_live: Live::default(),
            groups: 0,
            moving: None,
            journal: Arc::new(journal),
            engine: Arc::new(engine),
            live,
            epoch: 0,
            stage: Stage::Alone,
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
    fn reading(&self) -> MutexGuard<'_, Layers> {
        self.wait(self.lock(), |layers| layers.stage == Stage::Failed)
    }

    pub(crate) fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.lock().engine)
    }

    /// What the engine holds; without what waits for it.
    pub(crate) fn live(&self) -> Live {
        self.lock().live
    }

    /// With what waits for it, as if it had nothing of that yet.
    pub(crate) fn live_at_most(&self) -> Live {
        let layers = self.lock();
        let mut most = layers.fresh_live;
        for (place, value) in layers.moving.iter().flat_map(|run| run.iter()) {
            most.follow(place, length(*value), None);
        }
        Live { entries: most.entries + layers.live.entries, bytes: most.bytes + layers.live.bytes }
    }

    pub(crate) fn stage(&self) -> Stage {
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
    fn is_replaced(&self, engine: &Arc<Engine>) -> bool {
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
        let layers = self.reading();
        let (engine, epoch) = (Arc::clone(&layers.engine), layers.epoch);
        drop(layers);
        let cursor = engine.range(range.clone());
        Entries { cursor, front: None, back: None, range, engine, epoch, index: Arc::clone(self) }
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
    pub(crate) fn read_from(&self, journal: Values) {
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
            Stage::Filling => true,
            Stage::Following => layers.lags(),
            Stage::Alone | Stage::Failed | Stage::GivenUp => false,
        });
        layers.hurried -= 1;
        !layers.lags() && !matches!(layers.stage, Stage::Failed | Stage::GivenUp)
    }

    /// Puts another engine in place that has everything, at a time when nothing is moved on. The one before goes with
    /// the last walk over it.
    pub(crate) fn swap(&self, engine: Engine, live: Live) {
        let mut layers = self.lock();
        let before = std::mem::replace(&mut layers.engine, Arc::new(engine));
        let (fresh, moving) = (std::mem::take(&mut layers.fresh), layers.moving.take());
        (layers.fresh_bytes, layers.fresh_live) = (0, Live::default());
        layers.live = live;
        layers.epoch += 1;
        if layers.stage != Stage::Alone {
            layers.stage = Stage::Following;
        }
        drop(layers);
        self.moved.notify_all();
        drop((fresh, moving));
        before.retire();
    }

    /// Nothing can be put in the place of an engine that failed: reads may ask it again.
    pub(crate) fn give_up(&self) {
        self.lock().stage = Stage::GivenUp;
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

fn length(value: Option<Stands>) -> Option<usize> {
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
        self.fresh_bytes >= LIMIT && matches!(self.stage, Stage::Following | Stage::Filling)
    }

    /// Takes the next so many changes behind `after` out, in the order of their places.
    pub(crate) fn part(&mut self, after: Option<Vec<u8>>, most: usize) -> Run {
        let behind = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let part: Run = self.fresh.extract_if(behind, |_, _| true).take(most).collect();
        for (place, value) in &part {
            self.fresh_bytes -= CHANGE + place.len();
            self.fresh_live.follow(place, None, length(*value));
        }
        part
    }

    fn value(&self, stands: Option<Stands>) -> std::io::Result<Option<Vec<u8>>> {
        stands.map(|stands| self.journal.read(stands)).transpose()
    }

    /// The first or last change in front of the engine in this range.
    fn newer(&self, range: &Range, end: End) -> Option<(&Vec<u8>, &Option<Stands>)> {
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

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
