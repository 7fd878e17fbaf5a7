//! What a store leaves behind when it is closed in order: a sealed file that says how long every file is and what its
//! sum is. The index is opened only on files that match it; without it the index is made anew from the log.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    disk::{Fs, Sum, durable},
    error::Error,
    log::Extent,
    seal::Sealer,
};

const AAD: &[u8] = b"clean\0";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CleanShutdown {
    pub(crate) generation: u64,
    pub(crate) frames: u64,
    pub(crate) changes: u64,
    pub(crate) journal: Sum,
    /// The index's folder beside this file, and its files by their path in it.
    pub(crate) folder: String,
    pub(crate) files: Vec<(String, Sum)>,
    /// What the index held: entries, and bytes of their keys and values.
    pub(crate) live: (u64, u64),
}

pub(crate) fn path(dir: &Path) -> PathBuf {
    dir.join("clean")
}

impl CleanShutdown {
    /// `None` where there is none, or none that this folder's keys sealed.
    pub(crate) fn read(dir: &Path, sealer: &Sealer) -> Result<Option<Self>, Error> {
        let Some(bytes) = durable::read(&path(dir))? else { return Ok(None) };
        Ok(sealer.open(AAD, &bytes).ok().and_then(|plain| rmp_serde::from_slice(&plain).ok()))
    }

    pub(crate) fn write(&self, disk: &dyn Fs, dir: &Path, sealer: &Sealer) -> Result<(), Error> {
        let plain = rmp_serde::to_vec_named(self).map_err(|_| Error::Encode("clean"))?;
        durable::replace_on(disk, &path(dir), &sealer.seal(AAD, &plain))
    }

    pub(crate) fn end(&self) -> Extent {
        Extent { frames: self.frames, changes: self.changes, bytes: self.journal.bytes }
    }

    /// Whether the index's files are those that were left, no more and no fewer.
    pub(crate) fn holds_for_index(&self, dir: &Path) -> bool {
        let plain_name = Path::new(&self.folder).components().count() == 1 && !self.folder.starts_with('.');
        plain_name && sums(&dir.join(&self.folder)).is_ok_and(|files| files == self.files)
    }

    /// Whether the log is the one that was left.
    pub(crate) fn holds_for_log(&self, path: &Path) -> bool {
        sum(path).is_ok_and(|found| found == self.journal)
    }
}

/// Durably gone, before anything is written that it does not know of.
pub(crate) fn remove(disk: &dyn Fs, dir: &Path) -> Result<(), Error> {
    let path = path(dir);
    match disk.remove(&path) {
        Ok(()) => disk.sync_folder(dir).map_err(|e| Error::file(dir, e)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(Error::file(path, e)),
    }
}

/// The sums of all files below a folder, sorted by path.
pub(crate) fn sums(folder: &Path) -> std::io::Result<Vec<(String, Sum)>> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
                files.push((name, sum(&path)?));
            }
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(files)
}

fn sum(path: &Path) -> std::io::Result<Sum> {
    Sum::of(File::open(path)?)
}
