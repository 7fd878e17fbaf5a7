//! A store is lost, cut or put back behind the program's back: the next command says so, and nobody is deleted until a person
//! accepts it by name. Kills and orderly ends never raise that alarm.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    folder,
    support::{Org, innkeeper, lines, run},
    witness::chat,
};

const WARNING: &str = "warning: Holds or messages may be missing.";

/// A data folder with a hold, messages that wait, a plan and a run that rests, and copies of it from earlier.
struct Template {
    org: Org,
    now: TempDir,
    /// Before the hold and the messages.
    early: TempDir,
    /// After the hold and before the messages.
    later: TempDir,
    guest: String,
    plan: PathBuf,
    run: String,
}

impl Template {
    fn new() -> Self {
        let org = Org::start(&["--guests", "60", "--rate", "off"]);
        let [now, early, later] = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let ik = |args: &[&str]| {
            let mut command = innkeeper(now.path(), Some(&org));
            command.args(args);
            command
        };
        let conversation = chat(ik(&[]));
        let file = |name: &str| now.path().join(name).to_str().unwrap().to_owned();
        let due = |plan: &str| {
            let (code, made) = run(&mut ik(&["retention", "plan", "--replace", "--out", plan]));
            assert!(code == 0 && made["due"].as_u64() > Some(3), "{made}");
        };
        due(&file("first.jsonl"));
        let (_, rests) = run(&mut ik(&["retention", "run", &file("first.jsonl"), "--max", "1"]));
        let name = rests["run"].as_str().unwrap().to_owned();
        assert_eq!(rests["state"], "paused", "{rests}");
        testkit::copy_folder(now.path(), early.path());
        due(&file("plan.jsonl"));
        let (_, listed) = lines(&ik(&["guests", "list", "--limit", "1"]).output().unwrap());
        let guest = listed[0]["id"].as_str().unwrap().to_owned();
        let hold = ["hold", "add", "--guest", &guest, "--reason", "a case", "--owner", "Ada"];
        assert_eq!(run(&mut ik(&hold)).0, 0);
        testkit::copy_folder(now.path(), later.path());
        for text in ["one", "two", "three"] {
            assert_eq!(run(&mut ik(&["chat", "say", &conversation, text])).0, 0);
        }
        let plan = now.path().join("plan.jsonl");
        Self { org, now, early, later, guest, plan, run: name }
    }

    /// A copy of it in which something was lost.
    fn damaged(&self, loss: &Loss) -> TempDir {
        let data = tempfile::tempdir().unwrap();
        testkit::copy_folder(self.now.path(), data.path());
        (loss.does)(self, data.path());
        data
    }

    fn ik(&self, data: &Path, args: &[&str]) -> Command {
        let mut command = innkeeper(data, Some(&self.org));
        command.args(args);
        command
    }

    /// Everything that deletes.
    fn deletes(&self) -> Vec<Vec<&str>> {
        vec![
            vec!["retention", "run", self.plan.to_str().unwrap()],
            vec!["retention", "allow"],
            vec!["retention", "resume", &self.run],
            vec!["guests", "delete", &self.guest],
        ]
    }
}

struct Loss {
    what: &'static str,
    does: fn(&Template, &Path),
}

/// The store of the connection, or that of its org.
fn store(data: &Path, of: &str) -> PathBuf {
    let only = fs::read_dir(data.join(of)).unwrap().next().unwrap().unwrap();
    only.path().join("store")
}

fn put_back(from: &Path, data: &Path, of: &str) {
    let now = store(data, of);
    fs::remove_dir_all(&now).unwrap();
    testkit::copy_folder(&store(from, of), &now);
}

fn cut(data: &Path, of: &str) {
    let store = store(data, of);
    for file in ["mark", "clean"] {
        fs::remove_file(store.join(file)).unwrap();
    }
    let journal = folder::journal(&store);
    let bytes = fs::read(&journal).unwrap();
    // Behind the last frame but one: a head of 109 bytes, and frames of 76 bytes, a body and 16 bytes.
    let (mut at, mut before) = (109, 109);
    while let Some(length) = bytes.get(at + 4..at + 8) {
        before = at;
        at += 76 + u32::from_le_bytes(length.try_into().unwrap()) as usize + 16;
    }
    fs::write(journal, &bytes[..before]).unwrap();
}

