//! Whatever is flipped, cut or gone in a store's files: it opens within a limit, and either everything is there or it says
//! what is not.

use std::{
    collections::BTreeSet,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    time::Duration,
};

use crate::common::{Model, Writes, commit, content, follow};
use store::{DataKey, Error, Recovery, Store};
use testkit::{Dice, FaultyFs, Operation, copy_folder, files_below};

/// Far above what an opening takes, far below for ever.
const LIMIT: Duration = Duration::from_secs(60);

/// Opens in a thread of its own: sled on damaged files may never come back.
fn open_in_time(dir: &Path, key: &DataKey) -> Result<(Model, Recovery), Error> {
    let (answer, opened) = mpsc::channel();
    let (dir, key) = (dir.to_owned(), key.clone());
    std::thread::spawn(move || {
        let read = Store::open(&dir, &key).map(|store| {
            let found = content(&store);
            commit(&store, &[(1_000, Some(vec![1]))]).expect("it takes writes again");
            (found, store.recovery().clone())
        });
        let _ = answer.send(read);
    });
    opened.recv_timeout(LIMIT).expect("it opens or refuses within the limit")
}

/// A closed folder and the same as a kill leaves it, with what is in them.
fn folders() -> (tempfile::TempDir, DataKey, Model) {
    let (dir, key) = (tempfile::tempdir().unwrap(), DataKey::generate());
    let (closed, killed) = (dir.path().join("closed"), dir.path().join("killed"));
    let (mut model, mut dice) = (Model::new(), Dice(5));
    let store = Store::open(&closed, &key).unwrap();
    for round in 0..60 {
        let writes = dice.writes();
        commit(&store, &writes).unwrap();
        follow(&mut model, &writes);
        if round == 30 {
            store.compact().unwrap();
        }
    }
    copy_folder(&closed, &killed);
    drop(store);
    (dir, key, model)
}

/// What is there is what was there, apart from so many changes that were told to be lost.
fn nothing_silent(what: &str, found: &Model, recovery: &Recovery, model: &Model) {
    let differing: BTreeSet<_> = found
        .iter()
        .filter(|(k, v)| model.get(k) != Some(v))
        .map(|(k, _)| k)
        .chain(model.keys().filter(|k| !found.contains_key(k)))
        .collect();
    let told = if recovery.loss_is_estimated { u64::MAX } else { recovery.changes_lost };
    assert!(differing.len() as u64 <= told, "{what}: {differing:?} differ, {recovery:?}");
    assert!(!recovery.loss_is_estimated || recovery.changes_lost > 0, "{what}: {recovery:?}");
    for aside in &recovery.set_aside {
        assert!(aside.exists(), "{what}: {}", aside.display());
        let name = aside.file_name().unwrap().to_string_lossy().into_owned();
        assert!(name.contains(".damaged-20") || name.contains(".unverified-20"), "{name}");
    }
}

#[test]
fn sixty_flips_cuts_and_missing_files_hang_nothing_and_lose_nothing_silently() {
    let (dir, key, model) = folders();
    let (mut dice, mut refused, mut lossy, mut rebuilt) = (Dice(11), 0, 0, 0);
    for round in 0..60 {
        let state = if round % 2 == 0 { "closed" } else { "killed" };
        let hurt = tempfile::tempdir().unwrap();
        copy_folder(&dir.path().join(state), hurt.path());
        let all: Vec<PathBuf> =
            files_below(hurt.path()).into_iter().filter(|f| fs::metadata(f).unwrap().len() > 0).collect();
        let file = &all[dice.below(all.len() as u64) as usize];
        let mut bytes = fs::read(file).unwrap();
        let at = dice.below(bytes.len() as u64) as usize;
        let how = match dice.below(5) {
            0 => {
                fs::remove_file(file).unwrap();
                "gone"
            }
            1 => {
                fs::write(file, &bytes[..at]).unwrap();
                "cut"
            }
            _ => {
                bytes[at] ^= 1 << dice.below(8);
                fs::write(file, &bytes).unwrap();
                "flipped"
            }
        };
        let name = file.strip_prefix(hurt.path()).unwrap().display().to_string();
        let what = format!("round {round}, {state}, {name} {how} at {at}");
        match open_in_time(hurt.path(), &key) {
            Ok((found, recovery)) => {
                nothing_silent(&what, &found, &recovery, &model);
                if state == "closed" {
                    assert_eq!(recovery.changes_lost, 0, "{what}: the other copy is whole");
                    assert_eq!(found, model, "{what}");
                }
                lossy += u32::from(recovery.changes_lost > 0);
                rebuilt += u32::from(recovery.rebuilt_index || recovery.rebuilt_journal);
                let (again, calm) = open_in_time(hurt.path(), &key).unwrap();
                assert_eq!(
                    again.len(),
                    found.len() + 1,
                    "{what}: the second opening finds what the first did"
                );
                assert!(!calm.is_damage(), "{what}: it is told once");
            }
            Err(
                Error::SchemaMark { .. }
                | Error::NewerSchema { .. }
                | Error::OlderSchema { .. }
                | Error::WrongKey,
            ) if name == "schema.json" => {
                refused += 1;
            }
            Err(other) => panic!("{what}: {other}"),
        }
    }
    println!("60 damages: {rebuilt} rebuilt, {lossy} with a told loss, {refused} refused");
    assert!(rebuilt > 30 && lossy > 0, "{rebuilt} rebuilt, {lossy} lossy: too little was damaged");
}

