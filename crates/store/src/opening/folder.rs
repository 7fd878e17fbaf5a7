use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use zeroize::Zeroizing;

use super::recovery::Recovery;
use crate::{
    disk::{Fs, durable},
    error::Error,
    index::{Index, folders},
    log::{Extent, FileHead, Found, LogFile, Position, generations},
    seal::{Sealer, associated_data},
};

/// The key of what a recovery could not bring back, from the moment in which its new log is in place until it was told. No
/// table begins with a 0 byte.
pub(crate) const UNREPORTED_LOSS: &[u8] = b"\0untold-loss";

/// What the caller knows of the store and takes on.
#[derive(Default)]
pub(crate) struct Terms {
    /// How far the store had come at least.
    pub(crate) floor: Option<Position>,
    /// The caller says when a loss by damage need not be told again.
    pub(crate) keep_loss: bool,
}

/// A folder that is being opened.
pub(crate) struct Folder {
    pub(crate) disk: Arc<dyn Fs>,
    pub(crate) dir: PathBuf,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) terms: Terms,
    pub(crate) recovery: Recovery,
}

impl Folder {
    /// Whether something of ours lies in a folder that has no schema.
    pub(crate) fn has_data(&self) -> Result<bool, Error> {
        Ok(!generations::all(&self.dir)?.is_empty() || !folders::all(&self.dir)?.is_empty())
    }

    /// Compares what was found with what the caller knows.
    pub(crate) fn compare(&mut self, found: &Found) -> Result<(), Error> {
        if let Some(floor) = &self.terms.floor {
            self.recovery.behind = floor.is_ahead_of(found)?;
            self.recovery.unmoved = floor.is(found);
        }
        Ok(())
    }

    /// Goes on with a log that was read and is whole.
    pub(crate) fn resume(&self, head: FileHead, end: Extent, sum: u32) -> Result<LogFile, Error> {
        let cipher = self.sealer.cipher(head.key).ok_or(Error::WrongKey)?;
        LogFile::resume(&self.disk, &generations::path(&self.dir, head.generation), head, cipher, end, sum)
    }

    /// What the store keeps for itself under a key that is no table's; `None` where there is none or it is damaged.
    pub(crate) fn own_entry(
        &self,
        index: &dyn Index,
        key: &[u8],
        name: &'static str,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let found = index.get(key).map_err(|e| Error::read(name, e))?;
        Ok(found.and_then(|sealed| self.sealer.open(&associated_data(key), &sealed).ok()))
    }

    pub(crate) fn unreported_loss(&self, index: &dyn Index) -> Result<Option<(u64, bool)>, Error> {
        let opened = self.own_entry(index, UNREPORTED_LOSS, "untold-loss")?;
        Ok(opened.and_then(|plain| {
            let (changes, estimated) = plain.split_first_chunk()?;
            Some((u64::from_be_bytes(*changes), estimated == [1]))
        }))
    }

    /// Renames a file or folder so that its date and what is wrong with it are told by its name.
    pub(crate) fn set_aside(&mut self, path: &Path, what: &str) -> Result<(), Error> {
        let failed = |e| Error::file(path, e);
        let changed: DateTime<Utc> = fs::metadata(path).and_then(|m| m.modified()).map_err(failed)?.into();
        let name = durable::beside(path, &format!(".{what}-{}", changed.format("%Y%m%dT%H%M%SZ")));
        let free = |n: u32| {
            if n == 1 { name.clone() } else { durable::beside(&name, &format!("-{n}")) }
        };
        let aside = (1..).map(free).find(|p| !p.exists()).expect("numbers do not end");
        self.disk.rename(path, &aside).map_err(failed)?;
        self.disk.sync_folder(&self.dir).map_err(failed)?;
        tracing::error!(path = %aside.display(), "set aside");
        self.recovery.set_aside.push(aside);
        Ok(())
    }

    pub(crate) fn set_logs_aside(&mut self, generations: &[u64]) -> Result<(), Error> {
        generations.iter().try_for_each(|n| self.set_aside(&generations::path(&self.dir, *n), "damaged"))
    }

    /// Renames the index of an unclean stop, so that it is kept for the case that the log is damaged too. Of several only one
    /// is kept. Returns its folder.
    pub(crate) fn keep_one_stale_index(&self) -> Result<Option<PathBuf>, Error> {
        let stale = self.dir.join("db.stale");
        let folders = folders::all(&self.dir)?;
        if !stale.exists()
            && let Some(newest) = folders.iter().max_by_key(|name| folders::number(name))
        {
            let path = self.dir.join(newest);
            self.disk.rename(&path, &stale).map_err(|e| Error::file(path, e))?;
        }
        self.remove_indexes(&["db.stale"])?;
        Ok(stale.exists().then_some(stale))
    }

    pub(crate) fn remove_indexes(&self, kept: &[&str]) -> Result<(), Error> {
        for name in folders::all(&self.dir)?.iter().filter(|name| !kept.contains(&name.as_str())) {
            let path = self.dir.join(name);
            fs::remove_dir_all(&path).map_err(|e| Error::file(path, e))?;
        }
        Ok(())
    }

    pub(crate) fn remove_older(&self, generations: &[u64], newest: u64) -> Result<(), Error> {
        generations.iter().filter(|n| **n != newest).try_for_each(|n| self.remove_log(*n))
    }

    pub(crate) fn remove_log(&self, generation: u64) -> Result<(), Error> {
        let path = generations::path(&self.dir, generation);
        self.disk.remove(&path).map_err(|e| Error::file(path, e))
    }
}
