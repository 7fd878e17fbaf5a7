//! An org that keeps its world: what a guest finds after a restart, and what the disk never holds.

use std::{fs, path::Path};

use serde_json::{Value, json};
use simulator::{Messaging, Options};

use crate::{
    common::Org,
    guest::{ADA, BOB, Guest, message, only_guest},
    history,
};

async fn embedded(log: &Path) -> Org {
    let mut messaging = Messaging { bot: simulator::Bot::none(), clear: true, ..Messaging::default() };
    messaging.limits.messages_per_second = None;
    Org::with(Options { guests: 0, log: Some(log.to_owned()), messaging, ..Options::default() }).await
}

async fn texts(org: &Org, guest: &mut Guest) -> Vec<String> {
    let jwt = history::jwt(guest).await;
    let page = history::read(org, &jwt, "").await.body;
    page["entities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["text"].as_str().unwrap_or("-").to_owned())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_token_finds_its_guest_its_conversation_and_what_was_said_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("world.jsonl");
    let org = embedded(&log).await;
    let mut ada = Guest::new(&org, ADA).await;
    let mut hello = message("a text of a guest");
    hello["channel"] = json!({ "metadata": { "customAttributes": { "name": "Ada", "tier": "vip" } } });
    ada.ask(hello).await;
    let before = only_guest(&org).await;
    let conversation = org.conversation(before["id"].as_str().unwrap()).await;
    let say = format!("/sessions/{}/say", conversation["id"].as_str().unwrap());
    org.control("POST", &say, &json!({ "text": "a text of an agent" })).await;
    ada.next().await;
    drop((ada, org));
    let disk = fs::read_to_string(&log).unwrap();
    for secret in [ADA, "a text of a guest", "a text of an agent"] {
        assert!(!disk.contains(secret), "{secret}");
    }
    let org = embedded(&log).await;
    assert_eq!(only_guest(&org).await, before);
    let mut bob = Guest::connected(&org.simulator, BOB).await;
    assert_eq!(bob.configure().await["body"]["newSession"], true, "another token finds nothing");
    let mut ada = Guest::connected(&org.simulator, ADA).await;
    assert_eq!(ada.configure().await["body"]["newSession"], false);
    assert_eq!(texts(&org, &mut ada).await, ["a text of an agent", "a text of a guest"]);
    ada.say("and on").await;
    assert_eq!(org.conversation(before["id"].as_str().unwrap()).await["id"], conversation["id"]);
    assert_eq!(org.control("GET", "/stats", &Value::Null).await.body["messages"], 2);
}

#[tokio::test(start_paused = true)]
async fn what_was_cleared_begun_anew_or_deleted_is_not_found_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("world.jsonl");
    for ending in ["clear", "anew", "delete"] {
        let _ = fs::remove_file(&log);
        let org = embedded(&log).await;
        let mut ada = Guest::new(&org, ADA).await;
        ada.say("before").await;
        match ending {
            "clear" => {
                ada.event("Clear").await;
                while ada.frame().await.is_some() {}
            }
            "anew" => {
                ada.configure_with(json!({ "startNew": true })).await;
                ada.say("after").await;
            }
            _ => {
                let id = only_guest(&org).await["id"].as_str().unwrap().to_owned();
                org.delete(&format!("/api/v2/guests/{id}")).await;
            }
        }
        drop((ada, org));
        let org = embedded(&log).await;
        let mut ada = Guest::connected(&org.simulator, ADA).await;
        assert_eq!(ada.configure().await["body"]["newSession"], ending != "anew", "{ending}");
        let expected: &[&str] = if ending == "anew" { &["after"] } else { &[] };
        assert_eq!(texts(&org, &mut ada).await, expected, "{ending}");
    }
}
