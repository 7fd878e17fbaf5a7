use std::{
    fs::File,
    io::{BufReader, ErrorKind, Read, Seek, SeekFrom, Write},
    marker::PhantomData,
    path::{Path, PathBuf},
    sync::Arc,
    vec,
};

use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::{
    Error, Store,
    disk::durable,
    disk::private,
    seal::sealer::{Cipher, KeyId, SEAL_OVERHEAD, SealError, random},
};

const MAGIC: &[u8; 8] = b"INNKJRNL";
const VERSION: u8 = 1;
/// Magic (8), version (1), key id (8), file id (16), CRC32C of these (4).
const HEADER: usize = 37;
/// Length (4) and CRC32C (4) of what follows, little-endian.
const FRAME: usize = 8;
/// A frame holds the records of one append up to this size in bytes; more go into further frames.
const FRAME_TARGET: usize = 64 << 10;
/// A length above this is damage, not a frame to make room for.
const FRAME_MAX: usize = 1 << 20;

/// An append-only file of sealed records of one type.
///
/// One append is one write and one sync. After a crash the file holds every append that returned, in order, and
/// perhaps a part of the one that was under way. A frame is bound to its file and its number, so that frames can
/// be neither moved nor dropped from the middle unseen. (A cut at a frame's end is seen only by whoever counts.)
pub struct RecordLog<T> {
    file: File,
    path: PathBuf,
    cipher: Arc<Cipher>,
    id: [u8; 16],
    frames: u64,
    failed: bool,
    records: PhantomData<fn(T)>,
}

