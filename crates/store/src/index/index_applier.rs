//! Applies changes to the base of the index, on a thread of its own, so that whoever waits for the disk does not wait for
//! the index. After a kill it fills a new base first, from the log, which answers meanwhile.
//!
//! Nothing depends on how far it has come: what it has not applied is in the log.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use super::{
    DiskIndex, folders,
    index_trait::{EVERYTHING, Index, IndexKind},
    layered::{ApplierState, LayeredIndex, Layers, Memtable},
};
use crate::{
    crash,
    error::Error,
    log::{ValueFile, Wake},
};

/// Changes are applied when none came for this time. The index on the disk takes ten times as long for a change as the log,
/// and whoever waits for the disk needs the processor more.
pub(crate) const PAUSE: Duration = Duration::from_millis(50);
/// Changes are applied at the latest so long after the first one. What changes again within it is written once, and
/// neighbours are written together.
const LONGEST: Duration = Duration::from_secs(1);
/// So many changes are applied at a time; then the memtable has room for as many.
const PART: usize = 512;

/// How long no base is filled after an opening that follows a kill: whoever opens a store reads it first, and is given
/// the processor and the disk for that.
const FILL_DELAY: Duration = Duration::from_secs(1);

pub(crate) struct IndexApplier {
    index: Arc<LayeredIndex>,
    thread: JoinHandle<()>,
}

impl IndexApplier {
    /// Begins to apply. Where the base is the log itself, a base on the disk is filled in a new folder in `dir`.
    pub(crate) fn start(index: &Arc<LayeredIndex>, dir: &Path, wake: Wake) -> Result<Self, Error> {
        let filling = index.base().kind() == IndexKind::Log;
        index.lock().state = if filling { ApplierState::Filling } else { ApplierState::Applying };
        let work = ApplierThread { index: Arc::clone(index), dir: dir.to_owned(), wake };
        let thread = std::thread::Builder::new()
            .name("store-index".to_owned())
            .spawn(move || work.run())
            .map_err(|e| Error::file("store-index", e))?;
        Ok(Self { index: Arc::clone(index), thread })
    }

    /// Ends it; what it has not applied stays above the base.
    pub(crate) fn stop(self) {
        self.index.lock().state = ApplierState::Stopped;
        self.index.work.notify_one();
        self.index.applied.notify_all();
        let _ = self.thread.join();
    }
}

struct ApplierThread {
    index: Arc<LayeredIndex>,
    dir: PathBuf,
    /// Wakes the writer, which puts another base in the place of one that failed.
    wake: Wake,
}

impl ApplierThread {
    /// Runs until it is told to end. A panic counts as a failure of the base: the writer puts another one in its place, and
    /// this goes on with that.
    fn run(&self) {
        while catch_unwind(AssertUnwindSafe(|| self.apply_all())).is_err() {
            tracing::error!("the index's thread panicked");
            self.failed();
        }
    }

    fn failed(&self) {
        let mut layers = self.index.lock();
        if layers.state != ApplierState::Stopped {
            layers.state = ApplierState::Failed;
        }
        drop(layers);
        self.index.applied.notify_all();
        (self.wake)();
    }

    fn apply_all(&self) {
        let index = &*self.index;
        if index.state() == ApplierState::Filling {
            self.fill();
        }
        let mut after = None;
        while let Some(part) = next(index, after.take(), PAUSE) {
            crash::point("store.index.behind");
            match part.apply(index) {
                Ok(()) => {
                    crash::point("store.index.followed");
                    after = part.last();
                    if !index.is_behind() {
                        // The writer maintains its files by what lives, which is known now.
                        (self.wake)();
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "the index did not take what the journal has");
                    self.failed();
                }
            }
        }
    }

    fn fill(&self) {
        let index = &*self.index;
        let may_wait = |l: &mut Layers| l.state == ApplierState::Filling && !l.is_awaited();
        drop(index.work.wait_timeout_while(index.lock(), FILL_DELAY, may_wait));
        match fill(index.base(), &self.dir) {
            Ok(base) => {
                filled(index, base);
                crash::point("store.index.filled");
            }
            Err(error) => {
                tracing::warn!(%error, "no index can be written");
                self.failed();
            }
        }
    }
}

