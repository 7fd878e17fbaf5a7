//! Which files a scenario file may name: those below its own folder or below the working directory.

use std::{
    io,
    path::{Component, Path, PathBuf},
};

/// The longest path, in bytes, together with the folder of the file in which it stands.
pub const MAX_PATH_BYTES: usize = 4_096;

/// The folders below which a named file has to lie, without links.
pub struct Roots(Vec<PathBuf>);

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
    ///
    /// # Errors
    /// Why it names nothing that may be read, in words.
    pub fn resolve(&self, path: &Path) -> Result<PathBuf, String> {
        let bytes = path.as_os_str().as_encoded_bytes();
        if bytes.len() > MAX_PATH_BYTES {
            return Err(format!("this path has {} bytes; at most {MAX_PATH_BYTES} are allowed", bytes.len()));
        }
        if bytes.contains(&0) {
            return Err("this path has a NUL character in it, which no file name can have".to_owned());
        }
        let resolved = resolve(path)?;
        match self.0.iter().any(|root| resolved.starts_with(root) && resolved != *root) {
            true => Ok(resolved),
            false => Err("this path leads neither below the folder of the named file nor below the working \
                          directory"
                .to_owned()),
        }
    }
}

/// The longest part of the path that is there, without links, and the rest as it is. Goes through the path once, from its
/// beginning. A rest that goes upwards is refused: where that leads is known only once the folders are there.
fn resolve(path: &Path) -> Result<PathBuf, String> {
    let mut resolved = PathBuf::new();
    // The first part of the path that is not there.
    let mut missing: Option<PathBuf> = None;
    for part in path.components() {
        match part {
            Component::Prefix(_) | Component::RootDir => {
                resolved.push(part);
                continue;
            }
            Component::CurDir => continue,
            Component::ParentDir | Component::Normal(_) => {}
        }
        if resolved.as_os_str().is_empty() {
            resolved = Path::new(".").canonicalize().map_err(|error| in_words(Path::new("."), &error))?;
        }
        match (part, &missing) {
            (Component::ParentDir, Some(missing)) => {
                let shown = missing.display();
                return Err(format!("this path goes upwards behind {shown}, which is not there"));
            }
            (Component::ParentDir, None) => {
                resolved.pop();
            }
            (_, Some(_)) => resolved.push(part),
            (_, None) => {
                let there = resolved.join(part);
                match there.canonicalize() {
                    Ok(real) => resolved = real,
                    // A link that leads nowhere could lead anywhere by the time it is followed.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        if there.symlink_metadata().is_ok() {
                            return Err(format!("{} is a link that leads to nothing", there.display()));
                        }
                        missing = Some(there.clone());
                        resolved = there;
                    }
                    Err(error) => return Err(in_words(&there, &error)),
                }
            }
        }
    }
    Ok(resolved)
}

fn in_words(path: &Path, error: &io::Error) -> String {
    let shown = path.display();
    match error.kind() {
        io::ErrorKind::NotADirectory => format!("{shown} stands below something that is no folder"),
        io::ErrorKind::PermissionDenied => format!("this user has no right to {shown}"),
        _ => format!("{shown} cannot be followed: {error}"),
    }
}
