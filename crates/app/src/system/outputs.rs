//! The one place that opens a file which a person named to be written, by a command line or a dialog of the system.

use std::{
    fs::Metadata,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

pub use store::Existing;
use store::WholeFile;

use crate::{DataFolder, Failure, FailureCode, Result, failure::io_errors::Cause};

/// A person's file that is being written. It has its name only when it is whole; dropped before, it was never there.
#[derive(Debug)]
pub struct Output {
    file: WholeFile,
    /// As it was named.
    named: PathBuf,
    /// Where it lies: a link that was named stays one, and what it leads to is replaced.
    place: PathBuf,
    existing: Existing,
}

impl DataFolder {
    /// Opens a file that a person named. Devices, pipes, sockets, folders, links that lead nowhere, what this program
    /// writes its answers to, and the places of this folder's own files are refused; a file that is there stays, unless it
    /// may be replaced.
    ///
    /// # Errors
    /// By the field `file`: what stands there, or why the system does not let it be written. Nothing was written then.
    pub fn output(&self, named: &Path, existing: Existing) -> Result<Output> {
        Output::open(self.root(), named, existing)
    }
}

impl Output {
    /// As [`DataFolder::output`], for a data folder that is not opened.
    pub(crate) fn open(root: &Path, named: &Path, existing: Existing) -> Result<Self> {
        let place = place(named, existing)?;
        if keeps(root, &place) {
            return Err(refused(named, "is a place of the data folder's own files", OTHER));
        }
        let above = place.parent().unwrap_or(Path::new("."));
        let file = WholeFile::begin(above).map_err(|e| failed(named, &e))?;
        Ok(Self { file, named: named.to_owned(), place, existing })
    }

    /// Where it will lie.
    pub(crate) fn place(&self) -> &Path {
        &self.place
    }

    /// What it is written with.
    pub(crate) fn file(&mut self) -> &mut WholeFile {
        &mut self.file
    }

    /// Gives it its name; answers where it lies. Blocking.
    pub(crate) fn publish(self) -> Result<PathBuf> {
        let Self { file, named, place, existing } = self;
        file.publish(&place, existing).map_err(|e| failed(&named, &e))?;
        Ok(std::path::absolute(&named).unwrap_or(named))
    }

    /// A write that failed, in words.
    pub(crate) fn failed(&self, error: &io::Error) -> Failure {
        failed(&self.named, error)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Whether the data folder keeps something of its own there.
fn keeps(root: &Path, place: &Path) -> bool {
    let above = place.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (Ok(above), Ok(root)) = (above.canonicalize(), root.canonicalize()) else { return false };
    let place = above.join(place.file_name().unwrap_or_default());
    let Ok(inside) = place.strip_prefix(&root) else { return false };
    let first = inside.iter().next().unwrap_or_default().to_string_lossy().into_owned();
    ["connections", "orgs", "removed"].contains(&&*first)
        || ["connections.json", "preferences.json", "lock", "holder", "lab.json"]
            .iter()
            .any(|name| first.starts_with(name))
}

/// The next step where only another name helps.
const OTHER: &str = "Name another file.";

/// Where a file would lie, by what stands there now.
fn place(named: &Path, existing: Existing) -> Result<PathBuf> {
    if named.file_name().is_none() {
        return Err(refused(named, "is a folder", OTHER));
    }
    let there = match std::fs::symlink_metadata(named) {
        Ok(there) => there,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(named.to_owned()),
        Err(e) => return Err(failed(named, &e)),
    };
    let led_to = match std::fs::metadata(named) {
        Ok(led_to) => led_to,
        Err(e) if e.kind() == ErrorKind::NotFound => {
            return Err(refused(named, "is a link that leads nowhere", OTHER));
        }
        Err(e) => return Err(failed(named, &e)),
    };
    if led_to.is_dir() {
        return Err(refused(named, "is a folder", OTHER));
    }
    if !led_to.is_file() {
        return Err(refused(named, "is a device, pipe or socket", OTHER));
    }
    if is_ours_to_answer_on(&led_to) {
        return Err(refused(named, "is where this program writes its answers", OTHER));
    }
    if existing == Existing::Keep {
        return Err(taken(named));
    }
    if there.is_symlink() {
        named.canonicalize().map_err(|e| failed(named, &e))
    } else {
        Ok(named.to_owned())
    }
}

/// Whether it is the file that stdout or stderr goes to.
#[cfg(unix)]
fn is_ours_to_answer_on(file: &Metadata) -> bool {
    use std::os::{fd::AsFd, unix::fs::MetadataExt};
    let same = |stream: std::os::fd::BorrowedFd<'_>| {
        let stream = stream.try_clone_to_owned().and_then(|fd| std::fs::File::from(fd).metadata());
        stream.is_ok_and(|stream| (stream.dev(), stream.ino()) == (file.dev(), file.ino()))
    };
    same(io::stdout().as_fd()) || same(io::stderr().as_fd())
}

#[cfg(not(unix))]
fn is_ours_to_answer_on(_: &Metadata) -> bool {
    false
}

fn refused(named: &Path, why: &str, next: &str) -> Failure {
    let message = format!("{} {why}; nothing was written", named.display());
    Failure::field("file", message).with_next(next)
}

fn taken(named: &Path) -> Failure {
    refused(
        named,
        "exists already",
        "Name another file, or say that this one is to be replaced (--replace on the command line).",
    )
}

fn failed(named: &Path, error: &io::Error) -> Failure {
    if error.kind() == ErrorKind::AlreadyExists {
        return taken(named);
    }
    let Cause { code, words, next } = Cause::of(error);
    let message = format!("{} cannot be written: {words}; nothing is left of it", named.display());
    match (code, error.kind()) {
        (FailureCode::DiskFull, _) => Failure::new(code, message),
        (_, ErrorKind::NotFound) => {
            Failure::field("file", message).with_next("Make the folder first, or name another.")
        }
        _ => Failure::field("file", message).with_next(next),
    }
}
