//! The main job on the command line, as a script would do it, and what happens when something is wrong.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

use crate::support::{Org, innkeeper, innkeeper_from_nothing, lines, run};
use serde_json::{Value, json};

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("{key} in {value}")).to_owned()
}

/// Runs with something on stdin.
fn run_with(command: &mut Command, stdin: &str) -> (i32, Value) {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let (code, mut lines) = lines(&child.wait_with_output().unwrap());
    (code, lines.pop().unwrap_or_default())
}

#[test]
fn the_main_job_from_connect_to_purge() {
    let org = Org::start(&["--guests", "200", "--rate", "off", "--now", "2026-11-22T12:00:00Z"]);
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper(data.path(), Some(&org));

    let (code, test) = run(ik().args(["connection", "test"]));
    assert_eq!((code, &test["ok"]), (0, &json!(true)), "{test}");
    assert_eq!(test["scopes"].as_array().unwrap().len(), 4);

    let (code, guests) =
        lines(&ik().args(["guests", "list", "--limit", "5", "--sort", "name:desc"]).output().unwrap());
    assert_eq!((code, guests.len()), (0, 5));
    assert!(guests.windows(2).all(|w| text(&w[0], "name") >= text(&w[1], "name")));
    assert!(guests.iter().all(|g| g.get("sessionToken").is_none()));

    let id = text(&guests[0], "id");
    let (code, edit) = run(ik().args(["guests", "set", &id, "tier=vip", "n=7", "--unset", "source"]));
    assert_eq!(code, 0, "{edit}");
    assert_eq!(edit["after"], json!({ "n": 7, "tier": "vip" }));
    assert_eq!(edit["before"]["source"], "web-messaging");
    let before = run(ik().args(["guests", "show", &id])).1;
    let (code, after) = run(ik().args(["guests", "interaction", &id, "--type", "call", "--by", "2"]));
    let total = |g: &Value| g["attributes"]["totalInteractions"].as_i64().unwrap_or(0);
    assert_eq!((code, total(&after)), (0, total(&before) + 2), "{after}");
    assert_eq!(after["attributes"]["lastInteractionType"], "call");
    assert_eq!(after["attributes"]["tier"], "vip");

    let (code, chat) =
        run(ik().args(["chat", "start", "--name", "Ada", "--attr", "vip=true", "--print-token"]));
    assert_eq!(code, 0, "{chat}");
    let (guest, conversation, token) =
        (text(&chat, "guestId"), text(&chat, "conversationId"), text(&chat, "sessionToken"));
    for words in ["one", "two", "three"] {
        assert_eq!(run(ik().args(["chat", "say", &conversation, words])).1["accepted"], true);
    }
    assert!(org.ledger("message").is_empty(), "saying never sends");
    let (code, drained) = run(ik().args(["outbox", "drain"]));
    assert_eq!((code, &drained["delivered"], &drained["done"]), (0, &json!(3), &json!(true)), "{drained}");
    let arrived: Vec<String> = org.ledger("message").iter().map(|m| text(m, "text")).collect();
    assert_eq!(arrived, ["one", "two", "three"]);
    let played = run(ik().args(["guests", "show", &guest])).1;
    assert!(played["attributes"].get("totalInteractions").is_none(), "a delivery counts no interaction");

    let check = |stdin: &str| run_with(ik().args(["session", "check", "--guest", &guest]), stdin);
    assert_eq!(check(&format!("{token}\n")).1["outcome"], "valid");
    assert_eq!(check("").1["outcome"], "missing");
    assert_eq!(check("another").1["outcome"], "invalid");
    org.control(&format!("/conversations/{conversation}/close"), "");
    let (code, gone) = check(&token);
    assert_eq!((code, &gone["outcome"]), (1, &json!("gone")));

    let plan = data.path().join("plan.jsonl");
    let (code, planned) = run(ik().args(["retention", "plan", "--days", "60", "--out"]).arg(&plan));
    let due = planned["due"].as_u64().unwrap();
    assert!(code == 0 && due > 20, "{planned}");
    let (code, capped) = run(ik().args(["retention", "run"]).arg(&plan).args(["--max", "10"]));
    assert_eq!((code, &capped["deleted"]), (0, &json!(10)), "{capped}");
    let name = text(&capped, "run");
    let (code, used) = run(ik().args(["retention", "run"]).arg(&plan));
    assert_eq!((code, &used["error"]["code"]), (1, &json!("plan_used")));
    let (code, status) = run(ik().args(["retention", "status", &name]));
    assert_eq!((code, &status["runs"][0]["state"]), (0, &json!("paused")), "{status}");
    let (code, done) = run(ik().args(["retention", "resume", &name, "--max", "1000"]));
    assert_eq!((code, &done["deleted"], &done["verified"]), (0, &json!(due), &json!(true)), "{done}");
    assert_eq!(org.ledger("deleted").len() as u64, due);
}

