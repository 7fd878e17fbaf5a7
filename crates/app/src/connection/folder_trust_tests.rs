use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, chown, symlink},
    path::{Path, PathBuf},
};

use super::{
    check,
    unix::{Rights, quoted},
};
use crate::{DataFolder, FailureCode};

const NOBODY: u32 = 65_534;

/// What a working day leaves: a file and a folder of each kind.
const FILES: &[&str] = &[
    "connections.json",
    "lock",
    "connections/embedded/secrets.key",
    "connections/embedded/audit.jsonl",
    "connections/embedded/store/db/conf",
    "connections/embedded/runs/1/plan.jsonl",
    "connections/embedded/plans/1.jsonl",
    "removed/old/secrets.sealed",
];

fn set(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("data");
    for file in FILES {
        let file = root.join(file);
        store::private::folder(file.parent().unwrap()).unwrap();
        fs::write(&file, "{}").unwrap();
        set(&file, 0o600);
    }
    (dir, root)
}

/// Everything in the folder, itself first.
fn everything(root: &Path) -> Vec<PathBuf> {
    let mut found = vec![root.to_owned()];
    let mut at = 0;
    while at < found.len() {
        if found[at].is_dir() {
            found.extend(fs::read_dir(&found[at]).unwrap().map(|e| e.unwrap().path()));
        }
        at += 1;
    }
    found
}

/// Refused with this command, and nothing in the folder is another than before.
fn refused(root: &Path, command: &str) {
    let before: Vec<_> = everything(root).iter().map(|p| (p.clone(), mode(p))).collect();
    let failure = check(root).unwrap_err();
    assert_eq!(failure.code, FailureCode::FolderExposed, "{}", failure.message);
    assert!(failure.next.contains(command), "{command:?} is not in {:?}", failure.next);
    assert!(DataFolder::open(root, "story", None).is_err());
    assert!(DataFolder::connections_of(root).is_err());
    let after: Vec<_> = everything(root).iter().map(|p| (p.clone(), mode(p))).collect();
    assert_eq!(after, before, "what is refused changes nothing");
}

#[test]
fn a_folder_that_others_may_write_to_is_refused_wherever_they_may_with_the_command_that_mends_it() {
    let (_dir, root) = folder();
    check(&root).unwrap();
    for path in everything(&root) {
        let before = mode(&path);
        for open in [0o777, 0o770, 0o775, 0o707, 0o722, 0o666, 0o602, 0o620] {
            if path.is_dir() && open & 0o700 != 0o700 {
                continue;
            }
            set(&path, open);
            match path == root {
                true => refused(&root, &format!("chmod 700 {}", root.display())),
                false => refused(&root, &format!("chmod -R go-rwx {}", root.display())),
            }
            set(&path, before);
        }
    }
    check(&root).unwrap();
    DataFolder::open(&root.join("new"), "story", None).map(drop).unwrap();
}

#[test]
fn what_an_earlier_version_left_readable_opens_and_is_readable_no_more() {
    let (_dir, root) = folder();
    for path in everything(&root) {
        set(&path, if path.is_dir() { 0o755 } else { 0o644 });
    }
    check(&root).unwrap();
    for path in everything(&root) {
        assert_eq!(mode(&path), if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
}

#[test]
fn a_foreign_folder_file_or_link_is_refused_to_everybody_root_included() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("not run: only root can give a file to another user");
        return;
    }
    let (dir, root) = folder();
    for path in everything(&root) {
        chown(&path, Some(NOBODY), None).unwrap();
        refused(&root, &format!("chown -R 0 {}", root.display()));
        chown(&path, Some(0), None).unwrap();
    }
    check(&root).unwrap();
    let elsewhere = dir.path().join("elsewhere");
    store::private::folder(&elsewhere).unwrap();
    let link = root.join("connections/other");
    symlink(&elsewhere, &link).unwrap();
    check(&root).unwrap();
    chown(&elsewhere, Some(NOBODY), None).unwrap();
    refused(&root, "chown");
    chown(&elsewhere, Some(0), None).unwrap();
    set(&elsewhere, 0o777);
    refused(&root, "chmod");
    set(&elsewhere, 0o700);
    std::os::unix::fs::lchown(&link, Some(NOBODY), None).unwrap();
    refused(&root, "chown");
    fs::remove_file(&link).unwrap();
    symlink(dir.path().join("nowhere"), root.join("dangling")).unwrap();
    check(&root).unwrap();
    let by_link = dir.path().join("by-link");
    symlink(&root, &by_link).unwrap();
    check(&by_link).unwrap();
    std::os::unix::fs::lchown(&by_link, Some(NOBODY), None).unwrap();
    assert_eq!(check(&by_link).unwrap_err().code, FailureCode::FolderExposed);
}

#[test]
fn a_folder_that_others_could_swap_for_another_is_refused_and_so_is_a_new_one_there() {
    let (dir, root) = folder();
    let above = dir.path();
    for (open, fine) in [(0o777, false), (0o757, false), (0o1777, true), (0o755, true), (0o700, true)] {
        set(above, open);
        for root in [root.clone(), above.join("not/yet")] {
            let checked = check(&root);
            assert_eq!(checked.is_ok(), fine, "{open:o} {checked:?}");
            if let Err(failure) = checked {
                assert!(
                    failure.next.contains(&format!("chmod go-w {}", above.display())),
                    "{}",
                    failure.next
                );
            }
        }
    }
    set(above, 0o777);
    let link = tempfile::tempdir().unwrap();
    symlink(&root, link.path().join("data")).unwrap();
    assert!(check(&link.path().join("data")).is_err(), "the folder above the one a link leads to counts");
    set(above, 0o700);
    assert!(!above.join("not").exists(), "what is refused is not made");
}

#[test]
fn who_may_swap_is_decided_by_owner_group_mode_and_the_sticky_bit() {
    let us = 1_000;
    for (owner, group, mode, swaps) in [
        (0, 0, 0o755, false),
        (0, 0, 0o1777, false),
        (0, 0, 0o777, true),
        (NOBODY, NOBODY, 0o1777, false),
        // The group of the user's own number: nobody else is in it.
        (us, us, 0o775, false),
        (us, 100, 0o775, true),
        (us, 100, 0o1775, false),
        (us, us, 0o777, true),
        // Whoever owns a folder that others put theirs in may rename these, sticky or not.
        (1_001, 1_001, 0o1777, true),
        (1_001, 1_001, 0o755, false),
        (0, 100, 0o775, true),
        (0, us, 0o775, false),
    ] {
        let rights = Rights { owner, group, mode };
        assert_eq!(rights.lets_others_swap(us), swaps, "{rights:?}");
    }
}

#[test]
fn a_path_in_a_command_is_one_word() {
    for (path, word) in [
        ("/srv/data", "/srv/data"),
        ("/srv/my data", "'/srv/my data'"),
        ("it's; $(reboot)", "'it'\\''s; $(reboot)'"),
        ("-rf", "'-rf'"),
        ("", "''"),
    ] {
        assert_eq!(quoted(Path::new(path)), word);
    }
}
