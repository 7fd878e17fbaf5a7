//! Opening a folder: what is trusted, what is built anew, and what is told.

use std::{
    fs,
    ops::Bound,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};

use crate::{
    Error, KeyRing, Recovery, crash,
    disk::fs::Fs,
    index::engine::Engine,
    index::folders,
    index::keydir::{KeyDir, LogIndex, ValueFile},
    index::layered::LiveSize,
    index::replay,
    log::format::FileHead,
    log::high_water_mark::HighWaterMark,
    log::log_file::{self, LogFile},
    log::position::{Found, Position},
    log::scan,
    opening::clean_shutdown::{self, CleanShutdown},
    opening::loss::Loss,
    opening::migrate,
    opening::schema::{self, Schema},
    seal::sealer::{HashKey, Sealer},
    storage::Storage,
    table::bound,
};

/// Where the key of keyed hashes stands. No table begins with a 0 byte.
const HASH_KEY: &[u8] = b"\0hash-key";

/// What a salvage could not bring back, from the moment in which its new journal is in place until it has been told.
pub(crate) const UNTOLD: &[u8] = b"\0untold-loss";

pub(crate) const EVERYTHING: crate::index::engine::Range = (Bound::Unbounded, Bound::Unbounded);

/// What the caller knows of the store and takes on.
#[derive(Default)]
pub(crate) struct Terms {
    /// How far the store had come at least.
    pub(crate) floor: Option<Position>,
    /// The caller says when a loss by damage need not be told again.
    pub(crate) keep_loss: bool,
}

/// Opens the folder under the ring's keys, or makes it.
pub(crate) fn open(
    dir: &Path,
    ring: &KeyRing,
    disk: Arc<dyn Fs>,
    terms: Terms,
) -> Result<(Storage, Recovery), Error> {
    let sealer = Arc::new(Sealer::new(ring));
    let mut opening = Opening { disk, dir: dir.to_owned(), sealer, terms, recovery: Recovery::default() };
    let backend = match schema::read(&opening.dir)? {
        None if opening.has_data()? => return Err(schema::missing(&opening.dir)),
        None => opening.create()?,
        Some(schema) if schema.fresh => opening.create()?,
        Some(schema) if schema.version == 1 => {
            opening.choose_key(None, &schema)?;
            migrate::take_over(&opening.disk, &opening.dir, &opening.sealer)?;
            opening.recovery.migrated = true;
            opening.existing(&schema)?
        }
        Some(schema) => opening.existing(&schema)?,
    };
    crash::point("store.open.ready");
    Ok((backend, opening.recovery))
}

struct Opening {
    disk: Arc<dyn Fs>,
    dir: PathBuf,
    sealer: Arc<Sealer>,
    terms: Terms,
    recovery: Recovery,
}

impl Opening {
    /// Whether something of ours lies in a folder that has no schema.
    fn has_data(&self) -> Result<bool, Error> {
        Ok(!log_file::generations(&self.dir)?.is_empty() || !folders::all(&self.dir)?.is_empty())
    }

    /// Holds what was found against what the caller knows.
    fn compare(&mut self, found: &Found) -> Result<(), Error> {
        if let Some(floor) = &self.terms.floor {
            self.recovery.behind = floor.is_ahead_of(found)?;
            self.recovery.unmoved = floor.is(found);
        }
        Ok(())
    }

    fn create(&mut self) -> Result<Storage, Error> {
        self.recovery.made = true;
        self.recovery.behind = self.terms.floor.is_some();
        let cipher = self.sealer.current();
        schema::write(&*self.disk, &self.dir, cipher.id(), true)?;
        crash::point("store.create.marked");
        // Of a try before this one.
        clean_shutdown::remove(&*self.disk, &self.dir)?;
        self.remove_engines(&[])?;
        for generation in log_file::generations(&self.dir)? {
            self.remove_journal(generation)?;
        }
        let entry = hash_key_entry(&self.sealer);
        let mut wal = LogFile::create(&self.disk, &self.dir, 1, cipher, std::iter::once(Ok(entry.clone())))?;
        wal.begin_mark()?;
        crash::point("store.create.journal");
        schema::write(&*self.disk, &self.dir, wal.head().key, false)?;
        let (engine, mut live) = (Engine::make(&self.dir.join("db"))?, LiveSize::default());
        let before = engine
            .apply(&entry.0, Some(&entry.1))
            .map_err(|source| Error::Open { path: self.dir.join("db"), source })?;
        live.follow(&entry.0, Some(entry.1.len()), before);
        self.backend(engine, live, wal)
    }

