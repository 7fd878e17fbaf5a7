//! What guests, orgs and arguments say never acts on a terminal: every command, as words, as JSON and as a log.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::Path,
    process::{Command, Output, Stdio},
};

use model::terminal::acts;
use serde_json::{Value, json};

use crate::support::{Org, innkeeper, lines};

/// One of each kind: C0, delete, C1, what ends a line, and what turns the direction.
pub const HOSTILE: &str = "a\u{1b}[2J\u{7}\u{8}\r\nb\u{7f}\u{80}\u{85}\u{9b}31m\u{9d}0;owned\u{9c}\u{61c}\u{200e}\u{200f}\
                       \u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}z";

fn judge(words: &[String], output: &Output) {
    for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        let text =
            String::from_utf8(bytes.clone()).unwrap_or_else(|_| panic!("{words:?}: {name} is no UTF-8"));
        let raw: BTreeSet<char> = text.chars().filter(|&c| acts(c) && c != '\n' && c != '\t').collect();
        assert!(raw.is_empty(), "{words:?}: {name} has {raw:?} raw:\n{text:?}");
        assert!(!text.contains("panicked"), "{words:?}: {text}");
    }
}

/// The same command without `--json`.
fn in_words(json: &Command) -> Command {
    let mut words = Command::new(json.get_program());
    words.args(json.get_args().filter(|arg| *arg != "--json"));
    for (name, value) in json.get_envs() {
        match value {
            Some(value) => words.env(name, value),
            None => words.env_remove(name),
        };
    }
    if let Some(folder) = json.get_current_dir() {
        words.current_dir(folder);
    }
    words
}

/// Carries a command out as words and as JSON, with all that can be logged; answers what it said in JSON.
fn carry_out(command: impl Fn() -> Command, words: &[&str], stdin: &str) -> Vec<Value> {
    let words: Vec<String> = words.iter().map(|word| word.replace("TEXT", HOSTILE)).collect();
    let [_, json] = [in_words(&command()), command()].map(|mut command| {
        command.arg("-vv").args(&words).env("INNKEEPER_LOG", "trace");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Whoever reads no input may be gone already.
        drop(child.stdin.take().unwrap().write_all(stdin.as_bytes()));
        let output = child.wait_with_output().unwrap();
        judge(&words, &output);
        output
    });
    lines(&json).1
}

