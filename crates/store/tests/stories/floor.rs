//! Whoever remembers how far a store had come is told when it was lost, cut or put back, and is never told so after a kill,
//! a power cut or an orderly end.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::common::{Writes, commit, write_image};
use store::{DataKey, Position, Store};
use testkit::{Dice, RecordingFs, copy_folder, files_below};

/// A store with some frames, closed in order, and how far it was then.
fn closed(dir: &Path, key: &DataKey, seed: u64) -> Position {
    let (store, mut dice) = (Store::open(dir, key).unwrap(), Dice(seed));
    for _ in 0..8 {
        commit(&store, &dice.writes()).unwrap();
    }
    store.position()
}

fn journal(dir: &Path) -> PathBuf {
    let is = |file: &PathBuf| file.file_name().unwrap().to_str().unwrap().starts_with("journal.");
    files_below(dir).into_iter().find(is).unwrap()
}

/// Where frames end in a journal: behind its head of 109 bytes each has a head of 76 bytes, with the length of its body at
/// the fifth, and a tag of 16.
fn borders(bytes: &[u8]) -> Vec<usize> {
    let (mut at, mut borders) = (109, vec![109]);
    while let Some(length) = bytes.get(at + 4..at + 8) {
        at += 76 + u32::from_le_bytes(length.try_into().unwrap()) as usize + 16;
        borders.push(at);
    }
    assert_eq!(at, bytes.len(), "the last frame ends the file");
    borders
}

/// Whether an opening says that something is missing, in one way or another.
fn is_noticed(dir: &Path, key: &DataKey, floor: Position) -> bool {
    let store = Store::open_above(dir, key, Some(floor)).unwrap();
    let recovery = store.recovery();
    recovery.behind || recovery.changes_lost > 0
}

#[test]
fn a_journal_cut_at_any_frame_or_in_it_is_noticed_without_mark_and_clean() {
    let (dir, key) = (tempfile::tempdir().unwrap(), DataKey::generate());
    let whole = dir.path().join("whole");
    let floor = closed(&whole, &key, 1);
    let bytes = fs::read(journal(&whole)).unwrap();
    let borders = borders(&bytes);
    let cuts = borders.iter().flat_map(|at| [at.saturating_sub(7), *at]).chain([0, 60]);
    for cut in cuts.filter(|cut| *cut < bytes.len()) {
        for index in [true, false] {
            let left = dir.path().join("left");
            copy_folder(&whole, &left);
            fs::write(journal(&left), &bytes[..cut]).unwrap();
            fs::remove_file(left.join("mark")).unwrap();
            fs::remove_file(left.join("clean")).unwrap();
            if !index {
                fs::remove_dir_all(left.join("db")).unwrap();
            }
            assert!(is_noticed(&left, &key, floor), "cut at {cut}, index kept: {index}");
            fs::remove_dir_all(left).unwrap();
        }
    }
}

#[test]
fn a_store_that_is_gone_older_or_another_is_noticed_also_when_it_was_written_to_since() {
    let (dir, key) = (tempfile::tempdir().unwrap(), DataKey::generate());
    let (now, mut dice) = (dir.path().join("now"), Dice(2));
    let mut older = Vec::new();
    for moment in 0..6 {
        let store = Store::open(&now, &key).unwrap();
        for _ in 0..4 {
            commit(&store, &dice.writes()).unwrap();
        }
        if moment == 3 {
            store.compact().unwrap();
        }
        drop(store);
        let kept = dir.path().join(format!("moment-{moment}"));
        copy_folder(&now, &kept);
        older.push(kept);
    }
    let newest = older.pop().unwrap();
    let floor = Store::open(&now, &key).unwrap().position();
    assert!(!is_noticed(&newest, &key, floor), "the newest copy is the store itself");
    let gone = dir.path().join("gone");
    let another = dir.path().join("another");
    closed(&another, &key, 3);
    for (what, folder) in
        older.iter().map(|dir| ("older", dir)).chain([("gone", &gone), ("another", &another)])
    {
        assert!(is_noticed(folder, &key, floor), "{what}: {}", folder.display());
        // As somebody may have gone on with it who did not know.
        let store = Store::open(folder, &key).unwrap();
        for _ in 0..40 {
            commit(&store, &dice.writes()).unwrap();
        }
        drop(store);
        assert!(is_noticed(folder, &key, floor), "{what}, written to: {}", folder.display());
    }
}