    fn existing(&mut self, schema: &Schema) -> Result<Storage, Error> {
        let generations = log_file::generations(&self.dir)?;
        let newest = generations.last().copied();
        let (head, named) =
            newest.map_or((None, None), |n| scan::head(&log_file::path(&self.dir, n), &self.sealer));
        self.choose_key(named, schema)?;
        log_file::remove_unfinished(&*self.disk, &self.dir)?;
        let clean = CleanShutdown::read(&self.dir, &self.sealer)?;
        let mark = HighWaterMark::read(&self.dir)?;
        let trusted = clean.as_ref().filter(|clean| clean.holds_for_engine(&self.dir));
        let opened = match (trusted, head) {
            (Some(clean), Some(head)) if self.journal_is_as_left(clean, &head) => {
                self.as_left(clean, head, &generations)?
            }
            (Some(clean), _) => self.journal_from_index(clean, &generations)?,
            (None, _) => None,
        };
        let (engine, live, mut wal) = match opened {
            Some(opened) => opened,
            None => self.index_from_journal(clean.as_ref(), mark, &generations)?,
        };
        wal.continue_mark(mark.is_some())?;
        self.backend(engine, live, wal)
    }

    /// The journal's word counts: a rotation may have stopped between it and the schema.
    fn choose_key(&self, named: Option<crate::seal::sealer::KeyId>, schema: &Schema) -> Result<(), Error> {
        let cipher = self.sealer.cipher(named.unwrap_or(schema.key)).ok_or(Error::WrongKey)?;
        self.sealer.choose(cipher);
        Ok(())
    }

    fn journal_is_as_left(&self, clean: &CleanShutdown, head: &FileHead) -> bool {
        clean.generation == head.generation
            && clean.holds_for_journal(&log_file::path(&self.dir, head.generation))
    }

    /// Everything is as it was left: the index is opened as it is.
    fn as_left(
        &mut self,
        clean: &CleanShutdown,
        head: FileHead,
        generations: &[u64],
    ) -> Result<Option<(Engine, LiveSize, LogFile)>, Error> {
        clean_shutdown::remove(&*self.disk, &self.dir)?;
        crash::point("store.open.clean-removed");
        self.remove_engines(&[&clean.folder])?;
        let folder = self.dir.join(&clean.folder);
        let engine = match Engine::open(&folder) {
            Ok(engine) => engine,
            Err(error @ (Error::DiskFull | Error::Locked { .. })) => return Err(error),
            Err(error) => {
                tracing::error!(%error, "the index does not open although its files are as they were left");
                self.set_aside(&folder, "damaged")?;
                return Ok(None);
            }
        };
        self.remove_older(generations, head.generation)?;
        let cipher = self.sealer.cipher(head.key).ok_or(Error::WrongKey)?;
        let wal = LogFile::resume(&self.disk, &self.dir, head, cipher, clean.end(), clean.journal.crc)?;
        let journal = Some((head.id, wal.path()));
        let (generation, end, sum) = (head.generation, clean.end(), clean.journal.crc);
        self.compare(&Found { generation, journal, end, sum })?;
        let live = LiveSize { entries: clean.live.0, bytes: clean.live.1 };
        Ok(Some((engine, live, wal)))
    }

    /// The journal is damaged or gone, and the index holds everything. It stays untouched until the new journal is in
    /// place: a copy of it is opened.
    fn journal_from_index(
        &mut self,
        clean: &CleanShutdown,
        generations: &[u64],
    ) -> Result<Option<(Engine, LiveSize, LogFile)>, Error> {
        let folder = folders::free(&self.dir);
        let copied =
            folders::copy(&self.dir.join(&clean.folder), &folder).and_then(|()| Engine::open(&folder));
        let engine = match copied {
            Ok(engine) => engine,
            Err(Error::DiskFull) => return Err(Error::DiskFull),
            Err(error) => {
                tracing::error!(%error, "the index does not open although its files are as they were left");
                let _ = fs::remove_dir_all(&folder);
                return Ok(None);
            }
        };
        let mut live = LiveSize::default();
        let entries = engine.everything().map(|entry| {
            let (place, value) = entry.map_err(|source| Error::Read { table: "all", source })?;
            live.follow(&place, Some(value.len()), None);
            Ok((place, value))
        });
        let entries = counted(entries, clean.live.0);
        let (generation, end, sum) = (clean.generation, clean.end(), clean.journal.crc);
        self.compare(&Found { generation, journal: None, end, sum })?;
        let next = generations.iter().copied().chain([clean.generation]).max().unwrap_or(0) + 1;
        let wal = LogFile::create(&self.disk, &self.dir, next, self.sealer.current(), entries)?;
        self.set_journals_aside(generations)?;
        clean_shutdown::remove(&*self.disk, &self.dir)?;
        let kept = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.remove_engines(&[&kept])?;
        self.recovery.rebuilt_journal = true;
        Ok(Some((engine, live, wal)))
    }