impl<T: Serialize + DeserializeOwned> RecordLog<T> {
    /// Makes a new, empty journal, durable with its name. Blocking, as all of this.
    ///
    /// # Errors
    /// [`Error::JournalExists`], [`Error::File`] or [`Error::DiskFull`].
    pub fn create(path: &Path, store: &Store) -> Result<Self, Error> {
        if path.exists() {
            return Err(Error::JournalExists { path: path.to_owned() });
        }
        if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            durable::make_folder(parent)?;
        }
        let cipher = store.sealer().current();
        let id = random();
        // Renamed into place: a journal either has a whole header or does not exist.
        durable::replace(path, &header(cipher.id(), id))?;
        let mut file = open_file(path)?;
        file.seek(SeekFrom::End(0)).map_err(|e| Error::file(path, e))?;
        Ok(Self { file, path: path.to_owned(), cipher, id, frames: 0, failed: false, records: PhantomData })
    }

    /// Opens a journal and reads all of it; cuts off what a crash left of the last append.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::NotAJournal`], [`Error::WrongKey`], [`Error::Form`], or
    /// [`Error::JournalDamaged`] when a frame in the middle is bad: then nothing is cut.
    pub fn open(path: &Path, store: &Store) -> Result<(Self, Vec<T>), Error> {
        let mut reader = Self::read(path, store)?;
        let mut records = Vec::new();
        for record in reader.by_ref() {
            records.push(record?);
        }
        let mut file = open_file(path)?;
        let mut cut = || -> std::io::Result<()> {
            if file.metadata()?.len() > reader.offset {
                tracing::warn!(path = %path.display(), at = reader.offset, "cut an unfinished append off a journal");
                file.set_len(reader.offset)?;
                file.sync_all()?;
            }
            file.seek(SeekFrom::End(0)).map(drop)
        };
        cut().map_err(|e| Error::file(path, e))?;
        let RecordReader { path, cipher, id, frames, .. } = reader;
        Ok((Self { file, path, cipher, id, frames, failed: false, records: PhantomData }, records))
    }

    /// Streams the records; memory does not grow with the file. An unfinished last append ends it without error,
    /// so it may run while the journal is being written.
    ///
    /// # Errors
    /// On opening [`Error::File`], [`Error::NotAJournal`] or [`Error::WrongKey`]; while reading those of
    /// [`RecordLog::open`], after which the iterator ends.
    pub fn read(path: &Path, store: &Store) -> Result<RecordReader<T>, Error> {
        let file = File::open(path).map_err(|e| Error::file(path, e))?;
        let mut file = BufReader::new(file);
        let mut head = [0; HEADER];
        let alien = || Error::NotAJournal { path: path.to_owned() };
        file.read_exact(&mut head).map_err(|e| match e.kind() {
            ErrorKind::UnexpectedEof => alien(),
            _ => Error::file(path, e),
        })?;
        let key: KeyId = *head[9..].first_chunk().expect("the header is longer");
        let id = *head[17..].first_chunk().expect("the header is longer");
        if head[..8] != MAGIC[..] || head[8] != VERSION || head[HEADER - 4..] != header(key, id)[HEADER - 4..]
        {
            return Err(alien());
        }
        // A journal stays under the key it began with; the ring keeps keys of the past for this.
        let cipher = store.sealer().cipher(key).ok_or(Error::WrongKey)?;
        Ok(RecordReader {
            file,
            path: path.to_owned(),
            cipher,
            id,
            frames: 0,
            offset: HEADER as u64,
            ready: Vec::new().into_iter(),
            ended: false,
        })
    }

    /// Appends the records with one write and returns once they are on the disk. Nothing is written for none.
    ///
    /// # Errors
    /// [`Error::Encode`] (nothing was written), [`Error::DiskFull`], [`Error::File`]. After one of the last two
    /// every further append fails: open the journal again.
    pub fn append(&mut self, records: &[T]) -> Result<(), Error> {
        if self.failed {
            return Err(Error::WriterStopped);
        }
        let mut frames = self.frames;
        let mut bytes = Vec::new();
        let mut group: Vec<Zeroizing<Vec<u8>>> = Vec::new();
        let mut size = 0;
        for record in records {
            let plain = rmp_serde::to_vec_named(record).map_err(|_| Error::Encode { table: "journal" })?;
            if plain.len() + SEAL_OVERHEAD + 16 > FRAME_MAX {
                return Err(Error::Encode { table: "journal" });
            }
            if size + plain.len() > FRAME_TARGET && !group.is_empty() {
                bytes.extend(frame(&self.cipher, self.id, frames, &group));
                (frames, size) = (frames + 1, 0);
                group.clear();
            }
            size += plain.len();
            group.push(Zeroizing::new(plain));
        }
        if group.is_empty() {
            return Ok(());
        }
        bytes.extend(frame(&self.cipher, self.id, frames, &group));
        if let Err(e) = self.file.write_all(&bytes).and_then(|()| self.file.sync_data()) {
            self.failed = true;
            return Err(Error::file(&self.path, e));
        }
        self.frames = frames + 1;
        Ok(())
    }
}

fn open_file(path: &Path) -> Result<File, Error> {
    private::existing().open(path).map_err(|e| Error::file(path, e))
}

fn header(key: KeyId, id: [u8; 16]) -> Vec<u8> {
    let mut head = [&MAGIC[..], &[VERSION], &key, &id].concat();
    head.extend_from_slice(&crc32c::crc32c(&head).to_le_bytes());
    head
}

fn place(id: [u8; 16], number: u64) -> Vec<u8> {
    [&b"journal\0"[..], &id, &number.to_be_bytes()].concat()
}

fn frame(cipher: &Cipher, id: [u8; 16], number: u64, records: &[Zeroizing<Vec<u8>>]) -> Vec<u8> {
    let count = u32::try_from(records.len()).expect("a frame holds at most 64 Ki records");
    let mut plain = Zeroizing::new(count.to_be_bytes().to_vec());
    for record in records {
        plain.extend_from_slice(record);
    }
    let sealed = cipher.seal(&place(id, number), &plain);
    let length = u32::try_from(sealed.len()).expect("a frame is at most 1 MiB");
    [&length.to_le_bytes()[..], &crc32c::crc32c(&sealed).to_le_bytes(), &sealed].concat()
}

