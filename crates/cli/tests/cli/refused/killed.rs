//! A kill in the middle of a command counts as refused: afterwards either the whole of it is there, or nothing.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use super::{kept::contents, world::with_stdin};
use crate::{
    folder,
    support::{Org, innkeeper, lines},
};

/// A command that writes more than one thing, and those that have to have come before it.
struct Step {
    before: &'static [&'static str],
    command: &'static str,
}

/// On one connection, `Dev`, where there is a policy `vip` that nobody has confirmed.
const STEPS: &[Step] = &[
    // Another policy: the first one is stored beside it.
    Step {
        before: &[],
        command: "retention policy set --policy other --name Other --days 9 --quiet-hours 08:00-18:00",
    },
    Step {
        before: &[],
        command: "retention policy set --policy vip --days 20 --everyone --cap 5 --name Very",
    },
    Step { before: &[], command: "retention policy confirm --policy vip" },
    Step { before: &[], command: "retention schedule on --policy vip --cron 5,4,3 --zone Asia/Tokyo" },
    Step {
        before: &["retention schedule on --policy vip"],
        command: "retention schedule on --policy vip --cron 5,4,3 --zone Asia/Tokyo",
    },
    Step { before: &["retention schedule on --policy vip"], command: "retention schedule off --policy vip" },
    Step { before: &["retention schedule on --policy vip"], command: "retention policy remove --policy vip" },
    Step { before: &[], command: "hold add --filter active=true --reason case" },
    Step { before: &[], command: "outbox limit --messages 2 --seconds 3" },
    Step { before: &[], command: "chat start --name Ada" },
];

fn words(command: &str) -> Vec<String> {
    // The one cron of this file, whose blanks would part it.
    command
        .split(' ')
        .map(|word| if word == "5,4,3" { "5 4 3 * *".to_owned() } else { word.to_owned() })
        .collect()
}

struct Desk {
    org: Org,
    data: tempfile::TempDir,
}

impl Desk {
    fn ik(&self, data: &Path) -> Command {
        let mut command = innkeeper(data, None);
        command.env("INNKEEPER_PASSPHRASE", "correct horse");
        let _ = &self.org;
        command
    }

    fn done(&self, data: &Path, command: &str) {
        let output = with_stdin(self.ik(data).args(["--connection", "Dev"]).args(words(command)), "demo");
        assert!(output.status.success(), "{command}: {output:?}");
    }

    fn copy(&self) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        testkit::copy_folder(self.data.path(), copy.path());
        copy
    }
}

fn desk() -> Desk {
    let desk =
        Desk { org: Org::start(&["--guests", "40", "--rate", "off"]), data: tempfile::tempdir().unwrap() };
    let url = desk.org.url.clone();
    let add =
        ["connection", "add", "Dev", "--kind", "development", "--client-id", "demo", "--base-url", &url];
    assert!(with_stdin(desk.ik(desk.data.path()).args(add), "demo").status.success());
    desk.done(
        desk.data.path(),
        "retention policy set --policy vip --name VIP --days 60 --filter active=true",
    );
    desk
}

type Contents = BTreeMap<(String, String), String>;

/// The folders with a store, below the data folder: of connections and of orgs.
fn stores(data: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = testkit::files_below(data)
        .into_iter()
        .filter(|file| file.ends_with("store/schema.json"))
        .map(|file| file.ancestors().nth(2).unwrap().strip_prefix(data).unwrap().to_owned())
        .collect();
    found.sort();
    found
}

type Keys = BTreeMap<PathBuf, store::KeyRing>;

fn keys(data: &Path) -> Keys {
    stores(data).into_iter().map(|dir| (dir.clone(), folder::keys(&data.join(dir)))).collect()
}

