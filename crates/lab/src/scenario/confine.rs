//! Which files a scenario file may name: those below its own folder or below the working directory.

use std::{
    io,
    path::{Component, Path, PathBuf},
};

/// The folders below which a named file has to lie, without links.
pub struct Roots(Vec<PathBuf>);

/// The path leads elsewhere.
pub struct Outside;

impl Roots {
    /// The folder of the file that a person named, and the working directory.
    pub fn of(file: &Path) -> io::Result<Self> {
        let folder = match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut roots = vec![folder.canonicalize()?];
        roots.extend(std::env::current_dir().and_then(|folder| folder.canonicalize()));
        Ok(Self(roots))
    }

    /// The path without links, as far as it is there.
    pub fn resolve(&self, path: &Path) -> Result<PathBuf, Outside> {
        let resolved = resolve(path).ok_or(Outside)?;
        match self.0.iter().any(|root| resolved.starts_with(root) && resolved != *root) {
            true => Ok(resolved),
            false => Err(Outside),
        }
    }
}

/// The longest part of the path that is there, without links, and the rest as it is. `None` where the rest goes upwards:
/// where that leads is known only once the folders are there.
fn resolve(path: &Path) -> Option<PathBuf> {
    for there in path.ancestors() {
        let there_or_here = if there.as_os_str().is_empty() { Path::new(".") } else { there };
        if let Ok(mut resolved) = there_or_here.canonicalize() {
            let rest = path.strip_prefix(there).ok()?;
            for part in rest.components() {
                match part {
                    Component::Normal(part) => resolved.push(part),
                    Component::CurDir => {}
                    _ => return None,
                }
            }
            return Some(resolved);
        }
        // A link that leads nowhere could lead anywhere by the time it is followed.
        if there.symlink_metadata().is_ok() {
            return None;
        }
    }
    None
}
