//! Journals: what an append returned for is there, what a crash tore is cut off, what was damaged is told.

use std::{
    fs,
    path::{Path, PathBuf},
};

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use store::{DataKey, Error, RecordLog, Store};
use tempfile::TempDir;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Outcome {
    n: u64,
    why: String,
}

fn outcomes(numbers: std::ops::Range<u64>) -> Vec<Outcome> {
    numbers.map(|n| Outcome { n, why: format!("guest {n} was spared") }).collect()
}

/// A journal of three appends: 0..2, 2..4 and 4..6; and where each begins, in bytes.
struct House {
    dir: TempDir,
    store: Store,
    ends: Vec<usize>,
}

impl House {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(dir.path(), &DataKey::generate()).expect("the store opens");
        let path = dir.path().join("run/journal");
        let mut journal = RecordLog::create(&path, &store).expect("a new journal");
        let length = || usize::try_from(fs::metadata(&path).expect("a file").len()).expect("small");
        let mut ends = vec![length()];
        for n in 0..3 {
            journal.append(&outcomes(n * 2..n * 2 + 2)).expect("appended");
            ends.push(length());
        }
        Self { dir, store, ends }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("run/journal")
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.path()).expect("a file")
    }

    fn open(&self) -> Result<(RecordLog<Outcome>, Vec<Outcome>), Error> {
        RecordLog::open(&self.path(), &self.store)
    }
}

#[test]
fn a_journal_gives_back_what_was_appended_and_goes_on_after_it() {
    let house = House::new();
    let (mut journal, found) = house.open().unwrap();
    assert_eq!(found, outcomes(0..6));
    journal.append(&[]).unwrap();
    journal.append(&outcomes(6..9)).unwrap();
    let read: Result<Vec<_>, _> = RecordLog::<Outcome>::read(&house.path(), &house.store).unwrap().collect();
    assert_eq!(read.unwrap(), outcomes(0..9));
}

#[test]
fn an_append_larger_than_a_frame_comes_back_whole_and_in_order() {
    let house = House::new();
    let (mut journal, _) = house.open().unwrap();
    journal.append(&outcomes(6..10_000)).unwrap();
    drop(journal);
    assert_eq!(house.open().unwrap().1, outcomes(0..10_000));
}

#[test]
fn a_cut_at_any_byte_loses_only_the_append_it_cuts_and_the_journal_goes_on() {
    let house = House::new();
    let whole = house.bytes();
    for cut in house.ends[0]..whole.len() {
        fs::write(house.path(), &whole[..cut]).unwrap();
        let read: Result<Vec<_>, _> =
            RecordLog::<Outcome>::read(&house.path(), &house.store).unwrap().collect();
        let (mut journal, found) = house.open().unwrap();
        let appends = house.ends.iter().filter(|end| **end <= cut).count() as u64 - 1;
        assert_eq!(found, outcomes(0..appends * 2), "cut at {cut}");
        assert_eq!(read.unwrap(), found);
        journal.append(&outcomes(90..91)).unwrap();
        drop(journal);
        assert_eq!(house.open().unwrap().1.last().unwrap().n, 90, "cut at {cut}");
    }
}

#[test]
fn a_torn_last_append_is_cut_off_whatever_stands_in_it() {
    let house = House::new();
    let whole = house.bytes();
    for torn_at in house.ends[2]..whole.len() {
        // The file grew but the sectors from here on were never written.
        let mut torn = whole.clone();
        torn[torn_at..].fill(0);
        if torn == whole {
            continue;
        }
        fs::write(house.path(), &torn).unwrap();
        assert_eq!(house.open().unwrap().1, outcomes(0..4), "torn at {torn_at}");
        assert_eq!(house.bytes().len(), house.ends[2]);
    }
}