const LOSSES: &[Loss] = &[
    Loss {
        what: "the connection's store is gone",
        does: |_, data| fs::remove_dir_all(store(data, "connections")).unwrap(),
    },
    Loss {
        what: "the org's store is gone",
        does: |_, data| fs::remove_dir_all(store(data, "orgs")).unwrap(),
    },
    Loss {
        what: "the org's folder is gone, secrets too",
        does: |_, data| fs::remove_dir_all(data.join("orgs")).unwrap(),
    },
    Loss { what: "the connection's journal was cut", does: |_, data| cut(data, "connections") },
    Loss { what: "the org's journal was cut", does: |_, data| cut(data, "orgs") },
    Loss {
        what: "an early store of the connection",
        does: |t, data| put_back(t.early.path(), data, "connections"),
    },
    Loss {
        what: "a later store of the connection",
        does: |t, data| put_back(t.later.path(), data, "connections"),
    },
    Loss { what: "an early store of the org", does: |t, data| put_back(t.early.path(), data, "orgs") },
    Loss {
        what: "an early folder of the org, secrets too",
        does: |t, data| {
            fs::remove_dir_all(data.join("orgs")).unwrap();
            testkit::copy_folder(&t.early.path().join("orgs"), &data.join("orgs"));
        },
    },
    Loss {
        what: "both stores of an early day",
        does: |t, data| ["connections", "orgs"].iter().for_each(|of| put_back(t.early.path(), data, of)),
    },
];

/// Commands that open the folder, each of which has to say it first.
const OPENINGS: &[&[&str]] = &[
    &["outbox", "list"],
    &["hold", "list"],
    &["retention", "status"],
    &["guests", "list", "--limit", "1"],
    &["recover"],
    &["--quiet", "audit", "list"],
    &["outbox", "drain", "--max-wait", "0"],
    &["chat", "start", "--name", "Grace"],
];

fn is_told(output: &Output) -> bool {
    // What is on stdout stays JSON.
    let _ = lines(output);
    String::from_utf8_lossy(&output.stderr).lines().filter(|line| line.starts_with(WARNING)).count() == 1
}

#[test]
fn whatever_was_lost_or_put_back_is_told_by_the_next_command_whichever_it_is() {
    let template = Template::new();
    // Every command after the first loss, every loss before three commands.
    for (n, loss) in LOSSES.iter().enumerate() {
        let three = OPENINGS.iter().cycle().skip(n).take(if n == 0 { OPENINGS.len() } else { 3 });
        for opening in three {
            let data = template.damaged(loss);
            let output = template.ik(data.path(), opening).output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(is_told(&output), "{}: {opening:?}: {stderr}", loss.what);
        }
    }
}

#[test]
fn nobody_is_deleted_after_a_loss_until_a_person_accepts_it_by_name() {
    let template = Template::new();
    let deleted = || template.org.ledger("deleted").len();
    let before = deleted();
    for (n, loss) in LOSSES.iter().enumerate() {
        let what = loss.what;
        let data = template.damaged(loss);
        let ik = |args: &[&str]| template.ik(data.path(), args);
        let refused = |when: &str| {
            let all = template.deletes();
            let some = if when == "at once" { 4 } else { 2 };
            for args in all.into_iter().rev().take(some) {
                let output = ik(&args).output().unwrap();
                let (code, mut said) = lines(&output);
                let error = said.pop().unwrap()["error"].clone();
                assert_eq!(
                    (code, &error["code"]),
                    (1, &json!("loss_not_accepted")),
                    "{what}, {when}: {args:?}: {error}"
                );
                assert!(error["next"].as_str().unwrap().contains("innkeeper recover --accept"), "{error}");
            }
        };
        refused("at once");
        // Of every third the whole story is told.
        if n % 3 != 0 {
            continue;
        }
        let shown = run(&mut ik(&["recover"]));
        let loss = &shown.1["loss"];
        let name = shown.1["connection"].as_str().unwrap().to_owned();
        assert_eq!((shown.0, &shown.1["accepted"]), (0, &json!(false)), "{what}: {loss}");
        assert!(loss["files"].as_array().is_some_and(|files| !files.is_empty()), "{loss}");
        // Later writes change nothing, whatever they are.
        let conversation = chat(ik(&[]));
        assert_eq!(run(&mut ik(&["chat", "say", &conversation, "four"])).0, 0, "{what}: the chats go on");
        let reason = ["hold", "add", "--guest", &template.guest, "--reason", "again", "--owner", "Ada"];
        assert_eq!(run(&mut ik(&reason)).0, 0, "{what}");
        refused("after later writes");
        // Nor does another name, or half of it.
        for (wrong, told) in [("", "wrong_use"), (&name[..name.len() - 1], "invalid_input")] {
            let (code, answer) = run(&mut ik(&["recover", "--accept", wrong]));
            assert_eq!((code, &answer["error"]["code"]), (2, &json!(told)), "{what}: {answer}");
        }
        refused("after a wrong name");
        assert_eq!(deleted(), before, "{what}: nobody was deleted");

        let (code, answer) = run(&mut ik(&["recover", "--accept", &name]));
        assert_eq!((code, &answer["accepted"]), (0, &json!(true)), "{what}: {answer}");
        let audit = lines(&ik(&["audit", "list"]).output().unwrap()).1;
        assert!(audit.iter().any(|line| line["action"] == "lossAccepted"), "{what}: {audit:?}");
        let output = ik(&["recover"]).output().unwrap();
        assert!(!is_told(&output), "{what}: it is accepted");
        let (code, again) = run(&mut ik(&["recover", "--accept", &name]));
        assert_eq!((code, &again["accepted"]), (0, &json!(false)), "{what}: there is nothing more to accept");
        // The hold that was set again keeps its guest.
        let (code, held) = run(&mut ik(&["guests", "delete", &template.guest]));
        assert_eq!((code, &held["error"]["code"]), (1, &json!("held_guest")), "{what}: {held}");
    }
}

