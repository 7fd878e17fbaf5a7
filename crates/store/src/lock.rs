use std::{
    fmt,
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::{Error, disk, private};

/// Who holds a data folder, in words for the one who is turned away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The process id.
    pub pid: u32,
    /// What it is: "window", "command line: outbox drain".
    pub what: String,
    /// Since when, UTC.
    pub since: DateTime<Utc>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.since.to_rfc3339_opts(SecondsFormat::Secs, true);
        write!(f, "{} (process {}, since {since})", self.what, self.pid)
    }
}

/// So long a folder may be held without the holder's name: it is written right after the lock is taken.
const NAMELESS: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Keeps every other process out of a data folder until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct FolderLock {
    // Holds the operating system's lock as long as it is open.
    _file: File,
    name: PathBuf,
}

impl FolderLock {
    /// Takes the folder, making it when it is new, and leaves the holder's name beside the lock. Waits for nothing but the
    /// name of another who took it a moment before.
    ///
    /// # Errors
    /// [`Error::Locked`] when another one holds it; [`Error::File`] or [`Error::DiskFull`].
    pub fn acquire(dir: &Path, holder: &Holder) -> Result<Self, Error> {
        disk::make_folder(dir)?;
        let path = dir.join("lock");
        // The name stands in a file of its own: a locked file cannot be read on Windows.
        let name = dir.join("lock.json");
        let file = private::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|e| Error::file(&path, e))?;
        let asked = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {
                    let holder = disk::read(&name)?.and_then(|json| serde_json::from_slice(&json).ok());
                    if holder.is_some() || asked.elapsed() > NAMELESS {
                        return Err(Error::Locked { holder });
                    }
                    // Whoever takes a folder writes their name next, and takes it away before they let go.
                    std::thread::sleep(LOOK_AGAIN);
                }
                Err(TryLockError::Error(e)) => return Err(Error::file(&path, e)),
            }
        }
        let json = serde_json::to_vec(holder).expect("numbers and texts are valid JSON");
        disk::replace(&name, &json)?;
        Ok(Self { _file: file, name })
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Still under the lock, so it is our own name; one that stays is overwritten by the next holder.
        let _ = std::fs::remove_file(&self.name);
    }
}