#[test]
fn a_run_that_is_killed_shows_as_interrupted_and_goes_on() {
    let org = Org::start(&["--guests", "400", "--rate", "off"]);
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper(data.path(), Some(&org));
    let plan = data.path().join("plan.jsonl");
    let (_, planned) = run(ik().args(["retention", "plan", "--out"]).arg(&plan));
    let due = planned["due"].as_u64().unwrap();

    let mut child = ik().args(["retention", "run"]).arg(&plan).stdout(Stdio::null()).spawn().unwrap();
    while org.ledger("deleted").len() < 30 && child.try_wait().unwrap().is_none() {}
    child.kill().unwrap();
    child.wait().unwrap();
    let (_, status) = run(ik().args(["retention", "status"]));
    assert_eq!(status["runs"][0]["state"], "interrupted", "{status}");
    let (code, done) = run(ik().args(["retention", "resume", status["runs"][0]["run"].as_str().unwrap()]));
    assert_eq!(code, 0, "{done}");
    assert_eq!(done["deleted"].as_u64().unwrap() + done["alreadyGone"].as_u64().unwrap(), due);
    assert_eq!(
        (&done["failed"], &done["remaining"], &done["verified"]),
        (&json!(0), &json!(0), &json!(true))
    );
    assert_eq!(org.ledger("deleted").len() as u64, due, "nobody is deleted twice and nobody is forgotten");
}

