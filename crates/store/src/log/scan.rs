//! Reading a journal that may be damaged: every frame that authenticates, and exactly what is missing between them.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    sync::Arc,
};

use crate::{
    Error,
    log::format::{Changes, Extent, FILE_HEAD, FRAME_HEAD, FRAME_MAGIC, FileHead, FileId, FrameHead},
    seal::sealer::{Cipher, Sealer},
};

const CHUNK: usize = 256 << 10;
/// What a disk that cannot read gives up at once, in bytes.
const SECTOR: usize = 4 << 10;

/// What reading a journal to its end told.
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
    /// Changes in frames that are missing between others or from the snapshot.
    pub(crate) lost: u64,
}

impl Scan {
    /// Whether the journal is what was written, apart from a torn last append.
    pub(crate) fn is_whole(&self) -> bool {
        self.head.is_some() && !self.gap && self.lost == 0
    }

    /// Up to which change of the file everything was found or is counted in `lost`.
    pub(crate) fn counted_to(&self) -> u64 {
        self.end.changes.max(self.head.map_or(0, |head| head.snapshot.changes))
    }
}

/// Why a journal could not be read into an index.
#[derive(Debug)]
pub(crate) enum ScanError {
    /// The journal did not read.
    Read(io::Error),
    /// The index did not take it.
    Engine(sled::Error),
}

impl From<io::Error> for ScanError {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

impl ScanError {
    pub(crate) fn into_error(self, journal: &Path) -> Error {
        match self {
            Self::Read(error) => Error::file(journal, error),
            Self::Engine(error) => Error::write(error),
        }
    }
}

/// Reads the journal, at most `limit` bytes of it, and hands the changes of every whole frame to `apply`, in their
/// order. A missing file reads as an empty one.
pub(crate) fn scan(
    path: &Path,
    sealer: &Sealer,
    limit: u64,
    apply: impl FnMut(Changes<'_>) -> Result<(), ScanError>,
) -> Result<Scan, ScanError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Scan::default()),
        Err(e) => return Err(e.into()),
    };
    scan_from(PatientFile { file, at: 0 }.take(limit), sealer, apply)
}

/// The header of a journal, whole and authentic or `None`; the key id that a whole one names is told in any case.
pub(crate) fn head(path: &Path, sealer: &Sealer) -> (Option<FileHead>, Option<crate::seal::sealer::KeyId>) {
    let mut bytes = Vec::with_capacity(FILE_HEAD);
    let read = File::open(path).and_then(|f| f.take(FILE_HEAD as u64).read_to_end(&mut bytes));
    let Some(head) = read.ok().and_then(|_| FileHead::decode(&bytes)) else { return (None, None) };
    let authentic = sealer.cipher(head.key).is_some_and(|cipher| FileHead::is_authentic(&bytes, &cipher));
    (authentic.then_some(head), Some(head.key))
}

fn scan_from(
    source: impl Read,
    sealer: &Sealer,
    mut apply: impl FnMut(Changes<'_>) -> Result<(), ScanError>,
) -> Result<Scan, ScanError> {
    let mut window = Window { source, buffer: Vec::new(), start: 0, offset: 0, ended: false };
    let mut scan = Scan { end: Extent { bytes: FILE_HEAD as u64, ..Extent::default() }, ..Scan::default() };
    let mut ciphers = sealer.ciphers();
    if window.fill(FILE_HEAD)? {
        let bytes = &window.rest()[..FILE_HEAD];
        scan.head = FileHead::decode(bytes).filter(|head| {
            sealer.cipher(head.key).is_some_and(|cipher| FileHead::is_authentic(bytes, &cipher))
        });
        scan.sum = crc32c::crc32c(bytes);
    }
    if let Some(head) = scan.head {
        scan.file = Some(head.id);
        ciphers.retain(|cipher| cipher.id() == head.key);
        window.skip(FILE_HEAD);
    }
    let mut searching = scan.head.is_none();
    loop {
        if searching && !window.find_magic()? {
            break;
        }
        if !window.fill(FRAME_HEAD)? {
            break;
        }
        let Some((frame, cipher)) = whole_frame(&mut window, &scan, &ciphers)? else {
            searching = true;
            window.skip(1);
            continue;
        };
        searching = false;
        scan.gap |= window.offset != scan.end.bytes;
        let bytes = &window.rest()[..frame.frame()];
        let body = &bytes[FRAME_HEAD..FRAME_HEAD + frame.body];
        apply(Changes::at(body, window.offset + FRAME_HEAD as u64))?;
        scan.sum = crc32c::crc32c_append(scan.sum, bytes);
        scan.lost += frame.before.saturating_sub(scan.end.changes);
        scan.file = Some(frame.file);
        ciphers = vec![cipher];
        window.skip(frame.frame());
        scan.end = Extent {
            frames: frame.number + 1,
            changes: frame.before.saturating_add(u64::from(frame.changes)),
            bytes: window.offset,
        };
    }
    let length = window.drain()?;
    scan.tail = length.saturating_sub(scan.end.bytes);
    if let Some(head) = scan.head {
        scan.lost += head.snapshot.changes.saturating_sub(scan.end.changes);
    }
    Ok(scan)
}

/// The frame at the front of the window, if it is one of this file that comes after those seen.
fn whole_frame(
    window: &mut Window<impl Read>,
    scan: &Scan,
    ciphers: &[Arc<Cipher>],
) -> io::Result<Option<(FrameHead, Arc<Cipher>)>> {
    let fits = |frame: &FrameHead| {
        scan.file.is_none_or(|file| file == frame.file)
            && frame.number >= scan.end.frames
            && frame.before >= scan.end.changes
    };
    let Some(frame) = FrameHead::decode(window.rest()).filter(fits) else { return Ok(None) };
    if !window.fill(frame.frame())? {
        return Ok(None);
    }
    let bytes = &window.rest()[..frame.frame()];
    let cipher = ciphers.iter().find(|cipher| frame.body(bytes, cipher).is_some());
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
struct PatientFile<F> {
    file: F,
    at: u64,
}

impl<F: Read + Seek> Read for PatientFile<F> {
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
