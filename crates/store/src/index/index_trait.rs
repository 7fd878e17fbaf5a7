use std::{ops::Bound, path::PathBuf, sync::Arc};

/// Sealed values by key, in the order of the keys. An index holds what the log says and nothing else, so it can be thrown
/// away at any time and made again from the log.
pub(crate) trait Index: Send + Sync {
    fn get(&self, key: &[u8]) -> std::io::Result<Option<Vec<u8>>>;

    /// The entries in a range in the order of their keys. They may or may not have what is applied meanwhile.
    fn range(self: Arc<Self>, range: Range) -> Entries;

    /// Puts a value, or removes the key where there is none. Returns the length in bytes of the value that was there.
    fn apply(&self, key: &[u8], value: Option<&[u8]>) -> std::io::Result<Option<usize>>;

    fn kind(&self) -> IndexKind;

    /// What it takes on the disk, in bytes.
    fn file_bytes(&self) -> u64 {
        0
    }

    /// Its files are removed when its last reader lets go of it.
    fn retire(&self) {}

    /// Closes it in order and returns its folder; `None` where it has none, where somebody still reads it, or where its
    /// files cannot be relied on.
    fn close(self: Arc<Self>) -> Option<PathBuf> {
        None
    }
}

/// Where an index keeps its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IndexKind {
    /// In files of its own.
    Disk,
    /// In memory, while none can be written to the disk.
    Memory,
    /// In the log itself; it only reads, until an index on the disk was filled from it.
    Log,
}

/// What an iteration still has to give.
pub(crate) type Range = (Bound<Vec<u8>>, Bound<Vec<u8>>);
/// A key and its sealed value.
pub(crate) type Entry = (Vec<u8>, Vec<u8>);
/// Entries in the order of their keys.
pub(crate) type Entries = Box<dyn Iterator<Item = std::io::Result<Entry>> + Send>;

pub(crate) const EVERYTHING: Range = (Bound::Unbounded, Bound::Unbounded);

/// How much an index holds: entries, and bytes of their keys and values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LiveSize {
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
}

impl LiveSize {
    /// Follows one change: the length of the new value and of the one that was there, in bytes.
    pub(crate) fn follow(&mut self, key: &[u8], value: Option<usize>, before: Option<usize>) {
        if let Some(before) = before {
            self.entries = self.entries.saturating_sub(1);
            self.bytes = self.bytes.saturating_sub((key.len() + before) as u64);
        }
        if let Some(value) = value {
            self.entries += 1;
            self.bytes += (key.len() + value) as u64;
        }
    }
}
