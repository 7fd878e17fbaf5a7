//! Files and folders for their owner only, whatever the umask of the process says. `tests/tidy` refuses any other way.

use std::{
    fs::{DirBuilder, OpenOptions},
    io,
    path::Path,
};

/// Options for a file that only its owner may read (0600 on unix).
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes the folder and those above it (0700 on unix); one that is there stays as it is.
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
