//! Files and folders only their owner may read, and names that survive a power cut.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc,
    time::Duration,
};

use super::{
    fs::{Fs, RealFs},
    private,
};
use crate::error::Error;

/// Makes the folder and those above it, for their owner only.
pub(crate) fn make_folder(path: &Path) -> Result<(), Error> {
    private::folder(path).map_err(|e| Error::file(path, e))
}

/// Takes the rights of group and others off a file that another library made.
pub(crate) fn make_private(path: &Path) -> Result<(), Error> {
    private::tighten(path).map_err(|e| Error::file(path, e))
}

/// Makes new names in a folder durable.
pub(crate) fn sync_folder(path: &Path) -> Result<(), Error> {
    private::sync_names(path).map_err(|e| Error::file(path, e))
}

/// Syncs one file that another library wrote.
pub(crate) fn sync_file(path: &Path) -> Result<(), Error> {
    // Windows syncs only through a handle that may write.
    private::existing().open(path).and_then(|f| f.sync_all()).map_err(|e| Error::file(path, e))
}

/// Puts a whole private file in place: after a crash it is the old one or the new one, never a mixture.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    replace_on(&RealFs, path, bytes)
}

/// [`replace`] through a file system that a test may have put in place.
pub(crate) fn replace_on(disk: &dyn Fs, path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let fresh = beside(path, ".new");
    let write = || -> std::io::Result<()> {
        let mut file = disk.create(&fresh)?;
        file.write_at(0, bytes)?;
        file.sync()?;
        disk.rename(&fresh, path)?;
        disk.sync_folder(folder_of(path))
    };
    write().map_err(|e| Error::file(path, e))
}

/// The folder that a path's name stands in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The file's path with something after its name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The names in a folder.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>, Error> {
    let names = fs::read_dir(folder).and_then(|entries| {
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    });
    names.map_err(|e| Error::file(folder, e))
}

/// So many tries, with a pause between two of them: for what another process or thread frees in a moment.
pub(crate) fn tries(count: u32, pause: Duration) -> impl Iterator<Item = u32> {
    (0..count).inspect(move |n| {
        if *n > 0 {
            let (_never, ends) = mpsc::channel::<()>();
            let _ = ends.recv_timeout(pause);
        }
    })
}

/// A file's bytes, `None` when it is not there.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Error::file(path, e)),
    }
}
