use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

/// Which file a name leads to, and in which state it is. Whoever writes to a file or puts another in its place changes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileStamp {
    length: u64,
    modified: Duration,
    /// Device, inode, and when its inode changed, in seconds and nanoseconds: no program can set the last two. Zeros where the
    /// system does not tell them.
    inode: (u64, u64, i64, i64),
}

impl FileStamp {
    /// `None` where the file cannot be looked at, or the disk keeps no times.
    pub fn of(path: &Path) -> Option<Self> {
        let file = fs::metadata(path).ok()?;
        #[cfg(unix)]
        let inode = {
            use std::os::unix::fs::MetadataExt;
            (file.dev(), file.ino(), file.ctime(), file.ctime_nsec())
        };
        #[cfg(not(unix))]
        let inode = Default::default();
        let modified = file.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        Some(Self { length: file.len(), modified, inode })
    }
}
