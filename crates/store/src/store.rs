use std::{
    fs::{File, TryLockError},
    marker::PhantomData,
    path::Path,
    sync::{Arc, PoisonError},
    time::Duration,
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    disk::{Fs, RealFs, durable, private},
    error::Error,
    log::{Pending, Position, Writer},
    opening::{Recovery, Terms, UNREPORTED_LOSS, open, schema},
    seal::{DataKey, KeyRing, Sealer},
    store_inner::StoreInner,
    table::{Batch, Table},
    table_key::Key,
};

/// An open data folder. Cheap to clone; the folder is closed and free again when the last clone and table are dropped,
/// which blocks for a moment.
#[derive(Clone)]
pub struct Store {
    inner: Arc<StoreInner>,
}

impl Store {
    /// Opens a folder, or makes it, under a key or a [`KeyRing`]. Blocking: after an unclean stop as long as it takes
    /// to read the log once; the index on the disk is filled afterwards, in the background.
    ///
    /// # Errors
    /// [`Error::NewerSchema`], [`Error::OlderSchema`] and [`Error::WrongKey`] (nothing was touched), [`Error::SchemaMark`],
    /// [`Error::Locked`], [`Error::DiskFull`], [`Error::File`] or [`Error::Open`].
    pub fn open<K>(dir: &Path, keys: &K) -> Result<Self, Error>
    where
        KeyRing: for<'a> From<&'a K>,
    {
        Self::open_on(Arc::new(RealFs), dir, keys)
    }

    /// [`Store::open`] with the file operations of the log going through `disk`: for tests of what a disk can do.
    pub fn open_on<K>(disk: Arc<dyn Fs>, dir: &Path, keys: &K) -> Result<Self, Error>
    where
        KeyRing: for<'a> From<&'a K>,
    {
        Self::open_with(disk, dir, &keys.into(), Terms::default())
    }

    /// [`Store::open`] for whoever remembers outside of the folder how far the store had come. [`Recovery::behind`] then says
    /// whether this is no later state of it, and a loss by damage is told by every opening until [`Store::forget_loss`].
    pub fn open_above<K>(dir: &Path, keys: &K, floor: Option<Position>) -> Result<Self, Error>
    where
        KeyRing: for<'a> From<&'a K>,
    {
        Self::open_with(Arc::new(RealFs), dir, &keys.into(), Terms { floor, keep_loss: true })
    }

    fn open_with(disk: Arc<dyn Fs>, dir: &Path, keys: &KeyRing, terms: Terms) -> Result<Self, Error> {
        durable::make_folder(dir)?;
        // Before the lock: a folder of a newer program is not touched at all.
        schema::read(dir)?;
        let lock = lock(dir)?;
        let (storage, recovery) = open::open(dir, keys, disk, terms)?;
        let (index, sealer) = (Arc::clone(&storage.index), Arc::clone(&storage.sealer));
        let position = Arc::clone(&storage.position);
        let writer = Writer::start(storage)?;
        let dir = dir.to_owned();
        Ok(Self {
            inner: Arc::new(StoreInner { index, sealer, writer, recovery, position, dir, _lock: lock }),
        })
    }

