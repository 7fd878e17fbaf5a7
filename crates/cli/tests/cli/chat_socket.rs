//! `chat start --deployment`: chats by the guest socket from a script, whose messages go through the outbox.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::support::{Org, innkeeper, lines, run};

const DEPLOYMENT: &str = "00000000-0000-4000-8000-000000000001";

struct Script {
    org: Org,
    data: tempfile::TempDir,
    conversation: String,
    token: String,
}

impl Script {
    fn new() -> Self {
        let org = Org::start(&["--guests", "0", "--rate", "off", "--bot", "none"]);
        let data = tempfile::tempdir().unwrap();
        let start = ["chat", "start", "--deployment", DEPLOYMENT, "--name", "Grace", "--attr", "tier=gold"];
        let (code, started) = run(innkeeper(data.path(), Some(&org)).args(start).arg("--print-token"));
        assert_eq!((code, &started["guestId"]), (0, &Value::Null), "{started}");
        let text = |key: &str| started[key].as_str().unwrap().to_owned();
        Self { conversation: text("conversationId"), token: text("sessionToken"), org, data }
    }

    fn ik(&self, words: &[&str]) -> Command {
        let mut command = innkeeper(self.data.path(), Some(&self.org));
        command.args(words);
        command
    }

    fn say(&self, text: &str) -> String {
        let (code, said) = run(&mut self.ik(&["chat", "say", &self.conversation, text]));
        assert_eq!(code, 0, "{said}");
        said["id"].as_str().unwrap().to_owned()
    }

    fn drain(&self) -> (i32, Value) {
        run(&mut self.ik(&["outbox", "drain", "--max-wait", "30"]))
    }

    fn list(&self) -> Vec<Value> {
        lines(&self.ik(&["outbox", "list"]).output().unwrap()).1
    }

