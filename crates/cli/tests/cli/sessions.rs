//! The four answers of `session check`, by one table in both dialects.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Org, innkeeper, lines, run};

const DEPLOYMENT: &str = "00000000-0000-4000-8000-000000000001";
const STRANGER: &str = "5f0c2d2e-7d1b-4a55-9f0e-0c1d2e3f4a5b";

/// An org in one dialect, with a chat that was started in it.
struct Desk {
    org: Org,
    data: TempDir,
    dialect: &'static str,
    guest: Option<String>,
    conversation: String,
    token: String,
}

impl Desk {
    fn new(dialect: &'static str) -> Self {
        let org =
            Org::start(&["--guests", "0", "--rate", "off", "--bot", "none", "--disconnect", "readonly"]);
        let data = tempfile::tempdir().unwrap();
        let none = String::new();
        let mut desk = Self { org, data, dialect, guest: None, conversation: none.clone(), token: none };
        let (code, started) = run(&mut desk.ik(&["chat", "start", "--name", "Grace", "--print-token"]));
        assert_eq!(code, 0, "{started}");
        let text = |key: &str| started[key].as_str().unwrap().to_owned();
        desk.guest = started["guestId"].as_str().map(str::to_owned);
        assert_eq!(desk.guest.is_none(), desk.is_live(), "{started}");
        (desk.conversation, desk.token) = (text("conversationId"), text("sessionToken"));
        desk
    }

    fn is_live(&self) -> bool {
        self.dialect == "genesys-cloud"
    }

    fn ik(&self, words: &[&str]) -> Command {
        let mut command = innkeeper(self.data.path(), Some(&self.org));
        command.env("GC_DIALECT", self.dialect).args(words);
        if self.is_live() {
            command.env("GC_DEPLOYMENT_ID", DEPLOYMENT);
        }
        command
    }

    fn check_with(&self, token: &str, more: &[&str]) -> (i32, Value) {
        let mut command = self.ik(&[&["session", "check"][..], more].concat());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(token.as_bytes()).unwrap();
        let (code, mut told) = lines(&child.wait_with_output().unwrap());
        (code, told.pop().unwrap_or_default())
    }

    fn check(&self, token: &str) -> (i32, Value) {
        match &self.guest {
            Some(guest) => self.check_with(token, &["--guest", guest]),
            None => self.check_with(token, &[]),
        }
    }

    fn write(&self) {
        assert_eq!(run(&mut self.ik(&["chat", "say", &self.conversation, "hello"])).0, 0);
        let (code, drained) = run(&mut self.ik(&["outbox", "drain"]));
        assert_eq!((code, &drained["delivered"]), (0, &json!(1)), "{drained}");
    }

    /// The org's own id of the conversation.
    fn orgs(&self) -> String {
        if !self.is_live() {
            return self.conversation.clone();
        }
        let sessions: Vec<Value> = serde_json::from_str(&self.org.control_get("/sessions")).unwrap();
        sessions[0]["conversationId"].as_str().unwrap().to_owned()
    }