/// What the stores say, but for times, ids and what passes by itself.
fn said(data: &Path, keys: &Keys) -> Contents {
    assert_eq!(stores(data).len(), keys.len());
    keys.iter()
        .flat_map(|(dir, keys)| contents(&data.join(dir).join("store"), keys))
        .filter(|((table, _), _)| table != "retention-look")
        .map(|((table, key), value)| {
            // Chats and holds are told by their number: their ids are made anew each time.
            let has_own_id =
                ["played-chat", "known-conversation", "retention-hold"].contains(&table.as_str());
            let key = if has_own_id { String::new() } else { key };
            let value = if has_own_id { String::new() } else { without_times(&value) };
            ((table, key), value)
        })
        .collect()
}

/// `"2026-11-29T19:00:00.123Z"` as `"T"`.
fn without_times(text: &str) -> String {
    let parts = text.split('"').map(|part| {
        let is_time = part.len() >= 20
            && part.as_bytes()[4] == b'-'
            && part.as_bytes()[10] == b'T'
            && part.ends_with('Z');
        if is_time { "T" } else { part }
    });
    parts.collect::<Vec<_>>().join("\"")
}

#[test]
fn killed_at_any_write_a_command_has_done_the_whole_or_nothing() {
    let desk = desk();
    let keys = keys(desk.data.path());
    let points = [
        "store.group.begun",
        "store.group.written",
        "store.group.synced",
        "store.group.marked",
        "store.group.applied",
    ];
    let (mut kills, mut half) = (0, Vec::new());
    for Step { before, command } in STEPS {
        let begun = desk.copy();
        before.iter().for_each(|command| desk.done(begun.path(), command));
        let first = said(begun.path(), &keys);
        let whole = tempfile::tempdir().unwrap();
        testkit::copy_folder(begun.path(), whole.path());
        desk.done(whole.path(), command);
        let last = said(whole.path(), &keys);
        assert_ne!(first, last, "{command} changes nothing that is looked at");
        for point in points {
            // At each passing, until there is no further one.
            for passing in 1.. {
                let data = tempfile::tempdir().unwrap();
                testkit::copy_folder(begun.path(), data.path());
                let mut killed = desk.ik(data.path());
                killed.env("INNKEEPER_CRASH_AT", format!("{point}:{passing}"));
                let output = killed.args(["--connection", "Dev"]).args(words(command)).output().unwrap();
                if output.status.signal().is_none() {
                    assert!(output.status.success(), "{command}: {output:?}");
                    break;
                }
                kills += 1;
                let left = said(data.path(), &keys);
                if left != first && left != last {
                    let differs = |a: &Contents, b: &Contents| {
                        a.iter()
                            .filter(|(k, v)| b.get(*k) != Some(v))
                            .map(|(k, v)| format!("{k:?} {v}"))
                            .collect::<Vec<_>>()
                    };
                    half.push(format!(
                        "`{command}` at {point}:{passing}: {:?} of {:?}",
                        differs(&left, &first),
                        differs(&last, &first)
                    ));
                }
            }
        }
    }
    assert!(kills >= 40, "only {kills} kills");
    assert!(half.is_empty(), "{}", half.join("\n"));
}

/// The list of connections, the names of their folders, and those set aside.
fn listed(desk: &Desk, data: &Path) -> (Vec<String>, Vec<String>, usize) {
    let (code, list) = lines(&desk.ik(data).args(["connection", "list"]).output().unwrap());
    assert_eq!(code, 0, "{list:?}");
    let names = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let names = list[0]["connections"].as_array().unwrap().iter().map(names).collect();
    let children = |dir: PathBuf| {
        let mut found: Vec<String> = fs::read_dir(dir)
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        found.sort();
        found
    };
    (names, children(data.join("connections")), children(data.join("removed")).len())
}

