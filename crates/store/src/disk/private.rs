//! The one way in which the program makes files and folders: for their owner only (0600 and 0700 on unix), whatever the
//! umask of the process says. Elsewhere the rights of the folder count. `tests/tidy` refuses any other way.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    path::Path,
};

/// The rights that nobody but the owner may have, on files and folders.
#[cfg(unix)]
const OF_OTHERS: u32 = 0o077;

/// Options for a file that only its owner may read; what is opened and made with them is up to the caller. A file that is
/// there keeps the rights it has.
#[must_use]
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Options to read and write a file that is there; none is made.
#[must_use]
pub fn existing() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    options
}

/// A new file, open for reading and writing. [`io::ErrorKind::AlreadyExists`] where there is one of that name, a link that
/// leads nowhere included.
pub fn new_file(path: &Path) -> io::Result<File> {
    options().read(true).write(true).create_new(true).open(path)
}

/// A file whose lock keeps others out; made where there is none.
pub(crate) fn lock_file(path: &Path) -> io::Result<File> {
    options().read(true).write(true).create(true).truncate(false).open(path)
}

/// A file without a name, which is gone when it is closed unless [`name`] gives it one; none where the system or the disk
/// knows no such files.
#[must_use]
pub(crate) fn unnamed(folder: &Path) -> Option<File> {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::TMPFILE.bits().cast_signed();
        let file = options().read(true).write(true).custom_flags(flags).open(folder).ok()?;
        handle(&file).exists().then_some(file)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = folder;
        None
    }
}

/// Gives a file that has none its name; [`io::ErrorKind::AlreadyExists`] for a name that is taken.
pub(crate) fn name(file: &File, path: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{AtFlags, CWD, linkat};
        Ok(linkat(CWD, handle(file), CWD, path, AtFlags::SYMLINK_FOLLOW)?)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (file, path);
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// An open file as a path of this process.
#[cfg(target_os = "linux")]
fn handle(file: &File) -> std::path::PathBuf {
    format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(file)).into()
}

/// Copies a file's bytes, and not its rights, to a new file; not durable yet.
pub fn copy(from: &Path, to: &Path) -> io::Result<File> {
    let mut source = File::open(from)?;
    let mut target = new_file(to)?;
    io::copy(&mut source, &mut target)?;
    Ok(target)
}

/// Makes the folder and those above it, each durable with its name: what is kept in it would be lost with it. A folder that
/// is there stays as it is.
pub fn folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let above = path.parent().filter(|p| !p.as_os_str().is_empty());
    if let Some(above) = above {
        folder(above)?;
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Err(e) if !(e.kind() == io::ErrorKind::AlreadyExists && path.is_dir()) => return Err(e),
        _ => {}
    }
    sync_names(above.unwrap_or(Path::new(".")))
}

/// Takes the rights of group and others off a file or folder.
pub fn tighten(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path)?.permissions().mode();
        if mode & OF_OTHERS != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o7777 & !OF_OTHERS))?;
        }
    }
    #[cfg(not(unix))]
    fs::metadata(path)?;
    Ok(())
}

/// Makes new names in a folder durable. A no-op where folders cannot be opened as files (Windows).
pub fn sync_names(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
