use std::{
    marker::PhantomData,
    path::Path,
    sync::{Arc, mpsc},
    time::Duration,
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{Batch, DataKey, Error, Key, Pending, Table, disk, schema, seal::Sealer, writer::Writer};

/// Pages kept in memory, in bytes. sled's own default is 1 GiB.
const CACHE_BYTES: u64 = 64 << 20;

/// An open data folder. Cheap to clone; the folder is free again when the last clone and table are dropped.
#[derive(Clone)]
pub struct Store {
    // Before `db`: fields drop in this order, and the writer finishes its queue first.
    writer: Arc<Writer>,
    tree: sled::Tree,
    sealer: Arc<Sealer>,
    _db: sled::Db,
}

impl Store {
    /// Opens the database `dir/db`, or makes it. Blocking.
    ///
    /// # Errors
    /// [`Error::NewerSchema`] and [`Error::WrongKey`] (nothing was touched), [`Error::SchemaMark`],
    /// [`Error::Locked`], [`Error::DiskFull`], [`Error::File`] or [`Error::Open`].
    pub fn open(dir: &Path, key: &DataKey) -> Result<Self, Error> {
        disk::make_folder(dir)?;
        let path = dir.join("db");
        let sealer = Arc::new(Sealer::new(key));
        schema::check(dir, &path, &sealer.key_id())?;
        let first = !path.join("db").exists();
        disk::make_folder(&path)?;
        let db = open_engine(&path)?;
        // The engine makes its files with the rights of the umask; those it makes later are kept by the folder's.
        let names = [path.join("db"), path.join("conf")];
        for name in &names {
            disk::make_private(name)?;
        }
        if first {
            for name in &names {
                disk::sync_file(name)?;
            }
            disk::sync_folder(&path)?;
            disk::sync_folder(dir)?;
        }
        let writer = Arc::new(Writer::start(db.clone(), &path.join("db"))?);
        Ok(Self { writer, tree: (*db).clone(), sealer, _db: db })
    }

    /// The table of that name. A name is one word without a 0 byte and always goes with the same types.
    #[must_use]
    pub fn table<K: Key, V: Serialize + DeserializeOwned>(&self, name: &'static str) -> Table<K, V> {
        debug_assert!(!name.is_empty() && !name.contains('\0'), "a table's name is a word");
        Table { name, tree: self.tree.clone(), sealer: Arc::clone(&self.sealer), types: PhantomData }
    }

    /// Writes the batch and returns once it is on the disk. Blocking: not for async code.
    ///
    /// # Errors
    /// As [`Pending::wait`].
    pub fn commit(&self, batch: Batch) -> Result<(), Error> {
        self.commit_later(batch).wait()
    }

    /// Queues the batch; batches reach the disk in the order of these calls. Lets a caller queue under its own
    /// lock and wait outside of it. Blocks only while the queue is full.
    pub fn commit_later(&self, batch: Batch) -> Pending {
        self.writer.queue(batch)
    }

    /// [`Store::commit`] for async code. The batch is written also when the future is dropped.
    ///
    /// # Errors
    /// As [`Pending::wait`].
    pub async fn commit_async(&self, batch: Batch) -> Result<(), Error> {
        let store = self.clone();
        // A paused clock waits for blocking tasks but not for a thread of ours.
        tokio::task::spawn_blocking(move || store.commit(batch)).await.unwrap_or(Err(Error::WriterStopped))
    }

    /// HMAC-SHA256 under a key derived from the data key: recognises a value without keeping it. `purpose` keeps
    /// hashes of one use from being compared with those of another.
    #[must_use]
    pub fn keyed_hash(&self, purpose: &str, bytes: &[u8]) -> [u8; 32] {
        self.sealer.keyed_hash(purpose, bytes)
    }

    pub(crate) fn sealer(&self) -> &Arc<Sealer> {
        &self.sealer
    }
}

/// sled frees its lock a moment after the last handle went, in a thread of its own: so a short patience.
fn open_engine(path: &Path) -> Result<sled::Db, Error> {
    let (_never, pause) = mpsc::channel::<()>();
    for attempt in 0.. {
        let opened = sled::Config::new().path(path).cache_capacity(CACHE_BYTES).open();
        match opened {
            Ok(db) => return Ok(db),
            Err(sled::Error::Io(e)) if e.to_string().contains("could not acquire lock") => {
                if attempt == 20 {
                    return Err(Error::Locked { holder: None });
                }
                let _ = pause.recv_timeout(Duration::from_millis(10));
            }
            Err(source) => {
                return Err(match Error::write(source) {
                    Error::Write { source } => Error::Open { path: path.to_owned(), source },
                    full => full,
                });
            }
        }
    }
    Err(Error::Locked { holder: None })
}
