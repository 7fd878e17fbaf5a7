//! How files are on the disk, by which it is seen that one was saved.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// When a file was changed, and its length: where one of them is another, it was saved. `None` while it is not there.
type Stamp = Option<(SystemTime, u64)>;

/// Files as they were when they were looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stamps(BTreeMap<PathBuf, Stamp>);

impl Stamps {
    /// Looks at files. Blocking.
    pub(super) fn of<'a>(files: impl IntoIterator<Item = &'a PathBuf>) -> Self {
        Self(files.into_iter().map(|file| (file.clone(), stamp(file))).collect())
    }

    /// The same files as they are now. Blocking.
    #[must_use]
    pub(super) fn again(&self) -> Self {
        Self::of(self.0.keys())
    }

    /// Whether one of these files was saved after `before`. One that is not there is being written anew, or was removed.
    pub(super) fn shows_a_save_after(&self, before: &Self) -> bool {
        self.0.iter().any(|(file, stamp)| stamp.is_some() && before.0.get(file) != Some(stamp))
    }

    /// Looks at those of `files` that were not looked at yet, too. Blocking.
    pub(super) fn and(mut self, files: &[PathBuf]) -> Self {
        for file in files {
            self.0.entry(file.clone()).or_insert_with(|| stamp(file));
        }
        self
    }
}

fn stamp(file: &Path) -> Stamp {
    let about = file.metadata().ok()?;
    Some((about.modified().ok()?, about.len()))
}
