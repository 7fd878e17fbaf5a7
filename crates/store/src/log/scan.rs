//! Reading a log that may be damaged: every frame that authenticates, and exactly what is missing between them.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    sync::Arc,
};

use super::format::{Changes, Extent, FILE_HEAD, FRAME_HEAD, FRAME_MAGIC, FileHead, FileId, FrameHead};
use crate::seal::{Cipher, KeyId, Sealer};

const CHUNK: usize = 256 << 10;
/// What a disk that cannot read gives up at once, in bytes.
const SECTOR: usize = 4 << 10;

/// What reading a log to its end told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Scan {
    /// The header, where it is whole and authentic.
    pub(crate) head: Option<FileHead>,
    /// The id that the frames name.
    pub(crate) file: Option<FileId>,
    /// Up to the last whole frame.
    pub(crate) end: Extent,
    /// CRC32C of the bytes up to there; means something only without a gap.
    pub(crate) sum: u32,
    /// Bytes after the last whole frame: a torn append, or a damaged tail.
    pub(crate) tail: u64,
    /// Whether bytes that are no frame stood before one that is.
    pub(crate) gap: bool,
    /// Whether a whole frame was passed over that is of another file or of an earlier place in this one.
    pub(crate) stray: bool,
    /// Changes in frames that are missing between others or from the snapshot.
    pub(crate) lost: u64,
}

impl Scan {
    /// Whether the log is what was written, apart from a torn last append.
    pub(crate) fn is_whole(&self) -> bool {
        self.head.is_some() && !self.gap && self.lost == 0
    }

    /// Whether the last whole frame is one of the snapshot, with others behind it missing.
    pub(crate) fn is_short_of_snapshot(&self) -> bool {
        self.head.is_some_and(|head| head.snapshot.changes > self.end.changes)
    }

    /// Where a log may be gone on with: header, end and sum; `None` where it is not whole.
    pub(crate) fn resumable(&self) -> Option<(FileHead, Extent, u32)> {
        self.head.filter(|_| self.is_whole()).map(|head| (head, self.end, self.sum))
    }

    /// Up to which change of the file everything was found or is counted in `lost`.
    pub(crate) fn counted_to(&self) -> u64 {
        self.end.changes.max(self.head.map_or(0, |head| head.snapshot.changes))
    }
}

/// The header of a log, whole and authentic or `None`; the key id that a whole one names is told in any case.
pub(crate) fn head(path: &Path, sealer: &Sealer) -> (Option<FileHead>, Option<KeyId>) {
    let mut bytes = Vec::with_capacity(FILE_HEAD);
    let read = File::open(path).and_then(|f| f.take(FILE_HEAD as u64).read_to_end(&mut bytes));
    read.map_or((None, None), |_| checked_head(&bytes, sealer))
}

fn checked_head(bytes: &[u8], sealer: &Sealer) -> (Option<FileHead>, Option<KeyId>) {
    let Some(head) = FileHead::decode(bytes) else { return (None, None) };
    let authentic = sealer.cipher(head.key).is_some_and(|cipher| FileHead::is_authentic(bytes, &cipher));
    (authentic.then_some(head), Some(head.key))
}

/// The frames of a log, one after the other, from bytes that may be damaged: bytes that are no frame of this file are
/// passed over and told.
pub(crate) struct FrameReader<R> {
    window: Window<R>,
    /// The keys that the next frame may be under.
    ciphers: Vec<Arc<Cipher>>,
    scan: Scan,
    /// The last bytes were no frame: the next one is looked for.
    searching: bool,
}

/// The frames of a file.
pub(crate) type FileReader = FrameReader<io::Take<ZeroFillingFile<File>>>;

impl FileReader {
    /// Reads at most `limit` bytes of the file.
    pub(crate) fn open(path: &Path, sealer: &Sealer, limit: u64) -> io::Result<Self> {
        Self::new(ZeroFillingFile { file: File::open(path)?, at: 0 }.take(limit), sealer)
    }
}

impl<R: Read> FrameReader<R> {
    fn new(source: R, sealer: &Sealer) -> io::Result<Self> {
        let mut window = Window { source, buffer: Vec::new(), start: 0, offset: 0, ended: false };
        let mut scan =
            Scan { end: Extent { bytes: FILE_HEAD as u64, ..Extent::default() }, ..Scan::default() };
        let mut ciphers = sealer.ciphers();
        if window.fill(FILE_HEAD)? {
            let bytes = &window.rest()[..FILE_HEAD];
            scan.head = checked_head(bytes, sealer).0;
            scan.sum = crc32c::crc32c(bytes);
        }
        if let Some(head) = scan.head {
            scan.file = Some(head.id);
            ciphers.retain(|cipher| cipher.id() == head.key);
            window.skip(FILE_HEAD);
        }
        Ok(Self { window, ciphers, searching: scan.head.is_none(), scan })
    }

    /// What was found so far; what is lost of the snapshot, and the tail, are known at the end.
    pub(crate) fn scan(&self) -> &Scan {
        &self.scan
    }

