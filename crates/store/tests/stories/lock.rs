//! One process at a time per folder, and the one that is turned away learns who holds it.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use store::{Error, FolderLock, Holder};

fn holder(what: &str) -> Holder {
    let since = "2026-11-22T02:00:00Z".parse().expect("a time");
    Holder { pid: std::process::id(), what: what.to_owned(), since }
}

/// Both sides: with `LOCK_CHILD` in its environment this is the process that holds the folder until it is killed.
#[test]
fn a_second_process_is_told_who_holds_the_folder_until_that_one_is_gone_however_it_went() {
    if let Ok(dir) = std::env::var("LOCK_CHILD") {
        let _lock = FolderLock::acquire(dir.as_ref(), &holder("command line: outbox drain")).unwrap();
        println!("held");
        loop {
            std::thread::park();
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let name = "lock::a_second_process_is_told_who_holds_the_folder_until_that_one_is_gone_however_it_went";
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env("LOCK_CHILD", dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.by_ref().any(|line| line.unwrap().ends_with("held")), "the child holds the folder");

    let error = FolderLock::acquire(dir.path(), &holder("window")).unwrap_err();
    let told = error.to_string();
    let Error::Locked(Some(named)) = error else { panic!("{told}") };
    assert_eq!((named.pid, named.what.as_str()), (child.id(), "command line: outbox drain"));
    let expected = format!(
        "the data folder is in use by command line: outbox drain (process {}, since 2026-11-22T02:00:00Z)",
        child.id()
    );
    assert_eq!(told, expected);

    child.kill().unwrap();
    child.wait().unwrap();
    let lock = FolderLock::acquire(dir.path(), &holder("window")).unwrap();
    let Err(Error::Locked(Some(named))) = FolderLock::acquire(dir.path(), &holder("x")) else {
        panic!("a second handle in the same process is turned away too");
    };
    assert_eq!(named.what, "window");
    drop(lock);
    FolderLock::acquire(dir.path(), &holder("x")).unwrap();
}

#[test]
fn a_holder_whose_name_is_junk_still_holds() {
    let dir = tempfile::tempdir().unwrap();
    let _lock = FolderLock::acquire(dir.path(), &holder("window")).unwrap();
    std::fs::write(dir.path().join("lock.json"), b"{\"pid\":-1").unwrap();
    let second = FolderLock::acquire(dir.path(), &holder("x"));
    assert!(matches!(second, Err(Error::Locked(None))));
}

#[test]
fn whoever_is_turned_away_is_told_the_holders_name_also_while_holders_come_and_go() {
    let dir = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for who in ["one", "two", "three"] {
            let dir = dir.path();
            scope.spawn(move || {
                for _ in 0..60 {
                    match FolderLock::acquire(dir, &holder(who)) {
                        Ok(lock) => drop(lock),
                        Err(Error::Locked(Some(_))) => {}
                        Err(error) => panic!("{error:?}"),
                    }
                }
            });
        }
    });
}
