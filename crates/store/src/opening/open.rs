use std::{path::Path, sync::Arc};

use super::{
    clean_shutdown::{self, CleanShutdown},
    folder::{Folder, Terms, UNREPORTED_LOSS},
    rebuild::{self, Opened},
    recovery::Recovery,
    schema::{self, Schema},
};
use crate::{
    crash,
    disk::Fs,
    error::Error,
    index::{DiskIndex, Index, LiveSize},
    log::{FileHead, HighWaterMark, LogFile, generations, scan},
    seal::{HashKey, KeyId, KeyRing, Sealer, associated_data},
    storage::Storage,
};

/// Where the key of keyed hashes stands. No table begins with a 0 byte.
const HASH_KEY: &[u8] = b"\0hash-key";

/// Opens the folder under the ring's keys, or makes it.
pub(crate) fn open(
    dir: &Path,
    ring: &KeyRing,
    disk: Arc<dyn Fs>,
    terms: Terms,
) -> Result<(Storage, Recovery), Error> {
    let sealer = Arc::new(Sealer::new(ring));
    let mut folder = Folder { disk, dir: dir.to_owned(), sealer, terms, recovery: Recovery::default() };
    let storage = match schema::read(dir)? {
        None if folder.has_data()? => return Err(schema::missing(dir)),
        None => folder.create()?,
        Some(schema) if schema.fresh => folder.create()?,
        Some(schema) => folder.existing(&schema)?,
    };
    crash::point("store.open.ready");
    Ok((storage, folder.recovery))
}

impl Folder {
    fn create(&mut self) -> Result<Storage, Error> {
        self.recovery.made = true;
        self.recovery.behind = self.terms.floor.is_some();
        let cipher = self.sealer.current();
        schema::write(&*self.disk, &self.dir, cipher.id(), true)?;
        crash::point("store.create.marked");
        // Of a try before this one.
        clean_shutdown::remove(&*self.disk, &self.dir)?;
        self.remove_indexes(&[])?;
        for generation in generations::all(&self.dir)? {
            self.remove_log(generation)?;
        }
        let entry = hash_key_entry(&self.sealer);
        let mut log = LogFile::make(
            &self.disk,
            &generations::path(&self.dir, 1),
            1,
            cipher,
            std::iter::once(Ok(entry.clone())),
        )?;
        log.begin_mark(false)?;
        crash::point("store.create.journal");
        schema::write(&*self.disk, &self.dir, log.head().key, false)?;
        let (index, mut live) = (DiskIndex::make(&self.dir.join("db"))?, LiveSize::default());
        let before =
            index.apply(&entry.0, Some(&entry.1)).map_err(|e| Error::open(&self.dir.join("db"), e))?;
        live.follow(&entry.0, Some(entry.1.len()), before);
        self.storage(index, live, log)
    }

    fn existing(&mut self, schema: &Schema) -> Result<Storage, Error> {
        let generations = generations::all(&self.dir)?;
        let newest = generations.last().copied();
        let (head, named) =
            newest.map_or((None, None), |n| scan::head(&generations::path(&self.dir, n), &self.sealer));
        self.choose_key(named, schema)?;
        generations::remove_unfinished(&*self.disk, &self.dir)?;
        let clean = CleanShutdown::read(&self.dir, &self.sealer)?;
        let mark = HighWaterMark::read(&self.dir)?;
        let trusted = clean.as_ref().filter(|clean| clean.holds_for_index(&self.dir));
        let opened = match (trusted, head) {
            (Some(clean), Some(head)) if self.log_is_as_left(clean, &head) => {
                self.as_left(clean, head, &generations)?
            }
            (Some(clean), _) => rebuild::log_from_index(self, clean, &generations)?,
            (None, _) => None,
        };
        let (index, live, mut log) = match opened {
            Some(opened) => opened,
            None => rebuild::index_from_log(self, clean.as_ref(), mark, &generations)?,
        };
        log.begin_mark(mark.is_some())?;
        if schema.version != schema::SCHEMA_VERSION {
            // Older schemas have the same log and index; only logs of records beside them may be of the newest one.
            schema::write(&*self.disk, &self.dir, self.sealer.current().id(), false)?;
        }
        self.storage(index, live, log)
    }

    /// Chooses the key that the log names, because a rotation may have stopped between the log and the schema.
    fn choose_key(&self, named: Option<KeyId>, schema: &Schema) -> Result<(), Error> {
        let cipher = self.sealer.cipher(named.unwrap_or(schema.key)).ok_or(Error::WrongKey)?;
        self.sealer.choose(cipher);
        Ok(())
    }

    fn log_is_as_left(&self, clean: &CleanShutdown, head: &FileHead) -> bool {
        clean.generation == head.generation
            && clean.holds_for_log(&generations::path(&self.dir, head.generation))
    }

    /// Everything is as it was left: the index is opened as it is.
    fn as_left(
        &mut self,
        clean: &CleanShutdown,
        head: FileHead,
        generations: &[u64],
    ) -> Result<Option<Opened>, Error> {
        clean_shutdown::remove(&*self.disk, &self.dir)?;
        crash::point("store.open.clean-removed");
        self.remove_indexes(&[&clean.folder])?;
        let folder = self.dir.join(&clean.folder);
        let index = match DiskIndex::open(&folder) {
            Ok(index) => index,
            Err(error @ (Error::DiskFull | Error::Locked { .. })) => return Err(error),
            Err(error) => {
                tracing::error!(%error, "the index does not open although its files are as they were left");
                self.set_aside(&folder, "damaged")?;
                return Ok(None);
            }
        };
        self.remove_older(generations, head.generation)?;
        let log = self.resume(head, clean.end(), clean.journal.crc)?;
        self.compare(&log.position().found_in(&self.dir))?;
        let live = LiveSize { entries: clean.live.0, bytes: clean.live.1 };
        Ok(Some((index, live, log)))
    }

    fn storage(&mut self, index: Arc<dyn Index>, live: LiveSize, log: LogFile) -> Result<Storage, Error> {
        let key = self
            .own_entry(&*index, HASH_KEY, "hash-key")?
            .and_then(|plain| Some(HashKey::new(plain.as_slice().try_into().ok()?)));
        let unreported = self.unreported_loss(&*index)?;
        let (disk, sealer) = (Arc::clone(&self.disk), Arc::clone(&self.sealer));
        let mut storage = Storage::new(disk, self.dir.clone(), sealer, (index, live), log)?;
        match key {
            Some(key) => self.sealer.set_hash_key(key),
            // Lost with a damaged frame, which was told: without a rotation it is the same again.
            None => {
                self.sealer.set_hash_key(self.sealer.first_hash_key());
                let (key, value) = hash_key_entry(&self.sealer);
                storage.change(&key, Some(&value))?;
            }
        }
        if let Some((changes, estimated)) = unreported {
            self.recovery.changes_lost = changes;
            self.recovery.loss_is_estimated = estimated;
            self.recovery.rebuilt_journal = true;
            if !self.terms.keep_loss {
                storage.change(UNREPORTED_LOSS, None)?;
            }
        }
        Ok(storage)
    }
}

/// The record under which the key of keyed hashes is kept.
fn hash_key_entry(sealer: &Sealer) -> (Vec<u8>, Vec<u8>) {
    (HASH_KEY.to_vec(), sealer.seal(&associated_data(HASH_KEY), &*sealer.first_hash_key()))
}
