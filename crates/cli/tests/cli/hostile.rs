//! Hostile text in every place where the command line takes some: it ends with a documented exit code and words, and never
//! with a panic or with characters that act on the terminal.

use std::{path::Path, process::Output};

use serde_json::{Value, json};
use testkit::hostile;

use crate::support::{innkeeper, lines};

/// The exit codes that programs outside this project know (`docs/guide/command-line.md`).
const CODES: [i32; 9] = [0, 1, 2, 3, 65, 69, 75, 77, 130];

const GUEST: &str = "01980000-0000-7000-8000-000000000003";

/// Each place for a text, as the words of a command line.
const PLACES: &[&[&str]] = &[
    &["guests", "show", "TEXT"],
    &["guests", "list", "--limit", "1", "--filter", "TEXT"],
    &["guests", "list", "--limit", "1", "--sort", "TEXT"],
    &["guests", "set", GUEST, "TEXT"],
    &["guests", "set", GUEST, "key=TEXT", "--unset", "TEXT"],
    &["guests", "interaction", GUEST, "--type", "TEXT"],
    &["chat", "start", "--name", "TEXT"],
    &["chat", "start", "--email", "TEXT", "--attr", "TEXT"],
    &["chat", "say", "TEXT", "TEXT"],
    &["chat", "say", "--from", "TEXT"],
    &["outbox", "retry", "TEXT"],
    &["outbox", "discard", "TEXT"],
    &["retention", "explain", "TEXT"],
    &["retention", "run", "TEXT"],
    &["retention", "resume", "TEXT"],
    &["retention", "status", "TEXT"],
    &["session", "check", "--guest", "TEXT"],
    &["connection", "edit", "TEXT", "--name", "TEXT"],
    &["connection", "remove", "TEXT"],
    &["connection", "add", "TEXT", "--kind", "test", "--base-url", "TEXT", "--client-id", "TEXT"],
    &["--connection", "TEXT", "guests", "list"],
    &["TEXT"],
];

fn judge(words: &[String], output: &Output) {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let told = || format!("{words:?}\nstdout: {out}\nstderr: {err}");
    let code = output.status.code();
    assert!(code.is_some_and(|code| CODES.contains(&code)), "{code:?} {}", told());
    assert!(!err.contains("panicked"), "{}", told());
    let acts = |c: char| {
        (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!err.chars().any(acts), "stderr acts on the terminal: {}", told());
    for line in out.lines() {
        assert!(
            serde_json::from_str::<Value>(line).is_ok() || words.iter().any(|w| w == "--help"),
            "{}",
            told()
        );
        // JSON escapes what a line must not have; the rest is for programs, which act on nothing.
        assert!(!line.chars().any(|c| c < ' '), "{}", told());
    }
}

#[test]
fn hostile_text_in_any_place_ends_in_words_and_never_acts() {
    let dir = tempfile::tempdir().unwrap();
    // One start makes the folder and its world, so that the others find them.
    assert!(
        innkeeper(dir.path(), None)
            .args(["guests", "list", "--limit", "1"])
            .output()
            .unwrap()
            .status
            .success()
    );
    let texts: Vec<String> = hostile::texts().into_iter().filter(|text| !text.contains('\0')).collect();
    let mut asked = 0;
    for (n, pair) in texts.chunks(2).enumerate() {
        let place = PLACES[n % PLACES.len()];
        let mut texts = pair.iter().cycle();
        let words: Vec<String> = place
            .iter()
            .map(|word| match word.contains("TEXT") {
                true => word.replace("TEXT", texts.next().unwrap()),
                false => (*word).to_owned(),
            })
            .collect();
        judge(&words, &innkeeper(dir.path(), None).current_dir(dir.path()).args(&words).output().unwrap());
        asked += 1;
    }
    assert!(asked >= 100, "only {asked} command lines");
}

#[test]
fn a_hostile_file_of_messages_stops_at_its_first_bad_line_and_keeps_the_good_ones() {
    let dir = tempfile::tempdir().unwrap();
    let started = innkeeper(dir.path(), None).args(["chat", "start"]).output().unwrap();
    let conversation = lines(&started).1[0]["conversationId"].as_str().unwrap().to_owned();
    // Every text that a message may hold is one, as it stands.
    let texts: Vec<String> =
        hostile::texts().into_iter().filter(|text| (1..=4_096).contains(&text.len())).collect();
    let line = |text: &str| format!("{}\n", json!({ "conversationId": conversation, "text": text }));
    let good: String = texts.iter().map(|text| line(text)).collect();
    let (code, said) = say_from(dir.path(), good.as_bytes());
    assert_eq!((code, said.len()), (0, texts.len()));
    let listed = lines(&innkeeper(dir.path(), None).args(["outbox", "list"]).output().unwrap()).1;
    let kept: Vec<&str> = listed.iter().map(|entry| entry["text"].as_str().unwrap()).collect();
    assert_eq!(kept, texts, "messages are text, kept byte for byte");
    for value in hostile::values().into_iter().filter(|value| !value.is_string()).step_by(9) {
        let file = format!("{}{value}\n", line("before"));
        let (code, said) = say_from(dir.path(), file.as_bytes());
        assert_eq!((code, said.len()), (65, 2), "{value}");
        assert!(
            said[1]["error"]["message"].as_str().is_some_and(|m| m.contains("line 2")),
            "{value}: {said:?}"
        );
    }
    for bytes in [&b"\xff\xfe\n"[..], b"\0\0\0", b"{\"conversationId\":\"c-1\",\"text\":\"\xed\xa0\x80\"}\n"]
    {
        assert_eq!(say_from(dir.path(), bytes).0, 65, "{bytes:?}");
    }
}

fn say_from(data: &Path, bytes: &[u8]) -> (i32, Vec<Value>) {
    let file = data.join("messages.jsonl");
    std::fs::write(&file, bytes).unwrap();
    let output = innkeeper(data, None).args(["chat", "say", "--from"]).arg(&file).output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
    lines(&output)
}