    /// The index is damaged or of an unknown time: it is built anew from what the journal has.
    fn index_from_journal(
        &mut self,
        clean: Option<&CleanShutdown>,
        mark: Option<HighWaterMark>,
        generations: &[u64],
    ) -> Result<(Engine, LiveSize, LogFile), Error> {
        if let Some(clean) = clean
            && self.dir.join(&clean.folder).is_dir()
        {
            self.set_aside(&self.dir.join(&clean.folder), "damaged")?;
        }
        clean_shutdown::remove(&*self.disk, &self.dir)?;
        let stale = self.keep_one_stale_engine()?;
        crash::point("store.open.index-aside");
        let newest = generations.last().copied();
        let (sorted, scan) = sort_journal(&self.dir, &self.sealer, newest)?;
        let loss = Loss::of(&scan, newest, clean, mark);
        crash::point("store.open.index-rebuilt");
        self.recovery.rebuilt_index = !self.recovery.migrated;
        if let (true, Some((head, end, sum)), Some((sorted, live))) =
            (loss.is_none(), log_file::resumable(&scan), sorted)
        {
            self.recovery.torn_bytes = scan.tail;
            if scan.tail > 0 {
                tracing::warn!(bytes = scan.tail, "cut an unfinished append off the journal");
            }
            let cipher = self.sealer.cipher(head.key).ok_or(Error::WrongKey)?;
            let mut wal = LogFile::resume(&self.disk, &self.dir, head, cipher, end, sum)?;
            wal.sync()?;
            let journal = Some((head.id, wal.path()));
            self.compare(&Found { generation: head.generation, journal, end, sum })?;
            let engine = Engine::Journal(sorted);
            if self.untold(&engine)?.is_some() {
                let older: Vec<u64> = generations.iter().copied().filter(|n| *n != head.generation).collect();
                self.set_journals_aside(&older)?;
            }
            self.remove_older(&log_file::generations(&self.dir)?, head.generation)?;
            if let Some(stale) = stale {
                let _ = fs::remove_dir_all(stale);
            }
            return Ok((engine, live, wal));
        }
        // A crash may have left the generation before: what the newest lost of its snapshot is in there.
        let (engine, mut live) = replay::journals(&self.dir, &self.sealer, generations)?;
        tracing::error!(changes = loss.changes, exact = !loss.estimated, "the journal is damaged");
        // Told from this record: a crash before the end of the opening must not make it forgotten.
        let mut told = loss.changes.to_be_bytes().to_vec();
        told.push(u8::from(loss.estimated));
        let told = self.sealer.seal(&bound(UNTOLD), &told);
        let before = engine.apply(UNTOLD, Some(&told)).map_err(Error::write)?;
        live.follow(UNTOLD, Some(told.len()), before);
        let known = [newest, mark.map(|m| m.generation), clean.map(|c| c.generation)];
        let next = known.into_iter().flatten().max().unwrap_or(0) + 1;
        let entries =
            engine.everything().map(|entry| entry.map_err(|source| Error::Read { table: "all", source }));
        let entries = counted(entries, live.entries);
        let wal = LogFile::create(&self.disk, &self.dir, next, self.sealer.current(), entries)?;
        self.set_journals_aside(generations)?;
        if let Some(stale) = stale {
            self.set_aside(&stale, "unverified")?;
        }
        Ok((engine, live, wal))
    }

    fn backend(&mut self, engine: Engine, live: LiveSize, wal: LogFile) -> Result<Storage, Error> {
        let found = engine.get(HASH_KEY).map_err(|source| Error::Read { table: "hash-key", source })?;
        let opened = found.and_then(|sealed| self.sealer.open(&bound(HASH_KEY), &sealed).ok());
        let key = opened.and_then(|plain| Some(HashKey::new(plain.as_slice().try_into().ok()?)));
        let untold = self.untold(&engine)?;
        let (disk, sealer) = (Arc::clone(&self.disk), Arc::clone(&self.sealer));
        let mut backend = Storage::new(disk, self.dir.clone(), sealer, (engine, live), wal)?;
        match key {
            Some(key) => self.sealer.set_hash_key(key),
            // Lost with a damaged frame, which was told: without a rotation it is the same again.
            None => {
                self.sealer.set_hash_key(self.sealer.first_hash_key());
                let (place, value) = hash_key_entry(&self.sealer);
                backend.change(&place, Some(&value))?;
            }
        }
        if let Some((changes, estimated)) = untold {
            self.recovery.changes_lost = changes;
            self.recovery.loss_is_estimated = estimated;
            self.recovery.rebuilt_journal = true;
            if !self.terms.keep_loss {
                backend.change(UNTOLD, None)?;
            }
        }
        Ok(backend)
    }