#[test]
fn a_changed_byte_before_the_last_append_is_damage_and_nothing_is_cut_off() {
    let house = House::new();
    let whole = house.bytes();
    for at in house.ends[0]..house.ends[2] {
        let mut changed = whole.clone();
        changed[at] ^= 0x40;
        fs::write(house.path(), &changed).unwrap();
        let Err(error) = house.open() else { panic!("byte {at} was not noticed") };
        assert!(matches!(error, Error::JournalDamaged { .. }), "byte {at}: {error}");
        assert_eq!(house.bytes(), changed, "byte {at}");
    }
}

#[test]
fn frames_can_be_neither_dropped_nor_swapped_nor_brought_from_another_journal() {
    let house = House::new();
    let (whole, ends) = (house.bytes(), &house.ends);
    let frame = |n: usize| &whole[ends[n]..ends[n + 1]];
    let head = &whole[..ends[0]];
    let other = House::new();
    let foreign = other.bytes();
    let forged = [
        [head, frame(1), frame(2)].concat(),
        [head, frame(0), frame(2)].concat(),
        [head, frame(1), frame(0), frame(2)].concat(),
        [head, frame(0), frame(0)].concat(),
        [head, &foreign[other.ends[0]..]].concat(),
    ];
    for (n, bytes) in forged.iter().enumerate() {
        fs::write(house.path(), bytes).unwrap();
        assert!(matches!(house.open(), Err(Error::JournalDamaged { .. } | Error::WrongKey)), "forgery {n}");
    }
}

#[test]
fn a_file_that_is_no_journal_of_this_folder_is_refused() {
    let house = House::new();
    let whole = house.bytes();
    for at in 0..house.ends[0] {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(house.path(), &changed).unwrap();
        assert!(matches!(house.open(), Err(Error::NotAJournal { .. })), "byte {at}");
    }
    fs::write(house.path(), b"INN").unwrap();
    assert!(matches!(house.open(), Err(Error::NotAJournal { .. })));
    fs::write(house.path(), &whole).unwrap();
    assert!(matches!(
        RecordLog::<Outcome>::create(&house.path(), &house.store),
        Err(Error::JournalExists { .. })
    ));
    assert!(matches!(RecordLog::<u64>::open(&house.path(), &house.store), Err(Error::Form("journal"))));
    let elsewhere = tempfile::tempdir().unwrap();
    let stranger = Store::open(elsewhere.path(), &DataKey::generate()).unwrap();
    assert!(matches!(RecordLog::<Outcome>::open(&house.path(), &stranger), Err(Error::WrongKey)));
    let missing = RecordLog::<Outcome>::open(Path::new("/nowhere/at/all"), &house.store);
    assert!(matches!(missing, Err(Error::File { .. })));
}

#[cfg(unix)]
#[test]
fn a_journal_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let house = House::new();
    assert_eq!(fs::metadata(house.path()).unwrap().permissions().mode() & 0o777, 0o600);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn junk_after_the_last_append_is_cut_off_and_never_a_panic(junk in proptest::collection::vec(any::<u8>(), 1..200)) {
        let house = House::new();
        fs::write(house.path(), [house.bytes(), junk].concat()).unwrap();
        prop_assert_eq!(house.open().unwrap().1, outcomes(0..6));
    }
}

#[test]
fn reading_while_another_thread_appends_sees_a_growing_part_and_no_damage() {
    let house = House::new();
    let (mut journal, _) = house.open().unwrap();
    std::thread::scope(|s| {
        let writer = s.spawn(move || {
            for n in 3..300 {
                journal.append(&outcomes(n * 2..n * 2 + 2)).unwrap();
            }
        });
        let mut seen = 0;
        while seen < 600 {
            let done = writer.is_finished();
            let read: Result<Vec<_>, _> =
                RecordLog::<Outcome>::read(&house.path(), &house.store).unwrap().collect();
            let read = read.unwrap();
            assert_eq!(read, outcomes(0..read.len() as u64));
            assert!(read.len() >= seen && (!done || read.len() == 600));
            seen = read.len();
        }
    });
}