    /// The changes of the next whole frame.
    pub(crate) fn next(&mut self) -> io::Result<Option<Changes<'_>>> {
        let (frame, cipher) = loop {
            if self.searching && !self.window.find_magic()? || !self.window.fill(FRAME_HEAD)? {
                return Ok(None);
            }
            if let Some(found) = whole_frame(&mut self.window, &mut self.scan, &self.ciphers)? {
                break found;
            }
            self.searching = true;
            self.window.skip(1);
        };
        let (scan, window) = (&mut self.scan, &mut self.window);
        self.searching = false;
        scan.gap |= window.offset != scan.end.bytes;
        scan.sum = crc32c::crc32c_append(scan.sum, &window.rest()[..frame.frame()]);
        scan.lost += frame.before.saturating_sub(scan.end.changes);
        scan.file = Some(frame.file);
        self.ciphers = vec![cipher];
        let (body, body_offset) = (window.start + FRAME_HEAD, window.offset + FRAME_HEAD as u64);
        window.skip(frame.frame());
        scan.end = Extent {
            frames: frame.number + 1,
            changes: frame.before.saturating_add(u64::from(frame.changes)),
            bytes: window.offset,
        };
        Ok(Some(Changes::at(&window.buffer[body..body + frame.body], body_offset)))
    }

    /// What reading to the end told.
    pub(crate) fn finish(mut self) -> io::Result<Scan> {
        let length = self.window.drain()?;
        let mut scan = self.scan;
        scan.tail = length.saturating_sub(scan.end.bytes);
        if let Some(head) = scan.head {
            scan.lost += head.snapshot.changes.saturating_sub(scan.end.changes);
        }
        Ok(scan)
    }
}

/// The frame at the front of the window, if it is one of this file that comes after those seen.
fn whole_frame(
    window: &mut Window<impl Read>,
    scan: &mut Scan,
    ciphers: &[Arc<Cipher>],
) -> io::Result<Option<(FrameHead, Arc<Cipher>)>> {
    let Some(frame) = FrameHead::decode(window.rest()) else { return Ok(None) };
    if !window.fill(frame.frame())? {
        return Ok(None);
    }
    let bytes = &window.rest()[..frame.frame()];
    let fits = scan.file.is_none_or(|file| file == frame.file)
        && frame.number >= scan.end.frames
        && frame.before >= scan.end.changes;
    let cipher = ciphers.iter().find(|cipher| fits && frame.body(bytes, cipher).is_some());
    scan.stray |= !fits && frame.has_whole_body(bytes);
    Ok(cipher.map(|cipher| (frame, Arc::clone(cipher))))
}

/// A part of the file in memory: never more than one frame and a chunk.
struct Window<R> {
    source: R,
    buffer: Vec<u8>,
    /// Where the unread part of the buffer begins, and where that is in the file.
    start: usize,
    offset: u64,
    ended: bool,
}

impl<R: Read> Window<R> {
    fn rest(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Whether so many bytes are at hand now.
    fn fill(&mut self, bytes: usize) -> io::Result<bool> {
        while self.rest().len() < bytes && !self.ended {
            if self.start > 0 {
                self.buffer.drain(..self.start);
                self.start = 0;
            }
            let missing = (bytes - self.buffer.len()).max(CHUNK) as u64;
            let read = (&mut self.source).take(missing).read_to_end(&mut self.buffer)?;
            self.ended = (read as u64) < missing;
        }
        Ok(self.rest().len() >= bytes)
    }

    fn skip(&mut self, bytes: usize) {
        self.start += bytes;
        self.offset += bytes as u64;
    }

    /// Moves to the next place that may begin a frame.
    fn find_magic(&mut self) -> io::Result<bool> {
        while self.fill(FRAME_MAGIC.len())? {
            let rest = self.rest();
            if let Some(at) = rest.windows(FRAME_MAGIC.len()).position(|w| w == FRAME_MAGIC) {
                self.skip(at);
                return Ok(true);
            }
            // The last bytes may be the beginning of one.
            let seen = rest.len() - (FRAME_MAGIC.len() - 1);
            self.skip(seen);
        }
        Ok(false)
    }

    /// The length of the file.
    fn drain(&mut self) -> io::Result<u64> {
        let rest = self.rest().len() as u64;
        Ok(self.offset + rest + io::copy(&mut self.source, &mut io::sink())?)
    }
}

/// Reads on where the disk cannot: an unreadable sector reads as zeros, which is damage and is counted as such.
pub(crate) struct ZeroFillingFile<F> {
    file: F,
    at: u64,
}

impl<F: Read + Seek> Read for ZeroFillingFile<F> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.file.read(out) {
            Ok(read) => {
                self.at += read as u64;
                Ok(read)
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Err(e),
            Err(e) => {
                tracing::warn!(error = %e, at = self.at, "a part of the journal cannot be read");
                self.file.seek(SeekFrom::Start(self.at))?;
                let end = (self.at / SECTOR as u64 + 1) * SECTOR as u64;
                let wanted = out.len().min((end - self.at) as usize);
                let piece = out.get_mut(..wanted).unwrap_or_default();
                let read = self.file.read(piece).unwrap_or_else(|_| {
                    piece.fill(0);
                    wanted
                });
                self.at += read as u64;
                self.file.seek(SeekFrom::Start(self.at))?;
                Ok(read)
            }
        }
    }
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
