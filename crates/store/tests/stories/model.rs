//! A store against a map, through batches, reopening, kills, compaction, new keys, a full disk and damaged files.

use std::{fs, io::ErrorKind, path::PathBuf, sync::Arc};

use crate::common::{Model, commit, content, follow};
use proptest::prelude::*;
use store::{DataKey, Error, KeyRing, Store};
use testkit::{FaultyFs, Operation, copy_folder};

#[derive(Debug, Clone)]
enum Step {
    Write(Vec<(u64, Option<(u8, usize)>)>),
    Close,
    Kill,
    Compact,
    Rotate,
    /// So many bytes of the append fit.
    Full(usize),
    FailedSync,
    /// A bit of the engine's files, which are not the truth.
    DamagedIndex(usize),
    /// A bit of the journal of a closed store, of which the index is the second copy.
    DamagedJournal(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let write = (0..40u64, proptest::option::weighted(0.8, (any::<u8>(), 0..900usize)));
    let step = prop_oneof![
        12 => proptest::collection::vec(write, 1..6).prop_map(Step::Write),
        2 => Just(Step::Close),
        2 => Just(Step::Kill),
        2 => Just(Step::Compact),
        1 => Just(Step::Rotate),
        2 => (0..400usize).prop_map(Step::Full),
        1 => Just(Step::FailedSync),
        1 => any::<usize>().prop_map(Step::DamagedIndex),
        1 => any::<usize>().prop_map(Step::DamagedJournal),
    ];
    proptest::collection::vec(step, 1..40)
}

struct World {
    root: tempfile::TempDir,
    lives: u32,
    keys: KeyRing,
    disk: FaultyFs,
    store: Option<Store>,
    model: Model,
    hash: [u8; 32],
}

impl World {
    fn new() -> Self {
        let keys = KeyRing::new(DataKey::generate());
        let root = tempfile::tempdir().unwrap();
        let mut world = Self {
            root,
            lives: 0,
            keys,
            disk: FaultyFs::new(),
            store: None,
            model: Model::new(),
            hash: [0; 32],
        };
        world.hash = world.open().keyed_hash("purpose", b"value");
        world
    }

    fn dir(&self) -> PathBuf {
        self.root.path().join(self.lives.to_string())
    }

    fn open(&mut self) -> &Store {
        let store = Store::open_on(Arc::new(self.disk.clone()), &self.dir(), &self.keys).unwrap();
        let recovery = store.recovery();
        assert_eq!(recovery.changes_lost, 0, "{recovery:?}");
        self.store.insert(store)
    }

    fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    /// Leaves the folder as it is at this moment and goes on in a copy.
    fn kill(&mut self) {
        let from = self.dir();
        self.lives += 1;
        copy_folder(&from, &self.dir());
        self.store = None;
        fs::remove_dir_all(from).unwrap();
        self.open();
        assert!(!self.store().recovery().is_damage());
    }

    fn flip(&mut self, name: &str, at: usize) {
        self.store = None;
        let mut found: Vec<_> = testkit::files_below(&self.dir());
        found.retain(|f| f.strip_prefix(self.dir()).unwrap().to_string_lossy().starts_with(name));
        let path = &found[at % found.len()];
        let mut bytes = fs::read(path).unwrap();
        if bytes.is_empty() {
            return;
        }
        let at = (at / 7) % bytes.len();
        bytes[at] ^= 1 << (at % 8);
        fs::write(path, bytes).unwrap();
    }

    /// It is not to be damaged a second time.
    fn remove_what_was_set_aside(&self) {
        for aside in &self.store().recovery().set_aside {
            if aside.is_dir() { fs::remove_dir_all(aside).unwrap() } else { fs::remove_file(aside).unwrap() }
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Write(writes) => {
                let writes: Vec<_> = writes
                    .into_iter()
                    .map(|(k, v)| (k, v.map(|(byte, length)| vec![byte; length])))
                    .collect();
                commit(self.store(), &writes).unwrap();
                follow(&mut self.model, &writes);
            }
            Step::Close => {
                self.store = None;
                self.open();
                let recovery = self.store().recovery();
                assert!(!recovery.rebuilt_index && !recovery.rebuilt_journal, "{recovery:?}");
            }
            Step::Kill => self.kill(),
            Step::Compact => self.store().compact().unwrap(),
            Step::Rotate => {
                let key = DataKey::generate();
                self.keys = self.keys.clone().with(key.clone());
                self.store().rotate(&key).unwrap();
                // The new key alone opens all of it.
                self.store = None;
                self.keys = KeyRing::new(key);
                self.open();
            }
            Step::Full(short) => {
                self.disk.fill(short);
                assert!(matches!(commit(self.store(), &[(7, Some(vec![7; 500]))]), Err(Error::DiskFull)));
                self.disk.heal();
            }
            Step::FailedSync => {
                self.disk.fail(Operation::Sync, "journal", 0, 1, ErrorKind::Other);
                assert!(commit(self.store(), &[(8, None)]).is_err());
                self.disk.heal();
                // A store that is closed before this has worked is rebuilt at its next opening.
                commit(self.store(), &[(8, None)]).unwrap();
                self.model.remove(&8);
            }
            Step::DamagedIndex(at) => {
                self.flip("db", at);
                self.open();
                assert!(self.store().recovery().rebuilt_index);
                self.remove_what_was_set_aside();
            }
            Step::DamagedJournal(at) => {
                self.flip("journal", at);
                self.open();
                assert!(self.store().recovery().is_damage());
                self.remove_what_was_set_aside();
            }
        }
        assert_eq!(content(self.store()), self.model);
        assert_eq!(self.store().keyed_hash("purpose", b"value"), self.hash);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_store_is_a_map_whatever_happens_to_it(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
    }
}
