//! Folders of earlier schemas open with all they held.
//!
//! `fixtures/schema2` was made by the last build of schema 2, on its own simulator: a connection with the passphrase
//! "correct horse battery"; a chat with three queued messages (`chat start`, `chat say`); a plan of which five guests were
//! deleted (`retention run --max 5`, `run.paused`) and one that was carried out (`run.finished`, 127 guests); a policy and a
//! hold (`retention policy set`, `hold add`). `store` is the store's folder; the zeros at the end of `db/db` were taken off.

use std::{
    fs,
    path::{Path, PathBuf},
};

use model::Secret;
use serde_json::Value;
use store::{Argon2Cost, Error, KeyRing, PassphraseFile, RecordLog, Store};
use tempfile::TempDir;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/schema2");
/// The length of sled's file in the fixture, in bytes.
const SLED_FILE: u64 = 524_287;

/// A copy of the folder, and its keys.
fn folder() -> (TempDir, KeyRing) {
    let dir = tempfile::tempdir().unwrap();
    testkit::copy_folder(Path::new(FIXTURE), dir.path());
    fs::File::options().write(true).open(dir.path().join("store/db/db")).unwrap().set_len(SLED_FILE).unwrap();
    let passphrase = Secret::new("correct horse battery".to_owned());
    let secrets = PassphraseFile::open(dir.path(), &passphrase, Argon2Cost::lowest()).unwrap();
    let keys = store::data_keys(&secrets, "data-key").unwrap();
    (dir, keys)
}

/// A run's log, beside an open store of its key.
fn run(name: &str) -> (TempDir, Store, PathBuf) {
    let (dir, keys) = folder();
    let store = Store::open(&dir.path().join("store"), &keys).unwrap();
    let path = dir.path().join(name);
    (dir, store, path)
}

fn records(path: &Path, store: &Store) -> Result<Vec<Value>, Error> {
    RecordLog::<Value>::read(path, store)?.collect()
}

#[test]
fn a_folder_of_schema_2_opens_with_all_it_held_and_is_kept_from_older_programs_then() {
    for killed in [false, true] {
        let (dir, keys) = folder();
        let dir = dir.path().join("store");
        if killed {
            fs::remove_file(dir.join("clean")).unwrap();
        }
        let store = Store::open(&dir, &keys).unwrap();
        let recovery = store.recovery();
        assert_eq!((recovery.is_damage(), recovery.rebuilt_index), (false, killed), "{recovery:?}");
        let texts = store.table::<(String, u64), Value>("text");
        let queued: Vec<String> = texts.iter().map(|entry| entry.unwrap().1.to_string()).collect();
        assert_eq!(queued.len(), 3);
        for (text, word) in queued.iter().zip(["one", "two", "three"]) {
            assert!(text.contains(&format!("{word} message of an old folder")), "{text}");
        }
        assert!(fs::read_to_string(dir.join("schema.json")).unwrap().contains("\"schema\":3"));
    }
}

#[test]
fn a_run_of_an_older_program_is_read_gone_on_with_and_written_in_the_log_format_then() {
    for (name, count) in [("run.paused", 5), ("run.finished", 16)] {
        let (_dir, store, path) = run(name);
        let before = records(&path, &store).unwrap();
        assert!(
            before[0].get("Start").is_some() && before.last().unwrap().get("End").is_some(),
            "{before:?}"
        );
        assert_eq!(before.len(), count);
        let (mut log, found) = RecordLog::<Value>::open(&path, &store).unwrap();
        assert_eq!(found, before);
        assert!(fs::read(&path).unwrap().starts_with(b"INNKSTOR"));
        log.append(&[Value::from("more")]).unwrap();
        drop(log);
        let more: Vec<Value> = before.into_iter().chain([Value::from("more")]).collect();
        assert_eq!(records(&path, &store).unwrap(), more);
        assert_eq!(RecordLog::<Value>::open(&path, &store).unwrap().1, more);
    }
}

#[test]
fn whatever_is_flipped_or_cut_in_an_old_run_is_told_or_was_its_last_append() {
    let (_dir, store, path) = run("run.paused");
    let (whole, all) = (fs::read(&path).unwrap(), records(&path, &store).unwrap());
    let (mut told, mut short) = (0, 0);
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        for bytes in [&flipped[..], &whole[..at]] {
            fs::write(&path, bytes).unwrap();
            match records(&path, &store) {
                Ok(found) => {
                    assert!(found.len() < all.len() && all.starts_with(&found), "byte {at}: {found:?}");
                    short += 1;
                }
                Err(Error::JournalDamaged { .. } | Error::NotAJournal { .. } | Error::WrongKey) => {
                    assert!(RecordLog::<Value>::open(&path, &store).is_err(), "byte {at}");
                    assert_eq!(fs::read(&path).unwrap(), bytes, "byte {at}: damage is left as it is");
                    told += 1;
                }
                Err(other) => panic!("byte {at}: {other}"),
            }
        }
    }
    assert!(told > 300 && short > 300, "{told} told, {short} shorter");
}
