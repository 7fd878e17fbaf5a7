//! The store on a real disk: what was committed is there, what is damaged is told, what is not ours is refused.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use store::{Batch, DataKey, Error, Store};
use testkit::files_below;

const TEXT: &str = "the guest's words, in clear nowhere";

fn put(store: &Store, key: &str, value: &str) -> Result<(), Error> {
    let mut batch = Batch::new();
    batch.put(&store.table::<String, String>("note"), &key.to_owned(), &value.to_owned())?;
    store.commit(batch)
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|w| w == needle)
}

#[test]
fn what_was_committed_is_there_after_opening_again() {
    let (dir, key) = (tempfile::tempdir().unwrap(), DataKey::generate());
    for round in 0..5u64 {
        let store = Store::open(dir.path(), &key).unwrap();
        let table = store.table::<u64, u64>("n");
        let seen: Vec<_> = table.iter().map(Result::unwrap).collect();
        assert_eq!(seen, (0..round).map(|n| (n, n * n)).collect::<Vec<_>>());
        let mut batch = Batch::new();
        batch.put(&table, &round, &(round * round)).unwrap();
        store.commit(batch).unwrap();
    }
}

#[test]
fn a_batch_overwrites_and_removes_and_its_last_word_counts() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), &DataKey::generate()).unwrap();
    let table = store.table::<u64, String>("n");
    let mut batch = Batch::new();
    assert!(batch.is_empty());
    batch.put(&table, &1, &"first".to_owned()).unwrap();
    batch.put(&table, &2, &"gone".to_owned()).unwrap();
    batch.put(&table, &1, &"second".to_owned()).unwrap();
    batch.remove(&table, &2);
    store.commit(batch).unwrap();
    assert_eq!(table.get(&1).unwrap().as_deref(), Some("second"));
    assert_eq!(table.get(&2).unwrap(), None);
}

#[test]
fn ranges_stay_in_their_table_and_keep_the_order_from_both_ends() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), &DataKey::generate()).unwrap();
    let (a, b) = (store.table::<(String, u64), u64>("a"), store.table::<(String, u64), u64>("ab"));
    let mut batch = Batch::new();
    for n in [0, 1, 255, 256, u64::MAX] {
        for name in ["x", "xy", "y"] {
            batch.put(&a, &(name.to_owned(), n), &n).unwrap();
            batch.put(&b, &(name.to_owned(), n), &7).unwrap();
        }
    }
    store.commit(batch).unwrap();
    let key = |name: &str, n| (name.to_owned(), n);
    let got: Vec<u64> = a.range(key("x", 0)..=key("x", u64::MAX)).map(|r| r.unwrap().1).collect();
    assert_eq!(got, [0, 1, 255, 256, u64::MAX]);
    let got: Vec<u64> = a.range(key("xy", 1)..key("xy", 256)).map(|r| r.unwrap().1).collect();
    assert_eq!(got, [1, 255]);
    assert_eq!(a.iter().count(), 15);
    assert_eq!(a.iter().last().unwrap().unwrap().0, key("y", u64::MAX));
    assert_eq!(b.iter().next().unwrap().unwrap(), (key("x", 0), 7));
}

#[test]
fn no_value_is_readable_on_the_disk() {
    let (dir, key) = (tempfile::tempdir().unwrap(), DataKey::generate());
    {
        let store = Store::open(dir.path(), &key).unwrap();
        put(&store, "k", TEXT).unwrap();
        let mut journal = store::RecordLog::<String>::create(&dir.path().join("runs/j"), &store).unwrap();
        journal.append(&[TEXT.to_owned()]).unwrap();
    }
    let files = files_below(dir.path());
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        let bytes = fs::read(&file).unwrap();
        assert!(!contains(&bytes, &TEXT.as_bytes()[..12]), "{}", file.display());
    }
}

