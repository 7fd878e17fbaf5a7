//! Fills an empty index with what a log says.
//!
//! sled writes a node anew for nearly every key it takes, so the order of the keys decides: keys are gathered and sorted
//! over the whole log, and values are read again from where they stand in it. That costs memory for keys only, and what
//! was changed again is written once.

use std::{path::Path, sync::Arc};

use super::{
    DiskIndex, folders,
    index_trait::{Index, LiveSize},
    keydir::KeyDir,
    memory::MemoryIndex,
};
use crate::{
    error::Error,
    log::{Scan, ValueFile, generations},
    seal::Sealer,
};

/// Puts what the first `limit` bytes of a log say into an index that nobody reads yet, over what it holds already. `live`
/// follows. Answers what reading the log told.
pub(crate) fn replay(
    log: &Path,
    sealer: &Sealer,
    limit: u64,
    index: &dyn Index,
    live: &mut LiveSize,
) -> Result<Scan, Error> {
    let failed = |e| Error::file(log, e);
    let (keys, scan) = KeyDir::read(log, sealer, limit).map_err(failed)?;
    let values = ValueFile::open(log).map_err(failed)?;
    for (key, value) in keys.sorted().each() {
        let value = value.map(|value| values.read(value)).transpose().map_err(failed)?;
        let before = index.apply(key, value.as_deref()).map_err(Error::write)?;
        live.follow(key, value.map(|v| v.len()), before);
    }
    Ok(scan)
}

/// Reads the logs into a new index, in memory where the disk has no room for one.
pub(crate) fn logs(
    dir: &Path,
    sealer: &Sealer,
    generations: &[u64],
) -> Result<(Arc<dyn Index>, LiveSize), Error> {
    let fill = |index: Arc<dyn Index>| {
        let mut live = LiveSize::default();
        for path in generations.iter().map(|n| generations::path(dir, *n)) {
            replay(&path, sealer, u64::MAX, &*index, &mut live).inspect_err(|_| index.retire())?;
        }
        Ok((index, live))
    };
    match DiskIndex::make(&folders::free(dir)).and_then(&fill) {
        Err(Error::DiskFull | Error::Write(_) | Error::Open(..)) => {
            tracing::warn!("no index can be written, memory answers");
            fill(MemoryIndex::make())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        index::index_trait::EVERYTHING,
        log::{Extent, FileHead, format},
        seal::{data_key::DataKey, key_ring::KeyRing},
    };

    /// One put or removal: a key out of few, and the value.
    type Step = (u8, Option<Vec<u8>>);
    type Entry = (Vec<u8>, Vec<u8>);

    /// A log of these groups.
    fn log(path: &Path, sealer: &Sealer, groups: &[Vec<Step>]) {
        let cipher = sealer.current();
        let id = [7; 16];
        let head = FileHead { key: cipher.id(), id, generation: 1, snapshot: Extent::default() };
        let (mut bytes, mut before) = (head.encode(&cipher), 0);
        for (number, group) in (0..).zip(groups) {
            let mut body = format::Body::default();
            for (key, value) in group {
                body.change(&[*key], value.as_deref());
            }
            before += format::encode(&mut bytes, &cipher, id, number, before, std::iter::once(&body));
        }
        std::fs::write(path, bytes).unwrap();
    }

    proptest::proptest! {
        #[test]
        fn the_last_change_of_each_key_counts_in_one_log_and_over_several(
            groups in proptest::collection::vec(proptest::collection::vec(
                (0..6u8, proptest::option::of(proptest::collection::vec(0..9u8, 0..5))), 0..8), 0..8),
            cut in 0..9usize,
        ) {
            let mut expected = std::collections::BTreeMap::new();
            for (key, value) in groups.iter().flatten() {
                match value {
                    Some(value) => drop(expected.insert(vec![*key], value.clone())),
                    None => drop(expected.remove([*key].as_slice())),
                }
            }
            let (dir, index) = (tempfile::tempdir().unwrap(), MemoryIndex::make());
            let (sealer, path) = (Sealer::new(&KeyRing::from(&DataKey::generate())), dir.path().join("log"));
            let mut live = LiveSize::default();
            let (first, second) = groups.split_at(cut.min(groups.len()));
            for part in [first, second] {
                log(&path, &sealer, part);
                let scan = replay(&path, &sealer, u64::MAX, &*index, &mut live).unwrap();
                proptest::prop_assert!(scan.is_whole());
            }
            let found: Vec<Entry> = index.range(EVERYTHING).map(Result::unwrap).collect();
            let bytes: usize = expected.iter().map(|(k, v)| k.len() + v.len()).sum();
            proptest::prop_assert_eq!(live, LiveSize { entries: expected.len() as u64, bytes: bytes as u64 });
            proptest::prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
