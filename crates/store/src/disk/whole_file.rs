//! A file that is there only when it is whole: nobody ever reads half of one, and a process that is killed leaves nothing
//! behind. Where the system has files without a name (Linux) the draft is one; elsewhere it has a name that the next one to
//! write into the same folder takes away.

use std::{
    fs::{self, File, TryLockError},
    io::{self, BufWriter, ErrorKind, Seek, Write},
    path::{Path, PathBuf},
};

use uuid::Uuid;

use super::private;

/// What happens to a file that has the name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is written.
    Keep,
    /// It is replaced at once, by the whole new one.
    Replace,
}

/// The beginning and the end of a draft's name.
const DRAFT: (&str, &str) = (".innkeeper-", ".partial");

/// A file that is being written, for its owner only. Dropped before it is published, it was never there.
#[derive(Debug)]
pub struct WholeFile {
    out: BufWriter<File>,
    folder: PathBuf,
    /// The draft's name, where it has one.
    draft: Option<PathBuf>,
}

impl WholeFile {
    /// A file that will get its name in this folder. Takes away what killed processes left there.
    pub fn begin(folder: &Path) -> io::Result<Self> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        sweep(folder);
        let mut draft = None;
        let file = match private::unnamed(folder) {
            Some(file) => file,
            None => {
                let path = draft_in(folder);
                let file = private::new_file(&path)?;
                draft = Some(path);
                file
            }
        };
        // Tells others that it is being written; where the disk knows no locks they find it in use all the same.
        drop(file.try_lock());
        Ok(Self { out: BufWriter::new(file), folder: folder.to_owned(), draft })
    }

    /// The folder it gets its name in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What was written so far, from its beginning, to be checked before it counts.
    pub fn written(&mut self) -> io::Result<File> {
        self.out.flush()?;
        let mut file = self.out.get_ref().try_clone()?;
        file.rewind()?;
        Ok(file)
    }

    /// Gives it this name, in the folder where it was begun; it is on the disk then.
    ///
    /// # Errors
    /// What the system says; [`ErrorKind::AlreadyExists`] for a name that is taken and kept. Nothing is left of it then.
    pub fn publish(mut self, path: &Path, existing: Existing) -> io::Result<()> {
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        match (existing, &self.draft) {
            (Existing::Keep, None) => private::name(self.out.get_ref(), path)?,
            // A second name never replaces what came meanwhile; where the disk knows none, the name is taken first, new.
            (Existing::Keep, Some(draft)) => match fs::hard_link(draft, path) {
                Err(e) if e.kind() == ErrorKind::AlreadyExists => return Err(e),
                Err(_) => {
                    drop(private::new_file(path)?);
                    fs::rename(draft, path)?;
                }
                Ok(()) => {}
            },
            (Existing::Replace, None) => {
                let draft = draft_in(&self.folder);
                private::name(self.out.get_ref(), &draft)?;
                let draft = self.draft.insert(draft);
                fs::rename(draft, path)?;
            }
            (Existing::Replace, Some(draft)) => fs::rename(draft, path)?,
        }
        private::sync_names(&self.folder)
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if let Some(draft) = &self.draft {
            // Gone already where it got its name by being renamed.
            drop(fs::remove_file(draft));
        }
    }
}

fn draft_in(folder: &Path) -> PathBuf {
    folder.join(format!("{}{}{}", DRAFT.0, Uuid::new_v4().simple(), DRAFT.1))
}

/// Takes away the drafts of processes that are gone. One that is being written is locked.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_draft = name.to_str().is_some_and(|name| name.starts_with(DRAFT.0) && name.ends_with(DRAFT.1));
        if !is_draft || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        let Ok(file) = private::existing().open(entry.path()) else { continue };
        if !matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            // What cannot be taken away is harmless: its name says what it is.
            drop(fs::remove_file(entry.path()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn it_is_there_when_it_is_whole_and_not_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let mut file = WholeFile::begin(dir.path()).unwrap();
        file.write_all(b"words").unwrap();
        assert!(!path.exists());
        assert_eq!(io::read_to_string(file.written().unwrap()).unwrap(), "words");
        file.publish(&path, Existing::Keep).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "words");
        assert_eq!(names(dir.path()), ["a"]);
    }

    #[test]
    fn a_name_that_is_taken_is_kept_or_replaced_as_was_asked_with_and_without_a_draft_that_has_a_name() {
        for named in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("a");
            fs::write(&path, "before").unwrap();
            let begin = || {
                let mut file = WholeFile::begin(dir.path()).unwrap();
                if named {
                    let draft = draft_in(dir.path());
                    let new = private::new_file(&draft).unwrap();
                    new.try_lock().unwrap();
                    file = WholeFile {
                        out: BufWriter::new(new),
                        folder: dir.path().to_owned(),
                        draft: Some(draft),
                    };
                }
                file.write_all(b"after").unwrap();
                file
            };
            let refused = begin().publish(&path, Existing::Keep).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
            drop(begin());
            assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(dir.path()).len()), ("before", 1));
            begin().publish(&path, Existing::Replace).unwrap();
            assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(dir.path()).len()), ("after", 1));
            let other = dir.path().join("b");
            begin().publish(&other, Existing::Keep).unwrap();
            assert_eq!(names(dir.path()), ["a", "b"]);
        }
    }

    #[test]
    fn what_a_killed_process_left_is_taken_away_and_what_another_writes_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let (left, written) = (draft_in(dir.path()), draft_in(dir.path()));
        drop(private::new_file(&left).unwrap());
        let other = private::new_file(&written).unwrap();
        other.try_lock().unwrap();
        fs::write(dir.path().join("mine.partial"), "").unwrap();
        drop(WholeFile::begin(dir.path()).unwrap());
        assert!(!left.exists() && written.exists() && dir.path().join("mine.partial").exists());
    }
}