/// A command line for each command; TEXT stands for what is hostile, the rest for what is there.
pub const COMMANDS: &[&[&str]] = &[
    &["connection", "test"],
    &["connection", "list"],
    &["connection", "add", "TEXT", "--kind", "test", "--base-url", "TEXT", "--client-id", "TEXT"],
    &["connection", "add", "Lab", "--kind", "test", "--environment", "TEXT", "--client-id", "TEXT"],
    &["connection", "edit", "TEXT", "--read-only"],
    &["connection", "edit", "Lab", "--name", "TEXT"],
    &["connection", "edit", "Lab", "--base-url", "TEXT"],
    &["connection", "edit", "Lab", "--dialect", "TEXT"],
    &["connection", "edit", "Lab", "--environment", "TEXT", "--client-id", "TEXT"],
    &["connection", "remove", "TEXT"],
    &["guests", "list", "--filter", "name contains \"owned\""],
    &["guests", "list", "--filter", "TEXT"],
    &["guests", "list", "--sort", "TEXT"],
    &["guests", "show", "GUEST"],
    &["guests", "show", "TEXT"],
    &["guests", "find", "CONVERSATION"],
    &["guests", "find", "TEXT"],
    &["guests", "set", "GUEST", "key=TEXT", "kTEXT=TEXT"],
    &["guests", "set", "GUEST", "key=other", "--dry-run"],
    &["guests", "interaction", "GUEST", "--type", "TEXT"],
    &["conversation", "list", "--guest", "TEXT"],
    &["conversation", "list", "--attr", "TEXT"],
    &["conversation", "show", "TEXT"],
    &["conversation", "set", "TEXT", "TEXT=TEXT"],
    &["session", "check", "--deployment", "TEXT", "--origin", "TEXT"],
    &["session", "check", "--guest", "GUEST"],
    &["session", "check", "--guest", "TEXT"],
    &["chat", "start", "--name", "TEXT", "--email", "TEXT", "--attr", "kTEXT=TEXT"],
    &["chat", "start", "--attr", "key=TEXT"],
    &["chat", "start", "--deployment", "TEXT", "--origin", "TEXT", "--name", "TEXT"],
    &["chat", "end", "TEXT"],
    &["chat", "say", "CONVERSATION", "TEXT"],
    &["chat", "say", "TEXT", "TEXT"],
    &["chat", "say", "--from", "TEXT"],
    &["outbox", "list"],
    &["outbox", "list", "--conversation", "TEXT"],
    &["outbox", "list", "--state", "TEXT"],
    &["outbox", "export", "TEXT/export.jsonl"],
    &["outbox", "export", "export.jsonl", "--replace"],
    &["outbox", "drain"],
    &["outbox", "drain", "--max-wait", "TEXT"],
    &["outbox", "retry", "TEXT"],
    &["outbox", "discard", "TEXT"],
    &["outbox", "mark-delivered", "TEXT"],
    &["outbox", "send-again", "TEXT"],
    &["outbox", "limit", "--messages", "TEXT", "--seconds", "1"],
    &["hold", "add", "--guest", "GUEST", "--reason", "TEXT", "--owner", "TEXT"],
    &["hold", "add", "--filter", "name contains \"owned\"", "--reason", "TEXT", "--until", "TEXT"],
    &["hold", "add", "--filter", "TEXT", "--reason", "TEXT"],
    &["hold", "list"],
    &["hold", "remove", "TEXT"],
    &["guests", "delete", "GUEST"],
    &["retention", "policy", "set", "--name", "TEXT", "--filter", "name contains \"TEXT\""],
    &["retention", "policy", "set", "--policy", "TEXT", "--quiet-hours", "TEXT"],
    &["retention", "policy", "set", "--quiet-hours", "08:00-09:00", "--quiet-zone", "TEXT"],
    &["retention", "policy", "list"],
    &["retention", "policy", "confirm", "--policy", "TEXT"],
    &["retention", "policy", "confirm"],
    &["retention", "policy", "remove"],
    &["retention", "schedule", "show"],
    &["retention", "schedule", "on", "--cron", "TEXT", "--zone", "TEXT"],
    &["retention", "schedule", "off"],
    &["retention", "allow", "--policy", "TEXT"],
    &["retention", "forecast"],
    &["retention", "plan", "--days", "80", "--replace", "--out", "plan.jsonl"],
    &["retention", "plan", "--days", "80", "--out", "no/TEXT"],
    &["retention", "explain", "GUEST"],
    &["retention", "explain", "TEXT"],
    &["retention", "run", "plan.jsonl"],
    &["retention", "run", "TEXT"],
    &["retention", "resume", "TEXT"],
    &["retention", "pause", "TEXT"],
    &["retention", "pace", "TEXT", "TEXT"],
    &["retention", "cancel", "TEXT"],
    &["retention", "status"],
    &["retention", "status", "TEXT"],
    &["retention", "certificate", "TEXT", "--out", "TEXT"],
    &["retention", "verify", "TEXT", "--signer", "TEXT"],
    &["audit", "list"],
    &["audit", "verify"],
    &["audit", "set-aside"],
    &["recover"],
    &["recover", "--accept", "TEXT"],
    &["key", "rotate"],
    &["--connection", "TEXT", "guests", "list"],
    &["--data", "TEXT", "TEXT"],
    &["scenario", "check", "TEXT"],
    &["lab", "chat", "--deployment", "TEXT"],
    &["lab", "doctor", "--deployment", "TEXT"],
    &["lab", "clean", "TEXT"],
    &["scenario", "schema"],
    &["scenario", "run", "TEXT"],
    &["scenario", "run", "scenarios.yaml", "--tag", "TEXT"],
    &["scenario", "load", "TEXT", "--guests", "1"],
    &["simulator", "--listen", "TEXT"],
    &["simulator", "--listen", "127.0.0.1:0", "--weather", "TEXT"],
    &["gateway", "--listen", "TEXT"],
    &["gateway", "--listen", "127.0.0.1:0", "--allow-origin", "TEXT"],
    &["retention", "daemon", "TEXT"],
    &["completions", "TEXT"],
    &["TEXT"],
];

/// The names of all commands, as `--help` tells them.
fn commands(data: &Path, above: &[String]) -> Vec<String> {
    let help = innkeeper(data, None).args(above).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names: Vec<&str> = listed
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next().filter(|name| !name.is_empty()))
        .filter(|name| *name != "help")
        .collect();
    if names.is_empty() {
        return vec![above.join(" ")];
    }
    let below = |name: &&str| commands(data, &[above, &[(*name).to_owned()]].concat());
    names.iter().flat_map(below).collect()
}

#[test]
fn every_command_stands_in_the_table() {
    let dir = tempfile::tempdir().unwrap();
    let all = commands(dir.path(), &[]);
    assert!(all.len() > 40, "{all:?}");
    let missing: Vec<&String> = all
        .iter()
        .filter(|name| {
            !COMMANDS.iter().any(|words| format!("{} ", words.join(" ")).starts_with(&format!("{name} ")))
        })
        .collect();
    assert!(missing.is_empty(), "give these a line in COMMANDS: {missing:?}");
}

