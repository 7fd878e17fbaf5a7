//! The file operations that what was acknowledged depends on, behind a trait: so that tests make each of them fail
//! or record them all and simulate a power cut. The index's own files are not among them, since nothing depends on them.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use super::private;

/// A place for files. Paths are those of the file system; files are read without it. What fails, fails with what the
/// system says.
pub trait Fs: Send + Sync {
    /// A new, empty, private file in place of what was there.
    fn create(&self, path: &Path) -> io::Result<Box<dyn FsFile>>;

    /// A file that is there, for writing.
    fn open(&self, path: &Path) -> io::Result<Box<dyn FsFile>>;

    /// Moves a file or folder, replacing a file; durable after [`Fs::sync_folder`].
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file; durable after [`Fs::sync_folder`].
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes new, moved and removed names in a folder durable.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// A file open for writing. What fails, fails with what the system says.
pub trait FsFile: Send + Sync {
    /// Writes all the bytes from byte `at` on, not yet durable. After an error any part of them may be there.
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Makes what was written durable. After an error nobody knows what is.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to so many bytes.
    fn cut(&mut self, length: u64) -> io::Result<()>;

    /// How many bytes it has.
    fn length(&self) -> io::Result<u64>;
}

/// The disk itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealFs;

impl Fs for RealFs {
    fn create(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        Ok(Box::new(private::options().read(true).write(true).create(true).truncate(true).open(path)?))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        Ok(Box::new(private::existing().open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        private::sync_names(path)
    }
}

impl FsFile for File {
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        #[cfg(unix)]
        return std::os::unix::fs::FileExt::write_all_at(self, bytes, at);
        #[cfg(not(unix))]
        {
            use std::io::{Seek, SeekFrom, Write};
            self.seek(SeekFrom::Start(at))?;
            self.write_all(bytes)
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        // With its size, which is part of what a reader needs.
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}
