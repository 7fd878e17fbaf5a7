//! The folders of the index on the disk, of which there may be several while one takes the place of another.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::Error;

/// Names of folders that hold an index: `db`, `db.2`, … and `db.stale`.
pub(crate) fn all(dir: &Path) -> Result<BTreeSet<String>, Error> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(dir).map_err(|e| Error::file(dir, e))? {
        let name = entry.map_err(|e| Error::file(dir, e))?.file_name();
        let name = name.to_string_lossy().into_owned();
        if name == "db.stale" || number(&name).is_some() {
            found.insert(name);
        }
    }
    Ok(found)
}

pub(crate) fn number(name: &str) -> Option<u32> {
    match name.strip_prefix("db")? {
        "" => Some(1),
        rest => rest.strip_prefix('.')?.parse().ok(),
    }
}

/// A folder for an index that is not there yet.
pub(crate) fn free(dir: &Path) -> PathBuf {
    let name = |n: u32| if n == 1 { dir.join("db") } else { dir.join(format!("db.{n}")) };
    (1..).map(name).find(|path| !path.exists()).expect("numbers do not end")
}

pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    crate::disk::durable::make_folder(to)?;
    for entry in fs::read_dir(from).map_err(|e| Error::file(from, e))? {
        let path = entry.map_err(|e| Error::file(from, e))?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            crate::disk::private::copy(&path, &target).map_err(|e| Error::file(&path, e))?;
        }
    }
    Ok(())
}
