//! Holds, certificates, the audit log and the guards, as scripts use them.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Org, innkeeper, lines, run};

struct Desk {
    org: Org,
    data: TempDir,
}

impl Desk {
    fn with(guests: &str) -> Self {
        let org = Org::start(&["--guests", guests, "--rate", "off"]);
        Self { org, data: tempfile::tempdir().unwrap() }
    }

    fn ik(&self, args: &[&str]) -> Command {
        let mut command = innkeeper(self.data.path(), Some(&self.org));
        command.args(args);
        command
    }

    fn answer(&self, args: &[&str]) -> (i32, Value) {
        run(&mut self.ik(args))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.data.path().join(name)
    }

    /// A plan of this name, and how many guests are due.
    fn plan(&self, name: &str) -> (PathBuf, u64) {
        let path = self.path(name);
        let (code, plan) = run(self.ik(&["retention", "plan", "--out"]).arg(&path));
        assert_eq!(code, 0, "{plan}");
        (path, plan["due"].as_u64().unwrap())
    }

    /// The one file of this name in the connection's folder.
    fn file(&self, name: &str) -> PathBuf {
        let mut folders = fs::read_dir(self.path("connections")).unwrap();
        folders.next().unwrap().unwrap().path().join(name)
    }
}

fn verify(args: &[&str]) -> (i32, Value) {
    // No data folder: one that cannot be is not looked at.
    run(innkeeper(Path::new("/nowhere/at/all"), None).args(["retention", "verify"]).args(args))
}

