//! The recorded frames of `tests/contract/frames`, whose README says how they are written: the guest's are sent, the org's compared.

use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

use serde_json::{Value, json};
use simulator::{Disconnect, Messaging};
use uuid::Uuid;

use crate::{
    common::Org,
    guest::{ADA, Guest, only_guest, org},
};

fn exchanges() -> Vec<Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/contract/frames");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "json")).collect();
    files.sort();
    let read = |file| serde_json::from_slice::<Vec<Value>>(&fs::read(file).unwrap()).unwrap();
    let all: Vec<Value> = files.into_iter().flat_map(read).collect();
    all.into_iter().filter(|exchange| exchange["settings"]["only"] != "client").collect()
}

fn set(messaging: &mut Messaging, settings: &Value) {
    for (name, value) in settings.as_object().into_iter().flatten() {
        match name.as_str() {
            "autoStart" => messaging.auto_start = value.as_bool().unwrap(),
            "clear" => messaging.clear = value.as_bool().unwrap(),
            "presence" => messaging.presence = value != "refused",
            "disconnect" => {
                messaging.disconnect = match value.as_str().unwrap() {
                    "off" => Disconnect::Off,
                    "send" => Disconnect::Send,
                    "readonly" => Disconnect::ReadOnly,
                    other => panic!("unknown: disconnect {other}"),
                }
            }
            "messagesPerSecond" => {
                messaging.limits.messages_per_second = Some(value.as_u64().unwrap().try_into().unwrap());
            }
            "only" => {}
            other => panic!("the simulator's test does not know the setting {other}"),
        }
    }
}

/// What the names that begin with `$` stand for.
type Names = BTreeMap<String, Value>;

/// The frame with a value for each name; a name that is new gets one.
fn filled(frame: &Value, names: &mut Names) -> Value {
    match frame {
        Value::String(text) if text.starts_with('$') => {
            names.entry(text.clone()).or_insert_with(|| json!(Uuid::new_v4())).clone()
        }
        Value::Array(items) => items.iter().map(|item| filled(item, names)).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(key, value)| (key.clone(), filled(value, names))).collect())
        }
        plain => plain.clone(),
    }
}

/// Whether the frame has at least what was recorded; a name that is new means what stands there.
fn matches(recorded: &Value, frame: &Value, names: &mut Names) -> bool {
    match recorded {
        Value::String(text) if text.starts_with('$') => {
            !frame.is_null() && *names.entry(text.clone()).or_insert_with(|| frame.clone()) == *frame
        }
        Value::Array(items) => frame.as_array().is_some_and(|all| {
            all.len() == items.len() && items.iter().zip(all).all(|(item, other)| matches(item, other, names))
        }),
        Value::Object(members) => members.iter().all(|(key, value)| matches(value, &frame[key], names)),
        plain => plain == frame,
    }
}

async fn agent(org: &Org, guest: &Guest, act: &Value, others: &mut Vec<Guest>) {
    if act.get("fourthConnection").is_some() {
        for _ in 0..3 {
            others.push(Guest::new(org, &guest.token).await);
        }
        return;
    }
    let id = only_guest(org).await["id"].as_str().unwrap().to_owned();
    let conversation = org.conversation(&id).await["id"].as_str().unwrap().to_owned();
    let (call, body) = match act {
        act if act.get("text").is_some() => ("say", act.clone()),
        act if act.get("typing").is_some() => ("typing", Value::Null),
        act if act.get("disconnect").is_some() => ("disconnect", act["disconnect"].clone()),
        act if act.get("expire").is_some() => ("expire", Value::Null),
        other => panic!("the simulator's test does not know {other}"),
    };
    let body = if body.is_boolean() { json!({}) } else { body };
    let told = org.control("POST", &format!("/sessions/{conversation}/{call}"), &body).await;
    assert!(told.status < 300, "{act}: {}", told.text);
}

async fn play(exchange: &Value) {
    let name = exchange["name"].as_str().unwrap();
    let org = org(|messaging| set(messaging, &exchange["settings"])).await;
    let mut names = Names::from([("$token".to_owned(), json!(ADA))]);
    let mut guest = Guest::connected(&org.simulator, ADA).await;
    let (mut others, mut bytes) = (Vec::new(), String::new());
    for step in exchange["steps"].as_array().unwrap() {
        let by_hand = &step["guest"];
        if by_hand.get("returning").is_some() {
            Guest::new(&org, ADA).await.say("before").await;
        } else if let Some(seconds) = by_hand["silence"].as_u64() {
            tokio::time::advance(Duration::from_secs(seconds)).await;
        } else if by_hand.get("wait").is_some() {
            tokio::time::advance(Duration::from_secs(names["$after"].as_u64().unwrap())).await;
        } else if let Some(file) = by_hand.get("attach") {
            file["bytes"].as_str().unwrap().clone_into(&mut bytes);
        }
        if let Some(act) = step.get("agent") {
            agent(&org, &guest, act, &mut others).await;
        }
        if let Some(put) = step.get("put") {
            let url = filled(&put["url"], &mut names);
            let path = url.as_str().unwrap().trim_start_matches("http://localhost");
            assert_eq!(org.send("PUT", path, bytes.clone()).await.status, 200, "{name}");
        }
        match step["from"].as_str() {
            Some("guest") => guest.send(&filled(&step["frame"], &mut names)).await,
            Some(_) => {
                let recorded = &step["frame"];
                // An event that is told beside the answer is no answer.
                let mut frame = guest.next().await;
                while frame["class"] != recorded["class"] {
                    frame = guest.next().await;
                }
                assert!(matches(recorded, &frame, &mut names), "{name}: recorded {recorded}, sent {frame}");
            }
            None => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_recorded_frame_of_the_org_is_sent_as_recorded() {
    let exchanges = exchanges();
    assert!(exchanges.len() >= 20, "{}", exchanges.len());
    for exchange in &exchanges {
        play(exchange).await;
    }
}
