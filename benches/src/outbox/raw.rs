//! The disk's own limit: appending the same bytes to a plain file and waiting for `fdatasync`, alone and as many callers
//! who share one sync. Neither encrypts, frames nor indexes anything.

use std::{
    fs::File,
    io::Write,
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
    thread::{Builder, JoinHandle},
    time::Duration,
};

use tokio::time::Instant;

/// One writer. Told is the time of each sync alone.
pub struct Alone {
    file: File,
}

impl Alone {
    pub fn new(path: &Path) -> Result<Self, String> {
        Ok(Self { file: create(path)? })
    }

    /// Appends and syncs; returns how long the sync took.
    pub fn append(&mut self, bytes: &[u8]) -> Result<Duration, String> {
        self.file.write_all(bytes).map_err(|e| e.to_string())?;
        let began = Instant::now();
        self.file.sync_data().map_err(|e| e.to_string())?;
        Ok(began.elapsed())
    }
}

/// A thread that writes for all who wait: what has gathered during one sync goes with the next, and one call to the
/// kernel wakes everybody.
pub struct Shared {
    line: Arc<Line>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Line {
    gathering: Mutex<Gathering>,
    work: Condvar,
}

#[derive(Default)]
struct Gathering {
    bytes: Vec<u8>,
    outcome: Arc<OnceLock<Result<(), String>>>,
    stopped: bool,
}

impl Shared {
    pub fn new(path: &Path) -> Result<Self, String> {
        let file = create(path)?;
        let line = Arc::<Line>::default();
        let orders = Arc::clone(&line);
        let thread = Builder::new().spawn(move || commit(file, &orders)).map_err(|e| e.to_string())?;
        Ok(Self { line, thread: Some(thread) })
    }

    /// Returns when the bytes are on the disk.
    pub fn append(&self, bytes: &[u8]) -> Result<(), String> {
        let mut gathering = lock(&self.line);
        let first = gathering.bytes.is_empty();
        gathering.bytes.extend_from_slice(bytes);
        let outcome = Arc::clone(&gathering.outcome);
        drop(gathering);
        if first {
            self.line.work.notify_one();
        }
        outcome.wait().clone()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        lock(&self.line).stopped = true;
        self.line.work.notify_one();
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn lock(line: &Line) -> MutexGuard<'_, Gathering> {
    line.gathering.lock().unwrap_or_else(PoisonError::into_inner)
}

fn commit(mut file: File, line: &Line) {
    loop {
        let nothing = |gathering: &mut Gathering| gathering.bytes.is_empty() && !gathering.stopped;
        let waited = line.work.wait_while(lock(line), nothing);
        let mut gathering = waited.unwrap_or_else(PoisonError::into_inner);
        let Gathering { bytes, outcome, stopped } = std::mem::take(&mut *gathering);
        gathering.stopped = stopped;
        drop(gathering);
        if bytes.is_empty() {
            return;
        }
        let written = file.write_all(&bytes).and_then(|()| file.sync_data()).map_err(|e| e.to_string());
        let _ = outcome.set(written);
    }
}

fn create(path: &Path) -> Result<File, String> {
    File::create(path).map_err(|e| format!("{}: {e}", path.display()))
}