#[test]
fn whatever_guests_and_arguments_say_no_command_passes_on_what_a_terminal_acts_on() {
    let dir = tempfile::tempdir().unwrap();
    let ik = || {
        let mut command = innkeeper(dir.path(), None);
        command.current_dir(dir.path());
        command
    };
    // No name has control characters that was given here; what turns the text around is fine.
    let name = format!("{} owned", HOSTILE.replace(char::is_control, ""));
    let started = carry_out(ik, &["chat", "start", "--name", &name, "--attr", "key=TEXT"], "").remove(0);
    let (guest, conversation) =
        (started["guestId"].as_str().unwrap(), started["conversationId"].as_str().unwrap());
    for words in COMMANDS {
        let words: Vec<String> = words
            .iter()
            .map(|word| word.replace("GUEST", guest).replace("CONVERSATION", conversation))
            .collect();
        carry_out(ik, &words.iter().map(String::as_str).collect::<Vec<_>>(), HOSTILE);
        if words.ends_with(&["show".to_owned(), guest.to_owned()]) {
            // What is escaped reads as it was written.
            let shown = carry_out(ik, &["guests", "show", guest], "").remove(0);
            assert_eq!(shown["name"], name);
            assert_eq!(shown["attributes"]["key"], HOSTILE);
        }
        if words.contains(&"export".to_owned()) && !words.concat().contains("TEXT") {
            let export = std::fs::read_to_string(dir.path().join("export.jsonl")).unwrap();
            assert!(!export.contains(|c| acts(c) && c != '\n'), "{export:?}");
            let entry: Value = serde_json::from_str(export.lines().next().unwrap()).unwrap();
            assert_eq!(entry["text"], HOSTILE);
        }
    }
}

#[test]
fn a_guest_with_a_name_that_acts_is_shown_with_marks_in_words_and_as_written_in_json() {
    const GUEST: &str = "01980000-0000-7000-8000-000000000003";
    let (dir, org) = (tempfile::tempdir().unwrap(), Org::start(&["--guests", "0", "--rate", "off"]));
    let guest = json!({ "id": GUEST, "name": HOSTILE, "attributes": { "key": HOSTILE, HOSTILE: "value" } });
    let made: Value = serde_json::from_str(&org.control("/guests", &guest.to_string())).unwrap();
    assert_eq!(made["name"], HOSTILE, "{made}");
    let ik = || innkeeper(dir.path(), Some(&org));
    for words in [
        &["guests", "list"][..],
        &["guests", "show", GUEST],
        &["guests", "set", GUEST, "key=other"],
        &["hold", "add", "--guest", GUEST, "--reason", "x"],
        &["retention", "explain", GUEST],
        &["guests", "delete", GUEST],
    ] {
        let said = carry_out(ik, words, "");
        if words[0] == "guests" && ["list", "show"].contains(&words[1]) {
            assert_eq!(said[0]["name"], HOSTILE);
            assert_eq!(said[0]["attributes"][HOSTILE], "value");
        }
    }
}

/// An org that signs in and refuses everything else, or refuses to sign in, in words of its own.
fn org_that_says(signs_in: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut head = BufReader::new(&stream);
            let (mut line, mut first, mut length) = (String::new(), String::new(), 0);
            while head.read_line(&mut line).is_ok_and(|n| n > 2) {
                if first.is_empty() {
                    first.clone_from(&line);
                }
                if let Some(n) = line.to_lowercase().strip_prefix("content-length:") {
                    length = n.trim().parse().unwrap_or(0);
                }
                line.clear();
            }
            drop(std::io::copy(&mut head.take(length), &mut std::io::sink()));
            let (status, body) = if signs_in && first.contains("/oauth/token ") {
                (200, json!({ "access_token": "t", "token_type": "bearer", "expires_in": 3600 }))
            } else {
                (
                    400,
                    json!({
                        "message": HOSTILE, "code": HOSTILE, "error": HOSTILE, "description": HOSTILE,
                        "error_description": HOSTILE, "status": 400, "contextId": HOSTILE,
                        "details": [{ "errorCode": HOSTILE, "fieldName": HOSTILE }], "errors": [],
                        "messageParams": { "permissions": HOSTILE },
                    }),
                )
            };
            let body = body.to_string();
            drop(write!(
                stream,
                "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ninin-correlation-id: a\u{202e}\u{9b}b\r\n\
                 content-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            ));
        }
    });
    url
}

#[test]
fn whatever_an_org_says_is_told_in_words_that_act_on_nothing() {
    const GUEST: &str = "01980000-0000-7000-8000-000000000003";
    for signs_in in [true, false] {
        let (dir, url) = (tempfile::tempdir().unwrap(), org_that_says(signs_in));
        let ik = || {
            let mut command = innkeeper(dir.path(), None);
            command
                .env("GC_BASE_URL", &url)
                .env("GC_CLIENT_ID", "demo")
                .env("GC_CLIENT_SECRET", "demo")
                .env("INNKEEPER_PASSPHRASE", "correct horse");
            command
        };
        let plan = dir.path().join("plan.jsonl").to_str().unwrap().to_owned();
        for words in [
            &["connection", "test"][..],
            &["guests", "list"],
            &["guests", "show", GUEST],
            &["guests", "set", GUEST, "a=b"],
            &["guests", "delete", GUEST],
            &["chat", "start"],
            &["session", "check", "--guest", GUEST],
            &["retention", "plan", "--out", &plan],
            &["retention", "explain", GUEST],
            &["retention", "forecast"],
            &["hold", "add", "--guest", GUEST, "--reason", "x"],
        ] {
            carry_out(ik, words, "a token");
            if !signs_in {
                // Every command meets the same refusal.
                break;
            }
        }
    }
}
