//! Variables that lost their value, an org under several names, and a list of connections that somebody edited.

use std::{ffi::OsString, io::Write, os::unix::ffi::OsStringExt, path::Path, process::Stdio};

use serde_json::{Value, json};

use crate::support::{Org, innkeeper, lines, run};

/// What a script leaves of a value that it lost.
fn lost() -> Vec<OsString> {
    let mut values: Vec<OsString> = ["", " \t", "\n"].map(OsString::from).into();
    values.push(OsString::from_vec(vec![0xff, b'x']));
    values
}

/// One of each way to open a connection.
const COMMANDS: [&[&str]; 7] = [
    &["connection", "test"],
    &["guests", "list"],
    &["guests", "delete", "01980000-0000-7000-8000-00000000dead"],
    &["hold", "list"],
    &["outbox", "drain"],
    &["retention", "plan", "--out", "plan.jsonl"],
    &["gateway", "--listen", "127.0.0.1:0"],
];

fn told(answer: &(i32, Value), name: &str) -> bool {
    answer.0 == 2 && answer.1["error"]["message"].as_str().unwrap_or_default().contains(name)
}

#[test]
fn a_variable_that_lost_its_value_is_named_before_anything_leaves_or_is_written() {
    let org = Org::start(&["--guests", "1"]);
    let top = tempfile::tempdir().unwrap();
    let data = top.path().join("data");
    for name in [
        "GC_BASE_URL",
        "GC_ENVIRONMENT",
        "GC_DIALECT",
        "GC_CLIENT_ID",
        "GC_CLIENT_SECRET",
        "INNKEEPER_PASSPHRASE",
    ] {
        for value in lost() {
            for words in COMMANDS {
                let answer =
                    run(innkeeper(&data, Some(&org)).current_dir(top.path()).env(name, &value).args(words));
                assert!(told(&answer, name), "{name}={value:?} {words:?}: {answer:?}");
            }
            if name == "GC_CLIENT_ID" {
                let add = ["connection", "add", "x", "--kind", "test", "--environment", "us-east-1"];
                let answer = run(innkeeper(&data, None).env(name, &value).args(add));
                assert!(told(&answer, name), "{value:?}: {answer:?}");
            }
            // Alone it means no org at all, not the simulator in this program.
            let alone = run(innkeeper(&data, None).env(name, &value).args(["guests", "list"]));
            assert!(told(&alone, name), "{name}={value:?} alone: {alone:?}");
        }
    }
    for around in ["demo\n", " demo", "demo\r\n"] {
        let answer =
            run(innkeeper(&data, Some(&org)).env("GC_CLIENT_SECRET", around).args(["connection", "test"]));
        assert!(told(&answer, "GC_CLIENT_SECRET: has blanks or a newline around it"), "{answer:?}");
    }
    for words in COMMANDS {
        let answer = run(innkeeper(&data, Some(&org)).args(["--connection", ""]).args(words));
        assert!(told(&answer, "--connection"), "{words:?}: {answer:?}");
    }
    assert_eq!(std::fs::read_dir(top.path()).unwrap().count(), 0, "something was written");
    assert!(org.ledger("request").is_empty(), "something was sent");
    // By its name a connection is chosen whatever the variables lost.
    let named = run(innkeeper(&data, None).env("GC_BASE_URL", "").args([
        "--connection",
        "simulator",
        "hold",
        "list",
    ]));
    assert_eq!(named.0, 0, "{named:?}");
}

#[test]
fn a_data_folder_that_lost_its_name_is_refused_and_no_other_is_made() {
    let home = tempfile::tempdir().unwrap();
    let innkeeper = |data: &str, given: Option<&str>| {
        let mut command = innkeeper(Path::new("unused"), None);
        let program = command.get_program().to_owned();
        command = std::process::Command::new(program);
        command
            .env_clear()
            .env("HOME", home.path())
            .env("XDG_DATA_HOME", home.path())
            .env("INNKEEPER_DATA", data);
        command
            .current_dir(home.path())
            .arg("--json")
            .args(given.map(|path| ["--data", path]).into_iter().flatten());
        run(command.args(["connection", "list"]))
    };
    for data in ["", " ", "\n"] {
        assert!(told(&innkeeper(data, None), "INNKEEPER_DATA"), "{data:?}");
        assert!(told(&innkeeper("elsewhere", Some(data)), "--data"), "{data:?}");
    }
    assert!(told(&innkeeper("folder\n", None), "INNKEEPER_DATA"));
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
    assert_eq!(innkeeper("folder", None).0, 0);
}