    /// An agent ends the conversation for good.
    fn end(&self) {
        let (id, live) = (self.orgs(), self.is_live());
        match live {
            true => self.org.control(&format!("/sessions/{id}/disconnect"), r#"{"readOnly":true}"#),
            false => self.org.control(&format!("/conversations/{id}/close"), ""),
        };
    }

    fn wait_a_day(&self) {
        self.org.control("/clock", r#"{"advanceSeconds":86400}"#);
    }

    /// More time goes by than a session lasts.
    fn wait_too_long(&self) {
        self.org.control("/clock", r#"{"advanceSeconds":300000}"#);
    }
}

/// What is done before, the token that is shown, and the answer with its exit code.
type Row = (&'static str, fn(&Desk), fn(&Desk) -> String, &'static str, i32);

/// Each table over an org of its own, one row after the other.
const TABLES: [&[Row]; 3] = [
    &[
        ("just started", |_| {}, |d| d.token.clone(), "valid", 0),
        ("with blanks around it", |_| {}, |d| format!("  {}\n", d.token), "valid", 0),
        ("written in", Desk::write, |d| d.token.clone(), "valid", 0),
        ("nothing shown", |_| {}, |_| String::new(), "missing", 1),
        ("blanks shown", |_| {}, |_| " \n".to_owned(), "missing", 1),
        ("another token", |_| {}, |_| STRANGER.to_owned(), "invalid", 1),
        // Asking is no act: neither dialect lets a token be good because it was asked about.
        ("another token once more", |_| {}, |_| STRANGER.to_owned(), "invalid", 1),
        ("no token at all", |_| {}, |_| "\u{fc} ".repeat(500), "invalid", 1),
        ("written in after others were asked about", Desk::write, |d| d.token.clone(), "valid", 0),
        ("in other letters", |_| {}, |d| d.token.to_uppercase(), "invalid", 1),
        ("without its end", |_| {}, |d| d.token[..d.token.len() - 1].to_owned(), "invalid", 1),
        ("ended for good", Desk::end, |d| d.token.clone(), "gone", 1),
        ("ended for good, once more", |_| {}, |d| d.token.clone(), "gone", 1),
        ("another token after the end", |_| {}, |_| STRANGER.to_owned(), "invalid", 1),
    ],
    &[
        ("left alone too long", |d| (d.write(), d.wait_too_long()).1, |d| d.token.clone(), "gone", 1),
        ("left alone too long, once more", |_| {}, |d| d.token.clone(), "gone", 1),
    ],
    &[
        // A day is less than a session lasts.
        ("left alone for a day", |d| (d.write(), d.wait_a_day()).1, |d| d.token.clone(), "valid", 0),
        ("ended before anybody came back", Desk::end, |d| d.token.clone(), "gone", 1),
    ],
];

fn all_answers(dialect: &'static str) {
    let desks = TABLES.map(|rows| (Desk::new(dialect), rows));
    for (desk, (name, before, token, outcome, exit)) in
        desks.iter().flat_map(|(desk, rows)| rows.iter().map(move |row| (desk, row)))
    {
        before(desk);
        let (code, told) = desk.check(&token(desk));
        assert_eq!((told["outcome"].as_str(), code), (Some(*outcome), *exit), "{dialect}, {name}: {told}");
        assert!(told["reason"].as_str().is_some_and(|words| words.ends_with('.')), "{told}");
        // Of a chat of this console that is over, too, where the socket names the session by its token alone.
        let is_named = *outcome == "valid" || (*outcome == "gone" && desk.is_live());
        let conversation = if is_named { json!(desk.conversation) } else { Value::Null };
        assert_eq!(told["conversationId"], conversation, "{dialect}, {name}");
        assert!(!told.to_string().contains(&desk.token), "{told}");
    }
}

#[test]
fn every_answer_of_the_table_is_told_over_the_guest_api() {
    all_answers("guest-api");
}

#[test]
fn every_answer_of_the_table_is_told_by_the_guest_socket() {
    all_answers("genesys-cloud");
}

#[test]
fn a_session_that_asking_made_is_closed_again_and_does_not_make_the_token_good() {
    let desk = Desk::new("genesys-cloud");
    let frames = |action: &str| desk.org.ledger("frame").iter().filter(|f| f["action"] == action).count();
    let guests = lines(&desk.ik(&["guests", "list", "--recent", "2"]).output().unwrap()).1.len();
    for asked in 1..=2 {
        let (code, told) = desk.check(STRANGER);
        assert_eq!((code, &told["outcome"]), (1, &json!("invalid")), "asked {asked} times: {told}");
    }
    assert_eq!(frames("closeSession"), 1, "the first asking made it");
    assert_eq!(frames("onMessage"), 0);
    let sessions: Vec<Value> = serde_json::from_str(&desk.org.control_get("/sessions")).unwrap();
    assert!(sessions.iter().all(|session| session["connected"] == false), "{sessions:?}");
    assert_eq!(lines(&desk.ik(&["guests", "list", "--recent", "2"]).output().unwrap()).1.len(), guests);
    // The guest whose token it is comes and writes.
    let mut chat = desk.ik(&["lab", "chat", "--token-stdin"]);
    let mut chat = chat.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    chat.stdin.take().unwrap().write_all(format!("{STRANGER}\nhello\n").as_bytes()).unwrap();
    assert!(chat.wait().unwrap().success());
    let (code, told) = desk.check(STRANGER);
    assert_eq!(
        (code, &told["outcome"], &told["conversationId"]),
        (0, &json!("valid"), &Value::Null),
        "{told}"
    );
}

#[test]
fn what_a_dialect_cannot_compare_is_refused_and_so_is_a_check_without_a_deployment() {
    let desk = Desk::new("guest-api");
    for more in [&["--deployment", DEPLOYMENT][..], &["--origin", "https://shop.example"]] {
        let (code, told) = desk.check_with(&desk.token, more);
        assert_eq!((code, &told["error"]["code"]), (2, &json!("not_in_this_dialect")), "{told}");
    }
    let live = Desk::new("genesys-cloud");
    let (code, told) = live.check_with(&live.token, &["--guest", STRANGER]);
    assert_eq!((code, &told["error"]["code"]), (2, &json!("not_in_this_dialect")), "{told}");
    let asked = live.org.ledger("frame").len();
    let mut command = live.ik(&["session", "check"]);
    let mut child =
        command.env_remove("GC_DEPLOYMENT_ID").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(STRANGER.as_bytes()).unwrap();
    let (code, told) = lines(&child.wait_with_output().unwrap());
    assert_eq!((code, &told[0]["error"]["code"]), (2, &json!("invalid_input")), "{told:?}");
    assert!(told[0]["error"]["message"].as_str().unwrap().contains("deployment"), "{told:?}");
    assert_eq!(live.org.ledger("frame").len(), asked, "nobody was asked");
    let (code, told) = live.check_with(STRANGER, &["--deployment", "no-such-deployment"]);
    assert_eq!((code, &told["error"]["code"]), (77, &json!("forbidden")), "{told}");
}

#[test]
fn a_chat_whose_token_was_forgotten_is_still_named_and_a_wait_of_hours_is_told_with_its_end() {
    let desk = Desk::new("genesys-cloud");
    desk.write();
    desk.end();
    assert_eq!(run(&mut desk.ik(&["chat", "end", &desk.conversation])).0, 0);
    let (code, told) = desk.check(&desk.token);
    assert_eq!(
        (code, &told["outcome"], &told["conversationId"]),
        (1, &json!("gone"), &json!(desk.conversation)),
        "{told}"
    );
    desk.org.control("/weather", r#"{"rules":[{"when":{"path":"/v1"},"do":"429:7200"}]}"#);
    let (code, told) = desk.check(&desk.token);
    let next = told["error"]["next"].as_str().unwrap();
    assert_eq!((code, &told["error"]["code"]), (75, &json!("rate_limited")), "{told}");
    assert!(next.starts_with("Try again in 2 hours. That is at 20"), "{next}");
    assert!(next.ends_with('.') && !told.to_string().contains("7200"), "{told}");
}

#[test]
fn an_org_that_gives_no_answer_about_a_session_is_a_failure_and_no_answer() {
    let desk = Desk::new("genesys-cloud");
    let weather = |what: &str| {
        let rule = format!(r#"{{"rules":[{{"when":{{"action":"configureSession"}},"do":"{what}"}}]}}"#);
        desk.org.control("/weather", &rule);
    };
    for (what, exit) in [("error:500", 1), ("429", 75), ("drop-before", 69)] {
        weather(what);
        let (code, told) = desk.check(&desk.token);
        assert_eq!(code, exit, "{what}: {told}");
        assert!(told["outcome"].is_null() && told["error"]["code"].is_string(), "{what}: {told}");
    }
    weather("error:4006");
    assert_eq!(desk.check(&desk.token).1["outcome"], "gone");
    weather("error:409");
    assert_eq!(desk.check(&desk.token).1["outcome"], "gone");
    weather("error:4007");
    assert_eq!(desk.check(&desk.token).1["outcome"], "invalid");
    desk.org.control("/weather", "{}");
    assert_eq!(desk.check(&desk.token).1["outcome"], "valid");
}