#[cfg(unix)]
#[test]
fn nobody_but_the_owner_may_read_the_folder() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("a/b"), &DataKey::generate()).unwrap();
    put(&store, "k", TEXT).unwrap();
    let mode = |p: &str| fs::metadata(dir.path().join(p)).unwrap().permissions().mode() & 0o777;
    for folder in ["a", "a/b", "a/b/db"] {
        assert_eq!(mode(folder), 0o700, "{folder}");
    }
    for file in ["a/b/schema.json", "a/b/journal.1", "a/b/mark", "a/b/store.lock", "a/b/db/db", "a/b/db/conf"]
    {
        assert_eq!(mode(file), 0o600, "{file}");
    }
    drop(store);
    assert_eq!(mode("a/b/clean"), 0o600);
}

#[test]
fn values_at_the_limit_stay_in_the_synced_file_and_larger_ones_are_refused() {
    let (dir, key) = (tempfile::tempdir().unwrap(), DataKey::generate());
    let store = Store::open(dir.path(), &key).unwrap();
    let table = store.table::<(String, u64), String>("entry");
    let largest = store::MAX_SEALED_BYTES - 49 - 3;
    for chunk in 0..20u64 {
        let mut batch = Batch::new();
        for n in 0..20 {
            // Long keys, so that a node of the tree is as full as it can get.
            batch.put(&table, &("c".repeat(64), chunk * 20 + n), &"x".repeat(largest)).unwrap();
        }
        store.commit(batch).unwrap();
    }
    let error = Batch::new().put(&table, &("c".to_owned(), 0), &"x".repeat(largest + 1)).unwrap_err();
    assert!(matches!(error, Error::TooLarge { table: "entry", bytes: 8_193 }), "{error}");
    assert_eq!(table.iter().count(), 400);
    drop((store, table));
    let blobs = dir.path().join("db/blobs");
    assert!(!blobs.exists() || files_below(&blobs).is_empty());
}

#[test]
fn a_second_handle_on_an_open_folder_is_turned_away() {
    let (dir, key) = (tempfile::tempdir().unwrap(), DataKey::generate());
    let _store = Store::open(dir.path(), &key).unwrap();
    assert!(matches!(Store::open(dir.path(), &key), Err(Error::Locked(None))));
}

/// Every file with its bytes.
fn picture(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    files_below(dir).into_iter().map(|p| (p.clone(), fs::read(p).expect("a file"))).collect()
}

