//! `innkeeper gateway` as it is shipped: its first line, its routes, its end, and that neither end costs a message.

use std::{
    collections::HashSet,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};

use crate::support::{Org, innkeeper, lines, run};

/// A running gateway, killed when dropped.
struct Door {
    child: Child,
    stdout: BufReader<ChildStdout>,
    url: String,
}

impl Door {
    fn open(mut command: Command, args: &[&str]) -> Self {
        let mut child = command
            .args(["gateway", "--listen", "127.0.0.1:0"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        let line: Value = serde_json::from_str(&first).unwrap_or_else(|e| panic!("{e}: {first:?}"));
        assert_eq!(line.as_object().unwrap().len(), 1, "{line}");
        let url = line["listening"].as_str().unwrap().to_owned();
        Self { child, stdout, url }
    }

    /// Status, head and body.
    fn call(&self, method: &str, path: &str, cookie: &str, body: &Value) -> Option<(u16, String, Value)> {
        let host = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).ok()?;
        let body = body.to_string();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nCookie: {cookie}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, head.to_owned(), serde_json::from_str(body).ok()?))
    }

    fn chat(&self) -> Page {
        let (status, head, body) =
            self.call("POST", "/api/chat/initiate", "", &json!({ "name": "Ada" })).unwrap();
        assert_eq!(status, 201, "{body}");
        let cookie = head.lines().find_map(|l| l.strip_prefix("set-cookie: ")).unwrap().to_owned();
        let text = |key: &str| body[key].as_str().unwrap().to_owned();
        let session = cookie.split(';').next().unwrap().to_owned();
        Page { guest: text("guestId"), conversation: text("conversationId"), cookie, session }
    }

    /// The id of a message that was accepted.
    fn say(&self, page: &Page, text: &str) -> Option<String> {
        let body = json!({ "conversationId": page.conversation, "text": text });
        let (status, _, body) = self.call("POST", "/api/chat/message", &page.session, &body)?;
        assert_eq!((status, &body["cached"]), (202, &json!(true)), "{body}");
        Some(body["id"].as_str().unwrap().to_owned())
    }

    fn end(&mut self, signal: Signal) -> (Option<i32>, String) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
        let code = self.child.wait().unwrap().code();
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (code, rest)
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // It has ended already where the story ended it.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

struct Page {
    guest: String,
    conversation: String,
    /// As it was set.
    cookie: String,
    /// As it is shown.
    session: String,
}

fn waiting(data: &Path, org: &Org) -> Vec<String> {
    let (code, entries) = lines(&innkeeper(data, Some(org)).args(["outbox", "list"]).output().unwrap());
    assert_eq!(code, 0);
    entries.iter().map(|e| e["id"].as_str().unwrap().to_owned()).collect()
}