    /// The first message of a guest meets this.
    fn once(&self, what: &str) {
        let rule = format!(r#"{{"rules":[{{"when":{{"action":"onMessage","until":1}},"do":"{what}"}}]}}"#);
        self.org.control("/weather", &rule);
    }

    fn arrived(&self) -> Vec<String> {
        let taken = self.org.ledger("message");
        taken.iter().map(|e| e["text"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn a_chat_by_the_socket_is_started_written_in_delivered_and_ended_and_its_token_is_on_no_disk() {
    let script = Script::new();
    assert!(script.org.ledger("frame").is_empty(), "starting sends nothing");
    script.say("one");
    script.say("two");
    assert_eq!(
        script.list()[0]["guestId"],
        Value::Null,
        "the org makes the guest, and does not say who it is"
    );
    assert_eq!(run(&mut script.ik(&["chat", "end", &script.conversation])).0, 2, "messages wait");
    let (code, drained) = script.drain();
    assert_eq!((code, &drained["delivered"], &drained["done"]), (0, &json!(2), &json!(true)), "{drained}");
    assert_eq!(script.arrived(), ["one", "two"]);
    let guests = lines(&script.ik(&["guests", "list"]).output().unwrap()).1;
    assert_eq!(
        (guests.len(), &guests[0]["name"], &guests[0]["attributes"]["tier"]),
        (1, &json!("Grace"), &json!("gold"))
    );

    let mut folders = vec![script.data.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => folders.push(entry.path()),
                kind if kind.is_file() => {
                    let bytes = std::fs::read(entry.path()).unwrap();
                    let token = script.token.as_bytes();
                    assert!(!bytes.windows(token.len()).any(|part| part == token), "{:?}", entry.path());
                }
                _ => {}
            }
        }
    }
    assert_eq!(run(&mut script.ik(&["chat", "end", &script.conversation])).0, 0);
    assert_eq!(run(&mut script.ik(&["chat", "end", &script.conversation])).0, 1);
    let (code, refused) = run(&mut script.ik(&["chat", "say", &script.conversation, "too late"]));
    assert_eq!((code, &refused["error"]["code"]), (1, &json!("conversation_closed")), "{refused}");
    assert!(script.list().is_empty());
}

#[test]
fn whatever_cuts_a_delivery_off_the_next_drain_finds_out_and_sends_nothing_twice() {
    for (cut, again) in [("drop-after", 0), ("drop-before", 1)] {
        let script = Script::new();
        script.once(cut);
        script.say("one");
        script.say("two");
        let (code, drained) = script.drain();
        assert_eq!(
            (code, &drained["delivered"], &drained["uncertain"]),
            (0, &json!(2), &json!(0)),
            "{cut}: {drained}"
        );
        assert_eq!(script.arrived(), ["one", "two"], "{cut}, sent again {again} times");
    }
    // The program itself is killed while nobody answers.
    let script = Script::new();
    script.once("silent");
    script.say("one");
    let mut killed =
        script.ik(&["outbox", "drain"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while !script.org.ledger("frame").iter().any(|frame| frame["action"] == "onMessage") {
        std::thread::yield_now();
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let (code, drained) = script.drain();
    assert_eq!((code, &drained["uncertain"]), (0, &json!(0)), "{drained}");
    assert_eq!(script.arrived(), ["one"]);
}

#[test]
fn what_only_a_person_can_decide_is_said_waits_for_them_and_is_decided_once() {
    let script = Script::new();
    script.say("hello");
    assert_eq!(script.drain().0, 0);
    // The same guest writes the same from elsewhere.
    let mut chat = script.ik(&["lab", "chat", "--deployment", DEPLOYMENT, "--token-stdin"]);
    let mut chat = chat.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    chat.stdin.take().unwrap().write_all(format!("{}\nyes\n", script.token).as_bytes()).unwrap();
    assert!(chat.wait().unwrap().success());
    script.once("drop-after");
    let yes = script.say("yes");
    script.say("behind it");
    let (code, drained) = script.drain();
    assert_eq!((code, &drained["uncertain"]), (75, &json!(1)), "what stands behind it waits: {drained}");
    let list = script.list();
    assert_eq!((&list[0]["needsPerson"], &list[0]["state"]), (&json!(true), &json!("uncertain")), "{list:?}");
    assert_eq!(script.arrived(), ["hello", "yes", "yes"]);
    let (code, looked_for) = run(&mut script.ik(&["outbox", "retry", &yes]));
    assert_eq!((code, looked_for), (0, json!({ "inTime": true, "perhapsSent": true })));
    let (code, again) = script.drain();
    assert_eq!(again["error"]["code"], "still_waiting", "no rate limit is in the way: {again}");
    let next = again["error"]["next"].as_str().unwrap_or_default();
    assert!(code == 75 && next.contains("mark-delivered"), "{again}");
    let decide = |how: &str| run(&mut script.ik(&["outbox", how, &yes]));
    let (code, decided) = decide("mark-delivered");
    assert_eq!((code, &decided["inTime"]), (0, &json!(true)));
    assert_eq!(decide("send-again").0, 1, "it is delivered");
    assert_eq!(script.drain().0, 0);
    assert_eq!(script.arrived(), ["hello", "yes", "yes", "behind it"]);
}

#[test]
fn whoever_stands_in_the_way_of_the_socket_for_a_while_costs_no_message() {
    let script = Script::new();
    script.say("one");
    script.org.control("/weather", r#"{"rules":[{"when":{"path":"/v1"},"do":"403"}]}"#);
    let (code, drained) = run(&mut script.ik(&["outbox", "drain", "--max-wait", "2"]));
    assert!(code != 0 && drained["dead"] == 0 && drained["waiting"] == 1, "{drained}");
    script.org.control("/weather", "{}");
    assert_eq!(script.drain().0, 0);
    assert_eq!(script.arrived(), ["one"]);
}

#[test]
fn a_message_that_a_person_settled_does_not_hide_the_next_equal_one() {
    let script = Script::new();
    script.org.control(
        "/weather",
        r#"{"rules":[{"when":{"action":"onMessage","until":1},"do":"drop-after"},{"when":{"path":"/api/v2/webmessaging/messages"},"do":"403"}]}"#,
    );
    let first = script.say("yes");
    let (_, drained) = run(&mut script.ik(&["outbox", "drain", "--max-wait", "3"]));
    assert_eq!(drained["uncertain"], 1, "{drained}");
    assert_eq!(run(&mut script.ik(&["outbox", "discard", &first])).0, 0);
    script.once("drop-before");
    script.say("yes");
    assert_ne!(script.drain().0, 0, "an equal text stands there");
    assert_eq!(script.list()[0]["needsPerson"], true);
    assert_eq!(script.arrived(), ["yes"]);
}

#[test]
fn a_refusal_of_the_socket_that_names_a_time_is_kept_to_by_every_process() {
    let script = Script::new();
    script.say("one");
    script.org.control("/weather", r#"{"rules":[{"when":{"path":"/v1"},"do":"429:600"}]}"#);
    let drain = || run(&mut script.ik(&["outbox", "drain", "--max-wait", "1"]));
    let (code, drained) = drain();
    assert_eq!(
        (code, &drained["waiting"], &drained["error"]["code"]),
        (75, &json!(1), &json!("rate_limited"))
    );
    script.org.control("/weather", "{}");
    let (code, drained) = drain();
    assert!(code != 0 && drained["waiting"] == 1, "the time is not over, and nothing is tried: {drained}");
    let entry = script.list().remove(0);
    assert_eq!((&entry["state"], &entry["attempts"]), (&json!("waiting"), &json!(1)), "{entry}");
    // Whoever asks for it has it tried all the same.
    assert_eq!(run(&mut script.ik(&["outbox", "retry", entry["id"].as_str().unwrap()])).0, 0);
    assert_eq!(script.drain().0, 0);
    assert_eq!(script.arrived(), ["one"]);
}

#[test]
fn a_history_that_cannot_be_read_is_no_rate_limit() {
    let script = Script::new();
    script.org.control(
        "/weather",
        r#"{"rules":[{"when":{"action":"onMessage","until":1},"do":"drop-after"},{"when":{"path":"/api/v2/webmessaging/messages"},"do":"500"}]}"#,
    );
    script.say("one");
    script.say("two");
    let (code, drained) = run(&mut script.ik(&["outbox", "drain", "--max-wait", "3"]));
    assert_eq!((code, &drained["uncertain"], &drained["waiting"]), (75, &json!(1), &json!(1)), "{drained}");
    assert_eq!(drained["error"]["code"], "still_waiting", "{drained}");
}

#[test]
fn an_org_that_lost_the_session_takes_what_waits_as_from_somebody_new_and_that_is_told() {
    let script = Script::new();
    script.say("one");
    let (code, drained) = script.drain();
    assert_eq!((code, drained.get("newGuests")), (0, None), "{drained}");
    let guest = lines(&script.ik(&["guests", "list"]).output().unwrap()).1.remove(0);
    assert_eq!(run(&mut script.ik(&["guests", "delete", guest["id"].as_str().unwrap()])).0, 0);
    script.say("two");
    let output = script.ik(&["--quiet", "outbox", "drain", "--max-wait", "30"]).output().unwrap();
    let (code, mut printed) = lines(&output);
    let drained = printed.pop().unwrap();
    assert_eq!((code, &drained["delivered"]), (0, &json!(1)), "{drained}");
    assert_eq!(drained["newGuests"], json!([script.conversation]), "{drained}");
    let warned = String::from_utf8(output.stderr).unwrap();
    assert!(warned.contains("did not know the guest") && warned.contains(&script.conversation), "{warned}");
}

#[test]
fn the_last_line_of_a_drain_that_did_not_begin_does_not_say_that_nothing_waits() {
    let script = Script::new();
    script.say("one");
    let mut gateway = script.ik(&["gateway", "--listen", "127.0.0.1:0"]);
    script.org.control("/weather", r#"{"rules":[{"when":{"action":"onMessage"},"do":"silent"}]}"#);
    let mut gateway = gateway.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(gateway.stdout.take().unwrap()),
        &mut String::new(),
    )
    .unwrap();
    let (code, locked) = script.drain();
    assert_eq!((code, &locked["waiting"], &locked["done"]), (75, &Value::Null, &json!(true)), "{locked}");
    gateway.kill().unwrap();
    gateway.wait().unwrap();
}
