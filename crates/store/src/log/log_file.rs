//! A log as it is written: one append and one sync a group.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    format::{self, Body, Changes, Extent, FILE_HEAD, FRAME_HEAD, FileHead},
    high_water_mark::{self, HighWaterMark},
    position::Position,
};
use crate::{
    crash,
    disk::{Fs, FsFile, durable},
    error::Error,
    seal::{Cipher, TAG, random},
};

/// A snapshot's frames have about so many bytes.
const SNAPSHOT_FRAME: usize = 256 << 10;

/// What is known of the bytes behind the last acknowledged one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tail {
    /// There are none.
    Cut,
    /// A write failed and could not be taken back yet.
    Torn,
    /// A sync failed: which pages the kernel kept is unknown. Only a new generation helps.
    Unknown,
}

/// A log that is open for writing.
pub(crate) struct LogFile {
    disk: Arc<dyn Fs>,
    path: PathBuf,
    file: Box<dyn FsFile>,
    /// The high water mark of a store's log; other logs have none.
    mark: Option<Box<dyn FsFile>>,
    cipher: Arc<Cipher>,
    head: FileHead,
    end: Extent,
    sum: u32,
    tail: Tail,
    buffer: Vec<u8>,
}

impl LogFile {
    /// Writes a new log that begins with these entries, in place under its name and durable when it returns. At a crash it
    /// is there whole or not at all. After an error it may be there too: see [`super::generations::discard`].
    pub(crate) fn make(
        disk: &Arc<dyn Fs>,
        path: &Path,
        generation: u64,
        cipher: Arc<Cipher>,
        entries: impl Iterator<Item = Result<(Vec<u8>, Vec<u8>), Error>>,
    ) -> Result<Self, Error> {
        let fresh = durable::beside(path, ".new");
        let failed = |e| Error::file(&fresh, e);
        let file = disk.create(&fresh).map_err(failed)?;
        crash::point("store.generation.begun");
        let start = Extent { bytes: FILE_HEAD as u64, ..Extent::default() };
        let head = FileHead { key: cipher.id(), id: random(), generation, snapshot: start };
        let mut log = Self::over(file, disk, path, head, cipher, start, 0);
        log.write_snapshot(entries, &fresh).and_then(|()| {
            crash::point("store.generation.written");
            log.file.sync().map_err(failed)?;
            crash::point("store.generation.synced");
            disk.rename(&fresh, path).map_err(failed)?;
            crash::point("store.generation.renamed");
            disk.sync_folder(durable::folder_of(path)).map_err(failed)
        })?;
        crash::point("store.generation.in-place");
        Ok(log)
    }

    fn write_snapshot(
        &mut self,
        entries: impl Iterator<Item = Result<(Vec<u8>, Vec<u8>), Error>>,
        path: &Path,
    ) -> Result<(), Error> {
        let mut group = Body::default();
        let mut body_sum = 0;
        let mut flush = |log: &mut Self, group: &mut Body| {
            if group.is_empty() {
                return Ok(());
            }
            let count = log.encode(std::iter::once(&*group));
            log.file.write_at(log.end.bytes, &log.buffer).map_err(|e| Error::file(path, e))?;
            body_sum = crc32c::crc32c_append(body_sum, &log.buffer);
            log.advance(count);
            group.clear();
            Ok(())
        };
        for entry in entries {
            let (key, value) = entry?;
            group.put(&key, &value);
            if group.len() >= SNAPSHOT_FRAME {
                flush(self, &mut group)?;
            }
        }
        flush(self, &mut group)?;
        self.head.snapshot = self.end;
        let head = self.head.encode(&self.cipher);
        self.file.write_at(0, &head).map_err(|e| Error::file(path, e))?;
        let body = (self.end.bytes - FILE_HEAD as u64) as usize;
        self.sum = crc32c::crc32c_combine(crc32c::crc32c(&head), body_sum, body);
        self.buffer = Vec::new();
        Ok(())
    }

    /// Goes on with a log that was read and is whole, behind its last frame.
    pub(crate) fn resume(
        disk: &Arc<dyn Fs>,
        path: &Path,
        head: FileHead,
        cipher: Arc<Cipher>,
        end: Extent,
        sum: u32,
    ) -> Result<Self, Error> {
        let failed = |e| Error::file(path, e);
        let mut file = disk.open(path).map_err(failed)?;
        if file.length().map_err(failed)? != end.bytes {
            file.cut(end.bytes).and_then(|()| file.sync()).map_err(failed)?;
            crash::point("store.open.journal-cut");
        }
        Ok(Self::over(file, disk, path, head, cipher, end, sum))
    }

    fn over(
        file: Box<dyn FsFile>,
        disk: &Arc<dyn Fs>,
        path: &Path,
        head: FileHead,
        cipher: Arc<Cipher>,
        end: Extent,
        sum: u32,
    ) -> Self {
        let (disk, path) = (Arc::clone(disk), path.to_owned());
        Self { disk, path, file, mark: None, cipher, head, end, sum, tail: Tail::Cut, buffer: Vec::new() }
    }

