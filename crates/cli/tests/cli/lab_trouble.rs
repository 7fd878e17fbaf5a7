//! Guests of the socket where something goes wrong: whom a clean-up spares, what is told of what did not go, and files that never end.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::Path,
    process::{Command, Output, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

use crate::support::{Org, innkeeper, lines, run};

const DEPLOYMENT: &str = "00000000-0000-4000-8000-000000000001";

fn org() -> Org {
    Org::start(&["--guests", "3", "--rate", "off", "--deployment", DEPLOYMENT, "--bot", "none"])
}

fn guest(data: &Path, url: &str) -> Command {
    let mut command = innkeeper(data, None);
    command.env("GC_BASE_URL", url).env("GC_DEPLOYMENT_ID", DEPLOYMENT);
    command
}

fn with_stdin(command: &mut Command, stdin: &str) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdin.take().unwrap().write_all(stdin.as_bytes()));
    child.wait_with_output().unwrap()
}

/// Answers every request for a configuration with this status and body.
fn config_server(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = BufReader::new(stream.try_clone().unwrap()).lines();
            while head.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let length = body.len();
            drop(write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            ));
        }
    });
    url
}

#[test]
fn a_guest_who_was_there_before_is_never_marked_and_clean_removes_only_whom_the_notes_know() {
    let org = org();
    let [theirs, mine] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let token = "7d0f6f2e-6a4c-4f6e-9a51-0b2f6d5c9e22";
    let chat = |data: &Path, text: &str| {
        let said = with_stdin(guest(data, &org.url).args(["lab", "chat", "--token-stdin"]), text);
        assert!(said.status.success(), "{said:?}");
    };
    let clean = |data: &Path| lines(&innkeeper(data, Some(&org)).args(["lab", "clean"]).output().unwrap());
    chat(theirs.path(), &format!("{token}\nhello\n"));
    chat(mine.path(), &format!("{token}\nagain\n"));
    // Somebody begins under a token of their own, which makes them a guest of this lab.
    chat(mine.path(), "7d0f6f2e-6a4c-4f6e-9a51-0b2f6d5c9e33\nhello\n");
    let (code, told) = clean(mine.path());
    assert_eq!((code, &told.last().unwrap()["deleted"]), (0, &json!(1)), "{told:?}");
    // Without its line in the notes a run is not this folder's.
    std::fs::write(theirs.path().join("lab.jsonl"), "{\"at\":\"20").unwrap();
    let (code, told) = clean(theirs.path());
    assert_eq!((code, &told[0]["outcome"]), (0, &json!("spared")), "{told:?}");
    assert!(told[0]["why"].as_str().unwrap().contains("lab.jsonl"), "{told:?}");
    std::fs::remove_file(theirs.path().join("lab.jsonl")).unwrap();
    let (_, told) = clean(theirs.path());
    assert_eq!(told.last().unwrap()["deleted"], json!(1), "{told:?}");
}

#[test]
fn a_clean_up_that_is_cut_off_ends_with_its_counts_and_a_dry_run_names_everybody() {
    let org = org();
    let data = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let said = with_stdin(guest(data.path(), &org.url).args(["lab", "chat"]), "hello\n");
        assert!(said.status.success(), "{said:?}");
    }
    let ik = || innkeeper(data.path(), Some(&org));
    let in_words = ik().args(["lab", "clean", "--dry-run"]).output().unwrap();
    let (_, told) = lines(&in_words);
    assert_eq!(told.iter().filter(|line| line["outcome"] == "found").count(), 2, "{told:?}");
    let away = ik().env("GC_BASE_URL", "http://127.0.0.1:9").args(["lab", "clean"]).output().unwrap();
    let (code, told) = lines(&away);
    let last = told.last().unwrap();
    assert_eq!(
        (code, &last["done"], &last["error"]["code"]),
        (69, &json!(true), &json!("unreachable")),
        "{told:?}"
    );
}

