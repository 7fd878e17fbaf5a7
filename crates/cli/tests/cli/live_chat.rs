//! Chats of the dialect of a live org, which go by the guest socket and through the outbox.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Org, innkeeper, lines, run};

const DEPLOYMENT: &str = "00000000-0000-4000-8000-000000000001";

struct Desk {
    org: Org,
    data: TempDir,
}

impl Desk {
    fn new() -> Self {
        let org = Org::start(&["--guests", "0", "--rate", "off", "--bot", "none"]);
        Self { org, data: tempfile::tempdir().unwrap() }
    }

    fn ik(&self, words: &[&str]) -> Command {
        let mut command = innkeeper(self.data.path(), Some(&self.org));
        command.env("GC_DIALECT", "genesys-cloud").env("GC_DEPLOYMENT_ID", DEPLOYMENT).args(words);
        command
    }

    fn start(&self, more: &[&str]) -> String {
        let (code, started) = run(&mut self.ik(&[&["chat", "start"][..], more].concat()));
        assert_eq!((code, &started["guestId"]), (0, &Value::Null), "{started}");
        started["conversationId"].as_str().unwrap().to_owned()
    }

    fn say(&self, chat: &str, text: &str) -> (i32, Value) {
        run(&mut self.ik(&["chat", "say", chat, text]))
    }

    fn drain(&self) -> (i32, Value) {
        run(&mut self.ik(&["outbox", "drain", "--max-wait", "30"]))
    }

    fn list(&self, words: &[&str]) -> Vec<Value> {
        let (code, lines) = lines(&self.ik(words).output().unwrap());
        assert_eq!(code, 0, "{words:?}: {lines:?}");
        lines
    }