/// A new base on the disk with all that the log holds.
fn fill(log: Arc<dyn Index>, dir: &Path) -> Result<Arc<dyn Index>, Error> {
    let base = DiskIndex::make(&folders::free(dir))?;
    for entry in log.range(EVERYTHING) {
        let written = entry.and_then(|(key, value)| base.apply(&key, Some(&value)));
        if let Err(error) = written {
            base.retire();
            return Err(Error::write(error));
        }
    }
    Ok(base)
}

/// The new base takes the place of the log; what came meanwhile stays above it.
fn filled(index: &LayeredIndex, base: Arc<dyn Index>) {
    let mut layers = index.lock();
    let before = std::mem::replace(&mut layers.base, base);
    layers.epoch += 1;
    if layers.state == ApplierState::Filling {
        layers.state = ApplierState::Applying;
    }
    drop(layers);
    index.applied.notify_all();
    drop(before);
}

/// Changes on their way from the memtable into the base.
pub(crate) struct Part {
    pub(crate) changes: Arc<Memtable>,
    base: Arc<dyn Index>,
    values: Arc<ValueFile>,
}

/// Waits for changes and then until none came for `quiet`, and takes a part of them out of the memtable: those behind the
/// key `after`, if that is the last one of a part before. `None` when the applier is to end.
pub(crate) fn next(index: &LayeredIndex, after: Option<Vec<u8>>, quiet: Duration) -> Option<Part> {
    let mut layers = index.lock();
    let mut changes = Memtable::new();
    if after.is_some() && layers.state == ApplierState::Applying {
        changes = layers.take_part(after, PART);
    }
    while changes.is_empty() {
        let idle = |l: &mut Layers| match l.state {
            ApplierState::Applying => l.memtable.is_empty(),
            ApplierState::Stopped => false,
            ApplierState::Filling | ApplierState::Failed | ApplierState::GivenUp => true,
        };
        layers = index.work.wait_while(layers, idle).unwrap_or_else(PoisonError::into_inner);
        layers = pause(index, layers, quiet);
        match layers.state {
            ApplierState::Stopped => return None,
            ApplierState::Applying => changes = layers.take_part(None, PART),
            _ => {}
        }
    }
    let changes = Arc::new(changes);
    layers.applying = Some(Arc::clone(&changes));
    let part = Part { changes, base: Arc::clone(&layers.base), values: Arc::clone(&layers.values) };
    drop(layers);
    // The memtable has room again.
    index.applied.notify_all();
    Some(part)
}

/// Waits until no more changes come, for [`LONGEST`] at most.
fn pause<'a>(
    index: &'a LayeredIndex,
    mut layers: MutexGuard<'a, Layers>,
    quiet: Duration,
) -> MutexGuard<'a, Layers> {
    for _ in 0..LONGEST.as_millis() / PAUSE.as_millis() {
        let before = layers.groups;
        let gathering = |l: &mut Layers| l.state == ApplierState::Applying && !l.is_awaited() && !l.is_full();
        let waited = index.work.wait_timeout_while(layers, quiet, gathering);
        let (now, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        layers = now;
        if !waited.timed_out() || layers.groups == before {
            break;
        }
    }
    layers
}

impl Part {
    pub(crate) fn apply(&self, index: &LayeredIndex) -> std::io::Result<()> {
        let mut live = index.live();
        for (key, value) in &*self.changes {
            let value = value.map(|value| self.values.read(value)).transpose()?;
            let before = self.base.apply(key, value.as_deref())?;
            live.follow(key, value.map(|v| v.len()), before);
        }
        let mut layers = index.lock();
        layers.live = live;
        layers.applying = None;
        layers.epoch += 1;
        drop(layers);
        index.applied.notify_all();
        Ok(())
    }

    /// Its last key.
    pub(crate) fn last(&self) -> Option<Vec<u8>> {
        self.changes.last_key_value().map(|(key, _)| key.clone())
    }
}
