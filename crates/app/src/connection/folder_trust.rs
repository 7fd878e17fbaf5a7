//! Whether a data folder is its owner's alone. Checked before anything in it is read or written: whoever may write to it may
//! have put an address of their own into the list of connections. Unix only; elsewhere the rights of the home folder count.

use std::path::Path;

use crate::{Failure, Result};

/// Refuses a folder that is somebody else's or that others may write to, in any of its files, and one that others could
/// put another in the place of. What is only readable by others, as earlier versions left it, is taken from them without
/// a word. A folder that is not there yet is judged by those above it.
///
/// # Errors
/// [`crate::FailureCode::FolderExposed`], with the command that mends it; nothing was changed then.
#[cfg(unix)]
pub(crate) fn check(root: &Path) -> Result<()> {
    let us = rustix::process::geteuid().as_raw();
    let root = &std::path::absolute(root)
        .map_err(|e| Failure::field("data", format!("{} is no path: {e}", root.display())))?;
    for path in unix::readable(root, us).map_err(|fault| fault.failure(root, us))? {
        // A disk that keeps no rights, or a file that is gone by now: nobody but its owner may write to it.
        drop(store::private::tighten(&path));
    }
    Ok(())
}

/// Elsewhere folders below the home folder are the user's alone.
#[cfg(not(unix))]
pub(crate) fn check(_root: &Path) -> Result<()> {
    Ok(())
}

#[cfg(unix)]
mod unix {
    use std::{
        fs::Metadata,
        io,
        os::unix::fs::{FileTypeExt, MetadataExt},
        path::{Path, PathBuf},
    };

    use crate::{Failure, FailureCode};

    const ROOT: u32 = 0;
    /// Who owns what has no owner in this user namespace: in a sandbox or container that is the system's own folders.
    const NOBODY: u32 = 65_534;
    const OTHERS_WRITE: u32 = 0o022;
    const OTHERS: u32 = 0o077;
    const STICKY: u32 = 0o1000;

    /// What stands in the way of trusting a folder.
    pub(super) enum Fault {
        /// Another user's.
        Foreign { path: PathBuf, owner: u32 },
        /// Group or others may write to it.
        Writable { path: PathBuf, mode: u32 },
        /// A folder above, in which others may put another folder in this one's place.
        Above { path: PathBuf, mode: u32 },
        /// The system does not say what lies there.
        Unseen { path: PathBuf, error: io::Error },
    }

