//! Writes and syncs that fail: refused clearly, nothing acknowledged is lost, and the same handle goes on once it can.

use std::{io::ErrorKind, path::Path, sync::Arc};

use crate::common::{Model, Writes, commit, content, follow};
use store::{DataKey, Error, Store};
use testkit::{Dice, FaultyFs, Operation, copy_folder};

fn open(disk: &FaultyFs, dir: &Path, key: &DataKey) -> Store {
    Store::open_on(Arc::new(disk.clone()), dir, key).unwrap()
}

/// What a kill at this moment leaves is what the model says.
fn survives_a_kill(dir: &Path, key: &DataKey, model: &Model) {
    let left = tempfile::tempdir().unwrap();
    copy_folder(dir, left.path());
    let store = Store::open(left.path(), key).unwrap();
    assert_eq!(content(&store), *model);
    assert!(!store.recovery().is_damage(), "{:?}", store.recovery());
}

#[test]
fn a_full_disk_refuses_and_the_same_handle_accepts_again_when_there_is_room() {
    let (dir, key, disk) = (tempfile::tempdir().unwrap(), DataKey::generate(), FaultyFs::new());
    let (mut model, mut dice) = (Model::new(), Dice(1));
    let store = open(&disk, dir.path(), &key);
    for round in 0..30 {
        let writes = dice.writes();
        if round % 3 == 1 {
            disk.fill(dice.below(200) as usize);
            for _ in 0..2 {
                assert!(matches!(commit(&store, &writes), Err(Error::DiskFull)));
                assert_eq!(content(&store), model, "a refused group is not seen");
            }
            survives_a_kill(dir.path(), &key, &model);
            disk.heal();
        }
        commit(&store, &writes).unwrap();
        follow(&mut model, &writes);
        assert_eq!(content(&store), model);
    }
    survives_a_kill(dir.path(), &key, &model);
    assert_eq!(store.refusals(), 20);
}

#[test]
fn after_a_failed_sync_nothing_is_acknowledged_before_everything_was_written_anew() {
    let (dir, key, disk) = (tempfile::tempdir().unwrap(), DataKey::generate(), FaultyFs::new());
    let store = open(&disk, dir.path(), &key);
    commit(&store, &[(1, Some(vec![1]))]).unwrap();
    disk.fail(Operation::Sync, "journal.1", 0, 1, ErrorKind::Other);
    assert!(matches!(commit(&store, &[(2, Some(vec![2]))]), Err(Error::Sync { .. })));
    // As long as that does not work either.
    disk.fail(Operation::Sync, "journal.2", 0, 1, ErrorKind::Other);
    assert!(matches!(commit(&store, &[(2, Some(vec![2]))]), Err(Error::File { .. })));
    assert!(dir.path().join("journal.1").exists() && !dir.path().join("journal.2").exists());
    commit(&store, &[(3, Some(vec![3]))]).unwrap();
    assert!(dir.path().join("journal.3").exists() && !dir.path().join("journal.1").exists());
    let model = Model::from([(1, vec![1]), (3, vec![3])]);
    assert_eq!(content(&store), model);
    survives_a_kill(dir.path(), &key, &model);
}

#[test]
fn a_failed_write_that_cannot_be_taken_back_at_once_is_taken_back_before_the_next_one() {
    let (dir, key, disk) = (tempfile::tempdir().unwrap(), DataKey::generate(), FaultyFs::new());
    let store = open(&disk, dir.path(), &key);
    commit(&store, &[(1, Some(vec![1]))]).unwrap();
    disk.fill(50);
    disk.fail(Operation::Cut, "journal", 0, 1, ErrorKind::Other);
    assert!(matches!(commit(&store, &[(2, Some(vec![2; 300]))]), Err(Error::DiskFull)));
    disk.heal();
    commit(&store, &[(3, Some(vec![3]))]).unwrap();
    survives_a_kill(dir.path(), &key, &Model::from([(1, vec![1]), (3, vec![3])]));
    assert!(dir.path().join("journal.1").exists(), "no new generation was needed");
}

