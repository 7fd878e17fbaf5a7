//! Moves changes from the front of the index into its engine, on a thread of its own: whoever waits for the disk does not
//! wait for sled. After a kill it fills sled first, from the sorted journal that answers meanwhile.
//!
//! Nothing depends on how far it has come: what it has not moved on is in the journal.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use crate::{
    Error, crash,
    index::engine::Engine,
    index::folders,
    index::keydir::ValueFile,
    index::layered::{ApplierState, Index, Layers, Memtable},
};

/// What gathers is moved on when nothing came for this time: sled takes ten times as long for a change as the journal,
/// and whoever waits for the disk needs the processor more…
pub(crate) const PAUSE: Duration = Duration::from_millis(50);
/// …or this long after the first change. So what changes again at once is written once, and neighbours together.
const LONGEST: Duration = Duration::from_secs(1);
/// So many changes are moved on at a time; then there is room for as many.
const PART: usize = 512;

/// How long an engine is not filled after an opening that follows a kill: whoever opens a store reads it first, and has
/// the processor and the disk for that.
const REST: Duration = Duration::from_secs(1);

/// Wakes the writer, who looks after an engine that failed.
pub(crate) type Wake = Box<dyn Fn() + Send>;

/// The thread.
pub(crate) struct IndexApplier {
    index: Arc<Index>,
    thread: JoinHandle<()>,
}

impl IndexApplier {
    /// Begins to follow. An engine is filled in a new folder in `dir` where the index stands on a journal.
    pub(crate) fn start(index: &Arc<Index>, dir: &Path, wake: Wake) -> Result<Self, Error> {
        let filling = matches!(*index.engine(), Engine::Journal(_));
        index.lock().stage = if filling { ApplierState::Filling } else { ApplierState::Following };
        let task = Task { index: Arc::clone(index), dir: dir.to_owned(), wake };
        let thread = std::thread::Builder::new()
            .name("store-index".to_owned())
            .spawn(move || task.run())
            .map_err(|e| Error::file("store-index", e))?;
        Ok(Self { index: Arc::clone(index), thread })
    }

    /// Ends it; what it has not moved on stays in front of the engine.
    pub(crate) fn stop(self) {
        self.index.lock().stage = ApplierState::Alone;
        self.index.work.notify_one();
        self.index.moved.notify_all();
        let _ = self.thread.join();
    }
}

/// What the thread works for.
struct Task {
    index: Arc<Index>,
    dir: PathBuf,
    wake: Wake,
}

impl Task {
    /// Until it is to end. A panic counts as a failure of the engine: the writer puts another one in its place, and this
    /// goes on with that.
    fn run(&self) {
        while catch_unwind(AssertUnwindSafe(|| self.follow())).is_err() {
            tracing::error!("the index's thread panicked");
            self.failed();
        }
    }

    fn failed(&self) {
        let mut layers = self.index.lock();
        if layers.stage != ApplierState::Alone {
            layers.stage = ApplierState::Failed;
        }
        drop(layers);
        self.index.moved.notify_all();
        (self.wake)();
    }

