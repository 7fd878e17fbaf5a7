//! A new data key: everything is sealed under it, hashes stay, journals of the time before stay readable, and a crash in
//! between costs nothing.

use std::{fs, path::Path};

use crate::common::{Model, commit, content, table};
use model::Secret;
use store::{
    Argon2Cost, DataKey, Error, KeyRing, PassphraseFile, RecordLog, Secrets, Store, data_key, data_keys,
    rotate_data_key,
};
use testkit::{copy_folder, files_below};

fn secrets(dir: &Path) -> PassphraseFile {
    PassphraseFile::open(dir, &Secret::new("correct horse".to_owned()), Argon2Cost::lowest()).unwrap()
}

fn filled(dir: &Path, keys: &KeyRing) -> (Store, Model) {
    let store = Store::open(dir, keys).unwrap();
    let model: Model = (0..50).map(|n| (n, vec![n as u8; 100])).collect();
    let writes: Vec<_> = model.iter().map(|(k, v)| (*k, Some(v.clone()))).collect();
    commit(&store, &writes).unwrap();
    (store, model)
}

#[test]
fn after_a_rotation_the_new_key_alone_opens_everything_and_hashes_are_the_same() {
    let (dir, old, new) = (tempfile::tempdir().unwrap(), DataKey::generate(), DataKey::generate());
    let hash = {
        let (store, model) = filled(dir.path(), &(&old).into());
        let walk = table(&store).iter();
        let hash = store.keyed_hash("purpose", b"value");
        store.rotate(&new).unwrap();
        store.rotate(&new).unwrap();
        assert_eq!(content(&store), model);
        assert_eq!(walk.map(Result::unwrap).collect::<Model>(), model, "a walk that had begun goes on");
        commit(&store, &[(99, Some(vec![9]))]).unwrap();
        hash
    };
    assert!(matches!(Store::open(dir.path(), &old), Err(Error::WrongKey)));
    let store = Store::open(dir.path(), &new).unwrap();
    assert_eq!((content(&store).len(), store.recovery().is_damage()), (51, false));
    assert_eq!(store.keyed_hash("purpose", b"value"), hash);
}

#[test]
fn no_file_of_the_store_names_the_old_key_any_more() {
    let (dir, old, new) = (tempfile::tempdir().unwrap(), DataKey::generate(), DataKey::generate());
    let id = |dir: &Path| {
        let schema = fs::read_to_string(dir.join("schema.json")).unwrap();
        let hex = schema.split("\"key\":\"").nth(1).unwrap()[..16].to_owned();
        (0..8).map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).unwrap()).collect::<Vec<u8>>()
    };
    {
        let (store, _) = filled(dir.path(), &(&old).into());
        let before = id(dir.path());
        let named = |dir: &Path| {
            let bytes = files_below(dir).into_iter().map(|f| fs::read(f).unwrap());
            bytes.filter(|b| b.windows(8).any(|w| w == before)).count()
        };
        assert!(named(dir.path()) > 0);
        store.rotate(&new).unwrap();
        assert_ne!(id(dir.path()), before);
        assert_eq!(named(dir.path()), 0);
    }
}

#[test]
fn a_batch_sealed_before_the_rotation_and_written_after_it_is_under_the_new_key() {
    let (dir, old, new) = (tempfile::tempdir().unwrap(), DataKey::generate(), DataKey::generate());
    {
        let (store, _) = filled(dir.path(), &(&old).into());
        let mut batch = store::Batch::new();
        batch.put(&table(&store), &77, &vec![7; 10]).unwrap();
        store.rotate(&new).unwrap();
        store.commit(batch).unwrap();
    }
    let store = Store::open(dir.path(), &new).unwrap();
    assert_eq!(content(&store).get(&77), Some(&vec![7; 10]));
}

