use std::{fs, path::Path};

use serde_json::json;
use simulator::{Error, Options, Simulator};

use crate::common::Org;

const ADA: &str = "6f1c9a52-3a0e-4c8e-9d55-0b2a7f6f4a11";
const MESSAGE: &str = "0198f3a1-7c00-7000-8000-000000000001";

fn options(log: &Path) -> Options {
    Options { guests: 20, log: Some(log.to_owned()), ..Options::default() }
}

/// Ada begins a chat, writes one message and is renamed; the first of the generated guests goes.
async fn a_day(org: &Org) {
    let first = org.get("/api/v2/guests?pageSize=1").await.body["entities"][0]["id"].clone();
    org.delete(&format!("/api/v2/guests/{}", first.as_str().unwrap())).await;
    org.post("/api/v2/guests", &json!({ "id": ADA, "attributes": { "note": "two\nlines" } })).await;
    assert_eq!(say(org).await, 201);
    org.put(&format!("/api/v2/guests/{ADA}"), &json!({ "name": "Ada", "email": "ada@example.com" })).await;
}

async fn say(org: &Org) -> u16 {
    let conversation = org.conversation(ADA).await["id"].clone();
    let message = json!({
        "id": MESSAGE, "conversationId": conversation, "from": { "id": ADA, "type": "user" },
        "text": "a text that stays in the ledger", "timestamp": "2026-11-22T12:00:00Z",
    });
    org.post("/api/v2/conversations/webchat/messages", &message).await.status
}

async fn everything(org: &Org) -> (serde_json::Value, serde_json::Value) {
    let guests = org.get("/api/v2/guests?pageSize=100&expand=attributes").await.body;
    (guests, org.conversation(ADA).await)
}

#[tokio::test(start_paused = true)]
async fn a_second_start_finds_the_world_as_the_first_left_it() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("world.jsonl");
    let org = Org::with(options(&log)).await;
    a_day(&org).await;
    let before = everything(&org).await;
    let token = org.get(&format!("/api/v2/guests/{ADA}")).await.body["sessionToken"].clone();
    drop(org);
    let text = fs::read_to_string(&log).unwrap();
    assert_eq!(text.lines().count(), 5, "a header and one line for each change: {text}");
    assert!(!text.contains("a text that stays") && !text.contains(token.as_str().unwrap()));
    let org = Org::with(Options { seed: 9, guests: 3, ..options(&log) }).await;
    assert_eq!(everything(&org).await, before, "the header beats the options");
    assert_eq!(org.get(&format!("/api/v2/guests/{ADA}")).await.body["sessionToken"], token);
    assert_eq!(say(&org).await, 201);
    let heard = org.events(simulator::Kind::Message);
    assert_eq!(heard[0].repeat, Some(true), "a message of yesterday is still the same message");
}

#[tokio::test(start_paused = true)]
async fn a_line_torn_at_any_byte_is_dropped_and_nothing_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("world.jsonl");
    let org = Org::with(options(&log)).await;
    a_day(&org).await;
    let whole = fs::read(&log).unwrap();
    let start = whole[..whole.len() - 1].iter().rposition(|b| *b == b'\n').unwrap() + 1;
    for cut in start..whole.len() {
        fs::write(&log, &whole[..cut]).unwrap();
        let org = Org::with(options(&log)).await;
        let ada = org.get(&format!("/api/v2/guests/{ADA}")).await.body;
        assert_eq!((&ada["name"], &ada["version"]), (&json!("Anonymous Guest"), &json!(2)), "cut at {cut}");
        assert_eq!(fs::read(&log).unwrap(), whole[..start], "cut at {cut}");
        org.put(&format!("/api/v2/guests/{ADA}"), &json!({ "name": "Grace" })).await;
        drop(org);
        let org = Org::with(options(&log)).await;
        assert_eq!(org.get(&format!("/api/v2/guests/{ADA}")).await.body["name"], "Grace", "cut at {cut}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_header_torn_at_any_byte_begins_the_world_anew() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("world.jsonl");
    let fresh = everything(&Org::with(options(&log)).await).await;
    let whole = fs::read(&log).unwrap();
    for cut in 0..whole.len() {
        fs::write(&log, &whole[..cut]).unwrap();
        assert_eq!(everything(&Org::with(options(&log)).await).await, fresh, "cut at {cut}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_damaged_line_in_the_middle_and_a_newer_format_are_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("world.jsonl");
    a_day(&Org::with(options(&log)).await).await;
    let whole = fs::read_to_string(&log).unwrap();
    let damaged = whole.replacen("\n[", "\n{", 1);
    let newer = whole.replacen("\"innkeeper_world\":1", "\"innkeeper_world\":2", 1);
    for text in [&damaged, &newer] {
        assert_ne!(*text, whole);
        fs::write(&log, text).unwrap();
        let refused = Simulator::new(&options(&log)).err();
        let as_expected = if *text == damaged {
            matches!(refused, Some(Error::LogLine { line: 2, .. }))
        } else {
            matches!(refused, Some(Error::NewerLog { version: 2, .. }))
        };
        assert!(as_expected, "{refused:?}");
        assert_eq!(fs::read_to_string(&log).unwrap(), *text);
    }
}
