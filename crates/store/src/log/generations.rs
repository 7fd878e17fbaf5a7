//! The logs of a store by their number: `journal.1`, `journal.2`, …, each of which takes over from the one before.

use std::path::{Path, PathBuf};

use crate::{
    disk::{Fs, durable},
    error::Error,
};

/// The file of a generation.
pub(crate) fn path(dir: &Path, generation: u64) -> PathBuf {
    dir.join(format!("journal.{generation}"))
}

/// The generations in a folder, oldest first.
pub(crate) fn all(dir: &Path) -> Result<Vec<u64>, Error> {
    let mut found = numbered(dir, "")?;
    found.sort_unstable();
    Ok(found)
}

/// Removes what was begun and never put in place.
pub(crate) fn remove_unfinished(disk: &dyn Fs, dir: &Path) -> Result<(), Error> {
    for generation in numbered(dir, ".new")? {
        let path = durable::beside(&path(dir, generation), ".new");
        disk.remove(&path).map_err(|e| Error::file(&path, e))?;
    }
    Ok(())
}

fn numbered(dir: &Path, suffix: &str) -> Result<Vec<u64>, Error> {
    let number = |name: &String| {
        let digits = name.strip_prefix("journal.")?.strip_suffix(suffix)?;
        digits.parse::<u64>().ok().filter(|number| number.to_string() == digits)
    };
    Ok(durable::names(dir)?.iter().filter_map(number).collect())
}

/// Durably removes a generation whose making failed. Until this has worked nothing more may be acknowledged in the one
/// before: after a crash the newer name would be taken for the truth.
pub(crate) fn discard(disk: &dyn Fs, dir: &Path, generation: u64) -> bool {
    let path = path(dir, generation);
    let gone = |path: &Path| match disk.remove(path) {
        Err(e) => e.kind() == std::io::ErrorKind::NotFound,
        Ok(()) => true,
    };
    let fresh = gone(&durable::beside(&path, ".new"));
    gone(&path) && fresh && disk.sync_folder(dir).is_ok()
}
