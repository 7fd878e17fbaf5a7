//! A journal as an index of itself: the places of all that lives in it in their order, and where in the file each value
//! stands. Costs memory for places only, and is there as soon as the journal was read once.

use std::{
    fs::File,
    io,
    ops::{Bound, Range},
    path::Path,
};

use crate::{index::layered::LiveSize, log::format::Changes};

/// ValueRef for the length of a value that is none: the place was removed.
const REMOVED: u32 = u32::MAX;

/// Where a change stands: its place in [`KeyDir`], its value in the journal, all in bytes.
#[derive(Debug, Clone, Copy)]
struct Found {
    start: u64,
    length: u32,
    value: u32,
    at: u64,
}

/// Places of changes and where their values stand, in the order in which they were found.
#[derive(Debug, Default)]
pub(crate) struct KeyDir {
    bytes: Vec<u8>,
    found: Vec<Found>,
}

impl KeyDir {
    /// The changes of the next frame.
    pub(crate) fn take(&mut self, changes: Changes<'_>) {
        for (place, value) in changes.places() {
            let length = u32::try_from(place.len()).expect("a body has at most 256 MiB");
            let (at, value) = value.unwrap_or((0, REMOVED));
            self.found.push(Found { start: self.bytes.len() as u64, length, value, at });
            self.bytes.extend_from_slice(place);
        }
    }

    /// What they take of memory, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len() + self.found.len() * size_of::<Found>()
    }

    /// In the order of the places; of the changes of one place only the last one stays.
    pub(crate) fn sort(&mut self) {
        let Self { bytes, found } = self;
        // Stable, so the last of the equal ones is the newest.
        found.sort_by(|a, b| place(bytes, a).cmp(place(bytes, b)));
        found.reverse();
        found.dedup_by(|a, b| place(bytes, a) == place(bytes, b));
        found.reverse();
    }

    /// Each place, and where its value begins and how long it is; `None` for one that was removed.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&[u8], Option<ValueRef>)> {
        self.found.iter().map(|f| (place(&self.bytes, f), (f.value != REMOVED).then_some((f.at, f.value))))
    }
}

fn place<'a>(bytes: &'a [u8], of: &Found) -> &'a [u8] {
    let start = usize::try_from(of.start).unwrap_or(usize::MAX);
    bytes.get(start..).and_then(|rest| rest.get(..of.length as usize)).unwrap_or_default()
}

/// Where in a journal a value begins, and its length, both in bytes.
pub(crate) type ValueRef = (u64, u32);

/// A journal open for reading values out of the middle.
pub(crate) struct ValueFile {
    file: File,
    /// Where reading moves the place in the file, one reads at a time.
    #[cfg(not(unix))]
    turn: std::sync::Mutex<()>,
}

impl ValueFile {
    pub(crate) fn open(journal: &Path) -> io::Result<Self> {
        Ok(Self {
            file: File::open(journal)?,
            #[cfg(not(unix))]
            turn: std::sync::Mutex::default(),
        })
    }

    /// The value of so many bytes that stands there.
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

/// All that lives in a journal. It does not change; the file is held open, so that a newer generation may take its name
/// away.
pub(crate) struct LogIndex {
    places: KeyDir,
    values: ValueFile,
}

impl LogIndex {
    /// What lives of the changes that were found in this journal.
    pub(crate) fn new(mut places: KeyDir, values: ValueFile) -> (Self, LiveSize) {
        places.sort();
        places.found.retain(|found| found.value != REMOVED);
        places.found.shrink_to_fit();
        places.bytes.shrink_to_fit();
        let mut live = LiveSize::default();
        for found in &places.found {
            live.entries += 1;
            live.bytes += u64::from(found.length) + u64::from(found.value);
        }
        (Self { places, values }, live)
    }

    pub(crate) fn get(&self, of: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let KeyDir { bytes, found } = &self.places;
        match found.binary_search_by(|f| place(bytes, f).cmp(of)) {
            Ok(at) => found.get(at).map(|f| self.values.read((f.at, f.value))).transpose(),
            Err(_) => Ok(None),
        }
    }

    /// The numbers of the entries in a range.
    pub(crate) fn within(&self, range: &(Bound<Vec<u8>>, Bound<Vec<u8>>)) -> Range<usize> {
        let KeyDir { bytes, found } = &self.places;
        let before = |end: &[u8], too: bool| {
            found.partition_point(|f| if too { place(bytes, f) <= end } else { place(bytes, f) < end })
        };
        let start = match &range.0 {
            Bound::Included(start) => before(start, false),
            Bound::Excluded(start) => before(start, true),
            Bound::Unbounded => 0,
        };
        let end = match &range.1 {
            Bound::Included(end) => before(end, true),
            Bound::Excluded(end) => before(end, false),
            Bound::Unbounded => found.len(),
        };
        start..end.max(start)
    }

    /// The n-th entry in the order of the places.
    pub(crate) fn entry(&self, n: usize) -> Option<io::Result<(Vec<u8>, Vec<u8>)>> {
        let found = self.places.found.get(n)?;
        let value = self.values.read((found.at, found.value));
        Some(value.map(|value| (place(&self.places.bytes, found).to_vec(), value)))
    }
}
