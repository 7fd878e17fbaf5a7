use std::{marker::PhantomData, path::Path, path::PathBuf, sync::Arc, vec};

use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::{
    disk::{Fs, RealFs, durable},
    error::Error,
    log::{Body, FileReader, FrameReader, LogFile, Version1, scan},
    seal::{Cipher, SEAL_OVERHEAD, Sealer, associated_data},
    store::Store,
};

/// So many bytes of records are sealed together; more of one append are sealed in further parts.
const PART: usize = 64 << 10;
/// No record is larger than this, in bytes.
const RECORD_MAX: usize = 1 << 20;

/// An append-only file of sealed records of one type: a log as that of the store, in which each change puts some records
/// under the next number.
///
/// One append is one write and one sync. After a crash the file holds every append that returned, in order, and perhaps the
/// whole one that was under way. Frames can be neither moved nor dropped from the middle unseen. (A cut at a frame's end is
/// seen only by whoever counts.)
pub struct RecordLog<T> {
    log: LogFile,
    cipher: Arc<Cipher>,
    failed: bool,
    records: PhantomData<fn(T)>,
}

impl<T: Serialize + DeserializeOwned> RecordLog<T> {
    /// Makes a new, empty log, durable with its name; [`Error::JournalExists`] where there is one. Blocking, as all of this.
    pub fn create(path: &Path, store: &Store) -> Result<Self, Error> {
        if path.exists() {
            return Err(Error::JournalExists(path.to_owned()));
        }
        durable::make_folder(durable::folder_of(path))?;
        Self::write_anew(path, store.sealer().current(), std::iter::empty())
    }

    /// Opens a log and reads all of it; cuts off what a crash left of the last append. A log of the earlier version is
    /// written anew in this one, under the key it had.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::DiskFull`], [`Error::NotAJournal`], [`Error::WrongKey`], [`Error::Form`], or
    /// [`Error::JournalDamaged`] when a frame in the middle is bad: then nothing is cut.
    pub fn open(path: &Path, store: &Store) -> Result<(Self, Vec<T>), Error> {
        let mut reader = Self::read(path, store)?;
        let mut records = Vec::new();
        for record in reader.by_ref() {
            records.push(record?);
        }
        let log = match reader.source {
            Source::Log { frames, cipher } => {
                let scan = frames.finish().map_err(|e| Error::file(path, e))?;
                let (head, end, sum) = scan.resumable().ok_or_else(|| Error::NotAJournal(path.to_owned()))?;
                if scan.tail > 0 {
                    tracing::warn!(path = %path.display(), at = end.bytes, "cut an unfinished append off a journal");
                }
                let disk: Arc<dyn Fs> = Arc::new(RealFs);
                let log = LogFile::resume(&disk, path, head, Arc::clone(&cipher), end, sum)?;
                Self { log, cipher, failed: false, records: PhantomData }
            }
            Source::Version1(_) => {
                let mut old = Version1::open(path, store.sealer())?
                    .ok_or_else(|| Error::NotAJournal(path.to_owned()))?;
                let cipher = Arc::clone(old.cipher());
                let parts = std::iter::from_fn(move || old.next().transpose());
                Self::write_anew(path, cipher, parts)?
            }
        };
        Ok((log, records))
    }

    /// Streams the records; memory does not grow with the file. An unfinished last append ends it without error, so it may
    /// run while the log is being written.
    pub fn read(path: &Path, store: &Store) -> Result<RecordReader<T>, Error> {
        let sealer = store.sealer();
        let source = match Version1::open(path, sealer)? {
            Some(old) => Source::Version1(old),
            None => Source::open(path, sealer)?,
        };
        let ready = Vec::new().into_iter();
        Ok(RecordReader { source, path: path.to_owned(), ready, ended: false })
    }

    /// Appends the records with one write and returns once they are on the disk. Nothing is written for none.
    ///
    /// # Errors
    /// [`Error::Encode`] (nothing was written), [`Error::DiskFull`], [`Error::File`], [`Error::Sync`]. After one of the last
    /// three every further append fails: open the log again.
    pub fn append(&mut self, records: &[T]) -> Result<(), Error> {
        if self.failed {
            return Err(Error::WriterStopped);
        }
        let mut body = Body::default();
        for (number, part) in (self.log.end().changes..).zip(parts(records)?) {
            let (key, value) = sealed(&self.cipher, number, &part);
            body.put(&key, &value);
        }
        if body.is_empty() {
            return Ok(());
        }
        let written = self.log.append(std::iter::once(&body));
        self.failed = written.is_err();
        self.log.forget_appended();
        written
    }

