//! What the index stands on: sled; or plain memory while sled cannot write; or the journal itself, sorted, until sled
//! was filled from it. All hold what the journal says and nothing else, so that each can be thrown away at any time.

use std::{
    collections::BTreeMap,
    fs,
    ops::{Bound, Range as Numbers},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Duration,
};

use crate::{Error, disk::durable, disk::private, index::keydir::LogIndex, opening::open};

/// Pages kept in memory, in bytes. sled's own default is 1 GiB.
const CACHE_BYTES: u64 = 24 << 20;
/// How often it is tried whether sled's lock is free, and with which pause.
const PATIENCE: (u32, Duration) = (500, Duration::from_millis(4));

/// The index in one of its forms.
pub(crate) enum Engine {
    Sled(Sled),
    Memory(RwLock<BTreeMap<Vec<u8>, Vec<u8>>>),
    /// Only reads.
    Journal(LogIndex),
}

/// A sled database in a folder of its own.
pub(crate) struct Sled {
    // Before the folder is removed in `drop`.
    db: Option<sled::Db>,
    folder: PathBuf,
    retired: AtomicBool,
}

/// Both ends of what an iteration still has to give.
pub(crate) type Range = (Bound<Vec<u8>>, Bound<Vec<u8>>);
/// A key and its sealed value.
pub(crate) type Entry = (Vec<u8>, Vec<u8>);

impl Engine {
    pub(crate) fn memory() -> Self {
        Self::Memory(RwLock::default())
    }

    /// Makes an empty database in a folder that is not there yet.
    pub(crate) fn make(folder: &Path) -> Result<Self, Error> {
        durable::make_folder(folder)?;
        Self::open(folder)
    }

    /// Opens files that were verified, or were just made.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let db = open_sled(folder)?;
        // The engine makes its files with the rights of the umask; those it makes later are kept by the folder's.
        for name in ["db", "conf"] {
            durable::make_private(&folder.join(name))?;
        }
        Ok(Self::Sled(Sled { db: Some(db), folder: folder.to_owned(), retired: AtomicBool::new(false) }))
    }

    pub(crate) fn get(&self, place: &[u8]) -> Result<Option<Vec<u8>>, sled::Error> {
        match self {
            Self::Sled(sled) => Ok(sled.db().get(place)?.map(|value| value.to_vec())),
            Self::Memory(map) => Ok(read(map).get(place).cloned()),
            Self::Journal(sorted) => Ok(sorted.get(place)?),
        }
    }

    pub(crate) fn range(&self, range: Range) -> Cursor {
        match self {
            Self::Sled(sled) => Cursor::Sled(Box::new(sled.db().range::<Vec<u8>, _>(range))),
            Self::Memory(_) => Cursor::Memory(range),
            Self::Journal(sorted) => Cursor::Journal(sorted.within(&range)),
        }
    }

    /// All of it, in the order of the keys.
    pub(crate) fn everything(&self) -> impl Iterator<Item = Result<Entry, sled::Error>> {
        let mut cursor = self.range(open::EVERYTHING);
        std::iter::from_fn(move || cursor.next(self))
    }

    /// Puts or removes; returns the value that was there.
    pub(crate) fn apply(&self, place: &[u8], value: Option<&[u8]>) -> Result<Option<usize>, sled::Error> {
        match self {
            Self::Sled(sled) => {
                let write = || match value {
                    Some(value) => sled.db().insert(place, value),
                    None => sled.db().remove(place),
                };
                // It asserts in places where a disk that is full or broken leads it.
                let written = catch_unwind(AssertUnwindSafe(write));
                let before =
                    written.unwrap_or_else(|_| Err(sled::Error::ReportableBug("it panicked".into())))?;
                Ok(before.map(|value| value.len()))
            }
            Self::Memory(map) => {
                let mut map = map.write().unwrap_or_else(PoisonError::into_inner);
                let before = match value {
                    Some(value) => map.insert(place.to_vec(), value.to_vec()),
                    None => map.remove(place),
                };
                Ok(before.map(|value| value.len()))
            }
            Self::Journal(_) => Err(sled::Error::Unsupported("a sorted journal does not change".into())),
        }
    }

    /// What its file takes on the disk, in bytes.
    pub(crate) fn file_bytes(&self) -> u64 {
        match self {
            Self::Sled(sled) => fs::metadata(sled.folder.join("db")).map_or(0, |m| m.len()),
            Self::Memory(_) | Self::Journal(_) => 0,
        }
    }

    pub(crate) fn is_memory(&self) -> bool {
        matches!(self, Self::Memory(_))
    }

    /// Its folder goes with its last reader.
    pub(crate) fn retire(&self) {
        if let Self::Sled(sled) = self {
            sled.retired.store(true, Ordering::SeqCst);
        }
    }

    /// Closes the database in order and waits until its last thread has let go of its files. Returns its folder;
    /// `None` where the files cannot be relied on.
    pub(crate) fn close(self) -> Option<PathBuf> {
        let Self::Sled(mut sled) = self else { return None };
        let folder = sled.folder.clone();
        let db = sled.db.take()?;
        let close = || {
            let flushed = db.flush().is_ok();
            drop(db);
            flushed
        };
        let flushed = catch_unwind(AssertUnwindSafe(close)).unwrap_or(false);
        (flushed && is_let_go(&folder.join("db"))).then_some(folder)
    }
}

