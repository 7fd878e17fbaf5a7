use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    DataKey, Error, Position, crash,
    disk::fs::Fs,
    index::engine::Engine,
    index::folders,
    index::index_applier::{IndexApplier, Wake},
    index::keydir::ValueFile,
    index::layered::{ApplierState, Index, LiveSize},
    index::replay::Replay,
    log::commit_queue::Request,
    log::format::Body,
    log::log_file::{self, LogFile},
    log::scan,
    log::writer::Sink,
    opening::clean_shutdown::{self, CleanShutdown, Sum},
    opening::open,
    opening::schema,
    seal::sealer::{Cipher, Sealer, key_of},
    table::bound,
};

/// A journal is rewritten when it is longer than this and four times what lives in it.
const LONG_JOURNAL: u64 = 8 << 20;
/// The engine's file never shrinks by itself: above four times what lives in it and this, it is made anew.
const LARGE_INDEX: u64 = 32 << 20;
/// How long after the engine failed it is tried again; until then memory answers.
const ENGINE_REST: Duration = Duration::from_secs(30);

/// What the writer writes to: the journal, which is the truth, and the index, which follows it.
pub(crate) struct Storage {
    pub(crate) disk: Arc<dyn Fs>,
    pub(crate) dir: PathBuf,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) index: Arc<Index>,
    pub(crate) wal: LogFile,
    /// How far the journal has come, for those outside of the writer.
    pub(crate) position: Arc<Mutex<Position>>,
    follower: Option<IndexApplier>,
    maintenance: Maintenance,
}

/// When what is looked after next.
struct Maintenance {
    /// No generation up to here is tried again, whether it came to be or not.
    generation: u64,
    /// Journal length in bytes at which it is rewritten, and at which the engine's file is looked at.
    rewrite_at: u64,
    look_at: u64,
    engine_failed: Option<Instant>,
    /// Neither engine nor journal can be relied on: only opening the folder again helps.
    broken: Option<Error>,
}

impl Storage {
    pub(crate) fn new(
        disk: Arc<dyn Fs>,
        dir: PathBuf,
        sealer: Arc<Sealer>,
        (engine, live): (Engine, LiveSize),
        wal: LogFile,
    ) -> Result<Self, Error> {
        let maintenance = Maintenance {
            generation: wal.generation(),
            rewrite_at: 0,
            look_at: 0,
            engine_failed: engine.is_memory().then(Instant::now),
            broken: None,
        };
        let index = Arc::new(Index::new(engine, live, values(&wal)?));
        let position = Arc::new(Mutex::new(wal.position()));
        let mut backend = Self { disk, dir, sealer, index, wal, position, follower: None, maintenance };
        backend.set_limits();
        Ok(backend)
    }

    /// One change, past the queue.
    pub(crate) fn change(&mut self, place: &[u8], value: Option<&[u8]>) -> Result<(), Error> {
        let mut body = Body::default();
        match value {
            Some(value) => body.put(place, value),
            None => body.remove(place),
        }
        self.wal.append(std::iter::once(&body))?;
        self.index.take(self.wal.appended());
        self.tell_position();
        Ok(())
    }

    /// After the index has what the journal has: whoever reads the tables then reads at least as much.
    fn tell_position(&self) {
        *self.position.lock().unwrap_or_else(PoisonError::into_inner) = self.wal.position();
    }

    /// The length in bytes at which a journal of what lives now is rewritten.
    fn long_journal(&self) -> u64 {
        let live = self.index.live_at_most();
        LONG_JOURNAL.max(4 * (live.bytes + 8 * live.entries))
    }

    fn set_limits(&mut self) {
        self.maintenance.rewrite_at = self.long_journal();
        self.maintenance.look_at = self.wal.end().bytes + (4 << 20);
    }

    /// Takes over in a new generation that begins with what lives. `cipher` seals it; values under other keys are sealed
    /// again.
    fn renew(&mut self, cipher: &Arc<Cipher>) -> Result<(), Error> {
        self.settle()?;
        self.maintenance.generation += 1;
        let generation = self.maintenance.generation;
        let mut made = self.write_generation(generation, cipher);
        if let Err(Error::Read { .. }) = made
            && !self.index.engine().is_memory()
        {
            self.fall_back()?;
            made = self.write_generation(generation, cipher);
        }
        match made {
            Ok((wal, values)) => {
                self.index.read_from(values);
                let before = std::mem::replace(&mut self.wal, wal);
                let old = before.path();
                self.wal.take_mark(before);
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
                if !log_file::discard(&*self.disk, &self.dir, generation) {
                    self.wal.abandon();
                }
                Err(error)
            }
        }
    }

