//! A log as an index of itself: the keys of all that lives in it in their order, and where in the file each value stands.
//! It takes memory for the keys only, and is there as soon as the log was read once.

use std::{
    io,
    ops::{Bound, Range as Numbers},
    path::Path,
    sync::Arc,
};

use super::index_trait::{Entries, Entry, Index, IndexKind, LiveSize, Range};
use crate::{
    log::{Changes, FrameReader, Scan, ValueFile, ValueRef},
    seal::Sealer,
};

/// All that lives in a log. It does not change; the file is held open, so that a newer generation may remove its name.
pub(crate) struct LogIndex {
    keys: KeyDir,
    values: ValueFile,
}

impl LogIndex {
    /// What lives of the changes that were found in this log.
    pub(crate) fn make(keys: KeyDir, values: ValueFile) -> (Arc<dyn Index>, LiveSize) {
        let mut keys = keys.sorted();
        keys.slots.retain(|slot| slot.value != REMOVED);
        keys.slots.shrink_to_fit();
        keys.bytes.shrink_to_fit();
        let mut live = LiveSize::default();
        for slot in &keys.slots {
            live.entries += 1;
            live.bytes += u64::from(slot.length) + u64::from(slot.value);
        }
        (Arc::new(Self { keys, values }), live)
    }

    /// The n-th entry in the order of the keys.
    fn entry(&self, n: usize) -> Option<io::Result<Entry>> {
        let slot = self.keys.slots.get(n)?;
        let value = self.values.read((slot.at, slot.value));
        Some(value.map(|value| (key(&self.keys.bytes, slot).to_vec(), value)))
    }

    /// The numbers of the entries in a range.
    fn within(&self, range: &Range) -> Numbers<usize> {
        let KeyDir { bytes, slots } = &self.keys;
        let before = |end: &[u8], too: bool| {
            slots.partition_point(|s| if too { key(bytes, s) <= end } else { key(bytes, s) < end })
        };
        let start = match &range.0 {
            Bound::Included(start) => before(start, false),
            Bound::Excluded(start) => before(start, true),
            Bound::Unbounded => 0,
        };
        let end = match &range.1 {
            Bound::Included(end) => before(end, true),
            Bound::Excluded(end) => before(end, false),
            Bound::Unbounded => slots.len(),
        };
        start..end.max(start)
    }
}

impl Index for LogIndex {
    fn get(&self, of: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let KeyDir { bytes, slots } = &self.keys;
        let found = slots.binary_search_by(|s| key(bytes, s).cmp(of)).ok().and_then(|at| slots.get(at));
        found.map(|s| self.values.read((s.at, s.value))).transpose()
    }

    fn range(self: Arc<Self>, range: Range) -> Entries {
        Box::new(self.within(&range).filter_map(move |n| self.entry(n)))
    }

    fn apply(&self, _: &[u8], _: Option<&[u8]>) -> io::Result<Option<usize>> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "an index in the log itself only reads"))
    }

    fn kind(&self) -> IndexKind {
        IndexKind::Log
    }
}

/// Stands for the length of a value where the key was removed.
const REMOVED: u32 = u32::MAX;

/// Where a key stands in [`KeyDir`], and where its value stands in the log: begin and length in bytes.
#[derive(Debug, Clone, Copy)]
struct Slot {
    start: u64,
    length: u32,
    value: u32,
    at: u64,
}

/// Keys of changes and where their values stand, at first in the order in which they were found.
#[derive(Debug, Default)]
pub(crate) struct KeyDir {
    bytes: Vec<u8>,
    slots: Vec<Slot>,
}

impl KeyDir {
    /// The keys of the first `limit` bytes of a log, and what reading it to there told.
    pub(crate) fn read(log: &Path, sealer: &Sealer, limit: u64) -> io::Result<(Self, Scan)> {
        let (mut keys, mut frames) = (Self::default(), FrameReader::open(log, sealer, limit)?);
        while let Some(changes) = frames.next()? {
            keys.take(changes);
        }
        Ok((keys, frames.finish()?))
    }

    fn take(&mut self, changes: Changes<'_>) {
        for (key, value) in changes.value_refs() {
            let length = u32::try_from(key.len()).expect("a body has at most 256 MiB");
            let (at, value) = value.unwrap_or((0, REMOVED));
            self.slots.push(Slot { start: self.bytes.len() as u64, length, value, at });
            self.bytes.extend_from_slice(key);
        }
    }

    /// Sorts by key; of the changes of one key only the last one stays.
    pub(crate) fn sorted(mut self) -> Self {
        let Self { bytes, slots } = &mut self;
        // Stable, so the last of the equal ones is the newest.
        slots.sort_by(|a, b| key(bytes, a).cmp(key(bytes, b)));
        slots.reverse();
        slots.dedup_by(|a, b| key(bytes, a) == key(bytes, b));
        slots.reverse();
        self
    }

    /// Each key, and where its value stands; `None` for one that was removed.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&[u8], Option<ValueRef>)> {
        self.slots.iter().map(|s| (key(&self.bytes, s), (s.value != REMOVED).then_some((s.at, s.value))))
    }
}

fn key<'a>(bytes: &'a [u8], of: &Slot) -> &'a [u8] {
    let start = usize::try_from(of.start).unwrap_or(usize::MAX);
    bytes.get(start..).and_then(|rest| rest.get(..of.length as usize)).unwrap_or_default()
}
