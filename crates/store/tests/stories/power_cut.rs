//! The power goes: what was not synced is gone, or is there in part. Every acknowledged change is still there.

use std::{path::Path, sync::Arc};

use crate::common::{Model, Writes, commit, content, follow, write_image};
use store::{DataKey, Store};
use testkit::{Dice, Image, RecordingFs};

/// Opens what is left and holds it against what was acknowledged. `next` was under way: all of it or nothing may be there.
fn check(image: &Image, dir: &Path, key: &DataKey, acked: &Model, next: Option<&Model>) -> Model {
    check_beside(&dir.join("db"), image, dir, key, acked, next)
}

/// `closed` is the engine's folder as it was when the store was last closed: then it was synced.
fn check_beside(
    closed: &Path,
    image: &Image,
    dir: &Path,
    key: &DataKey,
    acked: &Model,
    next: Option<&Model>,
) -> Model {
    let left = tempfile::tempdir().unwrap();
    write_image(image, dir, left.path());
    if image.contains_key(&dir.join("clean")) {
        testkit::copy_folder(closed, &left.path().join("db"));
    } else {
        // The engine's files were never synced: whatever is in them must not matter.
        std::fs::create_dir_all(left.path().join("db")).unwrap();
        std::fs::write(left.path().join("db/db"), [7; 5_000]).unwrap();
    }
    let store = Store::open(left.path(), key).unwrap();
    let recovery = store.recovery();
    assert!(recovery.changes_lost == 0 && recovery.set_aside.is_empty(), "{recovery:?}");
    let found = content(&store);
    assert!(found == *acked || Some(&found) == next, "{} found, {} acknowledged", found.len(), acked.len());
    found
}

#[test]
fn at_each_of_300_acknowledgements_nothing_is_lost() {
    let (dir, key, disk) = (tempfile::tempdir().unwrap(), DataKey::generate(), RecordingFs::new());
    let (mut model, mut dice) = (Model::new(), Dice(1));
    let mut store = Store::open_on(Arc::new(disk.clone()), dir.path(), &key).unwrap();
    for ack in 0..300 {
        let writes = dice.writes();
        commit(&store, &writes).unwrap();
        follow(&mut model, &writes);
        check(&disk.image(), dir.path(), &key, &model, None);
        match ack % 60 {
            20 => {
                store.compact().unwrap();
                check(&disk.image(), dir.path(), &key, &model, None);
            }
            40 => {
                drop(store);
                check(&disk.image(), dir.path(), &key, &model, None);
                store = Store::open_on(Arc::new(disk.clone()), dir.path(), &key).unwrap();
                check(&disk.image(), dir.path(), &key, &model, None);
            }
            _ => {}
        }
    }
}

#[test]
fn forty_cuts_that_tear_sectors_lose_nothing_acknowledged_and_show_no_half_of_a_batch() {
    let (dir, key, disk) = (tempfile::tempdir().unwrap(), DataKey::generate(), RecordingFs::new());
    let (mut model, mut dice) = (Model::new(), Dice(2));
    let store = Store::open_on(Arc::new(disk.clone()), dir.path(), &key).unwrap();
    let mut whole = 0;
    for _ in 0..40 {
        let mut writes = dice.writes();
        writes.push((dice.below(60), Some(vec![dice.roll() as u8; 3_000])));
        let before = model.clone();
        follow(&mut model, &writes);
        // The power goes when the append is written and its sync has not returned.
        disk.cut_after(0);
        commit(&store, &writes).unwrap();
        let image = disk.torn_image(|| dice.below(8) > 0);
        whole += usize::from(check(&image, dir.path(), &key, &before, Some(&model)) == model);
        assert!(disk.power_on());
        // And when it has.
        check(&disk.torn_image(|| dice.below(2) == 0), dir.path(), &key, &model, None);
    }
    assert!((1..40).contains(&whole), "{whole} of 40 appends were whole: too few kinds of tears");
}

#[test]
fn a_cut_anywhere_in_making_a_new_generation_or_closing_leaves_everything() {
    let (dir, key, disk) = (tempfile::tempdir().unwrap(), DataKey::generate(), RecordingFs::new());
    let (mut model, mut dice) = (Model::new(), Dice(3));
    let mut store = Store::open_on(Arc::new(disk.clone()), dir.path(), &key).unwrap();
    let mut cuts = 0;
    for round in 0..24 {
        let writes = dice.writes();
        commit(&store, &writes).unwrap();
        follow(&mut model, &writes);
        disk.cut_after(round / 2 % 6);
        let closed = tempfile::tempdir().unwrap();
        if round % 2 == 0 {
            store.compact().unwrap();
        } else {
            drop(store);
            testkit::copy_folder(&dir.path().join("db"), closed.path());
            store = Store::open_on(Arc::new(disk.clone()), dir.path(), &key).unwrap();
        }
        for _ in 0..4 {
            let image = disk.torn_image(|| dice.below(2) == 0);
            check_beside(closed.path(), &image, dir.path(), &key, &model, None);
        }
        cuts += u32::from(disk.power_on());
    }
    assert!(cuts > 8, "the power went only {cuts} times");
}