#[test]
fn every_line_that_did_not_go_is_named_with_why_when_the_session_expires() {
    let org = org();
    let data = tempfile::tempdir().unwrap();
    let mut child = guest(data.path(), &org.url)
        .args(["lab", "chat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || said.next().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    stdin.write_all(b"one\n").unwrap();
    while next().unwrap()["direction"] != "inbound" {}
    let sessions: Value = serde_json::from_str(&org.control_get("/sessions")).unwrap();
    let id = sessions[0]["conversationId"].as_str().unwrap().to_owned();
    org.control(&format!("/sessions/{id}/expire"), "{}");
    stdin.write_all(b"two\nthree\nfour\n").unwrap();
    drop(stdin);
    let rest: Vec<Value> = std::iter::from_fn(next).collect();
    for text in ["two", "three", "four"] {
        let named: Vec<&Value> = rest.iter().filter(|line| line["text"] == text).collect();
        assert_eq!(named.len(), 1, "{text}: {rest:?}");
        let state = named[0]["state"].as_str().unwrap();
        assert!(["notSent", "uncertain", "refused"].contains(&state), "{rest:?}");
        assert!(named[0]["why"].as_str().unwrap().contains("expired"), "{rest:?}");
    }
    assert_eq!(rest.last().unwrap()["error"]["code"], "conversation_closed", "{rest:?}");
    assert_eq!(child.wait().unwrap().code(), Some(3), "{rest:?}");
}

#[test]
fn what_the_doctor_could_not_read_is_null_and_a_refusal_has_its_code() {
    let data = tempfile::tempdir().unwrap();
    let doctor = |status, body| {
        let url = config_server(status, body);
        run(guest(data.path(), &url).args(["lab", "doctor"]))
    };
    for (status, body, code, error) in [
        ("429 Too Many Requests", "", 75, "rate_limited"),
        ("503 Service Unavailable", "", 69, "unreachable"),
        ("403 Forbidden", "", 77, "forbidden"),
    ] {
        let (told, answer) = doctor(status, body);
        assert_eq!((told, &answer["error"]["code"]), (code, &json!(error)), "{answer}");
        assert!(!answer["error"]["message"].as_str().unwrap().contains(".."), "{answer}");
    }
    for (status, body) in [("404 Not Found", ""), ("200 OK", "<html>"), ("200 OK", "[]")] {
        let (code, answer) = doctor(status, body);
        assert_eq!((code, answer["problems"].as_array().unwrap().len()), (1, 1), "{answer}");
        for key in
            ["active", "origins", "autoStart", "disconnect", "clear", "attachments", "typing", "agentTyping"]
        {
            assert_eq!(answer[key], Value::Null, "{key}: {answer}");
        }
    }
    let (code, answer) =
        doctor("200 OK", r#"{"status":"Active","allowAllDomains":false,"allowedDomains":[]}"#);
    assert_eq!(code, 1, "{answer}");
    assert!(answer["problems"][0]["why"].as_str().unwrap().contains("no page may connect"), "{answer}");
}

#[test]
fn an_origin_or_deployment_that_no_command_could_use_is_never_stored() {
    let data = tempfile::tempdir().unwrap();
    let ik = |words: &[&str]| {
        let mut command = innkeeper(data.path(), None);
        command.env("INNKEEPER_PASSPHRASE", "correct horse").args(words);
        let (code, mut told) = lines(&with_stdin(&mut command, "demo"));
        (code, told.pop().unwrap_or_default())
    };
    let add = |flag: &str, value: &str| {
        let words = [
            "connection",
            "add",
            "Lab",
            "--kind",
            "test",
            "--base-url",
            "http://127.0.0.1:9",
            "--client-id",
            "demo",
        ];
        ik(&[&words[..], &[flag, value]].concat())
    };
    let origins = [
        "null",
        "*",
        "shop.example",
        "ftp://x",
        "https://x:99999",
        "https://u:p@x",
        "http://x/path",
        "https://x?a",
    ];
    for (flag, values) in [("--origin", &origins[..]), ("--deployment", &["a b", "..", "a/b"])] {
        for value in values {
            let (code, told) = add(flag, value);
            assert_eq!((code, &told["error"]["fields"][0]["field"]), (2, &json!(flag)), "{value}: {told}");
        }
    }
    let (code, told) = add("--origin", "https://Shop.example:8443/");
    assert_eq!((code, &told["origin"]), (0, &json!("https://shop.example:8443")), "{told}");
    for origin in origins {
        let (code, told) = ik(&["connection", "edit", "Lab", "--origin", origin]);
        assert_eq!((code, &told["error"]["fields"][0]["field"]), (2, &json!("--origin")), "{origin}: {told}");
    }
}

fn make_pipe(at: &Path) {
    assert!(Command::new("mkfifo").arg(at).status().unwrap().success());
}

#[cfg(target_os = "linux")]
#[test]
fn no_option_that_names_a_file_hangs_on_a_pipe_that_nobody_writes_to() {
    use nix::{
        sys::signal::{Signal, kill},
        unistd::Pid,
    };
    let data = tempfile::tempdir().unwrap();
    let pipe = data.path().join("pipe");
    make_pipe(&pipe);
    let pipe = pipe.to_str().unwrap();
    let fine = data.path().join("fine.yaml");
    std::fs::write(&fine, "scenarios:\n  a:\n    - say: hi\n").unwrap();
    let fine = fine.to_str().unwrap();
    let serve = ["simulator", "--listen", "127.0.0.1:0"];
    let table: &[&[&str]] = &[
        &["--ca", pipe, "lab", "doctor"],
        &["--ca", pipe, "lab", "chat"],
        &["--ca", pipe, "lab", "clean"],
        &["--ca", pipe, "guests", "list"],
        &["--ca", pipe, "connection", "list"],
        &["--ca", pipe, "scenario", "run", fine],
        &["--ca", pipe, "scenario", "load", fine, "--guests", "1", "--ramp", "1"],
        &["--ca", pipe, "gateway"],
        &["chat", "say", "--from", pipe],
        &["scenario", "check", pipe],
        &["scenario", "run", pipe],
        &["scenario", "load", pipe, "--guests", "1", "--ramp", "1"],
        &["lab", "doctor", pipe],
        &["retention", "verify", pipe],
        &["retention", "run", pipe],
        &[serve[0], serve[1], serve[2], "--weather", pipe],
        &[serve[0], serve[1], serve[2], "--bot", pipe],
        &[serve[0], serve[1], serve[2], "--tls", "--tls-cert", pipe, "--tls-key", pipe],
        &["gateway", "--tls-cert", pipe, "--tls-key", pipe],
    ];
    for words in table {
        let root = tempfile::tempdir().unwrap();
        let mut child = innkeeper(root.path(), None)
            .env("INNKEEPER_PASSPHRASE", "correct horse")
            .args(*words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A pipe opens for a writer once somebody reads it.
        let (opened, is_read) = std::sync::mpsc::channel();
        let path = pipe.to_owned();
        std::thread::spawn(move || drop(opened.send(File::options().write(true).open(path))));
        let mut held = None;
        while held.is_none() && child.try_wait().unwrap().is_none() {
            held = is_read.recv_timeout(Duration::from_millis(20)).ok();
        }
        // One that has ended hears nothing.
        let _ = kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM);
        let pid = child.id();
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || drop(tell.send(child.wait_with_output())));
        let Ok(ended) = told.recv_timeout(Duration::from_secs(10)) else {
            let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
            panic!("{words:?} is deaf");
        };
        let code = ended.unwrap().status.code();
        assert!(code.is_some_and(|code| code != 0), "{words:?} ended with {code:?}");
        // Lets the writer go where nobody read.
        drop(File::options().read(true).write(true).open(pipe));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_may_not_grow_or_is_a_pipe_is_told_in_words() {
    let org = org();
    let data = tempfile::tempdir().unwrap();
    let limited = |root: &Path| {
        let mut command = guest(root, &org.url);
        let program = command.get_program().to_owned();
        let mut shell = Command::new("sh");
        shell.args(["-c", "ulimit -f 0; exec \"$0\" \"$@\""]).arg(program);
        shell
            .args(command.args(["lab", "chat"]).get_args())
            .env("GC_BASE_URL", &org.url)
            .env("GC_DEPLOYMENT_ID", DEPLOYMENT);
        shell
    };
    let (code, told) = lines(&with_stdin(&mut limited(data.path()), "hello\n"));
    assert_eq!((code, &told.last().unwrap()["error"]["code"]), (1, &json!("disk_refused")), "{told:?}");
    let data = tempfile::tempdir().unwrap();
    make_pipe(&data.path().join("lab.jsonl"));
    let (code, told) = lines(&with_stdin(guest(data.path(), &org.url).args(["lab", "chat"]), "hello\n"));
    assert_eq!((code, &told.last().unwrap()["error"]["code"]), (1, &json!("disk_refused")), "{told:?}");
}
