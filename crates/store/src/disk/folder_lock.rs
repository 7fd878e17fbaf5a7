use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use super::{durable, holder::Holder, private};
use crate::error::Error;

/// Keeps every other process out of a data folder until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct FolderLock {
    // Holds the operating system's lock as long as it is open.
    _file: File,
    dir: PathBuf,
    // Locked while this is dropped, and let go after the folder's lock, in the order of these fields.
    name_lock: Option<File>,
}

/// The lock of the holder's name. Whoever takes the folder or lets go of it keeps this one until their name is written or
/// removed, so that nobody who is turned away finds a folder that is held without a name. Waits for others, for a moment.
fn lock_name(dir: &Path) -> io::Result<File> {
    let file = private::lock_file(&dir.join("lock.door"))?;
    file.lock()?;
    Ok(file)
}

fn name_in(dir: &Path) -> PathBuf {
    // A file of its own: a locked file cannot be read on Windows.
    dir.join("lock.json")
}

impl FolderLock {
    /// Takes the folder, making it when it is new, and leaves the holder's name beside the lock. Never waits for a holder.
    ///
    /// # Errors
    /// [`Error::Locked`] when another one holds it; [`Error::File`] or [`Error::DiskFull`].
    pub fn acquire(dir: &Path, holder: &Holder) -> Result<Self, Error> {
        durable::make_folder(dir)?;
        let (path, name) = (dir.join("lock"), name_in(dir));
        let _name_lock = lock_name(dir).map_err(|e| Error::file(dir.join("lock.door"), e))?;
        let file = private::lock_file(&path).map_err(|e| Error::file(&path, e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = durable::read(&name)?.and_then(|json| serde_json::from_slice(&json).ok());
                return Err(Error::Locked(holder));
            }
            Err(TryLockError::Error(e)) => return Err(Error::file(&path, e)),
        }
        let json = serde_json::to_vec(holder).expect("numbers and texts are valid JSON");
        durable::replace(&name, &json)?;
        Ok(Self { _file: file, dir: dir.to_owned(), name_lock: None })
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Best effort, as is the name itself.
        self.name_lock = lock_name(&self.dir).ok();
        // Still under the lock, so it is our own name; one that stays is overwritten by the next holder.
        let _ = std::fs::remove_file(name_in(&self.dir));
    }
}