fn arrived(org: &Org) -> Vec<String> {
    org.ledger("message").iter().map(|e| e["text"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn it_serves_a_page_and_delivers_by_itself_and_others_reach_the_folder_through_it() {
    let org = Org::start(&["--guests", "0", "--rate", "off"]);
    let data = tempfile::tempdir().unwrap();
    let mut door = Door::open(innkeeper(data.path(), Some(&org)), &["--cookie-insecure"]);
    let page = door.chat();
    assert!(page.cookie.ends_with("; HttpOnly; SameSite=Strict; Max-Age=86400; Path=/"), "{}", page.cookie);
    let asked = json!({ "guestId": page.guest });
    let (status, _, body) = door.call("POST", "/api/chat/validate", &page.session, &asked).unwrap();
    assert_eq!((status, body), (200, json!({ "valid": true, "conversationId": page.conversation })));
    for n in 0..5 {
        door.say(&page, &format!("message {n}")).unwrap();
    }
    while arrived(&org).len() < 5 {}
    assert_eq!(arrived(&org), (0..5).map(|n| format!("message {n}")).collect::<Vec<_>>());
    let path = format!("/api/guests/{}/attributes", page.guest);
    let (status, _, body) = door.call("PUT", &path, &page.session, &json!({ "increment": 2 })).unwrap();
    assert_eq!((status, &body["updatedAttributes"]["totalInteractions"]), (200, &json!(2)));

    assert_eq!(lines(&innkeeper(data.path(), Some(&org)).args(["outbox", "list"]).output().unwrap()).0, 0);
    let (code, locked) = run(innkeeper(data.path(), Some(&org)).args(["guests", "list"]));
    assert_eq!((code, &locked["error"]["code"]), (75, &json!("folder_locked")));
    assert!(locked["error"]["message"].as_str().unwrap().contains("gateway"), "{locked}");

    let (code, last) = door.end(Signal::SIGINT);
    let last: Value = serde_json::from_str(last.trim()).unwrap();
    assert_eq!((code, &last["error"]["code"]), (Some(130), &json!("interrupted")));
}

#[test]
fn without_json_the_first_line_is_the_same_and_the_embedded_org_will_do() {
    let data = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_innkeeper"));
    testkit::without_variables_and_keychain(&mut command).arg("--data").arg(data.path());
    let door = Door::open(command, &[]);
    let page = door.chat();
    assert!(page.cookie.contains("; HttpOnly; Secure; SameSite=Strict;"), "{}", page.cookie);
    assert!(door.say(&page, "hello").is_some());
}

#[test]
fn a_message_that_meets_a_failing_org_arrives_soon_after_it_is_back_and_once() {
    let org = Org::start(&["--guests", "0", "--rate", "off"]);
    let data = tempfile::tempdir().unwrap();
    let door = Door::open(innkeeper(data.path(), Some(&org)), &[]);
    let page = door.chat();
    let path = "/api/v2/conversations/webchat/messages";
    let weather = json!({ "rules": [{ "when": { "path": path, "until": 3 }, "do": "503" }] });
    org.control("/weather", &weather.to_string());
    door.say(&page, "through the storm").unwrap();
    while arrived(&org).is_empty() {}
    assert_eq!(arrived(&org), ["through the storm"]);
}

#[test]
fn told_to_end_it_ends_politely_and_everything_that_was_answered_202_is_on_disk() {
    let org = Org::start(&["--guests", "0", "--rate", "off"]);
    let data = tempfile::tempdir().unwrap();
    let mut door = Door::open(innkeeper(data.path(), Some(&org)), &[]);
    let page = door.chat();
    org.control("/weather", r#"{"rules":[{"do":"reset-before"}]}"#);
    let ids: Vec<_> = (0..20).map(|n| door.say(&page, &format!("message {n}")).unwrap()).collect();
    let (code, last) = door.end(Signal::SIGTERM);
    assert_eq!(code, Some(130), "{last}");
    assert_eq!(waiting(data.path(), &org), ids);

    org.control("/weather", "{}");
    let door = Door::open(innkeeper(data.path(), Some(&org)), &[]);
    assert!(door.say(&page, "message 20").is_some(), "the session is as good after a restart");
    while arrived(&org).len() < 21 {}
    assert_eq!(arrived(&org), (0..=20).map(|n| format!("message {n}")).collect::<Vec<_>>());
}

#[test]
fn killed_between_two_answers_ten_times_it_loses_no_message_and_doubles_none_unknown() {
    let org = Org::start(&["--guests", "0", "--rate", "off"]);
    let data = tempfile::tempdir().unwrap();
    let mut accepted = HashSet::new();
    let mut page = None;
    for round in 0..10 {
        let mut door = Door::open(innkeeper(data.path(), Some(&org)), &[]);
        let page = page.get_or_insert_with(|| door.chat());
        for n in 0..8 {
            let text = format!("round {round} message {n}");
            door.say(page, &text).unwrap();
            accepted.insert(text);
        }
        // The ninth is on its way when the end comes.
        let host = door.url.strip_prefix("http://").unwrap().to_owned();
        let body = json!({ "conversationId": page.conversation, "text": format!("round {round} perhaps") })
            .to_string();
        let mut stream = TcpStream::connect(host).unwrap();
        write!(
            stream,
            "POST /api/chat/message HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\nContent-Length: {}\r\n\r\n{body}",
            page.session,
            body.len()
        )
        .unwrap();
        assert_eq!(door.end(Signal::SIGKILL).0, None);
    }
    let (code, drained) = run(innkeeper(data.path(), Some(&org)).args(["outbox", "drain"]));
    assert_eq!(code, 0, "{drained}");
    let entries = org.ledger("message");
    let first = entries.iter().filter(|e| e["repeat"] == false);
    let texts: Vec<_> = first.map(|e| e["text"].as_str().unwrap()).collect();
    let sure: Vec<_> = texts.iter().filter(|text| accepted.contains(**text)).collect();
    assert_eq!(sure.len(), accepted.len(), "each acknowledged message arrived, and once");
    let order: Vec<_> = (0..10).flat_map(|r| (0..8).map(move |n| format!("round {r} message {n}"))).collect();
    assert_eq!(sure, order.iter().collect::<Vec<_>>(), "in the order of their acknowledgements");
}

#[test]
fn wrong_use_is_told_before_anything_is_opened() {
    let data = tempfile::tempdir().unwrap();
    for args in [
        &["--listen", "0.0.0.0:0"][..],
        &["--listen", "0.0.0.0:0", "--allow-remote"],
        &["--listen", "[::]:0", "--tls-cert", "c", "--tls-key", "k"],
        &["--tls-cert", "c"],
        &["--tls-key", "k"],
        &["--listen", "localhost"],
        &["--allow-origin", "*"],
        &["--allow-origin", "null"],
        &["--allow-origin", "http://a/path"],
        &["--rate", "0"],
        &["--rate", "-1"],
    ] {
        let (code, last) = run(innkeeper(&data.path().join("never"), None).arg("gateway").args(args));
        assert_eq!(code, 2, "{args:?}: {last}");
        assert!(last["error"]["next"].is_string(), "{args:?}: {last}");
    }
    assert!(!data.path().join("never").exists());
    let (code, last) = run(innkeeper(data.path(), None).args([
        "gateway",
        "--tls-cert",
        "/nowhere/c",
        "--tls-key",
        "/nowhere/k",
    ]));
    assert_eq!((code, &last["error"]["fields"][0]["field"]), (2, &json!("tls-cert")), "{last}");
}
