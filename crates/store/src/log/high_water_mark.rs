//! How far a store's log had come: a small file beside it, written after every group and never synced.
//!
//! A log that ends before its mark has lost its tail. After a power cut the mark may be older than the log, never newer,
//! because it is written after the log's sync.

use std::path::{Path, PathBuf};

use super::format::Extent;
use crate::{disk::durable, error::Error};

const MAGIC: &[u8; 8] = b"INNKMARK";
/// Magic (8), generation (8), frames (8), changes (8), bytes (8), CRC32C of these (4); little-endian.
const BYTES: usize = 44;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HighWaterMark {
    pub(crate) generation: u64,
    pub(crate) end: Extent,
}

pub(crate) fn path(dir: &Path) -> PathBuf {
    dir.join("mark")
}

impl HighWaterMark {
    pub(crate) fn encode(self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        for number in [self.generation, self.end.frames, self.end.changes, self.end.bytes] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; BYTES] = bytes.try_into().ok()?;
        let number = |at: usize| Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        let end = Extent { frames: number(16)?, changes: number(24)?, bytes: number(32)? };
        let mark = Self { generation: number(8)?, end };
        (mark.encode() == bytes).then_some(mark)
    }

    /// `None` where there is none or it is damaged: then a missing tail is not noticed.
    pub(crate) fn read(dir: &Path) -> Result<Option<Self>, Error> {
        Ok(durable::read(&path(dir))?.and_then(|bytes| Self::decode(&bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_reads_back_and_a_damaged_one_is_none() {
        let mark = HighWaterMark { generation: 3, end: Extent { frames: 7, changes: 20, bytes: 4_096 } };
        let bytes = mark.encode();
        assert_eq!(HighWaterMark::decode(&bytes), Some(mark));
        for at in 0..BYTES {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(HighWaterMark::decode(&changed), None, "byte {at}");
            assert_eq!(HighWaterMark::decode(&bytes[..at]), None, "cut at {at}");
        }
    }
}
