use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    crash,
    disk::{Fs, Sum, durable},
    error::Error,
    index::{
        ApplierState, DiskIndex, EVERYTHING, Index, IndexApplier, IndexKind, LayeredIndex, LiveSize,
        MemoryIndex, MergedRange, counted, folders, replay,
    },
    log::{Body, LogFile, Position, Request, Sink, ValueFile, Wake, generations},
    opening::{CleanShutdown, clean_shutdown, schema},
    seal::{Cipher, DataKey, Sealer, associated_data, key_of},
};

/// A log is rewritten when it is longer than this and four times what lives in it, in bytes.
const LONG_LOG: u64 = 8 << 20;
/// The file of the index on the disk never shrinks by itself: above four times what lives in it and this many bytes, it is
/// made anew.
const LARGE_INDEX: u64 = 32 << 20;
/// How long after the index on the disk failed it is tried again; until then memory answers.
const INDEX_RETRY_AFTER: Duration = Duration::from_secs(30);

/// What the writer writes to: the log, which is the truth, and the index of it.
pub(crate) struct Storage {
    pub(crate) disk: Arc<dyn Fs>,
    pub(crate) dir: PathBuf,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) index: Arc<LayeredIndex>,
    pub(crate) log: LogFile,
    /// How far the log has come, for those outside of the writer.
    pub(crate) position: Arc<Mutex<Position>>,
    applier: Option<IndexApplier>,
    maintenance: Maintenance,
}

/// When which file is maintained next.
struct Maintenance {
    /// The last generation that was begun. Its number is not used again, whether it came to be or not.
    generation: u64,
    /// Length of the log in bytes at which it is rewritten, and at which the size of the index is looked at.
    rewrite_at: u64,
    look_at: u64,
    /// When the index on the disk failed; until it is made anew memory answers.
    index_failed: Option<Instant>,
    /// Neither index nor log can be relied on: only opening the folder again helps.
    broken: Option<Error>,
}

impl Storage {
    pub(crate) fn new(
        disk: Arc<dyn Fs>,
        dir: PathBuf,
        sealer: Arc<Sealer>,
        (base, live): (Arc<dyn Index>, LiveSize),
        log: LogFile,
    ) -> Result<Self, Error> {
        let maintenance = Maintenance {
            generation: log.generation(),
            rewrite_at: 0,
            look_at: 0,
            index_failed: (base.kind() == IndexKind::Memory).then(Instant::now),
            broken: None,
        };
        let index = Arc::new(LayeredIndex::new(base, live, values(&log)?));
        let position = Arc::new(Mutex::new(log.position()));
        let mut storage = Self { disk, dir, sealer, index, log, position, applier: None, maintenance };
        storage.set_limits();
        Ok(storage)
    }