#[test]
fn a_connection_that_is_added_or_removed_is_there_whole_or_gone_whole_wherever_it_is_killed() {
    let desk = desk();
    let url = desk.org.url.clone();
    let add = ["connection", "add", "New", "--kind", "test", "--client-id", "demo", "--base-url", &url];
    let works = |data: &Path, name: &str| {
        desk.ik(data).args(["--connection", name, "connection", "test"]).output().unwrap().status.code()
    };
    for point in app::FOLDER_CRASH_POINTS {
        let data = desk.copy();
        let killed = with_stdin(desk.ik(data.path()).args(add).env("INNKEEPER_CRASH_AT", point), "demo");
        let (names, ..) = listed(&desk, data.path());
        if killed.status.signal().is_some() {
            match names.contains(&"New".to_owned()) {
                true => assert_eq!(works(data.path(), "New"), Some(0), "{point}"),
                false => {
                    assert_eq!(names, ["simulator", "Dev"], "{point}");
                    assert!(with_stdin(desk.ik(data.path()).args(add), "demo").status.success(), "{point}");
                }
            }
        }
        // And removed again, from a folder that was used.
        let data = desk.copy();
        let removed = desk
            .ik(data.path())
            .args(["connection", "remove", "Dev", "--confirm"])
            .env("INNKEEPER_CRASH_AT", point)
            .output()
            .unwrap();
        assert!(removed.status.signal().is_some(), "{point} is not passed: {removed:?}");
        let (names, folders, aside) = listed(&desk, data.path());
        match names.contains(&"Dev".to_owned()) {
            true => assert_eq!((works(data.path(), "Dev"), aside), (Some(0), 0), "{point}"),
            false => assert_eq!(
                (names, folders.contains(&"dev".to_owned()), aside),
                (vec!["simulator".to_owned()], false, 1),
                "{point}"
            ),
        }
    }
}

#[test]
fn a_connection_that_is_edited_is_the_former_or_the_new_one_wherever_it_is_killed() {
    let desk = desk();
    let works = |data: &Path, name: &str| {
        desk.ik(data).args(["--connection", name, "connection", "test"]).output().unwrap().status.code()
    };
    let other = Org::start(&["--guests", "1", "--client-secret", "another"]);
    let add = |data: &Path| {
        let add = [
            "connection",
            "add",
            "New",
            "--kind",
            "test",
            "--client-id",
            "demo",
            "--base-url",
            &desk.org.url,
        ];
        assert!(with_stdin(desk.ik(data).args(add), "demo").status.success());
    };
    let edits: [(&[&str], &str, &str); 3] = [
        (&["--name", "Newer", "--read-only"], "", "Newer"),
        (&["--secret", "--name", "Newer"], "demo", "Newer"),
        (&["--base-url", &other.url, "--secret"], "another", "New"),
    ];
    let mut kills = 0;
    for point in app::FOLDER_CRASH_POINTS {
        for (words, secret, edited) in edits {
            let data = desk.copy();
            add(data.path());
            assert_eq!(works(data.path(), "New"), Some(0));
            let edit = [&["connection", "edit", "New"], words].concat();
            let killed = with_stdin(desk.ik(data.path()).args(edit).env("INNKEEPER_CRASH_AT", point), secret);
            kills += usize::from(killed.status.signal().is_some());
            let (names, folders, aside) = listed(&desk, data.path());
            assert_eq!(names.len(), 3, "{point}: {names:?}");
            let is_edited = names.contains(&edited.to_owned());
            assert_eq!(
                works(data.path(), if is_edited { edited } else { "New" }),
                Some(0),
                "{point} {words:?}"
            );
            if killed.status.success() && edited == "New" {
                assert_eq!((folders.contains(&"new+2".to_owned()), aside), (true, 1), "{words:?}");
            }
        }
    }
    assert!(kills >= 6, "only {kills} kills");
}

#[test]
fn a_connection_that_cannot_be_set_aside_is_as_it_was() {
    let desk = desk();
    let data = desk.copy();
    // A file where the folder for removed ones would be.
    fs::write(data.path().join("removed"), "").unwrap();
    let refused = desk.ik(data.path()).args(["connection", "remove", "Dev", "--confirm"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let test = desk.ik(data.path()).args(["--connection", "Dev", "connection", "test"]).output().unwrap();
    assert!(test.status.success(), "its secret is still there: {test:?}");
}
