//! Fills an empty engine with what a journal says.
//!
//! sled writes a node anew for nearly every key it takes, so the order of the keys decides: places are gathered and
//! sorted over the whole journal, and values are read again from where they stand in it. That costs memory for places
//! only, and what was changed again is written once.

use std::{io, path::Path};

use crate::{
    Error,
    index::engine::Engine,
    index::folders,
    index::keydir::{KeyDir, ValueFile},
    index::layered::LiveSize,
    log::format::Changes,
    log::log_file,
    log::scan::{self, ScanError},
    seal::sealer::Sealer,
};

/// Keys are sorted in parts of so many bytes: about a million changes.
const GATHERED: usize = 96 << 20;

/// The changes of one journal on their way into an engine that nobody reads yet.
pub(crate) struct Replay<'a> {
    engine: &'a Engine,
    /// `None` where the journal is missing, and then nothing is found in it.
    journal: Option<ValueFile>,
    live: LiveSize,
    places: KeyDir,
    most: usize,
}

impl<'a> Replay<'a> {
    /// Goes on from what the engine holds already.
    pub(crate) fn new(engine: &'a Engine, live: LiveSize, journal: &Path) -> io::Result<Self> {
        let journal = match ValueFile::open(journal) {
            Ok(file) => Some(file),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(e),
        };
        Ok(Self { engine, journal, live, places: KeyDir::default(), most: GATHERED })
    }

    /// The changes of the next frame.
    pub(crate) fn take(&mut self, changes: Changes<'_>) -> Result<(), ScanError> {
        self.places.take(changes);
        if self.places.size() >= self.most { self.flush() } else { Ok(()) }
    }

    /// What the engine holds when all of it is in.
    pub(crate) fn finish(mut self) -> Result<LiveSize, ScanError> {
        self.flush()?;
        Ok(self.live)
    }

    fn flush(&mut self) -> Result<(), ScanError> {
        let mut places = std::mem::take(&mut self.places);
        places.sort();
        for (place, value) in places.each() {
            let value = match (value, &self.journal) {
                (Some(stands), Some(journal)) => Some(journal.read(stands)?),
                (Some(_), None) => return Err(io::Error::from(io::ErrorKind::NotFound).into()),
                (None, _) => None,
            };
            let before = self.engine.apply(place, value.as_deref()).map_err(ScanError::Engine)?;
            self.live.follow(place, value.map(|v| v.len()), before);
        }
        Ok(())
    }
}

/// Reads the journals into a new engine, in memory where the disk has no room for one.
pub(crate) fn journals(
    dir: &Path,
    sealer: &Sealer,
    generations: &[u64],
) -> Result<(Engine, LiveSize), Error> {
    let fill = |engine: &Engine| {
        let mut live = LiveSize::default();
        for path in generations.iter().map(|n| log_file::path(dir, *n)) {
            let failed = |e: ScanError| e.into_error(&path);
            let mut replay = Replay::new(engine, live, &path).map_err(|e| Error::file(&path, e))?;
            scan::scan(&path, sealer, u64::MAX, |changes| replay.take(changes)).map_err(failed)?;
            live = replay.finish().map_err(failed)?;
        }
        Ok(live)
    };
    let made = Engine::make(&folders::free(dir)).and_then(|engine| match fill(&engine) {
        Ok(live) => Ok((engine, live)),
        Err(error) => {
            engine.retire();
            Err(error)
        }
    });
    match made {
        Err(Error::DiskFull | Error::Write { .. } | Error::Open { .. }) => {
            tracing::warn!("no index can be written, memory answers");
            let engine = Engine::memory();
            let live = fill(&engine)?;
            Ok((engine, live))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DataKey, KeyRing, log::format, seal::sealer::Sealer};

    /// One put or removal: a place out of few, and the value.
    type Step = (u8, Option<Vec<u8>>);
    type Entry = (Vec<u8>, Vec<u8>);

    /// The bodies of a journal, one after the other in a file, and what an engine has of them.
    fn replayed(groups: &[Vec<Step>], most: usize) -> (Vec<Entry>, LiveSize) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let cipher = Sealer::new(&KeyRing::from(&DataKey::generate())).current();
        let (mut bytes, mut bodies) = (Vec::new(), Vec::new());
        for group in groups {
            let start = bytes.len();
            let mut body = format::Body::default();
            for (place, value) in group {
                match value {
                    Some(value) => body.put(&[*place], value),
                    None => body.remove(&[*place]),
                }
            }
            format::encode(&mut bytes, &cipher, [0; 16], 0, 0, std::iter::once(&body));
            bodies.push(start + format::FRAME_HEAD..bytes.len() - crate::seal::xchacha::TAG);
        }
        std::fs::write(&path, &bytes).unwrap();
        let engine = Engine::memory();
        let mut replay = Replay::new(&engine, LiveSize::default(), &path).unwrap();
        replay.most = most;
        for body in bodies {
            replay.take(Changes::at(&bytes[body.clone()], body.start as u64)).unwrap();
        }
        let live = replay.finish().unwrap();
        (engine.everything().map(Result::unwrap).collect(), live)
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_sorted_at_once_the_last_change_of_each_place_counts(
            groups in proptest::collection::vec(proptest::collection::vec(
                (0..6u8, proptest::option::of(proptest::collection::vec(0..9u8, 0..5))), 0..8), 0..8),
            most in 0..400usize,
        ) {
            let mut expected = std::collections::BTreeMap::new();
            for (place, value) in groups.iter().flatten() {
                match value {
                    Some(value) => drop(expected.insert(vec![*place], value.clone())),
                    None => drop(expected.remove([*place].as_slice())),
                }
            }
            let (found, live) = replayed(&groups, most);
            let bytes: usize = expected.iter().map(|(k, v)| k.len() + v.len()).sum();
            proptest::prop_assert_eq!(live, LiveSize { entries: expected.len() as u64, bytes: bytes as u64 });
            proptest::prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
