//! The folders of the index on the disk, of which there may be several while one takes the place of another.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use crate::{
    disk::{durable, private},
    error::Error,
};

/// Names of folders that hold an index: `db`, `db.2`, … and `db.stale`.
pub(crate) fn all(dir: &Path) -> Result<BTreeSet<String>, Error> {
    let is_index = |name: &String| name == "db.stale" || number(name).is_some();
    Ok(durable::names(dir)?.into_iter().filter(is_index).collect())
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
    durable::make_folder(to)?;
    for name in durable::names(from)? {
        let (path, target) = (from.join(&name), to.join(&name));
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            private::copy(&path, &target).map_err(|e| Error::file(&path, e))?;
        }
    }
    Ok(())
}