#[test]
fn what_stands_around_an_id_is_cut_off_and_one_org_has_one_folder_and_its_holds_however_it_is_spelt() {
    let org = Org::start(&["--guests", "30", "--rate", "off", "--now", "2026-11-22T12:00:00Z"]);
    let data = tempfile::tempdir().unwrap();
    let plan = |url: &str, name: &str| {
        let out = data.path().join(name);
        let mut command = innkeeper(data.path(), Some(&org));
        command.env("GC_BASE_URL", url).env("GC_CLIENT_ID", " demo\n");
        run(command.args(["retention", "plan", "--days", "60", "--out"]).arg(&out))
    };
    let port = org.url.rsplit_once(':').unwrap().1;
    let (code, before) = plan(&org.url, "first");
    assert_eq!(code, 0, "{before}");
    let text = std::fs::read_to_string(data.path().join("first")).unwrap();
    let mut planned = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let guest = planned.find(|line| line["due"] == json!(true)).unwrap()["id"].as_str().unwrap().to_owned();
    let held =
        run(innkeeper(data.path(), Some(&org))
            .args(["hold", "add", "--guest", &guest, "--reason", "case 12"]));
    assert_eq!(held.0, 0, "{held:?}");
    let due = before["due"].as_u64().unwrap();
    for (n, url) in [
        format!("HTTP://127.0.0.1:{port}"),
        format!(" http://127.0.0.1:{port}/ "),
        format!("http://localhost:{port}\n"),
    ]
    .iter()
    .enumerate()
    {
        let (code, planned) = plan(url, &format!("plan {n}"));
        assert_eq!((code, planned["due"].as_u64()), (0, Some(due - 1)), "{url}: {planned}");
        let mut delete = innkeeper(data.path(), Some(&org));
        let refused = run(delete.env("GC_BASE_URL", url).args(["guests", "delete", &guest]));
        assert_eq!(refused.1["error"]["code"], json!("held_guest"), "{url}: {refused:?}");
    }
    assert_eq!(std::fs::read_dir(data.path().join("connections")).unwrap().count(), 1);
    // A plan of before, when the hold was not there, run under another spelling.
    let mut command = innkeeper(data.path(), Some(&org));
    command.env("GC_BASE_URL", format!("HTTP://LOCALHOST:{port}"));
    let (code, done) = run(command.args(["retention", "run"]).arg(data.path().join("first")));
    assert_eq!(
        (code, done["spared"].as_u64().unwrap() - before["spared"].as_u64().unwrap()),
        (0, 1),
        "{done}"
    );
    assert!(org.ledger("deleted").iter().all(|entry| entry["guestId"] != json!(guest)));
}

fn add(data: &Path, url: &str, secret: &str) -> (i32, Value) {
    let mut command = innkeeper(data, None);
    command.env("INNKEEPER_PASSPHRASE", "correct horse");
    command.args(["connection", "add", "live", "--kind", "production", "--read-only"]);
    command.args(["--base-url", url, "--client-id", "demo"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(secret.as_bytes()).unwrap();
    let (code, mut said) = lines(&child.wait_with_output().unwrap());
    (code, said.pop().unwrap())
}

#[test]
fn an_edited_connection_gets_no_secret_and_opens_nothing() {
    let (org, foreign) = (Org::start(&["--guests", "3"]), Org::start(&["--guests", "3"]));
    let top = tempfile::tempdir().unwrap();
    let data = top.path().join("data");
    for around in ["demo \n", " demo", "demo\n\n", "\tdemo"] {
        let refused = add(&data, &org.url, around);
        assert!(told(&refused, "clientSecret"), "{around:?}: {refused:?}");
    }
    assert!(!data.exists(), "a refused secret made the folder");
    assert_eq!(add(&data, &org.url, "demo\n").0, 0, "one newline at the end is the shell's");
    let ik = |words: &[&str]| {
        let mut command = innkeeper(&data, None);
        run(command.env("INNKEEPER_PASSPHRASE", "correct horse").args(["--connection", "live"]).args(words))
    };
    assert_eq!(ik(&["connection", "test"]).0, 0);
    let list = data.join("connections.json");
    let as_added = std::fs::read_to_string(&list).unwrap();
    let edits = [
        (org.url.as_str(), foreign.url.as_str(), "environment"),
        ("\"demo\"", "\"other\"", "client id"),
        ("\"production\"", "\"development\"", "kind"),
        ("true", "false", "read-only"),
    ];
    for (from, to, what) in edits {
        assert!(as_added.contains(from));
        std::fs::write(&list, as_added.replace(from, to)).unwrap();
        let before = org.ledger("request").len();
        for words in COMMANDS {
            let (code, told) = ik(words);
            assert_eq!(
                (code, &told["error"]["code"]),
                (77, &json!("connection_edited")),
                "{what} {words:?}: {told}"
            );
            assert!(told["error"]["message"].as_str().unwrap().contains(what), "{told}");
        }
        assert_eq!(org.ledger("request").len(), before, "{what}");
    }
    assert!(foreign.ledger("request").is_empty(), "the secret was led elsewhere");
    std::fs::write(&list, &as_added).unwrap();
    assert_eq!(ik(&["connection", "test"]).0, 0);
    // Added anew it is bound anew.
    assert_eq!(ik(&["connection", "remove", "live"]).0, 0);
    assert_eq!(add(&data, &foreign.url, "demo").0, 0);
    assert_eq!(ik(&["connection", "test"]).0, 0);
}
