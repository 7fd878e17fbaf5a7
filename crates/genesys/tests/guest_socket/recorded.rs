//! The recorded frames of `tests/contract/frames`, from the client's side: the test plays the org.

use std::{collections::BTreeMap, fs, path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use genesys::webmessaging::{Answer, OutgoingFile};
use serde_json::{Value, json};
use testkit::Canned;

use crate::common::{Scripted, TOKEN, id, options, scripted_with, told};

/// What the names that begin with `$` stand for.
struct Names(BTreeMap<String, Value>);

impl Names {
    /// A message's id is `m` and its number; everything else of the org is made up here.
    fn new() -> Self {
        let mut names = BTreeMap::from([("$token".to_owned(), json!(TOKEN))]);
        for n in 1..10 {
            names.insert(format!("$m{n}"), json!(id(n)));
        }
        names.insert("$after".to_owned(), json!(1));
        names.insert("$expires".to_owned(), json!(1_795_600_000));
        names.insert("$exp".to_owned(), json!(1_795_600_000));
        names.insert("$headers".to_owned(), json!({ "x-amz-tagging": "a=b" }));
        names.insert("$url".to_owned(), json!("https://files.example/put?signature=s"));
        Self(names)
    }

    /// The frame that the org sends.
    fn fill(&mut self, value: &Value) -> Value {
        match value {
            Value::String(name) if name.starts_with('$') => {
                let made_up = if name.ends_with("_time") {
                    json!("2026-11-22T12:00:01.000Z")
                } else {
                    json!(format!("made-up-{}", name.trim_start_matches('$')))
                };
                self.0.entry(name.clone()).or_insert(made_up).clone()
            }
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, value)| (name.clone(), self.fill(value))).collect()
            }
            other => other.clone(),
        }
    }

    /// Whether what the guest sent has at least what was recorded.
    fn compare(&mut self, recorded: &Value, sent: &Value, at: &str) {
        match (recorded, sent) {
            (Value::String(name), sent) if name.starts_with('$') => {
                let known = self.0.entry(name.clone()).or_insert_with(|| sent.clone());
                assert_eq!(known, sent, "{at} ({name})");
            }
            (Value::Object(members), _) => {
                for (name, value) in members {
                    self.compare(value, &sent[name], &format!("{at}.{name}"));
                }
            }
            (Value::Array(items), Value::Array(those)) => {
                assert_eq!(items.len(), those.len(), "{at}");
                for (n, (one, other)) in items.iter().zip(those).enumerate() {
                    self.compare(one, other, &format!("{at}[{n}]"));
                }
            }
            _ => assert_eq!(recorded, sent, "{at}"),
        }
    }
}

fn exchanges() -> Vec<Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/contract/frames");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "json"));
    files.sort();
    let all = files.iter().flat_map(|file| {
        let list: Vec<Value> = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        list
    });
    all.filter(|exchange| exchange["settings"]["only"] != "org").collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn pairs(value: &Value) -> Vec<(String, String)> {
    value.as_array().unwrap().iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect()
}

/// Does what the guest does by hand. Messages are numbered in order.
async fn act(guest: &Scripted, what: &Value, messages: &mut u128) {
    let (kind, value) = what.as_object().unwrap().iter().next().unwrap();
    let mut next = || {
        *messages += 1;
        id(*messages)
    };
    match kind.as_str() {
        "say" => guest.chat.say(next(), value.as_str().unwrap()).unwrap(),
        "quickReply" => {
            let answer = Answer::QuickReply { text: text(&value["text"]), payload: text(&value["payload"]) };
            guest.chat.answer(next(), answer).unwrap();
        }
        "button" => {
            let answer = Answer::Button { text: text(&value["text"]), payload: text(&value["payload"]) };
            guest.chat.answer(next(), answer).unwrap();
        }
        "time" => {
            let answer = Answer::Time { message: text(&value["message"]), iso: text(&value["iso"]) };
            guest.chat.answer(next(), answer).unwrap();
        }
        "list" => {
            let answer = Answer::List { message: text(&value["message"]), chosen: pairs(&value["chosen"]) };
            guest.chat.answer(next(), answer).unwrap();
        }
        "form" => {
            let answer = Answer::Form { message: text(&value["message"]), values: pairs(&value["values"]) };
            guest.chat.answer(next(), answer).unwrap();
        }
        "attach" => {
            let file = OutgoingFile {
                name: text(&value["name"]),
                media_type: text(&value["type"]),
                bytes: Bytes::from(text(&value["bytes"])),
            };
            guest.chat.attach(next(), file, None).unwrap();
        }
        "typing" => guest.chat.typing().unwrap(),
        "startNew" => guest.chat.start_new().unwrap(),
        "clear" => guest.chat.clear().unwrap(),
        "returning" | "silence" | "wait" => {}
        other => panic!("no guest does {other}"),
    }
}

async fn play(exchange: &Value) {
    let name = exchange["name"].as_str().unwrap();
    let mut options = options();
    options.attributes = serde_json::from_value(exchange["attributes"].clone()).unwrap_or_default();
    options.join = exchange["join"] == true;
    options.typing = exchange["typing"] == true;
    options.messages_per_second = 100;
    let http = Canned::new(|_, _| Canned::json(200, r#"{"entities":[],"total":0}"#));
    let mut guest = scripted_with(options, Arc::new(http.clone()));
    let mut org = guest.connections.recv().await.unwrap();
    let mut names = Names::new();
    let mut messages = 0;
    for (n, step) in exchange["steps"].as_array().unwrap().iter().enumerate() {
        let at = format!("{name}, step {n}");
        if step["from"] == "guest" {
            let day = Duration::from_secs(86_400);
            let sent = tokio::time::timeout(day, org.receive()).await.expect(&at).expect(&at);
            names.compare(&step["frame"], &sent, &at);
        } else if step["from"] == "org" {
            org.send(&names.fill(&step["frame"]));
            for expected in step["tells"].as_array().into_iter().flatten() {
                let mut heard = told(&mut guest.events).await.expect(&at);
                while heard.starts_with("sent ") {
                    heard = told(&mut guest.events).await.expect(&at);
                }
                assert_eq!(heard, expected.as_str().unwrap(), "{at}");
            }
        } else if step["put"].is_object() {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let put = http.seen().pop().unwrap();
            assert_eq!((put.method.as_str(), put.target.as_str()), ("PUT", "/put?signature=s"), "{at}");
        } else if step["guest"].is_object() {
            act(&guest, &step["guest"], &mut messages).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_guest_sends_what_is_recorded_and_understands_what_is_answered() {
    let all = exchanges();
    assert!(all.len() >= 20, "the recorded frames are there");
    for exchange in &all {
        assert!(exchange["source"].as_str().is_some_and(|s| !s.is_empty()), "{}", exchange["name"]);
        play(exchange).await;
    }
}