#[test]
fn a_second_process_is_told_who_holds_the_folder_and_can_ask_it() {
    let org = Org::start(&["--guests", "400", "--rate", "off"]);
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper(data.path(), Some(&org));
    let plan = data.path().join("plan.jsonl");
    run(ik().args(["retention", "plan", "--out"]).arg(&plan));
    let mut holder = ik()
        .args(["retention", "run"])
        .arg(&plan)
        .args(["--pace", "60"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut progress = BufReader::new(holder.stdout.take().unwrap()).lines();
    let first: Value = serde_json::from_str(&progress.next().unwrap().unwrap()).unwrap();
    let name = text(&first, "run");

    let (code, locked) = run(ik().args(["guests", "list"]));
    assert_eq!((code, &locked["error"]["code"]), (75, &json!("folder_locked")));
    assert!(text(&locked["error"], "message").contains("retention run"), "{locked}");
    let (code, status) = run(ik().args(["retention", "status"]));
    assert_eq!((code, &status["runs"][0]["state"]), (0, &json!("running")), "{status}");
    assert_eq!(run(ik().args(["outbox", "list"])).0, 0);
    let (code, paused) = run(ik().args(["retention", "pause", &name]));
    assert_eq!((code, &paused["state"]), (0, &json!("paused")), "{paused}");

    let last: Value = serde_json::from_str(&progress.last().unwrap().unwrap()).unwrap();
    assert_eq!(last["done"], true, "{last}");
    assert!(holder.wait().unwrap().success(), "a paused run prints its last line and frees the folder");
    assert_eq!(run(ik().args(["guests", "list", "--limit", "1"])).0, 0);
}

#[test]
fn messages_are_accepted_while_the_org_is_away_and_bad_lines_stop_with_their_number() {
    let data = tempfile::tempdir().unwrap();
    let org = Org::start(&["--guests", "0", "--rate", "off"]);
    let ik = || innkeeper(data.path(), Some(&org));
    let conversation = text(&run(ik().args(["chat", "start"])).1, "conversationId");

    let file = data.path().join("messages.jsonl");
    let line = |t: &str| json!({ "conversationId": conversation, "text": t }).to_string();
    std::fs::write(&file, format!("{}\n{}\n{}\n", line("good"), line(&"x".repeat(4_097)), line("after")))
        .unwrap();
    let (code, said) = lines(&ik().args(["chat", "say", "--from"]).arg(&file).output().unwrap());
    assert_eq!((code, said.len()), (65, 2), "{said:?}");
    assert!(text(&said[1]["error"], "message").contains("line 2"), "{said:?}");

    let (code, unknown) = run(ik().args(["chat", "say", "not-ours", "x"]));
    assert_eq!((code, &unknown["error"]["code"]), (1, &json!("unknown_conversation")));
    assert_eq!(run(ik().args(["chat", "say", &conversation, ""])).0, 2);

    org.control(
        "/weather",
        &json!({ "rules": [{ "when": {}, "share": 1.0, "do": "reset-before" }] }).to_string(),
    );
    assert_eq!(run(ik().args(["chat", "say", &conversation, "while away"])).0, 0);
    let (code, away) = run(ik().args(["outbox", "drain", "--max-wait", "1"]));
    assert!(code == 69 || code == 75, "{away}");
    assert_eq!(away["done"], true);
    org.control("/weather", "{}");
    let (code, back) = run(ik().args(["outbox", "drain"]));
    assert_eq!((code, &back["delivered"]), (0, &json!(2)), "{back}");
    assert_eq!(org.ledger("message").len(), 2);
}

#[test]
fn without_a_place_for_secrets_nothing_durable_is_accepted() {
    let org = Org::start(&["--guests", "1"]);
    let data = tempfile::tempdir().unwrap();
    let (code, answer) =
        run(innkeeper(data.path(), Some(&org)).env_remove("INNKEEPER_PASSPHRASE").args(["guests", "list"]));
    assert_eq!((code, &answer["error"]["code"]), (1, &json!("no_secret_store")));
    assert!(text(&answer["error"], "next").contains("INNKEEPER_PASSPHRASE"));
}

#[test]
fn a_connection_is_added_with_its_secret_and_keeps_its_word() {
    let org = Org::start(&["--guests", "3"]);
    let data = tempfile::tempdir().unwrap();
    let ik = || {
        let mut command = innkeeper(data.path(), None);
        command.env("INNKEEPER_PASSPHRASE", "correct horse");
        command
    };
    let add = |name: &str, extra: &[&str], secret: &str| {
        run_with(
            ik().args([
                "connection",
                "add",
                name,
                "--kind",
                "test",
                "--base-url",
                &org.url,
                "--client-id",
                "demo",
            ])
            .args(extra),
            secret,
        )
    };
    assert_eq!(add("Rehearsal", &["--read-only"], "demo\n").0, 0);
    assert_eq!(add("rehearsal", &[], "demo").0, 2, "a name that would share a folder");
    assert_eq!(add("Wrong", &[], "not-the-secret").0, 0);
    let count = || run(ik().args(["connection", "list"])).1["connections"].as_array().unwrap().len();
    assert_eq!(count(), 3);

    let (code, guests) = lines(&ik().args(["--connection", "Rehearsal", "guests", "list"]).output().unwrap());
    assert_eq!((code, guests.len()), (0, 3));
    let (code, refused) =
        run(ik().args(["--connection", "Rehearsal", "guests", "set", &text(&guests[0], "id"), "a=b"]));
    assert_eq!((code, &refused["error"]["code"]), (1, &json!("read_only")));
    let (code, rejected) = run(ik().args(["--connection", "Wrong", "connection", "test"]));
    assert_eq!((code, &rejected["error"]["code"]), (77, &json!("credentials_rejected")), "{rejected}");
    assert_eq!(run(ik().args(["--connection", "Nobody", "guests", "list"])).0, 2);
    assert_eq!(run(ik().args(["connection", "remove", "Wrong"])).0, 0);
    assert_eq!(count(), 2);
}

#[test]
fn nothing_secret_and_no_message_lies_in_clear_on_the_disk() {
    let org = Org::start(&["--guests", "0", "--rate", "off", "--client-secret", "canary-client-secret"]);
    let data = tempfile::tempdir().unwrap();
    let ik = || {
        let mut command = innkeeper_from_nothing(data.path(), Some(&org));
        command
            .env("GC_CLIENT_SECRET", "canary-client-secret")
            .env("INNKEEPER_PASSPHRASE", "canary-passphrase");
        command
    };
    let chat = run(ik().args(["chat", "start", "--print-token"])).1;
    let token = text(&chat, "sessionToken");
    assert_eq!(run(ik().args(["chat", "say", &text(&chat, "conversationId"), "canary-message"])).0, 0);
    let canaries = ["canary-client-secret", "canary-passphrase", "canary-message", &token];
    let mut files = 0;
    search(data.path(), &canaries, &mut files);
    assert!(files > 3, "there is something to search");
}

fn search(dir: &Path, canaries: &[&str], files: &mut u32) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path, canaries, files);
        } else if path.is_file() {
            *files += 1;
            let bytes = std::fs::read(&path).unwrap();
            for canary in canaries {
                let found = bytes.windows(canary.len()).any(|w| w == canary.as_bytes());
                assert!(!found, "{canary} in {}", path.display());
            }
        }
    }
}