    /// Writes one group; it is on the disk when this returns. After an error it is as if it had not been tried, or
    /// [`LogFile::is_usable`] says no.
    pub(crate) fn append<'a>(&mut self, bodies: impl Iterator<Item = &'a Body>) -> Result<(), Error> {
        let count = self.encode(bodies);
        if let Err(e) = self.file.write_at(self.end.bytes, &self.buffer) {
            self.tail = Tail::Torn;
            // Most often this works at once; where not, it is tried again before the next group.
            let _ = self.repair();
            return Err(Error::file(&self.path, e));
        }
        crash::point("store.group.written");
        if let Err(e) = self.file.sync() {
            self.tail = Tail::Unknown;
            // So that a group that was refused does not come back after a kill; after a power cut it may.
            let _ = self.file.cut(self.end.bytes);
            return Err(Error::sync(e));
        }
        crash::point("store.group.synced");
        self.sum = crc32c::crc32c_append(self.sum, &self.buffer);
        self.advance(count);
        self.write_mark();
        crash::point("store.group.marked");
        Ok(())
    }

    /// The changes of the last [`LogFile::append`], which worked, and where in the file they stand.
    pub(crate) fn appended(&self) -> Changes<'_> {
        let body = FRAME_HEAD..self.buffer.len().saturating_sub(TAG);
        let start = self.end.bytes - self.buffer.len() as u64 + FRAME_HEAD as u64;
        Changes::at(self.buffer.get(body).unwrap_or_default(), start)
    }

    /// Gives back the memory of a large group.
    pub(crate) fn forget_appended(&mut self) {
        if self.buffer.capacity() > 4 * SNAPSHOT_FRAME {
            self.buffer = Vec::new();
        }
    }

    /// Whether the next append may go on behind the last one. Where only a write had failed, takes it back first.
    pub(crate) fn is_usable(&mut self) -> bool {
        match self.tail {
            Tail::Cut => true,
            Tail::Torn => self.repair().is_ok(),
            Tail::Unknown => false,
        }
    }

    /// Nothing more may be appended: a newer generation has to take over.
    pub(crate) fn abandon(&mut self) {
        self.tail = Tail::Unknown;
    }

    /// Takes a failed write back through a new handle.
    fn repair(&mut self) -> Result<(), Error> {
        let mut again = || -> std::io::Result<bool> {
            let mut file = self.disk.open(&self.path)?;
            if file.length()? < self.end.bytes {
                return Ok(false);
            }
            file.cut(self.end.bytes)?;
            self.file = file;
            Ok(true)
        };
        match again() {
            Ok(true) => {
                if let Err(e) = self.file.sync() {
                    self.tail = Tail::Unknown;
                    return Err(Error::sync(e));
                }
                self.tail = Tail::Cut;
                Ok(())
            }
            // Bytes that were acknowledged are missing from the file.
            Ok(false) => {
                self.tail = Tail::Unknown;
                Err(Error::JournalDamaged(self.path.clone(), self.end.bytes))
            }
            Err(e) => Err(Error::file(&self.path, e)),
        }
    }

    fn encode<'a>(&mut self, bodies: impl Iterator<Item = &'a Body>) -> u64 {
        self.buffer.clear();
        format::encode(
            &mut self.buffer,
            &self.cipher,
            self.head.id,
            self.end.frames,
            self.end.changes,
            bodies,
        )
    }

    fn advance(&mut self, changes: u64) {
        self.end.frames += 1;
        self.end.changes += changes;
        self.end.bytes += self.buffer.len() as u64;
    }

    /// Makes the mark, durable with its name, or goes on with the one that is there; it says how far this log has come.
    pub(crate) fn begin_mark(&mut self, there: bool) -> Result<(), Error> {
        let path = high_water_mark::path(durable::folder_of(&self.path));
        if !there {
            durable::replace_on(&*self.disk, &path, &self.mark().encode())?;
        }
        self.mark = Some(self.disk.open(&path).map_err(|e| Error::file(path, e))?);
        if there {
            self.write_mark();
        }
        Ok(())
    }

    fn mark(&self) -> HighWaterMark {
        HighWaterMark { generation: self.head.generation, end: self.end }
    }

    /// Takes the mark over from the generation before.
    pub(crate) fn take_mark(&mut self, before: Self) {
        self.mark = before.mark;
        self.write_mark();
    }

    fn write_mark(&mut self) {
        let bytes = self.mark().encode();
        let written = self.mark.as_mut().map_or(Ok(()), |file| file.write_at(0, &bytes));
        if let Err(error) = written {
            // With an older mark less of a loss is noticed; a whole log is never taken for a damaged one.
            tracing::warn!(%error, "the journal's mark could not be written");
        }
    }

    pub(crate) fn head(&self) -> FileHead {
        self.head
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn generation(&self) -> u64 {
        self.head.generation
    }

    pub(crate) fn end(&self) -> Extent {
        self.end
    }

    /// How far it has come; all of it is synced.
    pub(crate) fn position(&self) -> Position {
        Position::new(self.head.generation, self.head.id, self.end, self.sum)
    }

    /// Makes durable what a process that was killed may have written without a sync: whoever remembers how far this goes
    /// must find it again after a power cut.
    pub(crate) fn sync(&mut self) -> Result<(), Error> {
        self.file.sync().map_err(|e| Error::file(&self.path, e))
    }

    /// CRC32C of the file up to its end.
    pub(crate) fn sum(&self) -> u32 {
        self.sum
    }

    /// Whether something came after the snapshot.
    pub(crate) fn has_grown(&self) -> bool {
        self.end != self.head.snapshot
    }
}