    fn follow(&self) {
        let index = &*self.index;
        if index.stage() == ApplierState::Filling {
            self.fill();
        }
        let mut after = None;
        while let Some(part) = next(index, after.take(), PAUSE) {
            crash::point("store.index.behind");
            match part.moved(index) {
                Ok(()) => {
                    crash::point("store.index.followed");
                    after = part.last();
                    if !index.lags() {
                        // The files may be looked after by what lives.
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
        let resting = |l: &mut Layers| l.stage == ApplierState::Filling && !l.hurries();
        drop(index.work.wait_timeout_while(index.lock(), REST, resting));
        match fill(&index.engine(), &self.dir) {
            Ok(engine) => {
                filled(index, engine);
                crash::point("store.index.filled");
            }
            Err(error) => {
                tracing::warn!(%error, "no index can be written");
                self.failed();
            }
        }
    }
}

/// A new engine with all that a sorted journal holds.
fn fill(journal: &Engine, dir: &Path) -> Result<Engine, Error> {
    let folder = folders::free(dir);
    let engine = Engine::make(&folder)?;
    for entry in journal.everything() {
        let written = entry.and_then(|(place, value)| engine.apply(&place, Some(&value)));
        if let Err(error) = written {
            engine.retire();
            return Err(Error::write(error));
        }
    }
    Ok(engine)
}

/// The engine takes the place of the journal; what came meanwhile stays in front of it.
fn filled(index: &Index, engine: Engine) {
    let mut layers = index.lock();
    let before = std::mem::replace(&mut layers.engine, Arc::new(engine));
    layers.epoch += 1;
    if layers.stage == ApplierState::Filling {
        layers.stage = ApplierState::Following;
    }
    drop(layers);
    index.moved.notify_all();
    drop(before);
}

/// Changes on their way from the front of the index into its engine.
pub(crate) struct Part {
    pub(crate) run: Arc<Memtable>,
    engine: Arc<Engine>,
    journal: Arc<ValueFile>,
}

/// Waits for changes and then until none came for `rest`, and takes a part of them out of the front: those behind
/// `after`, if that is the last place of a part before. `None` when it is to end.
pub(crate) fn next(index: &Index, after: Option<Vec<u8>>, rest: Duration) -> Option<Part> {
    let mut layers = index.lock();
    let mut run = Memtable::new();
    if after.is_some() && layers.stage == ApplierState::Following {
        run = layers.part(after, PART);
    }
    while run.is_empty() {
        let idle = |l: &mut Layers| match l.stage {
            ApplierState::Following => l.fresh.is_empty(),
            ApplierState::Alone => false,
            ApplierState::Filling | ApplierState::Failed | ApplierState::GivenUp => true,
        };
        layers = index.work.wait_while(layers, idle).unwrap_or_else(PoisonError::into_inner);
        layers = pause(index, layers, rest);
        match layers.stage {
            ApplierState::Alone => return None,
            ApplierState::Following => run = layers.part(None, PART),
            _ => {}
        }
    }
    let run = Arc::new(run);
    layers.moving = Some(Arc::clone(&run));
    let part = Part { run, engine: Arc::clone(&layers.engine), journal: Arc::clone(&layers.journal) };
    drop(layers);
    // There is room again.
    index.moved.notify_all();
    Some(part)
}

/// Waits until nothing comes any more, for [`LONGEST`] at most.
fn pause<'a>(index: &'a Index, mut layers: MutexGuard<'a, Layers>, rest: Duration) -> MutexGuard<'a, Layers> {
    for _ in 0..LONGEST.as_millis() / PAUSE.as_millis() {
        let before = layers.groups;
        let gathering = |l: &mut Layers| l.stage == ApplierState::Following && !l.hurries() && !l.is_full();
        let waited = index.work.wait_timeout_while(layers, rest, gathering);
        let (now, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        layers = now;
        if !waited.timed_out() || layers.groups == before {
            break;
        }
    }
    layers
}

impl Part {
    pub(crate) fn moved(&self, index: &Index) -> Result<(), sled::Error> {
        let mut live = index.live();
        for (place, stands) in &*self.run {
            let value = stands.map(|stands| self.journal.read(stands)).transpose()?;
            let before = self.engine.apply(place, value.as_deref())?;
            live.follow(place, value.map(|v| v.len()), before);
        }
        let mut layers = index.lock();
        layers.live = live;
        layers.moving = None;
        layers.epoch += 1;
        drop(layers);
        index.moved.notify_all();
        Ok(())
    }

    /// Its last place.
    pub(crate) fn last(&self) -> Option<Vec<u8>> {
        self.run.last_key_value().map(|(place, _)| place.clone())
    }
}