#[test]
fn on_the_embedded_org_one_command_sees_what_the_one_before_did() {
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper(data.path(), None);
    let chat = run(ik().args(["chat", "start", "--name", "Kept"])).1;
    let (code, guest) = run(ik().args(["guests", "show", &text(&chat, "guestId")]));
    assert_eq!((code, &guest["name"]), (0, &json!("Kept")));
    let (_, all) = lines(&ik().args(["guests", "list"]).output().unwrap());
    assert_eq!(all.len(), 1_001);
    let (code, gone) = run(ik().args(["guests", "delete", &text(&chat, "guestId")]));
    assert_eq!((code, &gone["name"]), (0, &json!("Kept")));
    let (code, missing) = run(ik().args(["guests", "show", &text(&chat, "guestId")]));
    assert_eq!((code, &missing["error"]["code"]), (1, &json!("not_found")));
    assert!(missing["error"]["correlationId"].is_string(), "{missing}");
}

#[test]
fn a_missing_scope_is_named_and_a_run_it_stops_can_be_resumed() {
    let org = Org::start(&["--guests", "50", "--rate", "off", "--scopes", "guest:read conversation:read"]);
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper(data.path(), Some(&org));
    let id = text(&run(ik().args(["guests", "list", "--limit", "1"])).1, "id");
    let (code, refused) = run(ik().args(["guests", "set", &id, "a=b"]));
    assert_eq!((code, &refused["error"]["code"]), (77, &json!("forbidden")));
    assert!(refused["error"].to_string().contains("guest:write"), "{refused}");

    let plan = data.path().join("plan.jsonl");
    assert_eq!(run(ik().args(["retention", "plan", "--out"]).arg(&plan)).0, 0);
    let (code, stopped) = run(ik().args(["retention", "run"]).arg(&plan));
    assert_eq!((code, &stopped["deleted"], &stopped["done"]), (77, &json!(0), &json!(true)), "{stopped}");
    assert_eq!(stopped["error"]["code"], "forbidden");
    assert!(text(&stopped["error"], "next").contains("retention resume"));
    let (_, status) = run(ik().args(["retention", "status"]));
    assert_eq!(status["runs"][0]["state"], "failed", "{status}");
}

#[test]
fn a_drain_that_runs_out_of_time_says_what_it_did_and_leaves_the_rest_waiting() {
    let org = Org::start(&["--guests", "0", "--rate", "20"]);
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper(data.path(), Some(&org));
    let conversation = text(&run(ik().args(["chat", "start"])).1, "conversationId");
    let file = data.path().join("messages.jsonl");
    let line = |n: u32| json!({ "conversationId": conversation, "text": format!("message {n}") }).to_string();
    std::fs::write(&file, (0..30).map(line).collect::<Vec<_>>().join("\n")).unwrap();
    assert_eq!(lines(&ik().args(["chat", "say", "--from"]).arg(&file).output().unwrap()).1.len(), 30);
    let (code, drained) = run(ik().args(["outbox", "drain", "--max-wait", "3"]));
    let arrived = org.ledger("message").len();
    assert!(arrived > 0 && arrived < 30, "{arrived}");
    assert_eq!((code, &drained["delivered"]), (75, &json!(arrived)), "{drained}");
    assert_eq!(
        drained["waiting"].as_u64().unwrap() + drained["uncertain"].as_u64().unwrap(),
        30 - arrived as u64
    );
    assert_eq!(drained["error"]["code"], "rate_limited");
}