/// The records of a journal, one after another; see [`RecordLog::read`].
pub struct RecordReader<T> {
    file: BufReader<File>,
    path: PathBuf,
    cipher: Arc<Cipher>,
    id: [u8; 16],
    /// Whole frames read so far.
    frames: u64,
    /// Where the next frame begins, in bytes.
    offset: u64,
    ready: vec::IntoIter<T>,
    ended: bool,
}

impl<T: DeserializeOwned> RecordReader<T> {
    fn next_frame(&mut self) -> Result<Option<Vec<T>>, Error> {
        let sealed = loop {
            match self.frame_bytes().map_err(|e| Error::file(&self.path, e))? {
                Some(sealed) => break sealed,
                None if self.grew_meanwhile()? => {}
                None => return Ok(None),
            }
        };
        let plain = self.cipher.open(&place(self.id, self.frames), &sealed).map_err(|e| match e {
            SealError::WrongKey => Error::WrongKey,
            SealError::Damaged => self.damaged(),
        })?;
        let records = decode(&plain).ok_or(Error::Form { table: "journal" })?;
        self.frames += 1;
        self.offset += (FRAME + sealed.len()) as u64;
        Ok(Some(records))
    }

    /// The next frame if it is whole and its sum is right.
    fn frame_bytes(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut head = [0; FRAME];
        if !fill(&mut self.file, &mut head)? {
            return Ok(None);
        }
        let (length, sum) = parse(head);
        if !(SEAL_OVERHEAD..=FRAME_MAX).contains(&length) {
            return Ok(None);
        }
        let mut sealed = vec![0; length];
        Ok((fill(&mut self.file, &mut sealed)? && crc32c::crc32c(&sealed) == sum).then_some(sealed))
    }

    /// Tells an unfinished last append from damage: after the latter a good frame follows somewhere, because an
    /// append only begins when the one before it is on the disk. (Frames of the same append may follow a torn one
    /// out of order; they were never acknowledged, but to keep them aside for a person is right as well.)
    ///
    /// True when the frame is whole by now: somebody was just writing it.
    fn grew_meanwhile(&mut self) -> Result<bool, Error> {
        let mut rest = Vec::new();
        let mut read = || -> std::io::Result<()> {
            self.file.seek(SeekFrom::Start(self.offset))?;
            // What one crash can leave behind is one append; damage further back shows within as much.
            (&mut self.file).take(8 * FRAME_MAX as u64).read_to_end(&mut rest)?;
            self.file.seek(SeekFrom::Start(self.offset)).map(drop)
        };
        read().map_err(|e| Error::file(&self.path, e))?;
        let whole = |at: usize| {
            let (head, body) = rest.get(at..)?.split_first_chunk::<FRAME>()?;
            let (length, sum) = parse(*head);
            let sealed = body.get(..length).filter(|_| (SEAL_OVERHEAD..=FRAME_MAX).contains(&length))?;
            (crc32c::crc32c(sealed) == sum).then_some(())
        };
        if whole(0).is_some() {
            return Ok(true);
        }
        let another = (1..rest.len()).any(|at| whole(at).is_some());
        if another { Err(self.damaged()) } else { Ok(false) }
    }

    fn damaged(&self) -> Error {
        Error::JournalDamaged { path: self.path.clone(), offset: self.offset }
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
            match self.next_frame() {
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

fn parse(head: [u8; FRAME]) -> (usize, u32) {
    let [a, b, c, d, e, f, g, h] = head;
    (u32::from_le_bytes([a, b, c, d]) as usize, u32::from_le_bytes([e, f, g, h]))
}

/// Whether there were enough bytes.
fn fill(file: &mut impl Read, out: &mut [u8]) -> std::io::Result<bool> {
    match file.read_exact(out) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(e) => Err(e),
    }
}

fn decode<T: DeserializeOwned>(plain: &[u8]) -> Option<Vec<T>> {
    let (count, mut rest) = plain.split_first_chunk::<4>()?;
    let count = u32::from_be_bytes(*count);
    let mut records = Vec::new();
    for _ in 0..count {
        records.push(rmp_serde::from_read(&mut rest).ok()?);
    }
    rest.is_empty().then_some(records)
}
