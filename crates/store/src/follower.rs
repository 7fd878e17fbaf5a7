//! Moves changes from the front of the index into its engine, on a thread of its own: whoever waits for the disk does not
//! wait for sled. After a kill it fills sled first, from the sorted journal that answers meanwhile.
//!
//! Nothing depends on how far it has come: what it has not moved on is in the journal.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use crate::{
    Error, crash,
    engine::Engine,
    index::{Index, Layers, Run, Stage},
    open,
};

/// What gathers is moved on after this time, so that what changes again at once is written once and neighbours together…
const LINGER: Duration = Duration::from_millis(20);
/// …or when it is so many bytes.
const ENOUGH: usize = 512 << 10;

/// How long an engine is not filled after an opening that follows a kill: whoever opens a store reads it first, and has
/// the processor and the disk for that.
const REST: Duration = Duration::from_secs(1);

/// Wakes the writer, who looks after an engine that failed.
pub(crate) type Wake = Box<dyn Fn() + Send>;

pub(crate) fn is_enough(bytes: usize) -> bool {
    bytes >= ENOUGH
}

/// The thread.
pub(crate) struct Follower {
    index: Arc<Index>,
    thread: JoinHandle<()>,
}

impl Follower {
    /// Begins to follow. An engine is filled in a new folder in `dir` where the index stands on a journal.
    pub(crate) fn start(index: &Arc<Index>, dir: &Path, wake: Wake) -> Result<Self, Error> {
        let ends = Ends { index: Arc::clone(index), wake };
        let filling = matches!(*index.engine(), Engine::Journal(_));
        index.lock().stage = if filling { Stage::Filling } else { Stage::Following };
        let dir = dir.to_owned();
        let thread = std::thread::Builder::new()
            .name("store-index".to_owned())
            .spawn(move || follow(&ends, dir))
            .map_err(|e| Error::file("store-index", e))?;
        Ok(Self { index: Arc::clone(index), thread })
    }

    /// Ends it; what it has not moved on stays in front of the engine.
    pub(crate) fn stop(self) {
        self.index.lock().stage = Stage::Alone;
        self.index.work.notify_one();
        self.index.moved.notify_all();
        let _ = self.thread.join();
    }
}

/// However the thread ends, nobody waits for it any more.
struct Ends {
    index: Arc<Index>,
    wake: Wake,
}

impl Ends {
    fn failed(&self) {
        let mut layers = self.index.lock();
        if layers.stage != Stage::Alone {
            layers.stage = Stage::Failed;
        }
        drop(layers);
        self.index.moved.notify_all();
        (self.wake)();
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        if self.index.stage() != Stage::Alone {
            self.failed();
        }
    }
}

fn follow(ends: &Ends, dir: PathBuf) {
    let index = &*ends.index;
    if let Engine::Journal(_) = &*index.engine() {
        let resting = |l: &mut Layers| l.stage == Stage::Filling && !l.hurry && !is_enough(l.fresh_bytes);
        drop(index.work.wait_timeout_while(index.lock(), REST, resting));
        match fill(&index.engine(), &dir) {
            Ok(engine) => {
                filled(index, engine);
                crash::point("store.index.filled");
            }
            Err(error) => {
                tracing::warn!(%error, "no index can be written");
                ends.failed();
            }
        }
    }
    drop(dir);
    while let Some((run, engine)) = next(index) {
        crash::point("store.index.behind");
        match moved(index, &run, &engine) {
            Ok(()) => crash::point("store.index.followed"),
            Err(error) => {
                tracing::error!(%error, "the index did not take what the journal has");
                ends.failed();
            }
        }
    }
}

/// A new engine with all that a sorted journal holds.
fn fill(journal: &Engine, dir: &Path) -> Result<Engine, Error> {
    let folder = open::free_folder(dir);
    let engine = Engine::make(&folder)?;
    let mut entries = journal.range(open::EVERYTHING);
    while let Some(entry) = entries.next(journal) {
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
    if layers.stage == Stage::Filling {
        layers.stage = Stage::Following;
    }
    drop(layers);
    index.moved.notify_all();
    drop(before);
}

/// Waits for changes and takes them out of the front. `None` when it is to end.
pub(crate) fn next(index: &Index) -> Option<(Arc<Run>, Arc<Engine>)> {
    let mut layers = index.lock();
    loop {
        let waiting = |l: &mut Layers| match l.stage {
            Stage::Following => l.fresh.is_empty(),
            Stage::Alone => false,
            Stage::Filling | Stage::Failed | Stage::GivenUp => true,
        };
        layers = index.work.wait_while(layers, waiting).unwrap_or_else(PoisonError::into_inner);
        let gathering = |l: &mut Layers| l.stage == Stage::Following && !l.hurry && !is_enough(l.fresh_bytes);
        let waited = index.work.wait_timeout_while(layers, LINGER, gathering);
        layers = waited.unwrap_or_else(PoisonError::into_inner).0;
        match layers.stage {
            Stage::Alone => return None,
            Stage::Following if !layers.fresh.is_empty() => break,
            _ => {}
        }
    }
    let run = Arc::new(std::mem::take(&mut layers.fresh));
    layers.fresh_bytes = 0;
    layers.moving = Some(Arc::clone(&run));
    let engine = Arc::clone(&layers.engine);
    drop(layers);
    // There is room again.
    index.moved.notify_all();
    Some((run, engine))
}

pub(crate) fn moved(index: &Index, run: &Run, engine: &Engine) -> Result<(), sled::Error> {
    let mut live = index.live();
    for (place, value) in run {
        let before = engine.apply(place, value.as_deref())?;
        live.follow(place, value.as_deref(), before);
    }
    let mut layers = index.lock();
    layers.live = live;
    layers.moving = None;
    layers.epoch += 1;
    drop(layers);
    index.moved.notify_all();
    Ok(())
}