    /// Writes one change at once, without the queue.
    pub(crate) fn change(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Error> {
        let mut body = Body::default();
        body.change(key, value);
        self.log.append(std::iter::once(&body))?;
        self.index.insert(self.log.appended());
        self.tell_position();
        Ok(())
    }

    /// Called once the index has what the log has: whoever reads the tables then reads at least as much.
    fn tell_position(&self) {
        *self.position.lock().unwrap_or_else(PoisonError::into_inner) = self.log.position();
    }

    /// The length in bytes at which a log of what lives now is rewritten.
    fn long_log(&self) -> u64 {
        let live = self.index.live_at_most();
        LONG_LOG.max(4 * (live.bytes + 8 * live.entries))
    }

    fn set_limits(&mut self) {
        self.maintenance.rewrite_at = self.long_log();
        self.maintenance.look_at = self.log.end().bytes + (4 << 20);
    }

    /// Goes on in a new generation of the log that begins with what lives. `cipher` seals it; values under other keys are sealed
    /// again.
    fn renew(&mut self, cipher: &Arc<Cipher>) -> Result<(), Error> {
        self.settle()?;
        self.maintenance.generation += 1;
        let generation = self.maintenance.generation;
        let mut made = self.write_generation(generation, cipher);
        if let Err(Error::Read(..)) = made
            && self.index.base().kind() != IndexKind::Memory
        {
            self.fall_back()?;
            made = self.write_generation(generation, cipher);
        }
        match made {
            Ok((log, values)) => {
                self.index.read_from(values);
                let before = std::mem::replace(&mut self.log, log);
                let old = before.path().to_owned();
                self.log.take_mark(before);
                self.tell_position();
                if let Err(error) = self.disk.remove(&old) {
                    // The next opening removes it: the newer one is whole.
                    tracing::warn!(%error, path = %old.display(), "an old journal could not be removed");
                }
                crash::point("store.generation.old-removed");
                self.set_limits();
                Ok(())
            }
            Err(error) => {
                if !generations::discard(&*self.disk, &self.dir, generation) {
                    self.log.abandon();
                }
                Err(error)
            }
        }
    }

    fn write_generation(&self, generation: u64, cipher: &Arc<Cipher>) -> Result<(LogFile, ValueFile), Error> {
        let all = MergedRange::over(&self.index, EVERYTHING);
        let entries = counted(all, self.index.live().entries).map(|entry| {
            let (key, value) = entry?;
            let value = reseal(&self.sealer, cipher, &key, &value).unwrap_or(value);
            Ok((key, value))
        });
        let log = LogFile::make(
            &self.disk,
            &generations::path(&self.dir, generation),
            generation,
            Arc::clone(cipher),
            entries,
        )?;
        let values = values(&log)?;
        Ok((log, values))
    }

    /// Waits until the base of the index has what the log has; puts memory in its place where it failed.
    fn settle(&mut self) -> Result<(), Error> {
        if self.index.settle() { Ok(()) } else { self.fall_back() }
    }

    /// The base of the index failed: memory takes over, from the log.
    fn fall_back(&mut self) -> Result<(), Error> {
        tracing::error!("the index failed; memory answers until it is made anew");
        self.maintenance.index_failed = Some(Instant::now());
        self.rebuild(MemoryIndex::make()).inspect_err(|error| {
            tracing::error!(%error, "the journal does not bring the index back");
            self.maintenance.broken = Some(error.clone());
            self.index.give_up();
        })
    }

    /// Puts what the log says into an empty index, and that in place as the base.
    fn rebuild(&mut self, base: Arc<dyn Index>) -> Result<(), Error> {
        let (path, end, mut live) = (self.log.path(), self.log.end(), LiveSize::default());
        let filled = replay(path, &self.sealer, end.bytes, &*base, &mut live).and_then(|scan| {
            let whole = scan.is_whole() && scan.end == end;
            if whole { Ok(()) } else { Err(Error::JournalDamaged(path.to_owned(), scan.end.bytes)) }
        });
        filled.inspect_err(|_| base.retire())?;
        self.index.swap(base, live);
        crash::point("store.index.swapped");
        Ok(())
    }

    fn rebuild_index(&mut self) -> Result<(), Error> {
        self.settle()?;
        let folder = folders::free(&self.dir);
        let rebuilt = DiskIndex::make(&folder).and_then(|base| self.rebuild(base));
        if rebuilt.is_err() {
            let _ = fs::remove_dir_all(&folder);
        }
        rebuilt?;
        self.maintenance.index_failed = None;
        Ok(())
    }

    fn usable(&mut self) -> Result<(), Error> {
        if let Some(error) = &self.maintenance.broken {
            return Err(error.clone());
        }
        if self.index.state() == ApplierState::Failed {
            self.fall_back()?;
        }
        if self.log.is_usable() {
            return Ok(());
        }
        // The kernel dropped an unknown part of what a failed sync was for: everything is written once more.
        let cipher = self.sealer.current();
        self.renew(&cipher)
    }

    fn reseal_old(&self, group: &mut [Request]) {
        let current = self.sealer.current();
        let is_old = |(_, value): (&[u8], Option<&[u8]>)| {
            value.and_then(key_of).is_some_and(|key| key != current.id())
        };
        for body in group.iter_mut().map(|request| &mut request.body) {
            if !body.changes().any(is_old) {
                continue;
            }
            let mut anew = Body::default();
            for (key, value) in body.changes() {
                let sealed = value.and_then(|value| reseal(&self.sealer, &current, key, value));
                anew.change(key, sealed.as_deref().or(value));
            }
            *body = anew;
        }
    }
}

fn values(log: &LogFile) -> Result<ValueFile, Error> {
    ValueFile::open(log.path()).map_err(|e| Error::file(log.path(), e))
}

/// The value under the given key; `None` where it is under that already or opens under none.
fn reseal(sealer: &Sealer, cipher: &Cipher, key: &[u8], value: &[u8]) -> Option<Vec<u8>> {
    if key_of(value)? == cipher.id() {
        return None;
    }
    let plain = sealer.open(&associated_data(key), value).ok()?;
    Some(cipher.seal(&associated_data(key), &plain))
}

impl Sink for Storage {
    fn begin(&mut self, wake: Wake) -> Result<(), Error> {
        self.applier = Some(IndexApplier::start(&self.index, &self.dir, wake)?);
        Ok(())
    }

