//! Files that a person chose in a dialog or dropped on the window. The page gets a handle and never a path.

use std::{collections::VecDeque, path::PathBuf};

use app::{
    Failure, FailureCode, Result, media_type,
    views::{LabFileView, LabPoint},
};
use parking_lot::Mutex;
use uuid::Uuid;

/// So many are known at once; the oldest are forgotten first.
const MOST: usize = 100;

/// The files of one run of the console.
#[derive(Default)]
pub(crate) struct GivenFiles(Mutex<VecDeque<Given>>);

struct Given {
    view: LabFileView,
    path: PathBuf,
    /// Dropped, and the page does not know it yet.
    is_new: bool,
}

impl GivenFiles {
    /// Keeps a file under a new handle.
    pub(crate) fn keep(&self, path: PathBuf, dropped_at: Option<LabPoint>) -> LabFileView {
        let size = std::fs::metadata(&path).map_or(0, |about| about.len());
        let view = LabFileView {
            handle: Uuid::new_v4(),
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            size: u32::try_from(size).unwrap_or(u32::MAX),
            media_type: media_type(&path),
            dropped_at,
        };
        let mut given = self.0.lock();
        if given.len() == MOST {
            given.pop_front();
        }
        given.push_back(Given { view: view.clone(), path, is_new: dropped_at.is_some() });
        view
    }

    /// What was dropped and not asked for yet.
    pub(crate) fn take_dropped(&self) -> Vec<LabFileView> {
        let mut given = self.0.lock();
        let new =
            given.iter_mut().filter_map(|file| std::mem::take(&mut file.is_new).then(|| file.view.clone()));
        new.collect()
    }

    /// Where a file lies.
    pub(crate) fn path(&self, handle: Uuid) -> Result<PathBuf> {
        let given = self.0.lock();
        let found = given.iter().find(|file| file.view.handle == handle).map(|file| file.path.clone());
        found.ok_or_else(|| {
            Failure::new(FailureCode::NotFound, "This file was chosen too long ago.")
                .with_next("Choose it again.")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_handle_and_what_was_dropped_is_told_once() {
        let given = GivenFiles::default();
        let chosen = given.keep(PathBuf::from("/a/note.txt"), None);
        assert_eq!((chosen.name.as_str(), chosen.media_type.as_str()), ("note.txt", "text/plain"));
        assert_eq!(given.path(chosen.handle).unwrap(), PathBuf::from("/a/note.txt"));
        assert!(given.take_dropped().is_empty() && given.path(Uuid::new_v4()).is_err());
        let at = LabPoint { x: 3, y: 4 };
        let dropped = given.keep(PathBuf::from("/b/c.png"), Some(at));
        assert_eq!(given.take_dropped(), [dropped]);
        assert!(given.take_dropped().is_empty());
        (0..MOST).for_each(|_| drop(given.keep(PathBuf::from("/x"), None)));
        assert!(given.path(chosen.handle).is_err());
    }
}
