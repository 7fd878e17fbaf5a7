use std::{fs::File, io, path::Path};

/// Where in a log a value begins, and its length, both in bytes.
pub(crate) type ValueRef = (u64, u32);

/// A log open for reading values out of the middle.
pub(crate) struct ValueFile {
    file: File,
    /// One reads at a time where reading moves the position in the file.
    #[cfg(not(unix))]
    turn: std::sync::Mutex<()>,
}

impl ValueFile {
    pub(crate) fn open(log: &Path) -> io::Result<Self> {
        Ok(Self {
            file: File::open(log)?,
            #[cfg(not(unix))]
            turn: std::sync::Mutex::default(),
        })
    }

    pub(crate) fn read(&self, (at, length): ValueRef) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length as usize];
        #[cfg(unix)]
        std::os::unix::fs::FileExt::read_exact_at(&self.file, &mut bytes, at)?;
        #[cfg(not(unix))]
        {
            use std::io::{Read, Seek, SeekFrom};
            let _turn = self.turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let mut file = &self.file;
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(&mut bytes)?;
        }
        Ok(bytes)
    }
}