fn as_str(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_certificate_is_verified_offline_and_one_changed_byte_is_refused() {
    let desk = Desk::with("60");
    let (plan, due) = desk.plan("plan.jsonl");
    let (code, done) = run(desk.ik(&["retention", "run"]).arg(&plan));
    assert_eq!((code, &done["verified"]), (0, &json!(true)), "{done}");
    let name = done["run"].as_str().unwrap();
    let file = desk.path("certificate.jsonl");
    let (code, issued) =
        desk.answer(&["retention", "certificate", name, "--replace", "--out", as_str(&file)]);
    assert_eq!((code, &issued["counts"]["deleted"]), (0, &json!(due)), "{issued}");
    let signer = issued["fingerprint"].as_str().unwrap().to_owned();
    drop(desk.org);

    let (code, intact) = verify(&[as_str(&file)]);
    assert_eq!((code, &intact["verdict"]), (0, &json!("intact, signer not checked")), "{intact}");
    assert_eq!((&intact["genuine"], &intact["signerChecked"]), (&json!(false), &json!(false)));
    assert_eq!((&intact["fingerprint"], &intact["againstPlan"]), (&json!(signer), &json!(false)));
    let plain = Command::new(env!("CARGO_BIN_EXE_innkeeper"))
        .args(["retention", "verify", as_str(&file)])
        .output()
        .unwrap();
    let plain = String::from_utf8(plain.stdout).unwrap();
    assert!(plain.contains("intact, signer not checked") && plain.contains(&signer), "{plain}");
    let (code, whole) =
        verify(&[as_str(&file), "--plan", as_str(&plan), "--signer", &signer.replace('-', "")]);
    assert_eq!((code, &whole["againstPlan"], &whole["run"]), (0, &json!(true), &json!(name)), "{whole}");
    assert_eq!((&whole["genuine"], &whole["verdict"]), (&json!(true), &json!("genuine")));
    let other = "1".repeat(64);
    assert_eq!(verify(&[as_str(&file), "--signer", &other]).0, 1);
    assert_eq!(verify(&[as_str(&file), "--signer", "nobody"]).0, 2);

    let bytes = fs::read(&file).unwrap();
    for place in (0..bytes.len()).step_by(bytes.len() / 12).chain([bytes.len() - 1]) {
        let mut touched = bytes.clone();
        touched[place] ^= 1;
        fs::write(&file, touched).unwrap();
        let (code, refused) = verify(&[as_str(&file), "--plan", as_str(&plan)]);
        assert_eq!((code, &refused["error"]["code"]), (1, &json!("not_genuine")), "byte {place}: {refused}");
    }
    fs::write(&file, &bytes).unwrap();
    let mut cut = fs::read_to_string(&plan).unwrap();
    cut.pop();
    fs::write(&plan, cut).unwrap();
    assert_eq!(verify(&[as_str(&file), "--plan", as_str(&plan)]).0, 65, "the plan is no whole plan");
    assert_eq!(verify(&[as_str(&plan)]).0, 65, "a plan is no certificate");
    assert_eq!(verify(&["/nowhere/certificate.jsonl"]).0, 65);
}

#[test]
fn a_plan_that_is_not_this_folders_is_a_bad_input_file_and_starts_nothing() {
    let desk = Desk::with("60");
    let (plan, due) = desk.plan("plan.jsonl");
    let text = fs::read_to_string(&plan).unwrap();
    let header: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!((&header["version"], &header["dialect"]), (&json!(2), &json!("guest-api")), "{header}");
    assert!(header["org"].as_str().unwrap().starts_with(&desk.org.url) && header["orgClock"].is_string());
    let other = tempfile::tempdir().unwrap();
    let elsewhere = other.path().join("elsewhere.jsonl");
    let mut making = innkeeper(other.path(), Some(&desk.org));
    assert_eq!(run(making.args(["retention", "plan", "--out"]).arg(&elsewhere)).0, 0);
    let edited = desk.path("edited.jsonl");
    fs::write(
        &edited,
        text.replacen("\"spareOpenConversations\":true", "\"spareOpenConversations\":false", 1),
    )
    .unwrap();
    let old = concat!(env!("CARGO_MANIFEST_DIR"), "/../proof/src/certificate/golden/plan.jsonl");
    for refused in [&elsewhere, &edited, &PathBuf::from(old)] {
        let (code, answer) = run(desk.ik(&["retention", "run"]).arg(refused));
        assert_eq!((code, &answer["error"]["code"]), (65, &json!("plan_changed")), "{answer}");
        assert_eq!(answer["done"], true);
    }
    assert!(desk.org.ledger("deleted").is_empty());
    assert_eq!(desk.answer(&["retention", "status"]).1["runs"], json!([]));
    let (code, done) = run(desk.ik(&["retention", "run"]).arg(&plan));
    assert_eq!((code, &done["deleted"]), (0, &json!(due)), "{done}");
}

#[test]
fn a_run_that_goes_on_has_no_certificate_and_one_that_was_resumed_gets_another() {
    let desk = Desk::with("60");
    let (plan, due) = desk.plan("plan.jsonl");
    let (_, capped) = run(desk.ik(&["retention", "run", "--max", "5"]).arg(&plan));
    let name = capped["run"].as_str().unwrap();
    let file = desk.path("certificate.jsonl");
    let issue = || desk.answer(&["retention", "certificate", name, "--replace", "--out", as_str(&file)]);
    let first = issue().1;
    assert_eq!(
        (&first["state"], &first["counts"]["remaining"]),
        (&json!("paused"), &json!(due - 5)),
        "{first}"
    );
    assert_eq!(issue().1["issued"], first["issued"], "kept, not made anew");
    assert_eq!(desk.answer(&["retention", "resume", name, "--max", "1000"]).0, 0);
    let second = issue().1;
    assert_eq!(
        (&second["state"], &second["counts"]["remaining"]),
        (&json!("finished"), &json!(0)),
        "{second}"
    );
    assert_eq!(second["fingerprint"], first["fingerprint"]);
    let (code, missing) = desk.answer(&["retention", "certificate", "0123456789abcdef", "--out", "x"]);
    assert_eq!((code, &missing["error"]["code"]), (1, &json!("not_found")));
}

#[test]
fn holds_keep_guests_from_plan_run_and_delete_and_are_listed_one_a_line() {
    let desk = Desk::with("60");
    let list = ["guests", "list", "--sort", "createdTime", "--limit", "2"];
    let (_, oldest) = lines(&desk.ik(&list).output().unwrap());
    let id = |n: usize| oldest[n]["id"].as_str().unwrap();
    let (_, due) = desk.plan("before.jsonl");
    let (code, hold) =
        desk.answer(&["hold", "add", "--guest", id(0), "--reason", "case 12", "--until", "2099-12-31"]);
    assert_eq!((code, &hold["guestId"], &hold["overdue"]), (0, &json!(id(0)), &json!(false)), "{hold}");
    let past = ["hold", "add", "--guest", id(0), "--reason", "case 13", "--until", "2020-01-31"];
    assert_eq!(desk.answer(&past).0, 2, "a day that is over is a slip");
    let (plan, left) = desk.plan("after.jsonl");
    assert_eq!(left, due - 1);
    let filter = format!("id = \"{}\"", id(1));
    assert_eq!(
        desk.answer(&["hold", "add", "--filter", &filter, "--reason", "audit", "--owner", "Ada"]).0,
        0
    );
    for wrong in
        [vec!["hold", "add", "--reason", "x"], vec!["hold", "add", "--guest", "nobody", "--reason", "x"]]
    {
        assert_eq!(desk.answer(&wrong).0, 2);
    }
    let (code, holds) = lines(&desk.ik(&["hold", "list"]).output().unwrap());
    assert_eq!((code, holds.len()), (0, 2), "bare records and no closing line: {holds:?}");
    assert_eq!((&holds[1]["filter"], &holds[1]["owner"]), (&json!(filter), &json!("Ada")));

    let (code, done) = run(desk.ik(&["retention", "run"]).arg(&plan));
    assert_eq!((code, &done["deleted"], &done["spared"]), (0, &json!(due - 2), &json!(2)), "{done}");
    let why = desk.answer(&["retention", "explain", id(0)]).1;
    assert_eq!(why["due"], false);
    assert!(why["why"][0].as_str().unwrap().contains("on hold: case 12"), "{why}");
    for guest in [id(0), id(1)] {
        let (code, refused) = desk.answer(&["guests", "delete", guest]);
        assert_eq!((code, &refused["error"]["code"]), (1, &json!("held_guest")), "{refused}");
    }
    assert_eq!(desk.org.ledger("deleted").len() as u64, due - 2);
    let hold = hold["id"].as_str().unwrap();
    assert_eq!(desk.answer(&["hold", "remove", hold]).0, 0);
    assert_eq!(desk.answer(&["hold", "remove", hold]).0, 1);
    assert_eq!(desk.answer(&["guests", "delete", id(0)]).0, 0);
}

#[test]
fn the_process_that_holds_the_folder_tells_its_holds_and_takes_another_pace() {
    let desk = Desk::with("400");
    assert_eq!(desk.answer(&["hold", "add", "--filter", "name = \"Nobody\"", "--reason", "a case"]).0, 0);
    let (plan, due) = desk.plan("plan.jsonl");
    let mut holder =
        desk.ik(&["retention", "run", "--pace", "30"]).arg(&plan).stdout(Stdio::piped()).spawn().unwrap();
    let mut progress = BufReader::new(holder.stdout.take().unwrap()).lines();
    let first: Value = serde_json::from_str(&progress.next().unwrap().unwrap()).unwrap();
    let name = first["run"].as_str().unwrap();

    let (code, holds) = lines(&desk.ik(&["hold", "list"]).output().unwrap());
    assert_eq!((code, holds.len(), &holds[0]["reason"]), (0, 1, &json!("a case")));
    assert_eq!(desk.answer(&["hold", "add", "--filter", "name = \"X\"", "--reason", "r"]).0, 75);
    assert_eq!(desk.answer(&["retention", "pace", name, "0"]).0, 2);
    let (code, faster) = desk.answer(&["retention", "pace", name, "none"]);
    assert_eq!((code, &faster["pace"]), (0, &Value::Null), "{faster}");
    // At 30 a minute it would take minutes yet.
    let last: Value = serde_json::from_str(&progress.last().unwrap().unwrap()).unwrap();
    assert_eq!((&last["done"], &last["deleted"]), (&json!(true), &json!(due)), "{last}");
    assert!(holder.wait().unwrap().success());
    assert_eq!(desk.answer(&["retention", "pace", name, "5"]).0, 1, "it does not go on any more");
}

#[test]
fn a_cut_audit_log_is_noticed_and_stops_nobody() {
    let desk = Desk::with("5");
    let hold = |reason: &str| desk.answer(&["hold", "add", "--filter", "name = \"x\"", "--reason", reason]).0;
    assert_eq!((hold("one"), hold("two"), hold("three")), (0, 0, 0));
    let (code, told) = lines(&desk.ik(&["audit", "list"]).output().unwrap());
    assert_eq!((code, told.len(), &told[0]["action"], &told[2]["n"]), (0, 3, &json!("holdAdded"), &json!(3)));
    let (code, whole) = desk.answer(&["audit", "verify"]);
    assert_eq!((code, &whole["ok"], &whole["lines"]), (0, &json!(true), &json!(3)), "{whole}");

    let log = desk.file("audit.jsonl");
    let text = fs::read_to_string(&log).unwrap();
    assert!(!text.contains("one") && !text.contains("name ="), "nothing that a person wrote stands there");
    let cut: Vec<&str> = text.lines().take(2).collect();
    fs::write(&log, cut.join("\n") + "\n").unwrap();
    let (code, broken) = desk.answer(&["audit", "verify"]);
    assert_eq!((code, &broken["error"]["code"]), (1, &json!("audit_broken")), "{broken}");
    assert_eq!(hold("four"), 0, "the work goes on");
    assert_eq!(lines(&desk.ik(&["hold", "list"]).output().unwrap()).1.len(), 4);
    let (code, next) = desk.answer(&["audit", "set-aside"]);
    assert_eq!((code, &next["lines"]), (0, &json!(1)), "{next}");
    assert_eq!(hold("five"), 0);
    assert_eq!(desk.answer(&["audit", "verify"]).1["lines"], 2);
    fs::remove_file(&log).unwrap();
    assert_eq!(desk.answer(&["audit", "verify"]).0, 1, "a log that is gone is noticed too");
    assert_eq!(desk.answer(&["audit", "set-aside"]).0, 0);
}

#[test]
fn on_a_production_connection_the_count_is_asked_for_and_answers() {
    let desk = Desk::with("400");
    let ik = |args: &[&str]| {
        let mut command = innkeeper(desk.data.path(), None);
        command.env("INNKEEPER_PASSPHRASE", "correct horse").args(args);
        command
    };
    let add = ["connection", "add", "Live", "--kind", "production", "--client-id", "demo", "--base-url"];
    let mut adding = ik(&add).arg(&desk.org.url).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    adding.stdin.take().unwrap().write_all(b"demo").unwrap();
    assert!(adding.wait().unwrap().success());
    let live = |args: &[&str]| run(ik(&["--connection", "Live"]).args(args));
    let plan = desk.path("plan.jsonl");
    let due = live(&["retention", "plan", "--out", as_str(&plan)]).1["due"].as_u64().unwrap();
    for wrong in [vec![], vec!["--confirm", "1"]] {
        let (code, asked) = live(&[vec!["retention", "run", as_str(&plan)], wrong].concat());
        assert_eq!((code, &asked["error"]["code"]), (2, &json!("confirmation_needed")), "{asked}");
        assert!(asked["error"]["next"].as_str().unwrap().contains(&format!("--confirm {due}")), "{asked}");
        assert_eq!(asked["done"], true);
    }
    let (code, asked) = live(&["retention", "schedule", "on"]);
    assert_eq!((code, &asked["error"]["code"]), (2, &json!("confirmation_needed")), "{asked}");
    assert_eq!(live(&["retention", "schedule", "show"]).1["armed"], false);
    assert!(desk.org.ledger("deleted").is_empty());
    let (code, done) = live(&["retention", "run", as_str(&plan), "--confirm", &due.to_string()]);
    assert_eq!((code, &done["deleted"]), (0, &json!(due)), "{done}");
}

#[test]
fn policies_are_set_side_by_side_and_what_is_stronger_waits_for_a_word() {
    let desk = Desk::with("300");
    let (code, first) = desk.answer(&["retention", "policy", "list"]);
    assert_eq!((code, &first["id"], &first["days"]), (0, &json!("default"), &json!(30)), "{first}");
    let (code, set) = desk.answer(&[
        "retention",
        "policy",
        "set",
        "--policy",
        "vip",
        "--name",
        "VIP",
        "--days",
        "60",
        "--filter",
        "attributes.tier = \"gold\"",
        "--quiet-hours",
        "sat,sun 08:00-20:00",
        "--quiet-zone",
        "Europe/Berlin",
        "--cap",
        "500",
        "--pace",
        "100",
        "--brake",
        "5",
        "--brake-floor",
        "20",
    ]);
    assert_eq!(
        (code, &set["days"], &set["cap"], &set["brake"]["floor"]),
        (0, &json!(60), &json!(500), &json!(20))
    );
    assert_eq!(set["quiet"]["windows"][0], json!({ "days": ["sat", "sun"], "from": "08:00", "to": "20:00" }));
    let (_, both) = lines(&desk.ik(&["retention", "policy", "list"]).output().unwrap());
    assert_eq!(both.iter().map(|p| p["id"].as_str().unwrap()).collect::<Vec<_>>(), ["default", "vip"]);

    let (code, on) =
        desk.answer(&["retention", "schedule", "on", "--cron", "15 3 * * *", "--zone", "Europe/Berlin"]);
    assert_eq!(
        (code, &on["armed"], &on["cron"], &on["waiting"]),
        (0, &json!(true), &json!("15 3 * * *"), &json!([]))
    );
    let dry = desk.answer(&["retention", "policy", "set", "--days", "20", "--dry-run"]).1;
    assert_eq!(
        dry["changes"],
        json!([{ "field": "days", "before": "30", "after": "20", "stronger": true }]),
        "{dry}"
    );
    let stronger = desk.answer(&["retention", "policy", "set", "--days", "20"]).1;
    assert_eq!(stronger["waiting"][0]["field"], "days", "{stronger}");
    let (code, confirmed) = desk.answer(&["retention", "policy", "confirm"]);
    assert_eq!((code, &confirmed["waiting"]), (0, &json!([])), "{confirmed}");
    assert!(confirmed["confirmed"]["due"].as_u64().unwrap() > 100, "{confirmed}");
    assert_eq!(desk.answer(&["retention", "schedule", "off"]).1["armed"], false);
    assert_eq!(desk.answer(&["retention", "policy", "remove", "--policy", "vip"]).1["removed"], true);
    assert_eq!(desk.answer(&["retention", "policy", "remove"]).1["days"], 30);
    assert_eq!(desk.answer(&["retention", "policy", "set", "--policy", "Not An Id", "--days", "9"]).0, 2);
    let (code, seen) = desk.answer(&["retention", "forecast", "--then-days", "60"]);
    assert_eq!((code, seen["ahead"].as_array().unwrap().len()), (0, 90));
    assert!(seen["atOnce"].as_i64().unwrap() < 0, "{seen}");
}

#[test]
fn two_processes_that_want_the_same_run_delete_each_guest_once() {
    let desk = Desk::with("200");
    let (plan, due) = desk.plan("plan.jsonl");
    let start = || desk.ik(&["retention", "run"]).arg(&plan).stdout(Stdio::piped()).spawn().unwrap();
    let mut codes: Vec<i32> = [start(), start(), start()]
        .into_iter()
        .map(|child| child.wait_with_output().unwrap().status.code().unwrap())
        .collect();
    codes.sort_unstable();
    assert_eq!(codes[0], 0, "{codes:?}");
    // Too late for the folder, or for the plan.
    assert!(codes[1..].iter().all(|code| [1, 75].contains(code)), "{codes:?}");
    assert_eq!(desk.org.ledger("deleted").len() as u64, due);
}