#[test]
fn what_is_missing_is_counted_and_named() {
    let template = Template::new();
    let missing = |does: fn(&Template, &Path)| {
        let data = template.damaged(&Loss { what: "", does });
        run(&mut template.ik(data.path(), &["recover"])).1["loss"].clone()
    };
    let both = missing(|_, data| {
        ["connections", "orgs"].iter().for_each(|of| fs::remove_dir_all(store(data, of)).unwrap());
    });
    assert_eq!((&both["holds"], &both["messages"]), (&json!(1), &json!(3)), "{both}");
    assert!(
        both["missing"].as_str().unwrap().contains("1 hold and 3 waiting messages are missing"),
        "{both}"
    );
    assert_eq!(both["holdIds"].as_array().unwrap().len(), 1, "{both}");
    let messages = missing(|t, data| put_back(t.later.path(), data, "connections"));
    assert_eq!((&messages["holds"], &messages["messages"]), (&json!(0), &json!(3)), "{messages}");
}

/// Stays until it is killed.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn whoever_asks_the_process_that_holds_the_folder_is_told_too_and_refused() {
    let template = Template::new();
    let data = template.damaged(&LOSSES[0]);
    let mut daemon = template.ik(data.path(), &["retention", "daemon"]);
    let mut daemon = Daemon(daemon.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(daemon.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    for listing in [&["hold", "list"][..], &["outbox", "list"], &["retention", "status"]] {
        let output = template.ik(data.path(), listing).output().unwrap();
        assert!(output.status.success() && is_told(&output), "{listing:?}: {output:?}");
    }
    let (code, said) = run(&mut template.ik(data.path(), &["retention", "resume", &template.run]));
    assert_eq!((code, &said["error"]["code"]), (1, &json!("loss_not_accepted")), "{said}");
}

#[test]
fn two_hundred_kills_and_orderly_ends_raise_no_alarm() {
    let data = tempfile::tempdir().unwrap();
    let mut dice = testkit::Dice(9);
    let mut below = |n: u64| dice.below(n);
    let conversation = chat(innkeeper(data.path(), None));
    let guest =
        lines(&innkeeper(data.path(), None).args(["guests", "list", "--limit", "1"]).output().unwrap());
    let guest = guest.1[0]["id"].as_str().unwrap().to_owned();
    let mut holds: Vec<String> = Vec::new();
    let mut killed = 0;
    for round in 0..200 {
        let args: Vec<String> = match below(6) {
            0 | 1 => ["chat", "say", &conversation, "words"].map(String::from).to_vec(),
            2 => {
                ["hold", "add", "--guest", &guest, "--reason", "r", "--owner", "o"].map(String::from).to_vec()
            }
            3 if !holds.is_empty() => vec!["hold".into(), "remove".into(), holds.pop().unwrap()],
            4 => ["outbox", "drain", "--max-wait", "1"].map(String::from).to_vec(),
            _ => ["hold", "list"].map(String::from).to_vec(),
        };
        let mut child = innkeeper(data.path(), None)
            .args(&args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        if below(3) > 0 {
            // Until it is over, or so many milliseconds: from before the folder is opened to its very end.
            let (wait, started) = (Duration::from_millis(below(400)), tokio::time::Instant::now());
            while child.try_wait().unwrap().is_none() && started.elapsed() < wait {
                std::thread::yield_now();
            }
            child.kill().unwrap();
            killed += 1;
        }
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains("warning:"), "round {round}, {args:?}: {stderr}");
        if args.get(1).is_some_and(|word| word == "add" || word == "list") {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let ids = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            holds.extend(ids.filter_map(|hold| Some(hold["id"].as_str()?.to_owned())));
            holds.dedup();
        }
    }
    assert!(killed > 100, "only {killed} were killed");
    let (code, last) = run(innkeeper(data.path(), None).arg("recover"));
    assert_eq!((code, &last["loss"]), (0, &Value::Null), "{last}");
}