    fn write_generation(&self, generation: u64, cipher: &Arc<Cipher>) -> Result<(LogFile, ValueFile), Error> {
        let entries = self.index.range(open::EVERYTHING).map(|entry| {
            let (place, value) = entry.map_err(|source| Error::Read { table: "all", source })?;
            let value = reseal(&self.sealer, cipher, &place, &value).unwrap_or(value);
            Ok((place, value))
        });
        let entries = open::counted(entries, self.index.live().entries);
        let wal = LogFile::create(&self.disk, &self.dir, generation, Arc::clone(cipher), entries)?;
        let values = values(&wal)?;
        Ok((wal, values))
    }

    /// Waits until the engine has what the journal has; puts memory in its place where it failed.
    fn settle(&mut self) -> Result<(), Error> {
        if self.index.settle() { Ok(()) } else { self.fall_back() }
    }

    /// The engine failed: memory takes over, from the journal.
    fn fall_back(&mut self) -> Result<(), Error> {
        tracing::error!("the index failed; memory answers until it is made anew");
        self.maintenance.engine_failed = Some(Instant::now());
        self.rebuild(Engine::memory()).inspect_err(|error| {
            tracing::error!(%error, "the journal does not bring the index back");
            self.maintenance.broken = Some(error.clone());
            self.index.give_up();
        })
    }

    /// Puts what the journal says into an empty engine, and that in place.
    fn rebuild(&mut self, engine: Engine) -> Result<(), Error> {
        let path = self.wal.path();
        let fill = || {
            let failed = |e: scan::ScanError| e.into_error(&path);
            let mut replay =
                Replay::new(&engine, LiveSize::default(), &path).map_err(|e| Error::file(&path, e))?;
            let scan = scan::scan(&path, &self.sealer, self.wal.end().bytes, |changes| replay.take(changes))
                .map_err(failed)?;
            if !scan.is_whole() || scan.end != self.wal.end() {
                return Err(Error::JournalDamaged { path: path.clone(), offset: scan.end.bytes });
            }
            replay.finish().map_err(failed)
        };
        let live = fill().inspect_err(|_| engine.retire())?;
        self.index.swap(engine, live);
        crash::point("store.index.swapped");
        Ok(())
    }

    fn rebuild_engine(&mut self) -> Result<(), Error> {
        self.settle()?;
        let folder = folders::free(&self.dir);
        let rebuilt = Engine::make(&folder).and_then(|engine| self.rebuild(engine));
        if rebuilt.is_err() {
            let _ = fs::remove_dir_all(&folder);
        }
        rebuilt?;
        self.maintenance.engine_failed = None;
        Ok(())
    }

    fn usable(&mut self) -> Result<(), Error> {
        if let Some(error) = &self.maintenance.broken {
            return Err(error.clone());
        }
        if self.index.stage() == ApplierState::Failed {
            self.fall_back()?;
        }
        if self.wal.is_usable() {
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
        for body in group.iter_mut().map(|request| &mut request.batch.body) {
            if !body.changes().any(is_old) {
                continue;
            }
            let mut anew = Body::default();
            for (place, value) in body.changes() {
                match value {
                    Some(value) => match reseal(&self.sealer, &current, place, value) {
                        Some(sealed) => anew.put(place, &sealed),
                        None => anew.put(place, value),
                    },
                    None => anew.remove(place),
                }
            }
            *body = anew;
        }
    }
}

fn values(wal: &LogFile) -> Result<ValueFile, Error> {
    let path = wal.path();
    ValueFile::open(&path).map_err(|e| Error::file(path, e))
}

/// The value under the given key; `None` where it is under that already or opens under none.
fn reseal(sealer: &Sealer, cipher: &Cipher, place: &[u8], value: &[u8]) -> Option<Vec<u8>> {
    if key_of(value)? == cipher.id() {
        return None;
    }
    let plain = sealer.open(&bound(place), value).ok()?;
    Some(cipher.seal(&bound(place), &plain))
}

impl Sink for Storage {
    fn begin(&mut self, wake: Wake) -> Result<(), Error> {
        self.follower = Some(IndexApplier::start(&self.index, &self.dir, wake)?);
        Ok(())
    }