#[test]
fn a_full_stdout_is_a_failure_and_the_work_is_done_all_the_same() {
    let org = Org::start(&["--guests", "0", "--rate", "off"]);
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper(data.path(), Some(&org));
    let conversation = text(&run(ik().args(["chat", "start"])).1, "conversationId");
    let file = data.path().join("messages.jsonl");
    let line = |n: u32| json!({ "conversationId": conversation, "text": format!("message {n}") }).to_string();
    std::fs::write(&file, (0..5).map(line).collect::<Vec<_>>().join("\n")).unwrap();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let status = ik().args(["chat", "say", "--from"]).arg(&file).stdout(full).status().unwrap();
    assert_eq!(status.code(), Some(1));
    assert_eq!(lines(&ik().args(["outbox", "list"]).output().unwrap()).1.len(), 5);
}

#[test]
#[cfg(unix)]
fn an_interrupted_run_says_where_it_stands_and_its_journal_agrees() {
    let org = Org::start(&["--guests", "400", "--rate", "off"]);
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper(data.path(), Some(&org));
    let plan = data.path().join("plan.jsonl");
    run(ik().args(["retention", "plan", "--out"]).arg(&plan));
    let mut child = ik()
        .args(["retention", "run"])
        .arg(&plan)
        .args(["--pace", "600"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while org.ledger("deleted").len() < 5 {}
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let told = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap).last().unwrap();
    let last: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{last}");
    assert_eq!((&last["done"], &last["error"]["code"]), (&json!(true), &json!("interrupted")), "{last}");
    assert_eq!(last["deleted"].as_u64().unwrap(), org.ledger("deleted").len() as u64);
    let status = run(ik().args(["retention", "status"])).1;
    assert_eq!(
        (&status["runs"][0]["state"], &status["runs"][0]["deleted"]),
        (&json!("paused"), &last["deleted"])
    );

    let name = text(&last, "run");
    for _ in 0..5 {
        let (code, done) = run(ik().args(["retention", "resume", &name]).args(["--pace", "1000000"]));
        assert_eq!(
            (code, &done["verified"]),
            (0, &json!(true)),
            "a run that is over repeats its report: {done}"
        );
    }
}

#[test]
fn a_last_line_that_is_owed_comes_whatever_goes_wrong() {
    let org = Org::start(&["--guests", "5"]);
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper(data.path(), Some(&org));
    let plan = data.path().join("nobody.jsonl");
    for (command, code) in [
        (vec!["retention", "run", plan.to_str().unwrap()], 65),
        (vec!["retention", "resume", "0123456789abcdef"], 1),
    ] {
        let (exit, last) = run(ik().args(&command));
        assert_eq!((exit, &last["done"]), (code, &json!(true)), "{last}");
        assert!(last["error"]["code"].is_string(), "{last}");
    }
    let (exit, last) = run(ik().env("GC_CLIENT_SECRET", "wrong").args(["outbox", "drain"]));
    assert_eq!((exit, &last["delivered"]), (0, &json!(0)), "nothing waits, so nothing is asked: {last}");
    let (exit, wrong) = run(ik().args(["guests", "show"]));
    assert_eq!(exit, 2);
    assert!(text(&wrong["error"], "message").contains("ID"), "what is missing is named: {wrong}");
}

#[test]
fn a_passphrase_that_comes_or_goes_moves_no_secrets() {
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper(data.path(), None);
    assert_eq!(run(ik().args(["chat", "start"])).0, 0);
    let (code, listed) =
        run(ik().env("INNKEEPER_PASSPHRASE", "came later").args(["retention", "policy", "list"]));
    assert_eq!(code, 0, "{listed}");
}
