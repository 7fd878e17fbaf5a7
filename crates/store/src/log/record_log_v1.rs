//! Logs of records as they were written before schema 3. They are only read; whoever goes on with one writes it anew first.
//!
//! Magic (8), version (1), key id (8), file id (16), CRC32C of these (4). Then frames: length (4) and CRC32C (4) of what
//! follows, little-endian, and records sealed together, bound to the file and the frame's number.

use std::{
    fs::File,
    io::{BufReader, ErrorKind, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
};

use zeroize::Zeroizing;

use crate::{
    error::Error,
    seal::{Cipher, KeyId, SEAL_OVERHEAD, Sealer},
};

const MAGIC_AND_VERSION: &[u8; 9] = b"INNKJRNL\x01";
const HEADER: usize = 37;
const FRAME_HEAD: usize = 8;
/// A length above this is damage, not a frame to make room for.
const FRAME_MAX: usize = 1 << 20;

/// The frames of a log of version 1, one after the other.
pub(crate) struct Version1 {
    file: BufReader<File>,
    path: PathBuf,
    cipher: Arc<Cipher>,
    id: [u8; 16],
    /// Whole frames read so far.
    frames: u64,
    /// Where the next frame begins, in bytes.
    offset: u64,
}

impl Version1 {
    /// `None` for a file that does not begin as one.
    pub(crate) fn open(path: &Path, sealer: &Sealer) -> Result<Option<Self>, Error> {
        let failed = |e| Error::file(path, e);
        let mut file = BufReader::new(File::open(path).map_err(failed)?);
        let mut head = [0; HEADER];
        if !fill(&mut file, &mut head).map_err(failed)? || !head.starts_with(MAGIC_AND_VERSION) {
            return Ok(None);
        }
        let (fields, sum) = head.split_at(HEADER - 4);
        if crc32c::crc32c(fields).to_le_bytes() != sum {
            return Ok(None);
        }
        let key: KeyId = *head[9..].first_chunk().expect("the header is longer");
        let id = *head[17..].first_chunk().expect("the header is longer");
        let cipher = sealer.cipher(key).ok_or(Error::WrongKey)?;
        Ok(Some(Self { file, path: path.to_owned(), cipher, id, frames: 0, offset: HEADER as u64 }))
    }

    pub(crate) fn cipher(&self) -> &Arc<Cipher> {
        &self.cipher
    }

    /// The records of the next frame, still encoded; `None` at the end, which may be an append that was not finished.
    pub(crate) fn next(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let Some(sealed) = self.frame().map_err(|e| Error::file(&self.path, e))? else {
            return self.check_end().map(|()| None);
        };
        let place = [&b"journal\0"[..], &self.id, &self.frames.to_be_bytes()].concat();
        let plain = self.cipher.open(&place, &sealed).map_err(|e| e.or(self.damaged()))?;
        self.frames += 1;
        self.offset += (FRAME_HEAD + sealed.len()) as u64;
        Ok(Some(plain))
    }

    /// The next frame if it is whole and its sum is right.
    fn frame(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut head = [0; FRAME_HEAD];
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

    /// Tells an unfinished last append from damage: after the latter a good frame follows somewhere, because an append
    /// only began when the one before it was on the disk.
    fn check_end(&mut self) -> Result<(), Error> {
        let mut rest = Vec::new();
        let mut read = || -> std::io::Result<()> {
            self.file.seek(SeekFrom::Start(self.offset))?;
            // What one crash can leave behind is one append; damage further back shows within as much.
            (&mut self.file).take(8 * FRAME_MAX as u64).read_to_end(&mut rest).map(drop)
        };
        read().map_err(|e| Error::file(&self.path, e))?;
        let is_whole = |at: usize| {
            let Some((head, body)) = rest.get(at..).and_then(|r| r.split_first_chunk::<FRAME_HEAD>()) else {
                return false;
            };
            let (length, sum) = parse(*head);
            (SEAL_OVERHEAD..=FRAME_MAX).contains(&length)
                && body.get(..length).is_some_and(|sealed| crc32c::crc32c(sealed) == sum)
        };
        if (1..rest.len()).any(is_whole) { Err(self.damaged()) } else { Ok(()) }
    }

    fn damaged(&self) -> Error {
        Error::JournalDamaged(self.path.clone(), self.offset)
    }
}

fn parse(head: [u8; FRAME_HEAD]) -> (usize, u32) {
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
