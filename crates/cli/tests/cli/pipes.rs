//! Every command with a stdout or stderr that takes nothing: it ends quietly or in plain words, and never as a panic.

use std::{
    fs::File,
    io::Read,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    support::{Org, innkeeper, run},
    terminal::COMMANDS,
};

/// The exit codes that programs outside this project know.
const CODES: [i32; 9] = [0, 1, 2, 3, 65, 69, 75, 77, 130];

fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

/// A pipe whose reader is gone already.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// Commands that stay until they are ended, with words that let them begin: without a first line they end at once.
const STAYING: [&[&str]; 3] = [
    &["simulator", "--listen", "127.0.0.1:0", "--guests", "1"],
    &["gateway", "--listen", "127.0.0.1:0"],
    &["retention", "daemon"],
];

/// Words that are answered by clap itself.
const HELP: [&[&str]; 4] = [&["--help"], &["--version"], &["guests", "--help"], &["completions", "bash"]];

/// What it ended with and what it said on stderr.
fn ends(mut child: Child) -> (i32, String) {
    let mut said = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        stderr.read_to_string(&mut said).unwrap();
    }
    (child.wait().unwrap().code().unwrap_or(-1), said)
}

#[test]
fn no_command_panics_where_nobody_takes_its_words() {
    let dir = tempfile::tempdir().unwrap();
    let ik = |words: &[String], json: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_innkeeper"));
        let prepared = innkeeper(dir.path(), None);
        command.args(prepared.get_args().filter(|arg| json || *arg != "--json"));
        for (name, value) in prepared.get_envs().filter(|(_, value)| value.is_none()) {
            assert!(value.is_none());
            command.env_remove(name);
        }
        command.args(words).stdin(Stdio::null()).current_dir(dir.path());
        command
    };
    let started = run(innkeeper(dir.path(), None).args(["chat", "start", "--name", "owned"])).1;
    let id = |key: &str| started[key].as_str().unwrap().to_owned();
    let (guest, conversation) = (id("guestId"), id("conversationId"));
    let all: Vec<Vec<String>> = COMMANDS
        .iter()
        .chain(&STAYING)
        .chain(&HELP)
        .map(|words| {
            let filled = |word: &&str| {
                word.replace("GUEST", &guest).replace("CONVERSATION", &conversation).replace("TEXT", "text")
            };
            words.iter().map(filled).collect()
        })
        .collect();
    for (n, words) in all.iter().enumerate() {
        let is_pipe = n % 2 == 0;
        for (stdout, is_pipe) in [(closed(), true), (full(), false)] {
            let (code, said) =
                ends(ik(words, is_pipe).stdout(stdout).stderr(Stdio::piped()).spawn().unwrap());
            assert!(CODES.contains(&code) && !said.contains("panicked"), "{words:?}: {code} {said}");
            assert!(
                is_pipe || code != 0 || !answers(words),
                "{words:?}: a full device is no success: {said}"
            );
            assert!(
                is_pipe || code == 0 || said.contains("error: "),
                "{words:?}: {code} without a word: {said}"
            );
        }
        // stderr that takes nothing, as a pipe or a device, and both closed as a shell closes them.
        let stderr = if is_pipe { closed() } else { full() };
        if !STAYING.iter().any(|staying| words.iter().eq(staying.iter())) {
            let child = ik(words, is_pipe).arg("-vv").stdout(Stdio::null()).stderr(stderr).spawn().unwrap();
            assert!(CODES.contains(&ends(child).0), "{words:?}");
            let command = ik(words, is_pipe);
            let mut shell = Command::new("sh");
            shell
                .args(["-c", "exec \"$0\" \"$@\" >&- 2>&-"])
                .arg(command.get_program())
                .args(command.get_args());
            shell.stdin(Stdio::null()).current_dir(dir.path());
            assert!(CODES.contains(&ends(shell.spawn().unwrap()).0), "{words:?}");
        }
    }
}

/// Whether a command that succeeds says something: all do but a list of nothing.
fn answers(words: &[String]) -> bool {
    !words.iter().any(|word| word == "list")
}

#[test]
fn a_change_whose_answer_is_lost_says_that_it_was_made() {
    let org = Org::start(&["--guests", "3", "--rate", "off"]);
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper(data.path(), Some(&org));
    let guest = run(ik().args(["guests", "list", "--limit", "1"])).1["id"].as_str().unwrap().to_owned();
    let said = |words: &[&str]| {
        let mut command = ik();
        ends(command.args(words).stdout(full()).stderr(Stdio::piped()).spawn().unwrap())
    };
    let (code, words) = said(&["guests", "set", &guest, "tier=gold"]);
    assert_eq!(code, 1);
    assert!(words.contains("carried out") && words.contains("stays changed"), "{words}");
    let (_, shown): (i32, Value) = run(ik().args(["guests", "show", &guest]));
    assert_eq!(shown["attributes"]["tier"], json!("gold"));
    let (code, words) = said(&["guests", "show", &guest]);
    assert!(code == 1 && words.contains("Nothing was changed"), "{code} {words}");
    // What fails is told on stderr where stdout takes no JSON.
    let (code, words) = said(&["guests", "show", "x"]);
    assert!(code == 2 && words.contains("error: ") && words.contains("next: "), "{code} {words}");
}

#[test]
fn an_error_is_told_once_without_colours_and_without_what_was_given_at_length() {
    let dir = tempfile::tempdir().unwrap();
    let long = "x".repeat(100_000);
    for words in [
        vec!["guests", "show", &long],
        vec!["retention", "plan", "--out", "y", "--days", &long],
        vec!["chat", "start", "--name", &long],
        vec!["--connection", &long, "guests", "list"],
    ] {
        for json in [true, false] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_innkeeper"));
            command
                .arg("--data")
                .arg(dir.path())
                .args(json.then_some("--json"))
                .args(&words)
                .stdin(Stdio::null());
            let output = command.output().unwrap();
            let (out, err) =
                (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
            assert!(!output.status.success());
            assert!(out.len() + err.len() < 12_000, "{} {}", out.len(), err.len());
            assert!(!err.contains('\u{1b}') && err.matches("error:").count() == usize::from(!json), "{err}");
            if json {
                let last: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
                let error = last["error"].as_object().unwrap();
                for key in ["code", "message", "next", "correlationId", "fields"] {
                    assert!(error.contains_key(key), "{words:?} lacks {key}");
                }
            }
        }
    }
}
