//! The index follows behind what is acknowledged: nobody can tell from what is read.

use crate::common::{Model, Writes, commit, content, follow, table};
use store::{DataKey, Store};
use testkit::{Dice, copy_folder};

#[test]
fn whoever_was_answered_reads_what_they_wrote_and_walks_see_whole_batches() {
    let (dir, key) = (tempfile::tempdir().unwrap(), DataKey::generate());
    let store = Store::open(dir.path(), &key).unwrap();
    std::thread::scope(|scope| {
        for lane in 0..8u64 {
            let store = store.clone();
            scope.spawn(move || {
                let table = table(&store);
                for n in 0..150u64 {
                    let (at, value) = (lane * 1_000 + n % 20, vec![n as u8; 300]);
                    // Two of a kind, far from each other.
                    let twins = [at, at + 100_000].map(|k| (k, (n % 5 > 0).then(|| value.clone())));
                    commit(&store, &twins).unwrap();
                    let expected = (n % 5 > 0).then_some(&value);
                    assert_eq!(table.get(&at).unwrap().as_ref(), expected);
                    let walked = table.range(at..=at).next().transpose().unwrap();
                    assert_eq!(walked.map(|(_, v)| v).as_ref(), expected);
                }
            });
        }
    });
    let found = content(&store);
    assert_eq!(found.len(), 8 * 16 * 2);
    drop(store);
    let store = Store::open(dir.path(), &key).unwrap();
    assert!(!store.recovery().rebuilt_index, "an orderly end waits for the index");
    assert_eq!(content(&store), found);
}

#[test]
fn after_a_kill_tables_answer_and_accept_at_once_and_an_orderly_end_leaves_a_whole_index() {
    let (dir, key, mut dice) = (tempfile::tempdir().unwrap(), DataKey::generate(), Dice(7));
    let store = Store::open(dir.path(), &key).unwrap();
    let mut model = Model::new();
    for _ in 0..200 {
        let writes = dice.writes();
        commit(&store, &writes).unwrap();
        follow(&mut model, &writes);
    }
    for round in 0..3 {
        let killed = tempfile::tempdir().unwrap();
        // Only what counts: the folder of the index is thrown away in any case, and sled may be changing it.
        for name in ["schema.json", "journal.1", "mark"] {
            std::fs::copy(dir.path().join(name), killed.path().join(name)).unwrap();
        }
        let mut after = model.clone();
        {
            let store = Store::open(killed.path(), &key).unwrap();
            assert!(store.recovery().rebuilt_index);
            assert_eq!(content(&store), after);
            for _ in 0..50 * round {
                let writes = dice.writes();
                commit(&store, &writes).unwrap();
                follow(&mut after, &writes);
                assert_eq!(content(&store), after);
            }
        }
        let store = Store::open(killed.path(), &key).unwrap();
        assert!(!store.recovery().rebuilt_index, "round {round}");
        assert_eq!(content(&store), after);
        drop(store);
        // The index of an orderly end is whole by itself: the journal may go.
        let again = tempfile::tempdir().unwrap();
        copy_folder(killed.path(), again.path());
        std::fs::remove_file(again.path().join("journal.1")).unwrap();
        let store = Store::open(again.path(), &key).unwrap();
        assert!(store.recovery().rebuilt_journal && store.recovery().changes_lost == 0);
        assert_eq!(content(&store), after);
    }
}

#[test]
fn a_compaction_or_a_new_key_right_after_a_kill_waits_for_the_index_and_loses_nothing() {
    let (dir, key, mut dice) = (tempfile::tempdir().unwrap(), DataKey::generate(), Dice(3));
    let store = Store::open(dir.path(), &key).unwrap();
    let mut model = Model::new();
    for _ in 0..300 {
        let writes = dice.writes();
        commit(&store, &writes).unwrap();
        follow(&mut model, &writes);
    }
    let killed = tempfile::tempdir().unwrap();
    for name in ["schema.json", "journal.1", "mark"] {
        std::fs::copy(dir.path().join(name), killed.path().join(name)).unwrap();
    }
    let new = DataKey::generate();
    {
        let store = Store::open(killed.path(), &key).unwrap();
        store.compact().unwrap();
        assert_eq!(content(&store), model);
        let writes = dice.writes();
        commit(&store, &writes).unwrap();
        follow(&mut model, &writes);
        store.rotate(&new).unwrap();
        assert_eq!(content(&store), model);
    }
    let store = Store::open(killed.path(), &new).unwrap();
    assert!(!store.recovery().rebuilt_index && !store.recovery().is_damage());
    assert_eq!(content(&store), model);
}
