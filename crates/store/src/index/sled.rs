//! The index on the disk: sled, which is named in this file only.
//!
//! sled's files are opened only where they are known to be as they were left, because sled can search for ever in damaged
//! ones. Nothing depends on its own durability: what it would make durable is in the log.

use std::{
    fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::index_trait::{Entries, Entry, Index, IndexKind, Range};
use crate::{
    disk::{durable, private},
    error::Error,
};

/// Pages kept in memory, in bytes. sled's own default is 1 GiB.
const CACHE_BYTES: u64 = 24 << 20;
/// How often sled's file lock is tried: sled frees it a moment after the last handle is dropped, on a thread of its own.
const LOCK_TRIES: u32 = 500;
const LOCK_PAUSE: Duration = Duration::from_millis(4);

/// A sled database in a folder of its own.
pub(crate) struct SledIndex {
    // Absent only while it is closed or dropped. Dropped before the folder is removed.
    db: Option<sled::Db>,
    folder: PathBuf,
    retired: AtomicBool,
}

impl SledIndex {
    /// Makes an empty database in a folder that is not there yet.
    pub(crate) fn make(folder: &Path) -> Result<Arc<dyn Index>, Error> {
        durable::make_folder(folder)?;
        Self::open(folder)
    }

    /// Opens files that were verified, or were just made.
    pub(crate) fn open(folder: &Path) -> Result<Arc<dyn Index>, Error> {
        let db = open_sled(folder)?;
        // sled makes its files with the rights of the umask; those it makes later are protected by the folder's rights.
        for name in ["db", "conf"] {
            durable::make_private(&folder.join(name))?;
        }
        Ok(Arc::new(Self { db: Some(db), folder: folder.to_owned(), retired: AtomicBool::new(false) }))
    }

    fn db(&self) -> &sled::Db {
        self.db.as_ref().expect("taken only when the index is closed, which consumes it")
    }

    fn file(&self) -> PathBuf {
        self.folder.join("db")
    }
}

impl Index for SledIndex {
    fn get(&self, key: &[u8]) -> io::Result<Option<Vec<u8>>> {
        Ok(self.db().get(key).map_err(failed)?.map(|value| value.to_vec()))
    }

    fn range(self: Arc<Self>, range: Range) -> Entries {
        Box::new(Walk { iter: self.db().range::<Vec<u8>, _>(range), _index: self })
    }

    fn apply(&self, key: &[u8], value: Option<&[u8]>) -> io::Result<Option<usize>> {
        let before = caught(|| match value {
            Some(value) => self.db().insert(key, value),
            None => self.db().remove(key),
        });
        Ok(before.map_err(failed)?.map(|value| value.len()))
    }

    fn kind(&self) -> IndexKind {
        IndexKind::Disk
    }

    fn file_bytes(&self) -> u64 {
        fs::metadata(self.file()).map_or(0, |m| m.len())
    }

    fn retire(&self) {
        self.retired.store(true, Ordering::SeqCst);
    }

    /// Waits until the last thread of sled has let go of its files.
    fn close(self: Arc<Self>) -> Option<PathBuf> {
        let mut this = Arc::into_inner(self)?;
        let (db, folder, file) = (this.db.take()?, this.folder.clone(), this.file());
        let flushed = caught(|| {
            let flushed = db.flush();
            drop(db);
            flushed
        });
        (flushed.is_ok() && is_let_go(&file)).then_some(folder)
    }
}

impl Drop for SledIndex {
    fn drop(&mut self) {
        let db = self.db.take();
        let _ = caught(|| {
            drop(db);
            Ok(())
        });
        if self.retired.load(Ordering::SeqCst) {
            is_let_go(&self.file());
            // What stays is removed at the next opening.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

struct Walk {
    // Dropped before the database that it walks over.
    iter: sled::Iter,
    _index: Arc<SledIndex>,
}

impl Iterator for Walk {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        let found = self.iter.next()?;
        Some(found.map(|(key, value)| (key.to_vec(), value.to_vec())).map_err(failed))
    }
}

/// sled's error with its own text; the kind tells a full disk.
fn failed(error: sled::Error) -> io::Error {
    let kind = if let sled::Error::Io(e) = &error { e.kind() } else { io::ErrorKind::Other };
    io::Error::new(kind, error)
}

/// sled asserts in places where a disk that is full or broken leads it, so a panic counts as an error.
fn caught<T>(operation: impl FnOnce() -> sled::Result<T>) -> sled::Result<T> {
    catch_unwind(AssertUnwindSafe(operation))
        .unwrap_or_else(|_| Err(sled::Error::ReportableBug("it panicked".into())))
}

fn open_sled(folder: &Path) -> Result<sled::Db, Error> {
    // Without sled's flusher thread: what it would make durable is in the log.
    let config = sled::Config::new().path(folder).cache_capacity(CACHE_BYTES).flush_every_ms(None);
    for _ in durable::tries(LOCK_TRIES, LOCK_PAUSE) {
        match caught(|| config.open()) {
            Ok(db) => return Ok(db),
            Err(sled::Error::Io(e)) if e.to_string().contains("could not acquire lock") => {}
            Err(error) => return Err(Error::open(folder, failed(error))),
        }
    }
    Err(Error::Locked(None))
}

/// Whether every thread of sled has closed the file, which its lock tells.
fn is_let_go(file: &Path) -> bool {
    let Ok(file) = private::existing().open(file) else { return false };
    durable::tries(LOCK_TRIES, LOCK_PAUSE).any(|_| file.try_lock().is_ok())
}