    fn untold(&self, engine: &Engine) -> Result<Option<(u64, bool)>, Error> {
        let found = engine.get(UNTOLD).map_err(|source| Error::Read { table: "untold-loss", source })?;
        let opened = found.and_then(|sealed| self.sealer.open(&bound(UNTOLD), &sealed).ok());
        Ok(opened.and_then(|plain| {
            let (changes, estimated) = plain.split_first_chunk()?;
            Some((u64::from_be_bytes(*changes), estimated == [1]))
        }))
    }

    /// Renames a file or folder so that its date and what is wrong with it are told by its name.
    fn set_aside(&mut self, path: &Path, what: &str) -> Result<(), Error> {
        let failed = |e| Error::file(path, e);
        let changed: DateTime<Utc> = fs::metadata(path).and_then(|m| m.modified()).map_err(failed)?.into();
        let name =
            crate::disk::durable::beside(path, &format!(".{what}-{}", changed.format("%Y%m%dT%H%M%SZ")));
        let free = |n: u32| {
            if n == 1 { name.clone() } else { crate::disk::durable::beside(&name, &format!("-{n}")) }
        };
        let aside = (1..).map(free).find(|p| !p.exists()).expect("numbers do not end");
        self.disk.rename(path, &aside).map_err(failed)?;
        self.disk.sync_folder(&self.dir).map_err(failed)?;
        tracing::error!(path = %aside.display(), "set aside");
        self.recovery.set_aside.push(aside);
        Ok(())
    }

    fn set_journals_aside(&mut self, generations: &[u64]) -> Result<(), Error> {
        generations.iter().try_for_each(|n| self.set_aside(&log_file::path(&self.dir, *n), "damaged"))
    }

    /// The engine's folder of an unclean stop, out of the way, in case that the journal is damaged too.
    fn keep_one_stale_engine(&self) -> Result<Option<PathBuf>, Error> {
        let stale = self.dir.join("db.stale");
        let folders = folders::all(&self.dir)?;
        if !stale.exists()
            && let Some(newest) = folders.iter().max_by_key(|name| folders::number(name))
        {
            let path = self.dir.join(newest);
            self.disk.rename(&path, &stale).map_err(|e| Error::file(path, e))?;
        }
        self.remove_engines(&["db.stale"])?;
        Ok(stale.exists().then_some(stale))
    }

    fn remove_engines(&self, kept: &[&str]) -> Result<(), Error> {
        for name in folders::all(&self.dir)?.iter().filter(|name| !kept.contains(&name.as_str())) {
            let path = self.dir.join(name);
            fs::remove_dir_all(&path).map_err(|e| Error::file(path, e))?;
        }
        Ok(())
    }

    fn remove_older(&self, generations: &[u64], newest: u64) -> Result<(), Error> {
        generations.iter().filter(|n| **n != newest).try_for_each(|n| self.remove_journal(*n))
    }

    fn remove_journal(&self, generation: u64) -> Result<(), Error> {
        let path = log_file::path(&self.dir, generation);
        self.disk.remove(&path).map_err(|e| Error::file(path, e))
    }
}

/// Reads the newest journal, which then answers by itself; `None` where there is none.
fn sort_journal(
    dir: &Path,
    sealer: &Sealer,
    newest: Option<u64>,
) -> Result<(Option<(LogIndex, LiveSize)>, scan::Scan), Error> {
    let Some(path) = newest.map(|n| log_file::path(dir, n)) else { return Ok((None, scan::Scan::default())) };
    let values = ValueFile::open(&path).map_err(|e| Error::file(&path, e))?;
    let mut places = KeyDir::default();
    let scan = scan::scan(&path, sealer, u64::MAX, |changes| {
        places.take(changes);
        Ok(())
    });
    let scan = scan.map_err(|e| e.into_error(&path))?;
    Ok((Some(LogIndex::new(places, values)), scan))
}

/// The record under which the key of keyed hashes is kept.
pub(crate) fn hash_key_entry(sealer: &Sealer) -> (Vec<u8>, Vec<u8>) {
    (HASH_KEY.to_vec(), sealer.seal(&bound(HASH_KEY), &*sealer.first_hash_key()))
}

/// The entries, and an error at the end where they are not as many as is known: an index that loses some must not make
/// that the truth.
pub(crate) fn counted<T>(
    entries: impl Iterator<Item = Result<T, Error>>,
    expected: u64,
) -> impl Iterator<Item = Result<T, Error>> {
    let mut entries = entries.fuse();
    let (mut seen, mut told) = (0, false);
    std::iter::from_fn(move || match entries.next() {
        Some(entry) => {
            seen += 1;
            Some(entry)
        }
        None if seen != expected && !told => {
            told = true;
            let source = sled::Error::ReportableBug(format!("{seen} entries where {expected} are known"));
            Some(Err(Error::Read { table: "all", source }))
        }
        None => None,
    })
}