impl Sled {
    fn db(&self) -> &sled::Db {
        self.db.as_ref().expect("taken only when the engine is closed, which consumes it")
    }
}

impl Drop for Sled {
    fn drop(&mut self) {
        let db = self.db.take();
        // It asserts that its last sync works.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(db)));
        if self.retired.load(Ordering::SeqCst) {
            is_let_go(&self.folder.join("db"));
            // What stays is removed at the next opening.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// A walk over a part of the index. Holds no part of the engine, which is asked at each step.
pub(crate) enum Cursor {
    Sled(Box<sled::Iter>),
    Memory(Range),
    Journal(Numbers<usize>),
}

impl Cursor {
    pub(crate) fn next(&mut self, engine: &Engine) -> Option<Result<Entry, sled::Error>> {
        match (self, engine) {
            (Self::Sled(iter), _) => Some(iter.next()?.map(|(k, v)| (k.to_vec(), v.to_vec()))),
            (Self::Memory(range), Engine::Memory(map)) => {
                let map = read(map);
                let (key, value) = within(&map, range)?.next().map(|(k, v)| (k.clone(), v.clone()))?;
                range.0 = Bound::Excluded(key.clone());
                Some(Ok((key, value)))
            }
            (Self::Journal(numbers), Engine::Journal(sorted)) => {
                sorted.entry(numbers.next()?).map(|read| read.map_err(sled::Error::Io))
            }
            (Self::Memory(_) | Self::Journal(_), _) => None,
        }
    }

    pub(crate) fn next_back(&mut self, engine: &Engine) -> Option<Result<Entry, sled::Error>> {
        match (self, engine) {
            (Self::Sled(iter), _) => Some(iter.next_back()?.map(|(k, v)| (k.to_vec(), v.to_vec()))),
            (Self::Memory(range), Engine::Memory(map)) => {
                let map = read(map);
                let (key, value) = within(&map, range)?.next_back().map(|(k, v)| (k.clone(), v.clone()))?;
                range.1 = Bound::Excluded(key.clone());
                Some(Ok((key, value)))
            }
            (Self::Journal(numbers), Engine::Journal(sorted)) => {
                sorted.entry(numbers.next_back()?).map(|read| read.map_err(sled::Error::Io))
            }
            (Self::Memory(_) | Self::Journal(_), _) => None,
        }
    }
}

/// The entries of a range; `None` for one that ends before it begins, at which the map would panic.
pub(crate) fn within<'a, V>(
    map: &'a BTreeMap<Vec<u8>, V>,
    range: &Range,
) -> Option<impl DoubleEndedIterator<Item = (&'a Vec<u8>, &'a V)> + use<'a, V>> {
    let empty = match (&range.0, &range.1) {
        (Bound::Included(a), Bound::Included(b)) => a > b,
        (Bound::Excluded(a) | Bound::Included(a), Bound::Excluded(b) | Bound::Included(b)) => a >= b,
        _ => false,
    };
    (!empty).then(|| map.range::<Vec<u8>, _>(range.clone()))
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// sled frees its lock a moment after the last handle went, in a thread of its own: so a short patience.
fn open_sled(folder: &Path) -> Result<sled::Db, Error> {
    // No flusher: what it would make durable is in the journal.
    let config = sled::Config::new().path(folder).cache_capacity(CACHE_BYTES).flush_every_ms(None);
    // It asserts, as in `apply`.
    let open = || {
        catch_unwind(AssertUnwindSafe(|| config.open()))
            .unwrap_or_else(|_| Err(sled::Error::ReportableBug("it panicked".into())))
    };
    for attempt in 0.. {
        match open() {
            Ok(db) => return Ok(db),
            Err(sled::Error::Io(e)) if e.to_string().contains("could not acquire lock") => {
                if attempt == PATIENCE.0 {
                    return Err(Error::Locked { holder: None });
                }
                pause();
            }
            Err(source) => {
                return Err(match Error::write(source) {
                    Error::Write { source } => Error::Open { path: folder.to_owned(), source },
                    full => full,
                });
            }
        }
    }
    Err(Error::Locked { holder: None })
}

/// Whether every thread of sled has closed the file, which its lock tells.
fn is_let_go(file: &Path) -> bool {
    let Ok(file) = private::existing().open(file) else { return false };
    for _ in 0..PATIENCE.0 {
        if file.try_lock().is_ok() {
            return true;
        }
        pause();
    }
    false
}

fn pause() {
    let (_never, pause) = mpsc::channel::<()>();
    let _ = pause.recv_timeout(PATIENCE.1);
}