    fn write(&mut self, group: &mut [Request]) -> Result<(), Error> {
        crash::point("store.group.begun");
        self.usable()?;
        self.reseal_old(group);
        self.log.append(group.iter().map(|request| &request.body))?;
        self.index.insert(self.log.appended());
        self.log.forget_appended();
        self.tell_position();
        crash::point("store.group.applied");
        Ok(())
    }

    fn maintain(&mut self) {
        match self.index.state() {
            ApplierState::Failed => return drop(self.fall_back()),
            // Everything else would have to wait for that.
            ApplierState::Filling | ApplierState::GivenUp => return,
            ApplierState::Stopped | ApplierState::Applying => {}
        }
        let (length, behind) = (self.log.end().bytes, self.index.is_behind());
        // Maintenance waits until the index has everything, and the applier wakes the writer then: in a burst it would stop
        // everybody for as long. At twice the length it does not wait any longer, since a burst may go on for ever.
        let factor = if behind { 2 } else { 1 };
        if length >= self.maintenance.rewrite_at && length >= factor * self.long_log() {
            let cipher = self.sealer.current();
            if let Err(error) = self.renew(&cipher) {
                tracing::warn!(%error, "the journal could not be rewritten, it goes on growing");
                self.maintenance.rewrite_at = 2 * length;
            }
        }
        if behind {
            return;
        }
        let retry = self.maintenance.index_failed.is_some_and(|failed| failed.elapsed() >= INDEX_RETRY_AFTER);
        let large = length >= self.maintenance.look_at
            && self.index.base().file_bytes() > LARGE_INDEX + 4 * self.index.live().bytes;
        if length >= self.maintenance.look_at {
            self.maintenance.look_at = length + (4 << 20);
        }
        if (retry || large)
            && let Err(error) = self.rebuild_index()
        {
            tracing::warn!(%error, "the index could not be made anew");
            self.maintenance.index_failed = self.maintenance.index_failed.map(|_| Instant::now());
        }
    }

    fn compact(&mut self) -> Result<(), Error> {
        self.usable()?;
        if self.log.has_grown() {
            let cipher = self.sealer.current();
            self.renew(&cipher)?;
        }
        self.settle()?;
        let base = self.index.base();
        if base.kind() == IndexKind::Memory || base.file_bytes() > (2 << 20) + 2 * self.index.live().bytes {
            drop(base);
            self.rebuild_index()?;
        }
        Ok(())
    }

    fn rotate(&mut self, key: &DataKey) -> Result<(), Error> {
        self.usable()?;
        let cipher = self.sealer.add(key);
        if self.log.head().key != cipher.id() {
            self.renew(&cipher)?;
            crash::point("store.rotate.sealed");
            self.sealer.choose(cipher);
        }
        schema::write(&*self.disk, &self.dir, key.id(), false)?;
        crash::point("store.rotate.named");
        // Only now does no file hold a value under the old key.
        self.rebuild_index().or_else(|error| {
            tracing::warn!(%error, "the index could not be made anew under the new key");
            self.fall_back()
        })
    }

    /// Leaves the folder so that the next opening can trust the index.
    fn close(self) {
        let Self { disk, dir, sealer, index, mut log, position: _, applier, maintenance } = self;
        let settled = index.settle();
        let live = index.live();
        if let Some(applier) = applier {
            applier.stop();
        }
        if !settled || maintenance.broken.is_some() || !log.is_usable() {
            return;
        }
        let base = Arc::into_inner(index).map(LayeredIndex::into_base);
        let Some(folder) = base.and_then(Index::close) else { return };
        crash::point("store.close.index-closed");
        let leave = || -> Result<(), Error> {
            let failed = |e| Error::file(&folder, e);
            let files = clean_shutdown::sums(&folder).map_err(failed)?;
            for (name, _) in &files {
                durable::sync_file(&folder.join(name))?;
            }
            durable::sync_folder(&folder)?;
            durable::sync_folder(&dir)?;
            crash::point("store.close.index-synced");
            let end = log.end();
            let clean = CleanShutdown {
                generation: log.generation(),
                frames: end.frames,
                changes: end.changes,
                journal: Sum { bytes: end.bytes, crc: log.sum() },
                folder: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                files,
                live: (live.entries, live.bytes),
            };
            clean.write(&*disk, &dir, &sealer)
        };
        match leave() {
            Ok(()) => crash::point("store.close.clean"),
            // The log has everything; the next opening takes a moment longer.
            Err(error) => tracing::warn!(%error, "the store was not closed in order"),
        }
    }
}