#[test]
fn journals_of_the_time_before_stay_readable_and_writable_under_a_ring_of_both() {
    let (dir, old, new) = (tempfile::tempdir().unwrap(), DataKey::generate(), DataKey::generate());
    let path = dir.path().join("runs/1");
    {
        let (store, _) = filled(&dir.path().join("store"), &(&old).into());
        let mut journal = RecordLog::<u64>::create(&path, &store).unwrap();
        journal.append(&[1]).unwrap();
        store.rotate(&new).unwrap();
        journal.append(&[2]).unwrap();
    }
    let store = Store::open(&dir.path().join("store"), &KeyRing::new(new.clone()).with(old)).unwrap();
    let (mut journal, seen) = RecordLog::<u64>::open(&path, &store).unwrap();
    assert_eq!(seen, [1, 2]);
    journal.append(&[3]).unwrap();
    assert_eq!(RecordLog::<u64>::open(&path, &store).unwrap().1, [1, 2, 3]);
    drop(store);
    let store = Store::open(&dir.path().join("store"), &new).unwrap();
    assert!(matches!(RecordLog::<u64>::read(&path, &store), Err(Error::WrongKey)));
}

#[test]
fn keys_are_rotated_together_with_the_place_that_keeps_them() {
    let (dir, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let secrets = secrets(place.path());
    let first = data_key(&secrets, "data-key").unwrap();
    for round in 1..4 {
        let store = Store::open(dir.path(), &data_keys(&secrets, "data-key").unwrap()).unwrap();
        commit(&store, &[(round, Some(vec![1]))]).unwrap();
        rotate_data_key(&store, &secrets, "data-key").unwrap();
    }
    let store = Store::open(dir.path(), &data_keys(&secrets, "data-key").unwrap()).unwrap();
    assert_eq!(content(&store).len(), 3);
    drop(store);
    assert!(matches!(Store::open(dir.path(), &first), Err(Error::WrongKey)));
    Store::open(dir.path(), &data_key(&secrets, "data-key").unwrap()).unwrap();
}

/// Keeps secrets until it has been asked for so many changes.
struct Dying<'a>(&'a PassphraseFile, std::sync::atomic::AtomicI32);

impl Secrets for Dying<'_> {
    fn get(&self, name: &str) -> Result<Option<Secret>, Error> {
        self.0.get(name)
    }
    fn set(&self, name: &str, value: &Secret) -> Result<(), Error> {
        self.change()?;
        self.0.set(name, value)
    }
    fn remove(&self, name: &str) -> Result<(), Error> {
        self.change()?;
        self.0.remove(name)
    }
    fn kind(&self) -> store::SecretsKind {
        self.0.kind()
    }
}

impl Dying<'_> {
    fn change(&self) -> Result<(), Error> {
        let left = self.1.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
        if left > 0 { Ok(()) } else { Err(Error::WriterStopped) }
    }
}

#[test]
fn a_rotation_that_stops_anywhere_is_opened_by_the_ring_and_ended_by_the_next_try() {
    for changes in 0..4 {
        let (dir, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let secrets = secrets(place.path());
        let hash = {
            let (store, _) = filled(dir.path(), &data_keys(&secrets, "k").unwrap());
            let dying = Dying(&secrets, changes.into());
            assert!(rotate_data_key(&store, &dying, "k").is_err(), "{changes}");
            store.keyed_hash("p", b"v")
        };
        // And once more, as a kill leaves it.
        let killed = tempfile::tempdir().unwrap();
        copy_folder(dir.path(), killed.path());
        fs::remove_file(killed.path().join("clean")).unwrap();
        for dir in [dir.path(), killed.path()] {
            let store = Store::open(dir, &data_keys(&secrets, "k").unwrap()).unwrap();
            assert_eq!((content(&store).len(), store.recovery().changes_lost), (50, 0), "{changes}");
        }
        let store = Store::open(dir.path(), &data_keys(&secrets, "k").unwrap()).unwrap();
        rotate_data_key(&store, &secrets, "k").unwrap();
        assert!(secrets.get("k.next").unwrap().is_none());
        assert_eq!(store.keyed_hash("p", b"v"), hash);
        drop(store);
        assert_eq!(content(&Store::open(dir.path(), &data_key(&secrets, "k").unwrap()).unwrap()).len(), 50);
    }
}
