//! Fills an empty index with what a log says.
//!
//! sled writes a node anew for nearly every key it takes, so the order of the keys decides: keys are gathered and sorted
//! over the whole log, and values are read again from where they stand in it. That costs memory for keys only, and what
//! was changed again is written once.

use std::{io, path::Path, sync::Arc};

use super::{
    DiskIndex, folders,
    index_trait::{Index, LiveSize},
    keydir::KeyDir,
    memory::MemoryIndex,
};
use crate::{
    error::Error,
    log::{Changes, ScanError, ValueFile, generations, scan},
    seal::Sealer,
};

/// Keys are sorted in parts of so many bytes: about a million changes.
const GATHERED: usize = 96 << 20;

/// The changes of one log on their way into an index that nobody reads yet.
pub(crate) struct Replay<'a> {
    index: &'a dyn Index,
    /// `None` where the log is missing, and then nothing is found in it.
    values: Option<ValueFile>,
    live: LiveSize,
    keys: KeyDir,
    most: usize,
}

impl<'a> Replay<'a> {
    /// Goes on from what the index holds already.
    pub(crate) fn new(index: &'a dyn Index, live: LiveSize, log: &Path) -> io::Result<Self> {
        let values = match ValueFile::open(log) {
            Ok(file) => Some(file),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(e),
        };
        Ok(Self { index, values, live, keys: KeyDir::default(), most: GATHERED })
    }

    /// Takes the changes of the next frame.
    pub(crate) fn take(&mut self, changes: Changes<'_>) -> Result<(), ScanError> {
        self.keys.take(changes);
        if self.keys.size() >= self.most { self.flush() } else { Ok(()) }
    }

    /// What the index holds when all of it is in.
    pub(crate) fn finish(mut self) -> Result<LiveSize, ScanError> {
        self.flush()?;
        Ok(self.live)
    }

    fn flush(&mut self) -> Result<(), ScanError> {
        let mut keys = std::mem::take(&mut self.keys);
        keys.sort();
        for (key, value) in keys.each() {
            let value = match (value, &self.values) {
                (Some(value), Some(values)) => Some(values.read(value)?),
                (Some(_), None) => return Err(io::Error::from(io::ErrorKind::NotFound).into()),
                (None, _) => None,
            };
            let before = self.index.apply(key, value.as_deref()).map_err(ScanError::Apply)?;
            self.live.follow(key, value.map(|v| v.len()), before);
        }
        Ok(())
    }
}

/// Reads the logs into a new index, in memory where the disk has no room for one.
pub(crate) fn logs(
    dir: &Path,
    sealer: &Sealer,
    generations: &[u64],
) -> Result<(Arc<dyn Index>, LiveSize), Error> {
    let fill = |index: &dyn Index| {
        let mut live = LiveSize::default();
        for path in generations.iter().map(|n| generations::path(dir, *n)) {
            let failed = |e: ScanError| e.into_error(&path);
            let mut replay = Replay::new(index, live, &path).map_err(|e| Error::file(&path, e))?;
            scan::scan(&path, sealer, u64::MAX, |changes| replay.take(changes)).map_err(failed)?;
            live = replay.finish().map_err(failed)?;
        }
        Ok(live)
    };
    let made = DiskIndex::make(&folders::free(dir)).and_then(|index| match fill(&*index) {
        Ok(live) => Ok((index, live)),
        Err(error) => {
            index.retire();
            Err(error)
        }
    });
    match made {
        Err(Error::DiskFull | Error::Write { .. } | Error::Open { .. }) => {
            tracing::warn!("no index can be written, memory answers");
            let index = MemoryIndex::make();
            let live = fill(&*index)?;
            Ok((index, live))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        index::index_trait::EVERYTHING,
        log::format,
        seal::{data_key::DataKey, key_ring::KeyRing, xchacha::TAG},
    };

    /// One put or removal: a key out of few, and the value.
    type Step = (u8, Option<Vec<u8>>);
    type Entry = (Vec<u8>, Vec<u8>);

    /// The bodies of a log, one after the other in a file, and what an index has of them.
    fn replayed(groups: &[Vec<Step>], most: usize) -> (Vec<Entry>, LiveSize) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let cipher = Sealer::new(&KeyRing::from(&DataKey::generate())).current();
        let (mut bytes, mut bodies) = (Vec::new(), Vec::new());
        for group in groups {
            let start = bytes.len();
            let mut body = format::Body::default();
            for (key, value) in group {
                match value {
                    Some(value) => body.put(&[*key], value),
                    None => body.remove(&[*key]),
                }
            }
            format::encode(&mut bytes, &cipher, [0; 16], 0, 0, std::iter::once(&body));
            bodies.push(start + format::FRAME_HEAD..bytes.len() - TAG);
        }
        std::fs::write(&path, &bytes).unwrap();
        let index = MemoryIndex::make();
        let mut replay = Replay::new(&*index, LiveSize::default(), &path).unwrap();
        replay.most = most;
        for body in bodies {
            replay.take(Changes::at(&bytes[body.clone()], body.start as u64)).unwrap();
        }
        let live = replay.finish().unwrap();
        (index.range(EVERYTHING).map(Result::unwrap).collect(), live)
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_sorted_at_once_the_last_change_of_each_key_counts(
            groups in proptest::collection::vec(proptest::collection::vec(
                (0..6u8, proptest::option::of(proptest::collection::vec(0..9u8, 0..5))), 0..8), 0..8),
            most in 0..400usize,
        ) {
            let mut expected = std::collections::BTreeMap::new();
            for (key, value) in groups.iter().flatten() {
                match value {
                    Some(value) => drop(expected.insert(vec![*key], value.clone())),
                    None => drop(expected.remove([*key].as_slice())),
                }
            }
            let (found, live) = replayed(&groups, most);
            let bytes: usize = expected.iter().map(|(k, v)| k.len() + v.len()).sum();
            proptest::prop_assert_eq!(live, LiveSize { entries: expected.len() as u64, bytes: bytes as u64 });
            proptest::prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