    /// Puts a log of these parts in place of what is there.
    fn write_anew(
        path: &Path,
        cipher: Arc<Cipher>,
        parts: impl Iterator<Item = Result<Zeroizing<Vec<u8>>, Error>>,
    ) -> Result<Self, Error> {
        let disk: Arc<dyn Fs> = Arc::new(RealFs);
        let entries = (0..).zip(parts).map(|(number, part)| Ok(sealed(&cipher, number, &part?)));
        let log = LogFile::make(&disk, path, 1, Arc::clone(&cipher), entries)?;
        Ok(Self { log, cipher, failed: false, records: PhantomData })
    }
}

/// Encodes records in parts of about [`PART`] bytes: their count, and each of them.
fn parts<T: Serialize>(records: &[T]) -> Result<Vec<Zeroizing<Vec<u8>>>, Error> {
    let (mut parts, mut part, mut count) = (Vec::new(), Zeroizing::new(vec![0; 4]), 0u32);
    for record in records {
        let plain = rmp_serde::to_vec_named(record).map(Zeroizing::new);
        let plain = plain.map_err(|_| Error::Encode("journal"))?;
        if plain.len() + SEAL_OVERHEAD + 16 > RECORD_MAX {
            return Err(Error::Encode("journal"));
        }
        if part.len() + plain.len() > PART && count > 0 {
            parts.push(std::mem::replace(&mut part, Zeroizing::new(vec![0; 4])));
            count = 0;
        }
        count += 1;
        part[..4].copy_from_slice(&count.to_be_bytes());
        part.extend_from_slice(&plain);
    }
    if count > 0 {
        parts.push(part);
    }
    Ok(parts)
}

fn decode<T: DeserializeOwned>(part: &[u8]) -> Option<Vec<T>> {
    let (count, mut rest) = part.split_first_chunk::<4>()?;
    let mut records = Vec::new();
    for _ in 0..u32::from_be_bytes(*count) {
        records.push(rmp_serde::from_read(&mut rest).ok()?);
    }
    rest.is_empty().then_some(records)
}

/// The key and the value of the part of this number.
fn sealed(cipher: &Cipher, number: u64, part: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let key = number.to_be_bytes().to_vec();
    let value = cipher.seal(&associated_data(&key), part);
    (key, value)
}

/// The records of a log, one after another; see [`RecordLog::read`].
pub struct RecordReader<T> {
    source: Source,
    path: PathBuf,
    ready: vec::IntoIter<T>,
    ended: bool,
}

/// A log in one of its versions.
enum Source {
    Log { frames: Box<FileReader>, cipher: Arc<Cipher> },
    Version1(Version1),
}

impl Source {
    /// Opens a log of the present version. That the file exists is known: [`Version1::open`] came first.
    fn open(path: &Path, sealer: &Sealer) -> Result<Self, Error> {
        let not_ours = || Error::NotAJournal(path.to_owned());
        let (head, named) = scan::head(path, sealer);
        // A log stays under the key it began with; the ring keeps keys of the past for this.
        let cipher = sealer.cipher(named.ok_or_else(not_ours)?).ok_or(Error::WrongKey)?;
        head.ok_or_else(not_ours)?;
        let frames = FrameReader::open(path, sealer, u64::MAX).map_err(|e| Error::file(path, e))?;
        Ok(Self::Log { frames: Box::new(frames), cipher })
    }

    /// The records of the next frame; `None` at the end.
    fn next<T: DeserializeOwned>(&mut self, path: &Path) -> Result<Option<Vec<T>>, Error> {
        let form = || Error::Form("journal");
        let (frames, cipher) = match self {
            Self::Version1(old) => return old.next()?.map(|part| decode(&part).ok_or_else(form)).transpose(),
            Self::Log { frames, cipher } => (frames, cipher),
        };
        let offset = frames.scan().end.bytes;
        let damaged = || Error::JournalDamaged(path.to_owned(), offset);
        let mut records = Vec::new();
        let Some(changes) = frames.next().map_err(|e| Error::file(path, e))? else {
            // What was there from the beginning is never an unfinished append, and a whole frame of another place is none.
            let scan = frames.scan();
            return if scan.is_short_of_snapshot() || scan.stray { Err(damaged()) } else { Ok(None) };
        };
        for (key, value) in changes {
            let part = cipher.open(&associated_data(key), value.ok_or_else(damaged)?);
            let part = part.map_err(|e| e.or(damaged()))?;
            records.append(&mut decode(&part).ok_or_else(form)?);
        }
        if frames.scan().is_whole() { Ok(Some(records)) } else { Err(damaged()) }
    }
}

impl<T: DeserializeOwned> Iterator for RecordReader<T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.ready.next() {
                return Some(Ok(record));
            }
            if self.ended {
                return None;
            }
            match self.source.next(&self.path) {
                Ok(Some(records)) => self.ready = records.into_iter(),
                Ok(None) => self.ended = true,
                Err(e) => {
                    self.ended = true;
                    return Some(Err(e));
                }
            }
        }
    }
}
