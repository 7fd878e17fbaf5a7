use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// An empty folder that disappears with the value.
///
/// # Panics
/// When the platform has no room for one: no test can go on then.
#[must_use]
pub fn temp_dir() -> TempDir {
    tempfile::Builder::new().prefix("innkeeper-test-").tempdir().expect("a test needs a temporary folder")
}

/// As [`temp_dir`], in memory where the system has such a place: for tests that open hundreds of folders and cut no power.
///
/// # Panics
/// When the platform has no room for one.
#[must_use]
pub fn quick_folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a test needs a temporary folder")
}

/// All files below a folder, sorted. Sockets are no files.
///
/// # Panics
/// When the folder cannot be read.
#[must_use]
pub fn files_below(dir: &Path) -> Vec<PathBuf> {
    let (mut found, mut left) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(dir) = left.pop() {
        for entry in fs::read_dir(&dir).expect("a test reads a folder that is there") {
            let path = entry.expect("a folder that nobody takes away").path();
            if path.is_dir() {
                left.push(path);
            } else if path.is_file() {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Copies a folder as it is at this moment, which is what a kill leaves of it.
///
/// # Panics
/// When it cannot be read or there is no room for the copy.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a test may make a folder");
    for entry in fs::read_dir(from).expect("a test copies a folder that is there") {
        let path = entry.expect("a folder that nobody takes away").path();
        let target = to.join(path.file_name().expect("an entry of a folder has a name"));
        if path.is_dir() {
            copy_folder(&path, &target);
        } else if path.is_file() {
            fs::copy(&path, &target).expect("a test has room for a copy");
        }
    }
}
