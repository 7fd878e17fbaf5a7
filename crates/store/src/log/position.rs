//! How far a store has come, in a form that can be remembered outside of it: whoever does notices when an older copy is put
//! back, or another store.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    format::{Extent, FileId},
    generations,
};
use crate::{disk::Sum, error::Error};

/// How far the log of a store has come, all of it synced. A later position of the same store has a higher generation,
/// or the same log that goes on behind the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Position {
    generation: u64,
    journal: Uuid,
    frames: u64,
    changes: u64,
    bytes: u64,
    /// CRC32C of so many bytes of the log.
    sum: u32,
}

/// What an opening found, before it changed anything.
pub(crate) struct Found {
    pub(crate) generation: u64,
    /// `None` where the log was gone and the index took its place.
    pub(crate) log: Option<(FileId, PathBuf)>,
    pub(crate) end: Extent,
    pub(crate) sum: u32,
}

impl Position {
    pub(crate) fn new(generation: u64, journal: FileId, end: Extent, sum: u32) -> Self {
        let Extent { frames, changes, bytes } = end;
        Self { generation, journal: Uuid::from_bytes(journal), frames, changes, bytes, sum }
    }

    /// Whether a store that was found so is no later state of the one that was here.
    pub(crate) fn is_ahead_of(&self, found: &Found) -> Result<bool, Error> {
        let Extent { frames, changes, bytes } = found.end;
        if found.generation != self.generation {
            return Ok(found.generation < self.generation);
        }
        if frames < self.frames || changes < self.changes || bytes < self.bytes {
            return Ok(true);
        }
        if found.log.as_ref().is_some_and(|(id, _)| Uuid::from_bytes(*id) != self.journal) {
            return Ok(true);
        }
        match &found.log {
            _ if bytes == self.bytes => Ok(found.sum != self.sum),
            Some((_, path)) => {
                let file = File::open(path).map_err(|e| Error::file(path, e))?;
                let sum = Sum::of(file.take(self.bytes)).map_err(|e| Error::file(path, e))?;
                Ok(sum != Sum { bytes: self.bytes, crc: self.sum })
            }
            // The index is beyond it, and the log's bytes cannot be compared any more.
            None => Ok(false),
        }
    }

    /// As it is found in the folder of its store.
    pub(crate) fn found_in(&self, dir: &Path) -> Found {
        let log = Some((*self.journal.as_bytes(), generations::path(dir, self.generation)));
        let end = Extent { frames: self.frames, changes: self.changes, bytes: self.bytes };
        Found { generation: self.generation, log, end, sum: self.sum }
    }

    /// Whether it is exactly this state that was found.
    pub(crate) fn is(&self, found: &Found) -> bool {
        let id = found.log.as_ref().map_or(self.journal, |(id, _)| Uuid::from_bytes(*id));
        Self { journal: id, ..*self } == Self::new(found.generation, *id.as_bytes(), found.end, found.sum)
            && id == self.journal
    }
}