    /// Who may do what with a file or folder.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Rights {
        pub(super) owner: u32,
        pub(super) group: u32,
        pub(super) mode: u32,
    }

    impl Rights {
        fn of(meta: &Metadata) -> Self {
            Self { owner: meta.uid(), group: meta.gid(), mode: meta.mode() & 0o7777 }
        }

        /// What is ours alone to write to. Root is a user like any other here: what it writes into another user's folder
        /// that user could not read any more.
        fn check(self, path: &Path, us: u32) -> Result<(), Fault> {
            let path = || path.to_owned();
            if self.owner != us {
                return Err(Fault::Foreign { path: path(), owner: self.owner });
            }
            if self.mode & OTHERS_WRITE != 0 {
                return Err(Fault::Writable { path: path(), mode: self.mode });
            }
            Ok(())
        }

        /// Whether users who are not trusted may rename what lies in this folder. Whoever owns it was trusted by whoever
        /// put our folder there. A group of a user's own number is that user alone, as most systems set users up; a
        /// sticky folder lets everybody rename only their own, but for its owner.
        pub(super) fn lets_others_swap(self, us: u32) -> bool {
            let is_own_group = [ROOT, us, self.owner].contains(&self.group);
            let open_to = if is_own_group { OTHERS_WRITE & 0o007 } else { OTHERS_WRITE };
            let is_kept = self.mode & STICKY != 0 && [ROOT, us, NOBODY].contains(&self.owner);
            self.mode & open_to != 0 && !is_kept
        }
    }

    /// Everything that others may read and nobody else write to. `root` is an absolute path.
    ///
    /// # Errors
    /// The first fault.
    pub(super) fn readable(root: &Path, us: u32) -> Result<Vec<PathBuf>, Fault> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error: io::Error| Fault::Unseen { path, error }
        };
        for path in [Some(root), root.canonicalize().ok().as_deref()].into_iter().flatten() {
            for above in path.ancestors().skip(1) {
                let Some(meta) = there(above.metadata()).map_err(at(above))? else { continue };
                let rights = Rights::of(&meta);
                if rights.lets_others_swap(us) {
                    return Err(Fault::Above { path: above.to_owned(), mode: rights.mode });
                }
            }
        }
        let (mut readable, mut folders) = (Vec::new(), vec![root.to_owned()]);
        if let Some(link) = there(root.symlink_metadata()).map_err(at(root))?
            && link.is_symlink()
            && ![us, ROOT].contains(&link.uid())
        {
            return Err(Fault::Foreign { path: root.to_owned(), owner: link.uid() });
        }
        let Some(meta) = there(root.metadata()).map_err(at(root))? else { return Ok(readable) };
        let rights = Rights::of(&meta);
        rights.check(root, us)?;
        if rights.mode & OTHERS != 0 {
            readable.push(root.to_owned());
        }
        while let Some(folder) = folders.pop() {
            // A folder that another process has just removed has nothing in it.
            let Some(entries) = there(folder.read_dir()).map_err(at(&folder))? else { continue };
            for entry in entries {
                let path = entry.map_err(at(&folder))?.path();
                let Some(meta) = there(path.symlink_metadata()).map_err(at(&path))? else { continue };
                let rights = Rights::of(&meta);
                if meta.file_type().is_socket() || meta.is_symlink() {
                    // The mode of a link says nothing, and a socket that was left behind is made anew.
                    Rights { mode: 0, ..rights }.check(&path, us)?;
                    // Where a link leads counts as if it lay here; what lies in a folder there is not looked through.
                    if let Some(led) =
                        there(path.metadata()).map_err(at(&path))?.filter(|_| meta.is_symlink())
                    {
                        Rights::of(&led).check(&path, us)?;
                    }
                    continue;
                }
                rights.check(&path, us)?;
                if rights.mode & OTHERS != 0 {
                    readable.push(path.clone());
                }
                if meta.is_dir() {
                    folders.push(path);
                }
            }
        }
        Ok(readable)
    }

    /// Another process may remove a file while we look.
    fn there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
        match result {
            Ok(found) => Ok(Some(found)),
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(e) => Err(e),
        }
    }

    impl Fault {
        pub(super) fn failure(&self, root: &Path, us: u32) -> Failure {
            let (folder, all) = (root.display(), quoted(root));
            let look = "Look first at connections.json in it: others may have changed it.";
            let (message, next) = match self {
                Self::Unseen { path, error } => {
                    let what = format!("The data folder cannot be looked through: {}", path.display());
                    return Failure::of_file(what, error);
                }
                Self::Foreign { path, owner } => (
                    format!(
                        "The data folder {folder} is not yours alone: {} belongs to the user with the number {owner}. \
                         Nothing in it was read or written.",
                        path.display()
                    ),
                    format!("If it is yours, `sudo chown -R {us} {all} && chmod -R go-rwx {all}`. {look}"),
                ),
                Self::Writable { path, mode } if path == root => (
                    format!(
                        "Other users of this machine may write to the data folder {folder} (mode {mode:04o}). Nothing in \
                         it was read or written."
                    ),
                    format!("Correct it with `chmod 700 {all}`. {look}"),
                ),
                Self::Writable { path, mode } => (
                    format!(
                        "Other users of this machine may write to {} in the data folder (mode {mode:04o}). Nothing in it \
                         was read or written.",
                        path.display()
                    ),
                    format!("Correct it with `chmod -R go-rwx {all}`. {look}"),
                ),
                Self::Above { path, mode } => (
                    format!(
                        "Other users of this machine may put another folder in the place of the data folder {folder}: \
                         they may write to {} (mode {mode:04o}).",
                        path.display()
                    ),
                    format!(
                        "Correct it with `chmod go-w {}`, or name a folder elsewhere with --data.",
                        quoted(path)
                    ),
                ),
            };
            Failure::new(FailureCode::FolderExposed, message).with_next(next)
        }
    }

    /// As one word of a shell.
    pub(super) fn quoted(path: &Path) -> String {
        let text = path.display().to_string();
        let is_plain = |c: char| c.is_alphanumeric() || "/._-+=:@,".contains(c);
        if !text.is_empty() && text.chars().all(is_plain) && !text.starts_with('-') {
            return text;
        }
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
#[cfg(unix)]
#[path = "folder_trust_tests.rs"]
mod tests;