/// Damages `file` of a folder and opens it.
fn after(state: &str, hurt: impl Fn(&Path)) -> (Model, Recovery, Model) {
    let (dir, key, model) = folders();
    let folder = dir.path().join(state);
    hurt(&folder);
    let (found, recovery) = open_in_time(&folder, &key).unwrap();
    nothing_silent(state, &found, &recovery, &model);
    (found, recovery, model)
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_journal_that_is_gone_comes_back_from_the_index_of_a_closed_store() {
    let (found, recovery, model) = after("closed", |dir| fs::remove_file(dir.join("journal.2")).unwrap());
    assert_eq!(found, model);
    assert!(recovery.rebuilt_journal && !recovery.rebuilt_index && recovery.set_aside.is_empty());
}

#[test]
fn a_journal_that_is_gone_after_a_kill_is_told_and_the_index_kept_aside() {
    let (found, recovery, _) = after("killed", |dir| fs::remove_file(dir.join("journal.2")).unwrap());
    assert!(found.is_empty() && recovery.changes_lost > 60 && recovery.loss_is_estimated, "{recovery:?}");
    assert_eq!(recovery.set_aside.len(), 1, "the index of an unknown time");
}

#[test]
fn a_cut_tail_is_noticed_by_the_mark_and_counted() {
    let (_, recovery, _) = after("killed", |dir| {
        let path = dir.join("journal.2");
        let length = fs::metadata(&path).unwrap().len();
        fs::File::options().write(true).open(path).unwrap().set_len(length - 1).unwrap();
    });
    assert!((1..=6).contains(&recovery.changes_lost) && !recovery.loss_is_estimated, "{recovery:?}");
}

#[test]
fn a_damaged_frame_in_the_middle_costs_only_itself() {
    let (found, recovery, model) = after("killed", |dir| {
        let path = dir.join("journal.2");
        let middle = fs::metadata(&path).unwrap().len() as usize * 3 / 4;
        flip(&path, middle);
    });
    assert!((1..=6).contains(&recovery.changes_lost) && !recovery.loss_is_estimated, "{recovery:?}");
    assert!(found.len() + 6 >= model.len());
}

#[test]
fn a_loss_is_told_also_when_the_first_opening_that_met_it_did_not_end() {
    let (dir, key, model) = folders();
    let (folder, disk) = (dir.path().join("killed"), FaultyFs::new());
    let middle = fs::metadata(folder.join("journal.2")).unwrap().len() as usize * 3 / 4;
    flip(&folder.join("journal.2"), middle);
    // The new journal is in place, the damaged one not yet out of its way.
    disk.fail(Operation::Rename, "journal.2", 0, 1, ErrorKind::Other);
    assert!(Store::open_on(Arc::new(disk), &folder, &key).is_err());
    assert!(folder.join("journal.2").exists() && folder.join("journal.3").exists());
    let (found, recovery) = open_in_time(&folder, &key).unwrap();
    assert!((1..=6).contains(&recovery.changes_lost) && recovery.rebuilt_journal, "{recovery:?}");
    assert!(
        recovery.set_aside.iter().any(|p| p.to_string_lossy().contains("journal.2.damaged")),
        "{recovery:?}"
    );
    nothing_silent("told late", &found, &recovery, &model);
    assert!(!open_in_time(&folder, &key).unwrap().1.is_damage(), "and once");
}

#[test]
fn a_damaged_header_costs_nothing() {
    for (state, at) in [("killed", 3), ("killed", 12), ("killed", 30), ("killed", 70), ("closed", 20)] {
        let (found, recovery, model) = after(state, |dir| flip(&dir.join("journal.2"), at));
        assert_eq!((found, recovery.changes_lost), (model, 0), "{state} {at}");
        assert!(recovery.rebuilt_journal && !recovery.set_aside.is_empty(), "{state} {at}: {recovery:?}");
    }
}

#[test]
fn a_closed_index_with_a_flipped_byte_is_never_opened() {
    for at in [0, 100, 5_000, 40_000] {
        let (found, recovery, model) = after("closed", |dir| flip(&dir.join("db/db"), at));
        assert_eq!(found, model);
        assert!(recovery.rebuilt_index && recovery.changes_lost == 0 && recovery.set_aside.len() == 1);
    }
}

#[test]
fn damage_to_both_copies_is_salvaged_and_counted() {
    let (_, recovery, _) = after("closed", |dir| {
        flip(&dir.join("db/db"), 300);
        let path = dir.join("journal.2");
        let middle = fs::metadata(&path).unwrap().len() as usize * 3 / 4;
        flip(&path, middle);
    });
    assert!((1..=6).contains(&recovery.changes_lost), "{recovery:?}");
    assert_eq!(recovery.set_aside.len(), 2);
}

#[test]
fn without_its_clean_mark_a_closed_store_is_taken_for_a_killed_one() {
    for hurt in
        [|p: &Path| flip(p, 50), |p: &Path| fs::remove_file(p).unwrap(), |p: &Path| fs::write(p, "").unwrap()]
    {
        let (found, recovery, model) = after("closed", |dir| hurt(&dir.join("clean")));
        assert_eq!(found, model);
        assert!(recovery.rebuilt_index && !recovery.is_damage(), "{recovery:?}");
    }
}

#[test]
fn a_folder_whose_files_are_all_gone_but_the_schema_tells_that_something_is_missing() {
    let (found, recovery, _) = after("closed", |dir| {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            match path.file_name().unwrap().to_str().unwrap() {
                "schema.json" => {}
                _ if path.is_dir() => fs::remove_dir_all(path).unwrap(),
                _ => fs::remove_file(path).unwrap(),
            }
        }
    });
    assert!(found.is_empty() && recovery.changes_lost > 0 && recovery.loss_is_estimated);
}
