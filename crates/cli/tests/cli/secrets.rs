//! What the command line leaves behind: unique secrets are put in, and everything that it wrote or said is searched.

use std::{io::Write, path::Path, process::Stdio};

use crate::support::{Org, innkeeper_from_nothing, lines};

const PASSPHRASE: &str = "cnry-passphrase-5b1f";
const SECRET: &str = "cnry-client-secret-9c2e";
const TYPED: &str = "cnry-typed-secret-41d7";
const TEXT: &str = "cnry-message-text-77a0";

/// The bytes of every file below, with their names.
fn everything(top: &Path, into: &mut Vec<u8>) {
    for entry in std::fs::read_dir(top).unwrap().map(|entry| entry.unwrap()) {
        into.extend_from_slice(entry.path().to_string_lossy().as_bytes());
        let about = std::fs::symlink_metadata(entry.path()).unwrap();
        if about.is_dir() {
            everything(&entry.path(), into);
        } else if about.is_file() {
            into.extend_from_slice(&std::fs::read(entry.path()).unwrap());
        }
    }
}

fn has(hay: &[u8], needle: &str) -> bool {
    hay.windows(needle.len()).any(|window| window == needle.as_bytes())
}

#[test]
fn no_secret_and_no_text_is_left_on_the_disk_or_in_what_a_command_says() {
    let dir = tempfile::tempdir().unwrap();
    let org = Org::start(&["--client-secret", SECRET, "--guests", "3"]);
    let (mut said, mut heard) = (Vec::new(), Vec::new());
    let mut run = |words: &[&str], stdin: &str, keep: bool| {
        let mut command = innkeeper_from_nothing(dir.path(), Some(&org));
        command.env("GC_CLIENT_SECRET", SECRET).env("INNKEEPER_PASSPHRASE", PASSPHRASE);
        // As much as can be asked for.
        command.env("INNKEEPER_LOG", "trace").arg("-vv").args(words);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        said.extend_from_slice(&output.stderr);
        if keep {
            heard.extend_from_slice(&output.stdout);
        }
        lines(&output)
    };
    let (_, started) = run(&["chat", "start", "--name", "Ada", "--print-token"], "", false);
    let text = |key: &str| started[0][key].as_str().unwrap().to_owned();
    let (guest, conversation) = (text("guestId"), text("conversationId"));
    let token =
        ["token", "sessionToken"].iter().find_map(|key| started[0][*key].as_str()).unwrap().to_owned();
    assert_eq!(run(&["chat", "say", &conversation, TEXT], "", true).0, 0);
    assert_eq!(run(&["outbox", "drain"], "", true).0, 0);
    assert_eq!(run(&["chat", "say", &conversation, &format!("{TEXT} again")], "", true).0, 0);
    assert_eq!(run(&["session", "check", "--guest", &guest], &token, true).0, 0);
    assert_eq!(run(&["guests", "show", &guest], "", true).0, 0);
    assert_eq!(run(&["connection", "test"], "", true).0, 0);
    let add = [
        "connection",
        "add",
        "Lab",
        "--kind",
        "test",
        "--base-url",
        "http://127.0.0.1:9",
        "--client-id",
        "x",
    ];
    assert_eq!(run(&add, TYPED, true).0, 0);
    assert_eq!(run(&["connection", "list"], "", true).0, 0);
    // A refusal and an org that is away speak at more length.
    run(&["guests", "show", "01980000-0000-7000-8000-00000000dead"], "", true);
    run(&["--connection", "Lab", "connection", "test"], "", true);
    let mut disk = Vec::new();
    everything(dir.path(), &mut disk);
    assert!(disk.len() > 1_000 && !said.is_empty() && !heard.is_empty());
    for (what, needle) in [
        ("passphrase", PASSPHRASE),
        ("client secret", SECRET),
        ("typed secret", TYPED),
        ("session token", &token),
    ] {
        assert!(!has(&disk, needle), "the {what} lies on the disk");
        assert!(!has(&said, needle), "the {what} stands on stderr");
        assert!(!has(&heard, needle), "the {what} stands on stdout");
    }
    assert!(!has(&disk, TEXT), "a message lies on the disk in clear");
    assert!(!has(&said, TEXT), "a message stands on stderr");
    // The search finds what is there.
    std::fs::write(dir.path().join("planted"), &token).unwrap();
    everything(dir.path(), &mut disk);
    assert!(has(&disk, &token));
}

#[cfg(target_os = "linux")]
#[test]
fn a_running_command_may_leave_no_core_file() {
    let org = Org::start(&["--guests", "1"]);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", org.process())).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(line.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{line}");
}