    fn write(&mut self, group: &mut [Request]) -> Result<(), Error> {
        crash::point("store.group.begun");
        self.usable()?;
        self.reseal_old(group);
        self.wal.append(group.iter().map(|request| &request.batch.body))?;
        self.index.take(self.wal.appended());
        self.wal.forget_appended();
        self.tell_position();
        crash::point("store.group.applied");
        Ok(())
    }

    fn maintain(&mut self) {
        match self.index.stage() {
            ApplierState::Failed => return drop(self.fall_back()),
            // Everything else would have to wait for that.
            ApplierState::Filling | ApplierState::GivenUp => return,
            ApplierState::Alone | ApplierState::Following => {}
        }
        let (length, lags) = (self.wal.end().bytes, self.index.lags());
        // What is looked after waits until the index has everything, and then it says so: in a burst it would stop everybody
        // for as long. But a burst may not go on for ever.
        let patience = if lags { 2 } else { 1 };
        if length >= self.maintenance.rewrite_at && length >= patience * self.long_journal() {
            let cipher = self.sealer.current();
            if let Err(error) = self.renew(&cipher) {
                tracing::warn!(%error, "the journal could not be rewritten, it goes on growing");
                self.maintenance.rewrite_at = 2 * length;
            }
        }
        if lags {
            return;
        }
        let rested = self.maintenance.engine_failed.is_some_and(|failed| failed.elapsed() >= ENGINE_REST);
        let large = length >= self.maintenance.look_at
            && self.index.engine().file_bytes() > LARGE_INDEX + 4 * self.index.live().bytes;
        if length >= self.maintenance.look_at {
            self.maintenance.look_at = length + (4 << 20);
        }
        if (rested || large)
            && let Err(error) = self.rebuild_engine()
        {
            tracing::warn!(%error, "the index could not be made anew");
            self.maintenance.engine_failed = self.maintenance.engine_failed.map(|_| Instant::now());
        }
    }

    fn compact(&mut self) -> Result<(), Error> {
        self.usable()?;
        if self.wal.has_grown() {
            let cipher = self.sealer.current();
            self.renew(&cipher)?;
        }
        self.settle()?;
        let engine = self.index.engine();
        if engine.is_memory() || engine.file_bytes() > (2 << 20) + 2 * self.index.live().bytes {
            drop(engine);
            self.rebuild_engine()?;
        }
        Ok(())
    }

    fn rotate(&mut self, key: &DataKey) -> Result<(), Error> {
        self.usable()?;
        let cipher = self.sealer.add(key);
        if self.wal.head().key != cipher.id() {
            self.renew(&cipher)?;
            crash::point("store.rotate.sealed");
            self.sealer.choose(cipher);
        }
        schema::write(&*self.disk, &self.dir, key.id(), false)?;
        crash::point("store.rotate.named");
        // Only now does no file hold a value under the old key.
        self.rebuild_engine().or_else(|error| {
            tracing::warn!(%error, "the index could not be made anew under the new key");
            self.fall_back()
        })
    }

    /// Leaves the folder so that the next opening can trust the index.
    fn close(self) {
        let Self { disk, dir, sealer, index, mut wal, position: _, follower, maintenance } = self;
        let settled = index.settle();
        let live = index.live();
        if let Some(follower) = follower {
            follower.stop();
        }
        if !settled || maintenance.broken.is_some() || !wal.is_usable() {
            return;
        }
        let engine = Arc::into_inner(index).and_then(Index::into_engine);
        let Some(folder) = engine.and_then(Engine::close) else { return };
        crash::point("store.close.index-closed");
        let leave = || -> Result<(), Error> {
            let failed = |e| Error::file(&folder, e);
            let files = clean_shutdown::sums(&folder).map_err(failed)?;
            for (name, _) in &files {
                crate::disk::durable::sync_file(&folder.join(name))?;
            }
            crate::disk::durable::sync_folder(&folder)?;
            crate::disk::durable::sync_folder(&dir)?;
            crash::point("store.close.index-synced");
            let end = wal.end();
            let clean = CleanShutdown {
                generation: wal.generation(),
                frames: end.frames,
                changes: end.changes,
                journal: Sum { bytes: end.bytes, crc: wal.sum() },
                folder: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                files,
                live: (live.entries, live.bytes),
            };
            clean.write(&*disk, &dir, &sealer)
        };
        match leave() {
            Ok(()) => crash::point("store.close.clean"),
            // The journal has everything; the next opening takes a moment longer.
            Err(error) => tracing::warn!(%error, "the store was not closed in order"),
        }
    }
}