    /// How far the store has come. Everything up to there is synced, and the tables tell at least as much.
    #[must_use]
    pub fn position(&self) -> Position {
        *self.inner.position.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this is a later state of the store that had come so far, or that very state. Blocking.
    pub fn has_passed(&self, before: &Position) -> Result<bool, Error> {
        Ok(!before.is_ahead_of(&self.position().found_in(&self.inner.dir))?)
    }

    /// A loss by damage that [`Store::open_above`] told is remembered elsewhere now. Blocking.
    pub fn forget_loss(&self) -> Result<(), Error> {
        let mut batch = Batch::new();
        batch.body.remove(UNREPORTED_LOSS);
        self.commit(batch)
    }

    /// What opening had to bring back, set aside or give up. To be told to the person where
    /// [`Recovery::is_damage`] says so.
    #[must_use]
    pub fn recovery(&self) -> &Recovery {
        &self.inner.recovery
    }

    /// The table of that name. A name is one word without a 0 byte and always goes with the same types.
    #[must_use]
    pub fn table<K: Key, V: Serialize + DeserializeOwned>(&self, name: &'static str) -> Table<K, V> {
        debug_assert!(!name.is_empty() && !name.contains('\0'), "a table's name is a word");
        Table { name, inner: Arc::clone(&self.inner), types: PhantomData }
    }

    /// Writes the batch and returns once it is on the disk; fails as [`Pending::wait`]. Blocking: not for async code.
    pub fn commit(&self, batch: Batch) -> Result<(), Error> {
        self.commit_after(self.refusals(), batch).wait()
    }

    /// How many groups were refused since the folder was opened. Whoever keeps in memory what it queued before it was
    /// acknowledged reads its tables again when this has moved on, and queues with [`Store::commit_after`].
    #[must_use]
    pub fn refusals(&self) -> u64 {
        self.inner.writer.refusals()
    }

    /// Queues the batch; batches reach the disk in the order of these calls. It is refused with the error of the last
    /// refusal when there was one after `refusals` was read, so that nothing is written that builds on what is not there.
    /// Lets a caller queue under its own lock and wait outside of it. Blocks only while the queue is full.
    pub fn commit_after(&self, refusals: u64, batch: Batch) -> Pending {
        self.inner.writer.queue(refusals, batch.body)
    }

    /// [`Store::commit`] for async code. The batch is written also when the future is dropped.
    pub async fn commit_async(&self, batch: Batch) -> Result<(), Error> {
        let store = self.clone();
        // A paused clock waits for blocking tasks but not for a thread of ours.
        tokio::task::spawn_blocking(move || store.commit(batch)).await.unwrap_or(Err(Error::WriterStopped))
    }

    /// Writes the log and, where it pays, the index anew with what lives now, after everything queued before.
    /// Tables go on answering. After an error of the disk all is as before. Blocking.
    pub fn compact(&self) -> Result<(), Error> {
        self.inner.writer.compact().wait()
    }

    /// Waits for a moment in which the index has everything that is acknowledged, which comes when nobody writes. No promise
    /// of the store needs it: for whoever measures. Blocking. Whether it came to that: not where the index failed and is being made anew.
    pub fn settle(&self) -> bool {
        self.inner.index.settle()
    }

    /// Seals everything under a new key. When it returns no file of the store holds anything under an older one.
    /// The caller has saved the new key before, forgets no old one before this has returned, and keeps old ones in
    /// the ring for as long as it has a [`crate::RecordLog`] of that time. Hashes stay as they are. After an error the next
    /// opening, under a ring of both, tells which key counts. Blocking.
    pub fn rotate(&self, key: &DataKey) -> Result<(), Error> {
        self.inner.writer.rotate(key.clone()).wait()
    }

    /// HMAC-SHA256 under a key made with the folder: recognises a value without keeping it. `purpose` keeps hashes of
    /// one use from being compared with those of another. Stays the same when the data key is rotated.
    #[must_use]
    pub fn keyed_hash(&self, purpose: &str, bytes: &[u8]) -> [u8; 32] {
        self.inner.sealer.keyed_hash(purpose, bytes)
    }

    pub(crate) fn sealer(&self) -> &Arc<Sealer> {
        &self.inner.sealer
    }
}

/// Keeps other handles out. A process that was killed lets go a moment after its end.
fn lock(dir: &Path) -> Result<File, Error> {
    let path = dir.join("store.lock");
    let file = private::lock_file(&path).map_err(|e| Error::file(&path, e))?;
    for _ in durable::tries(20, Duration::from_millis(10)) {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(e)) => return Err(Error::file(path, e)),
        }
    }
    Err(Error::Locked(None))
}