#[test]
fn whatever_operation_fails_once_or_for_good_what_was_acknowledged_is_there() {
    use Operation::{Create, Cut, Open, Remove, Rename, Sync, SyncFolder, Write};
    let mut failures = 0;
    for operation in [Create, Open, Rename, Remove, SyncFolder, Write, Sync, Cut] {
        for passes in 0..4 {
            for (times, kind) in [(1, ErrorKind::StorageFull), (3, ErrorKind::Other)] {
                let (dir, key, disk) = (tempfile::tempdir().unwrap(), DataKey::generate(), FaultyFs::new());
                let mut model = Model::new();
                let other = DataKey::generate();
                let both = store::KeyRing::new(key.clone()).with(other.clone());
                {
                    let store = open(&disk, dir.path(), &key);
                    disk.fail(operation, "", passes, times, kind);
                    for n in 0..8u64 {
                        let writes = [(n, Some(vec![n as u8; 100]))];
                        if commit(&store, &writes).is_ok() {
                            follow(&mut model, &writes);
                        }
                        match n {
                            2 | 5 => drop(store.compact()),
                            4 => drop(store.rotate(&other)),
                            _ => {}
                        }
                        assert_eq!(content(&store), model);
                        if ![1, 4, 7].contains(&n) {
                            continue;
                        }
                        let left = tempfile::tempdir().unwrap();
                        copy_folder(dir.path(), left.path());
                        let killed = Store::open(left.path(), &both).unwrap();
                        let found = content(&killed);
                        // A failed sync says "perhaps": its group may be there after a kill, whole.
                        let mut perhaps = model.clone();
                        follow(&mut perhaps, &writes);
                        assert!(found == model || found == perhaps, "{operation:?} {passes} {n}: {found:?}");
                        assert_eq!(killed.recovery().changes_lost, 0, "{operation:?} {passes} {n}");
                    }
                    failures += disk.failed();
                    disk.heal();
                    commit(&store, &[(99, Some(vec![9]))]).unwrap();
                    follow(&mut model, &[(99, Some(vec![9]))]);
                }
                let store = Store::open(dir.path(), &both).unwrap();
                assert_eq!(content(&store), model, "{operation:?} {passes} {times} {kind:?}");
                assert!(!store.recovery().is_damage());
            }
        }
    }
    assert!(failures > 60, "only {failures} operations failed: too little was tried");
}

/// On a real file system of 3 MiB. Needs the right to mount one, which the root user has.
#[cfg(target_os = "linux")]
#[test]
fn a_real_disk_that_runs_full_is_survived_and_used_again_once_there_is_room() {
    let mount = tempfile::tempdir().unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=3m,mode=0700", "tmpfs"])
        .arg(mount.path())
        .output();
    match mounted {
        Ok(out) if out.status.success() => {}
        Ok(out) => return eprintln!("NOT TRIED: no tmpfs: {}", String::from_utf8_lossy(&out.stderr)),
        Err(error) => return eprintln!("NOT TRIED: no tmpfs: {error}"),
    }
    struct Mount<'a>(&'a Path);
    impl Drop for Mount<'_> {
        fn drop(&mut self) {
            let _ = std::process::Command::new("umount").arg("-l").arg(self.0).status();
        }
    }
    let _mount = Mount(mount.path());
    let dir = mount.path().join("store");
    let key = DataKey::generate();
    let mut model = Model::new();
    {
        let store = Store::open(&dir, &key).unwrap();
        let mut refused = 0;
        for n in 0..2_000u64 {
            let writes = [(n, Some(vec![n as u8; 4_000]))];
            match commit(&store, &writes) {
                Ok(()) => follow(&mut model, &writes),
                Err(Error::DiskFull) => refused += 1,
                Err(other) => panic!("{other}"),
            }
            if refused == 20 {
                break;
            }
        }
        assert!(refused == 20 && model.len() > 50, "{refused} refused, {} taken", model.len());
        assert_eq!(content(&store), model);
        // Room: a larger disk, without closing anything.
        let larger =
            std::process::Command::new("mount").args(["-o", "remount,size=64m"]).arg(mount.path()).status();
        assert!(larger.unwrap().success());
        for n in 5_000..5_200u64 {
            let writes = [(n, Some(vec![n as u8; 4_000]))];
            commit(&store, &writes).unwrap();
            follow(&mut model, &writes);
        }
        assert_eq!(content(&store), model);
    }
    let store = Store::open(&dir, &key).unwrap();
    assert_eq!(content(&store), model);
    assert!(!store.recovery().is_damage());
}
