//! Weather of the socket, word by word.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::Kind;
use tokio::time::Instant;

use crate::{
    common::Org,
    guest::{ADA, Guest, only_guest, patient_org, what},
};

async fn weather(org: &Org, action: &str, word: &str, until: u64) {
    let rule = json!({ "when": { "action": action, "until": until }, "do": word });
    assert_eq!(org.control("POST", "/weather", &json!({ "rules": [rule] })).await.status, 204, "{word}");
}

fn messages(org: &Org) -> usize {
    org.events(Kind::Message).len()
}

#[tokio::test(start_paused = true)]
async fn drop_before_cuts_and_the_message_never_was_and_drop_after_cuts_and_it_was() {
    for (word, kept) in [("drop-before", 0), ("drop-after", 1)] {
        let org = patient_org().await;
        let mut ada = Guest::new(&org, ADA).await;
        let mut tab = Guest::new(&org, ADA).await;
        weather(&org, "onMessage", word, 1).await;
        ada.send(
            &json!({ "action": "onMessage", "token": ADA, "message": { "type": "Text", "text": "hello" } }),
        )
        .await;
        assert_eq!(ada.frame().await, None, "{word}");
        assert_eq!(messages(&org), kept, "{word}");
        if kept == 1 {
            assert_eq!(tab.next().await["body"]["text"], "hello", "another connection hears it");
        }
        let struck = org.events(Kind::Weather);
        assert_eq!(struck[0].trouble.as_deref(), Some(word));
        assert_eq!(tab.say("alive").await["body"]["text"], "alive");
    }
}

#[tokio::test(start_paused = true)]
async fn a_delay_is_waited_out_before_the_message_is_taken_and_later_ones_wait_behind_it() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    weather(&org, "onMessage", "delay:5000", 1).await;
    let start = Instant::now();
    for text in ["one", "two"] {
        ada.send(
            &json!({ "action": "onMessage", "token": ADA, "message": { "type": "Text", "text": text } }),
        )
        .await;
    }
    let (one, two) = (ada.next().await, ada.next().await);
    assert_eq!(start.elapsed().as_secs(), 5);
    assert_eq!((&one["body"]["text"], &two["body"]["text"]), (&json!("one"), &json!("two")));
    assert_eq!(one["body"]["channel"]["time"], "2026-11-22T12:00:05.000Z");
}

#[tokio::test(start_paused = true)]
async fn silence_is_for_ever_and_the_frame_was_not_taken() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    weather(&org, "on*", "silent", 1).await;
    ada.send(&json!({ "action": "onMessage", "token": ADA, "message": { "type": "Text", "text": "hello" } }))
        .await;
    ada.hears_nothing(Duration::from_secs(3600)).await;
    assert_eq!(messages(&org), 0);
    assert_eq!(ada.say("alive").await["body"]["text"], "alive");
}

#[tokio::test(start_paused = true)]
async fn an_error_of_any_code_and_a_429_answer_in_place_of_the_org() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    for code in [400, 403, 408, 500, 503, 4006, 4029] {
        weather(&org, "onMessage", &format!("error:{code}"), 1).await;
        assert_eq!(what(&ada.say("hello").await), ("string", code));
    }
    weather(&org, "configureSession", "429", 1).await;
    let refused = ada.configure().await;
    assert_eq!(
        (what(&refused), &refused["body"]["errorCode"]),
        (("TooManyRequestsErrorMessage", 429), &json!(4029))
    );
    assert_eq!(messages(&org), 0);
}

#[tokio::test(start_paused = true)]
async fn reorder_sends_the_next_frame_of_the_agent_later_with_its_time_as_it_was() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    weather(&org, "onMessage", "reorder:3000", 1).await;
    ada.say("hello").await;
    let guest = only_guest(&org).await["id"].as_str().unwrap().to_owned();
    let say = format!("/sessions/{}/say", org.conversation(&guest).await["id"].as_str().unwrap());
    org.control("POST", &say, &json!({ "text": "first" })).await;
    org.control("POST", &say, &json!({ "text": "second" })).await;
    let (early, late) = (ada.next().await, ada.next().await);
    assert_eq!((&early["body"]["text"], &late["body"]["text"]), (&json!("second"), &json!("first")));
    assert!(late["body"]["channel"]["time"].as_str() < early["body"]["channel"]["time"].as_str());
    assert_eq!(org.simulator.now().to_rfc3339(), "2026-11-22T12:00:03+00:00");
}

#[tokio::test(start_paused = true)]
async fn the_upgrade_is_a_request_like_any_other() {
    let org = patient_org().await;
    let rule = json!({ "rules": [{ "when": { "path": "/v1", "until": 1 }, "do": "503" }] });
    org.control("POST", "/weather", &rule).await;
    let refused = Guest::try_connect(&org.simulator, crate::guest::DEPLOYMENT, None, ADA).await;
    assert_eq!(refused.err(), Some(503));
    Guest::new(&org, ADA).await;
}

#[tokio::test(start_paused = true)]
async fn words_for_frames_need_an_action_and_an_action_needs_words_for_frames() {
    let org = patient_org().await;
    for rule in [
        json!({ "do": "silent" }),
        json!({ "when": { "method": "GET" }, "do": "drop-after" }),
        json!({ "when": { "action": "echo" }, "do": "503" }),
        json!({ "when": { "action": "echo" }, "do": "truncate" }),
        json!({ "when": { "action": "echo", "path": "/v1" }, "do": "silent" }),
        json!({ "when": { "action": "echo" }, "do": "error:99999" }),
        json!({ "when": { "action": "echo" }, "do": "error:7" }),
    ] {
        assert_eq!(org.control("POST", "/weather", &json!({ "rules": [rule] })).await.status, 400, "{rule}");
    }
    let count = org.control("GET", "/ledger", &Value::Null).await.text.lines().count();
    assert_eq!(count, 1, "nothing happened but the sign-in");
}
