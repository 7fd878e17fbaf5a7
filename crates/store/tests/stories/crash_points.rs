//! A process that dies at each named point: what it had said is on the disk is there, and a change is whole or absent.
//!
//! The one test is both sides: with `CRASH_CHILD` in its environment it is the one that dies.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

use crate::common::{commit, content};
use store::{DataKey, KeyRing, Secrets, Store, crash};

const NAME: &str = "crash_points::at_every_crash_point_what_was_acknowledged_is_there";

fn keys(dir: &Path) -> (KeyRing, DataKey) {
    let place = store::PassphraseFile::open(
        &dir.join("secrets"),
        &model::Secret::new("correct horse".to_owned()),
        store::Argon2Cost::lowest(),
    );
    let secrets: Box<dyn Secrets> = Box::new(place.unwrap());
    let (old, new) = (store::data_key(&*secrets, "old").unwrap(), store::data_key(&*secrets, "new").unwrap());
    (KeyRing::new(old).with(new.clone()), new)
}

/// Writes pairs of equal values and says each number once it is on the disk; passes every point on its way.
fn child(dir: &Path) {
    let (keys, new) = keys(dir);
    let say = |n: u64| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "acked {n}").and_then(|()| out.flush()).unwrap();
    };
    let start = Store::open(&dir.join("store"), &keys).map(|s| content(&s).len() as u64 / 2).unwrap();
    for round in 0..4 {
        let store = Store::open(&dir.join("store"), &keys).unwrap();
        for n in (start + 3 * round)..(start + 3 * round + 3) {
            commit(&store, &[(2 * n, Some(vec![n as u8; 50])), (2 * n + 1, Some(vec![n as u8; 50]))])
                .unwrap();
            say(n);
        }
        match round {
            0 => store.compact().unwrap(),
            1 => store.rotate(&new).unwrap(),
            2 => std::fs::write(dir.join("store/clean-is-gone"), "").unwrap(),
            _ => {}
        }
        drop(store);
        if round == 2 {
            // The next opening is one after an unclean stop in the middle of an append.
            std::fs::remove_file(dir.join("store/clean")).unwrap();
            let journal = testkit::files_below(&dir.join("store"))
                .into_iter()
                .find(|f| f.to_str().unwrap().contains("journal."));
            let mut file = std::fs::File::options().append(true).open(journal.unwrap()).unwrap();
            file.write_all(b"IKF1 torn").unwrap();
        }
    }
}

#[test]
fn at_every_crash_point_what_was_acknowledged_is_there() {
    if let Some(dir) = std::env::var_os("CRASH_CHILD") {
        return child(Path::new(&dir));
    }
    let mut not_passed = BTreeSet::new();
    for point in crash::POINTS {
        for passing in [1, 2] {
            let dir = tempfile::tempdir().unwrap();
            keys(dir.path());
            let mut process = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", NAME, "--nocapture"])
                .env("CRASH_CHILD", dir.path())
                .env("INNKEEPER_CRASH_AT", format!("{point}:{passing}"))
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let lines = BufReader::new(process.stdout.take().unwrap()).lines();
            let acked: Vec<u64> = lines
                .filter_map(|line| line.unwrap().split_once("acked ").and_then(|(_, n)| n.parse().ok()))
                .collect();
            if process.wait().unwrap().success() {
                not_passed.insert((*point, passing));
                continue;
            }
            let store = Store::open(&dir.path().join("store"), &keys(dir.path()).0).unwrap();
            let recovery = store.recovery();
            assert!(recovery.changes_lost == 0 && recovery.set_aside.is_empty(), "{point}: {recovery:?}");
            let found = content(&store);
            for n in acked {
                assert!(found.contains_key(&(2 * n)), "{point}:{passing}: {n} was acknowledged");
            }
            assert!(
                found.iter().all(|(k, v)| found.get(&(k ^ 1)) == Some(v)),
                "{point}:{passing}: half a batch"
            );
            commit(&store, &[(9_999, None)]).unwrap();
        }
    }
    let never: Vec<_> = not_passed.iter().filter(|(_, passing)| *passing == 1).collect();
    assert!(never.is_empty(), "nobody dies at {never:?}");
}