#[test]
fn an_older_index_with_its_mark_of_a_clean_end_is_noticed_whatever_became_of_the_journal() {
    let (dir, key) = (tempfile::tempdir().unwrap(), DataKey::generate());
    let (older, now) = (dir.path().join("older"), dir.path().join("now"));
    closed(&now, &key, 4);
    copy_folder(&now, &older);
    let floor = closed(&now, &key, 5);
    for keep_journal in [true, false] {
        let mixed = dir.path().join("mixed");
        copy_folder(&older, &mixed);
        fs::remove_file(journal(&mixed)).unwrap();
        if keep_journal {
            fs::copy(journal(&now), mixed.join("journal.1")).unwrap();
        }
        assert!(is_noticed(&mixed, &key, floor), "the newer journal kept: {keep_journal}");
        fs::remove_dir_all(mixed).unwrap();
    }
}

#[test]
fn a_loss_by_damage_is_told_by_every_opening_until_it_is_remembered() {
    let (dir, key) = (tempfile::tempdir().unwrap(), DataKey::generate());
    let floor = closed(dir.path(), &key, 6);
    let path = journal(dir.path());
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 40]).unwrap();
    fs::remove_file(dir.path().join("clean")).unwrap();
    for time in 0..3 {
        let store = Store::open_above(dir.path(), &key, Some(floor)).unwrap();
        assert!(store.recovery().changes_lost > 0, "opening {time}");
        if time == 2 {
            store.forget_loss().unwrap();
        }
    }
    assert_eq!(Store::open_above(dir.path(), &key, Some(floor)).unwrap().recovery().changes_lost, 0);
}

#[test]
fn what_is_remembered_never_leads_whenever_the_power_goes_or_the_process_is_killed() {
    let (dir, key, disk) = (tempfile::tempdir().unwrap(), DataKey::generate(), RecordingFs::new());
    let (here, left) = (dir.path().join("here"), dir.path().join("left"));
    let mut dice = Dice(7);
    let mut store = Store::open_on(Arc::new(disk.clone()), &here, &key).unwrap();
    let whole = |floor: Position, what: &str| {
        let opened = Store::open_above(&left, &key, Some(floor)).unwrap();
        let recovery = opened.recovery();
        assert!(!recovery.behind && recovery.changes_lost == 0, "{what}: {recovery:?}");
        assert!(opened.has_passed(&floor).unwrap(), "{what}");
        drop(opened);
        fs::remove_dir_all(&left).unwrap();
    };
    for round in 0..120 {
        // The power goes before the sync of this group; what was remembered is from before it, or from right after it.
        let before = store.position();
        disk.cut_after(0);
        commit(&store, &dice.writes()).unwrap();
        write_image(&disk.torn_image(|| dice.below(2) == 0), &here, &left);
        whole(before, &format!("round {round}: the power went before the sync"));
        assert!(disk.power_on());
        write_image(&disk.image(), &here, &left);
        whole(store.position(), &format!("round {round}: the power went after the sync"));
        if round % 3 == 0 {
            copy_folder(&here, &left);
            whole(store.position(), &format!("round {round}: a kill"));
        }
        if round % 40 == 11 {
            store.compact().unwrap();
            write_image(&disk.image(), &here, &left);
            whole(store.position(), &format!("round {round}: the power went after a new generation"));
        }
        if round % 40 == 31 {
            let floor = store.position();
            drop(store);
            copy_folder(&here, &left);
            let opened = Store::open_above(&left, &key, Some(floor)).unwrap();
            assert!(opened.recovery().unmoved, "round {round}: an orderly end");
            drop(opened);
            fs::remove_dir_all(&left).unwrap();
            store = Store::open_on(Arc::new(disk.clone()), &here, &key).unwrap();
        }
    }
}