#[test]
fn a_folder_of_a_newer_program_or_another_key_is_refused_and_left_untouched() {
    let (dir, key) = (tempfile::tempdir().unwrap(), DataKey::generate());
    put(&Store::open(dir.path(), &key).unwrap(), "k", TEXT).unwrap();
    let before = picture(dir.path());
    assert!(matches!(Store::open(dir.path(), &DataKey::generate()), Err(Error::WrongKey)));
    assert_eq!(picture(dir.path()), before);

    let mark = dir.path().join("schema.json");
    fs::write(&mark, r#"{"schema":9,"something":"new"}"#).unwrap();
    let before = picture(dir.path());
    assert!(matches!(Store::open(dir.path(), &key), Err(Error::NewerSchema { found: 9, supported: 3 })));
    assert_eq!(picture(dir.path()), before);

    fs::write(&mark, r#"{"schema":1,"key":"0011223344556677"}"#).unwrap();
    let before = picture(dir.path());
    assert!(matches!(Store::open(dir.path(), &key), Err(Error::OlderSchema { found: 1, oldest: 2 })));
    assert_eq!(picture(dir.path()), before);

    for junk in ["", "{}", "\u{0}", r#"{"schema":3}"#] {
        fs::write(&mark, junk).unwrap();
        assert!(matches!(Store::open(dir.path(), &key), Err(Error::SchemaMark { .. })), "{junk:?}");
    }
    fs::remove_file(&mark).unwrap();
    assert!(matches!(Store::open(dir.path(), &key), Err(Error::SchemaMark { .. })));
}

#[test]
fn an_engine_file_changed_behind_our_back_is_set_aside_and_the_journal_brings_everything_back() {
    let (dir, key) = (tempfile::tempdir().unwrap(), DataKey::generate());
    put(&Store::open(dir.path(), &key).unwrap(), "k", TEXT).unwrap();
    {
        let raw = sled::open(dir.path().join("db")).unwrap();
        raw.insert(b"note\0k\0\0", b"junk").unwrap();
        raw.flush().unwrap();
    }
    let store = open_when_free(dir.path(), &key);
    let recovery = store.recovery();
    assert!(recovery.rebuilt_index && !recovery.rebuilt_journal && recovery.changes_lost == 0);
    let [aside] = recovery.set_aside.as_slice() else { panic!("{recovery:?}") };
    assert!(aside.file_name().unwrap().to_str().unwrap().starts_with("db.damaged-20") && aside.is_dir());
    assert_eq!(store.table::<String, String>("note").get(&"k".to_owned()).unwrap().as_deref(), Some(TEXT));
}

/// The raw engine lets go of its files a moment after it was dropped.
fn open_when_free(dir: &Path, key: &DataKey) -> Store {
    let db = fs::File::options().read(true).write(true).open(dir.join("db/db")).expect("a folder that opens");
    db.lock().expect("a folder that opens");
    drop(db);
    Store::open(dir, key).expect("a folder that opens")
}

#[test]
fn a_value_of_an_older_program_reads_and_one_of_another_form_is_an_error_without_its_text() {
    #[derive(Serialize, Deserialize)]
    struct Old {
        text: String,
    }
    #[derive(Serialize, Deserialize)]
    struct New {
        text: String,
        #[serde(default)]
        tries: u32,
    }
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), &DataKey::generate()).unwrap();
    let mut batch = Batch::new();
    batch.put(&store.table::<u64, Old>("r"), &1, &Old { text: TEXT.into() }).unwrap();
    batch.put(&store.table::<u64, New>("r"), &2, &New { text: TEXT.into(), tries: 3 }).unwrap();
    store.commit(batch).unwrap();
    let new = store.table::<u64, New>("r").get(&1).unwrap().unwrap();
    assert_eq!((new.text.as_str(), new.tries), (TEXT, 0));
    assert_eq!(store.table::<u64, Old>("r").get(&2).unwrap().unwrap().text, TEXT);
    let error = store.table::<u64, u64>("r").get(&1).unwrap_err();
    assert!(matches!(error, Error::Form("r")));
    assert!(!format!("{error} {error:?}").contains("words"));
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_waits_for_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), &DataKey::generate()).unwrap();
    let table = store.table::<u64, u64>("n");
    let mut batch = Batch::new();
    batch.put(&table, &1, &1).unwrap();
    let commit = tokio::time::timeout(std::time::Duration::from_millis(1), store.commit_async(batch));
    commit.await.expect("the clock stood still while the disk worked").unwrap();
    assert_eq!(table.get(&1).unwrap(), Some(1));
}

#[test]
fn many_callers_at_once_all_find_their_batch() {
    let (dir, key) = (tempfile::tempdir().unwrap(), DataKey::generate());
    {
        let store = Store::open(dir.path(), &key).unwrap();
        std::thread::scope(|s| {
            for caller in 0..16u64 {
                let store = store.clone();
                s.spawn(move || {
                    let table = store.table::<(u64, u64), u64>("n");
                    for n in 0..50 {
                        let mut batch = Batch::new();
                        batch.put(&table, &(caller, n), &n).unwrap();
                        store.commit(batch).unwrap();
                        assert_eq!(table.get(&(caller, n)).unwrap(), Some(n));
                    }
                });
            }
        });
    }
    let store = Store::open(dir.path(), &key).unwrap();
    assert_eq!(store.table::<(u64, u64), u64>("n").iter().count(), 800);
}