    fn arrived(&self) -> Vec<String> {
        let taken = self.org.ledger("message");
        taken.iter().map(|e| e["text"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn a_chat_is_started_written_in_and_known_by_the_orgs_own_ids_once_it_tells_them() {
    let desk = Desk::new();
    let chat = desk.start(&[
        "--name",
        "Grace",
        "--email",
        "grace@example.org",
        "--attr",
        "tier=gold",
        "--attr",
        "n=1",
    ]);
    assert_eq!(desk.org.ledger("message").len(), 0);
    assert_eq!(run(&mut desk.ik(&["guests", "show", &chat])).0, 1, "nobody there knows them yet");
    assert_eq!(desk.say(&chat, "one").0, 0);
    assert!(desk.list(&["outbox", "list"])[0]["org"].is_null());
    let (code, drained) = desk.drain();
    assert_eq!((code, &drained["delivered"]), (0, &json!(1)), "{drained}");
    assert_eq!(desk.arrived(), ["one"]);

    let message = &desk.org.ledger("message")[0];
    let (conversation, contact) = (&message["conversationId"], &message["guestId"]);
    assert_eq!(desk.say(&chat, "two").0, 0);
    let waiting = desk.list(&["outbox", "list"]).remove(0);
    assert_eq!(
        (&waiting["org"]["conversationId"], &waiting["org"]["contactId"], &waiting["conversationId"]),
        (conversation, contact, &json!(chat)),
        "{waiting}"
    );
    for id in [chat.as_str(), contact.as_str().unwrap()] {
        let shown = desk.list(&["guests", "show", id]).remove(0);
        assert_eq!(
            (&shown["id"], &shown["name"], &shown["email"]),
            (contact, &json!("Grace"), &json!("grace@example.org"))
        );
        assert_eq!(shown["conversations"][0]["id"], *conversation, "{shown}");
        let own = json!({ "conversationId": chat, "org": { "conversationId": conversation, "contactId": contact } });
        assert_eq!(shown["chats"], json!([own]), "{shown}");
    }
    let attributes = desk.list(&["conversation", "show", conversation.as_str().unwrap()]).remove(0);
    let told = attributes["attributes"].to_string();
    assert!(told.contains("gold") && told.contains(r#""1""#), "attributes are texts: {told}");
    assert_eq!(desk.drain().0, 0);
    assert_eq!(desk.arrived(), ["one", "two"]);
}

#[test]
fn the_id_of_a_message_or_a_conversation_leads_to_its_guest_by_whichever_name_it_has() {
    let desk = Desk::new();
    let chat = desk.start(&["--name", "Grace", "--email", "grace@example.org"]);
    let own = desk.say(&chat, "hello").1["id"].as_str().unwrap().to_owned();
    let before = desk.list(&["guests", "find", &own]).remove(0);
    assert_eq!(
        before,
        json!({ "guestId": null, "conversationId": chat, "messageId": own }),
        "nobody asked yet"
    );
    assert_eq!(desk.drain().0, 0);
    let message = &desk.org.ledger("message")[0];
    let text = |key: &str| message[key].as_str().unwrap().to_owned();
    let (guest, conversation, by_org) = (text("guestId"), text("conversationId"), text("messageId"));
    let found = |message: Option<&str>| json!({ "guestId": guest, "conversationId": conversation, "messageId": message });
    assert_eq!(desk.list(&["guests", "find", &own]), [found(Some(&own))]);
    assert_eq!(desk.list(&["guests", "find", &chat]), [found(None)]);

    // A folder that knows nothing of the chat asks the org.
    let elsewhere = Desk { data: tempfile::tempdir().unwrap(), ..desk };
    assert_eq!(elsewhere.list(&["guests", "find", &format!(" {conversation}\n")]), [found(None)]);
    assert_eq!(elsewhere.list(&["guests", "find", &by_org]), [found(Some(&by_org))]);
    let nobody = "01980000-0000-7000-8000-00000000dead";
    for (id, exit, code) in [(nobody, 1, "not_found"), ("../x", 2, "invalid_input"), ("m-0", 1, "not_found")]
    {
        let (told, refused) = run(&mut elsewhere.ik(&["guests", "find", id]));
        assert_eq!((told, &refused["error"]["code"]), (exit, &json!(code)), "{refused}");
    }
    // The Guest API finds nobody by such ids, but what was written over it is known here.
    let other = |words: &[&str]| run(innkeeper(elsewhere.data.path(), Some(&elsewhere.org)).args(words));
    let (_, started) = other(&["chat", "start"]);
    let there = started["conversationId"].as_str().unwrap();
    let said = other(&["chat", "say", there, "by the Guest API"]).1["id"].as_str().unwrap().to_owned();
    for (id, message) in [(there, Value::Null), (said.as_str(), json!(said))] {
        let told = json!({ "guestId": started["guestId"], "conversationId": there, "messageId": message });
        assert_eq!(other(&["guests", "find", id]), (0, told));
    }
    let (exit, refused) = other(&["guests", "find", nobody]);
    assert_eq!((exit, &refused["error"]["code"]), (2, &json!("not_in_this_dialect")), "{refused}");
}

#[test]
fn what_a_message_shows_beside_its_text_is_read_as_lines() {
    let desk = Desk::new();
    let chat = desk.start(&[]);
    desk.say(&chat, "hello");
    assert_eq!(desk.drain().0, 0);
    let id = desk.org.ledger("message")[0]["conversationId"].as_str().unwrap().to_owned();
    let say = |message: Value| desk.org.control(&format!("/sessions/{id}/say"), &message.to_string());
    say(json!({ "text": "Sure?", "quickReplies": ["Yes", "No"], "originatingEntity": "Bot" }));
    let actions = json!([{ "type": "Link", "text": "Open", "url": "https://shop.example" }]);
    let card = json!({ "title": "Shoe", "description": "Red", "actions": actions });
    say(json!({ "content": [{ "contentType": "Card", "card": card }, { "contentType": "Hologram" }] }));
    let shown = desk.list(&["conversation", "show", &id]).remove(0);
    let message = |n: usize| (&shown["messages"][n]["text"], &shown["messages"][n]["content"]);
    assert_eq!(message(0), (&json!("hello"), &Value::Null));
    assert_eq!(message(1), (&json!("Sure?"), &json!(["Quick replies: [Yes] [No]"])));
    let lines = [
        "Card: Shoe – Red – [Open: https://shop.example]",
        "Something of the kind Hologram, which is not shown here",
    ];
    assert_eq!(message(2), (&Value::Null, &json!(lines)));

    let mut words = Command::new(env!("CARGO_BIN_EXE_innkeeper"));
    let json = desk.ik(&["conversation", "show", &id, "--text"]);
    words.args(json.get_args().filter(|arg| *arg != "--json"));
    for (name, value) in json.get_envs() {
        match value {
            Some(value) => words.env(name, value),
            None => words.env_remove(name),
        };
    }
    let told = String::from_utf8(words.output().unwrap().stdout).unwrap();
    let said: Vec<&str> = told.lines().map(|line| line.split_once('\t').unwrap().1).collect();
    assert_eq!(said[..2], ["guest\thello", "bot\tSure?  Quick replies: [Yes] [No]"], "{told}");
    assert_eq!(said[2], format!("agent\t{}  {}", lines[0], lines[1]));
}

#[test]
fn whatever_cuts_a_delivery_off_it_is_found_out_and_nothing_is_sent_twice() {
    for cut in ["drop-after", "drop-before"] {
        let desk = Desk::new();
        let chat = desk.start(&[]);
        let rule = format!(r#"{{"rules":[{{"when":{{"action":"onMessage","until":1}},"do":"{cut}"}}]}}"#);
        desk.org.control("/weather", &rule);
        for text in ["one", "two"] {
            assert_eq!(desk.say(&chat, text).0, 0);
        }
        let (code, drained) = run(&mut desk.ik(&["outbox", "drain", "--max-wait", "30"]));
        assert_eq!((code, &drained["delivered"]), (0, &json!(2)), "{cut}: {drained}");
        assert_eq!(desk.arrived(), ["one", "two"], "{cut}");
    }
}

#[test]
fn a_chat_that_the_org_ended_takes_nothing_any_more_and_a_conversation_of_the_orgs_own_never_did() {
    let desk = Desk::new();
    let chat = desk.start(&[]);
    desk.say(&chat, "hello");
    assert_eq!(desk.drain().0, 0);
    let conversation = desk.org.ledger("message")[0]["conversationId"].as_str().unwrap().to_owned();
    let shown = desk.list(&["guests", "list", "--recent", "1"]).remove(0);
    desk.list(&["guests", "show", shown["id"].as_str().unwrap()]);
    let (code, refused) = desk.say(&conversation, "by its own id");
    assert_eq!((code, &refused["error"]["code"]), (1, &json!("unknown_conversation")), "{refused}");

    desk.org.control(&format!("/sessions/{conversation}/expire"), "");
    assert_eq!(desk.say(&chat, "too late").0, 0);
    let (code, drained) = desk.drain();
    assert_eq!((code, &drained["dead"]), (3, &json!(1)), "{drained}");
    let (code, refused) = desk.say(&chat, "later still");
    assert_eq!((code, &refused["error"]["code"]), (1, &json!("conversation_closed")), "{refused}");
    assert_eq!(desk.arrived(), ["hello"]);
}

#[test]
fn without_a_deployment_no_chat_begins_and_what_was_written_in_the_other_dialect_waits_for_it() {
    let desk = Desk::new();
    for words in [&["chat", "start"][..], &["gateway", "--listen", "127.0.0.1:0"]] {
        let (code, refused) = run(desk.ik(words).env_remove("GC_DEPLOYMENT_ID"));
        assert_eq!((code, &refused["error"]["code"]), (2, &json!("invalid_input")), "{words:?}: {refused}");
        assert!(refused.to_string().contains("deployment"), "{refused}");
    }
    let other = |words: &[&str]| run(innkeeper(desk.data.path(), Some(&desk.org)).args(words));
    let (code, refused) = other(&["chat", "start", "--origin", "https://shop.example"]);
    assert_eq!((code, &refused["error"]["code"]), (2, &json!("invalid_input")), "{refused}");
    let (_, started) = other(&["chat", "start"]);
    let there = started["conversationId"].as_str().unwrap();
    assert_eq!(other(&["chat", "say", there, "by the Guest API"]).0, 0);
    let here = desk.start(&[]);
    desk.say(&here, "by the socket");
    let (code, drained) = run(&mut desk.ik(&["outbox", "drain", "--max-wait", "3"]));
    assert_eq!((code, &drained["delivered"], &drained["waiting"]), (75, &json!(1), &json!(1)), "{drained}");
    assert_eq!(other(&["outbox", "drain"]).0, 0);
    assert_eq!(desk.arrived(), ["by the socket", "by the Guest API"]);
}

/// One plain HTTP exchange with the gateway: status, head and body.
fn post(url: &str, path: &str, cookie: &str, body: &Value) -> (u16, String, Value) {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let body = body.to_string();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_owned(), serde_json::from_str(body).unwrap())
}

#[test]
fn the_gateway_serves_pages_over_the_socket_and_delivers_what_they_write() {
    let desk = Desk::new();
    let mut gateway =
        desk.ik(&["gateway", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(gateway.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let first: Value = serde_json::from_str(&first).unwrap();
    let url = first["listening"].as_str().unwrap();
    let (status, head, started) = post(url, "/api/chat/initiate", "", &json!({ "name": "Ada" }));
    assert_eq!(status, 201, "{started}");
    let cookie = head.lines().find_map(|l| l.split_once("gcSessionToken=")).unwrap().1;
    let cookie = format!("gcSessionToken={}", cookie.split(';').next().unwrap());
    let (guest, chat) = (&started["guestId"], &started["conversationId"]);
    let (status, _, told) = post(url, "/api/chat/validate", &cookie, &json!({ "guestId": guest }));
    assert_eq!((status, &told["conversationId"]), (200, chat), "{told}");
    let (status, ..) =
        post(url, "/api/chat/message", &cookie, &json!({ "conversationId": chat, "text": "hello" }));
    assert_eq!(status, 202);
    while desk.arrived().is_empty() {
        std::thread::yield_now();
    }
    let other = "gcSessionToken=5f0c2d2e-7d1b-4a55-9f0e-0c1d2e3f4a5b";
    assert_eq!(post(url, "/api/chat/validate", other, &json!({ "guestId": guest })).0, 401);
    gateway.kill().unwrap();
    gateway.wait().unwrap();
    assert_eq!(desk.arrived(), ["hello"]);
}
