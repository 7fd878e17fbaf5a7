//! Each refusal by its code, and that what is refused has changed nothing.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    common::Org,
    guest::{ADA, BOB, DEPLOYMENT, Guest, message, org, what},
};

async fn hours(org: &Org, n: i64) {
    assert_eq!(org.control("POST", "/clock", &json!({ "advanceSeconds": n * 3600 })).await.status, 200);
}

fn with_attributes(bytes: usize) -> Value {
    let mut message = message("hello");
    // {"a":"…"} has eight bytes of its own.
    message["channel"] = json!({ "metadata": { "customAttributes": { "a": "x".repeat(bytes - 8) } } });
    message
}

#[tokio::test(start_paused = true)]
async fn a_message_before_the_session_is_configured_is_4007() {
    let org = org(|_| {}).await;
    let mut ada = Guest::connected(&org.simulator, ADA).await;
    let mut hello = message("hello");
    hello["tracingId"] = json!("t-1");
    let refused = ada.ask(hello).await;
    assert_eq!((&refused["type"], what(&refused)), (&json!("response"), ("string", 4007)));
    assert!(refused["body"].is_string() && refused["tracingId"] == "t-1", "{refused}");
    ada.configure().await;
    ada.token = BOB.to_owned();
    assert_eq!(what(&ada.say("by another token").await), ("string", 4007));
    assert_eq!(org.get("/api/v2/guests").await.body["total"], 0);
}

#[tokio::test(start_paused = true)]
async fn a_text_over_4096_bytes_is_4011_and_one_of_4096_is_taken() {
    let org = org(|_| {}).await;
    let mut ada = Guest::new(&org, ADA).await;
    let refused = ada.say(&"ä".repeat(2049)).await;
    assert_eq!(what(&refused), ("string", 4011));
    assert_eq!(refused["body"], "Message length 4098 is larger than 4096");
    assert_eq!(org.get("/api/v2/guests").await.body["total"], 0);
    assert_eq!(what(&ada.say(&"ä".repeat(2048)).await).0, "StructuredMessage");
}

#[tokio::test(start_paused = true)]
async fn attributes_over_2048_bytes_are_4013_and_2048_are_taken() {
    let org = org(|_| {}).await;
    let mut ada = Guest::new(&org, ADA).await;
    assert_eq!(what(&ada.ask(with_attributes(2049)).await), ("string", 4013));
    assert_eq!(org.get("/api/v2/guests").await.body["total"], 0);
    assert_eq!(what(&ada.ask(with_attributes(2048)).await).0, "StructuredMessage");
}

#[tokio::test(start_paused = true)]
async fn too_fast_is_told_with_the_seconds_to_wait_and_the_message_is_not_taken() {
    let org = org(|_| {}).await;
    let mut ada = Guest::new(&org, ADA).await;
    ada.say("one").await;
    ada.say("two").await;
    let refused = ada.say("three").await;
    assert_eq!(
        (&refused["type"], what(&refused)),
        (&json!("response"), ("TooManyRequestsErrorMessage", 429))
    );
    assert_eq!((&refused["body"]["retryAfter"], &refused["body"]["errorCode"]), (&json!(1), &json!(4029)));
    assert_eq!(org.events(simulator::Kind::Message).len(), 2);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(ada.say("three").await["body"]["text"], "three");
}

#[tokio::test(start_paused = true)]
async fn an_expired_session_is_4006_until_a_new_one_is_asked_for() {
    let mut org = org(|_| {}).await;
    let mut ada = Guest::new(&org, ADA).await;
    ada.say("hello").await;
    hours(&org, 71).await;
    ada.say("still here").await;
    hours(&org, 71).await;
    assert_eq!(ada.configure().await["body"]["newSession"], false, "72 hours count from the last message");
    hours(&org, 1).await;
    assert_eq!(what(&ada.next().await), ("SessionExpiredEvent", 200));
    for frame in
        [message("too late"), json!({ "action": "getJwt" }), json!({ "action": "echo", "message": {} })]
    {
        assert_eq!(what(&ada.ask(frame).await), ("string", 4006));
    }
    assert_eq!(what(&ada.configure().await), ("string", 4006));
    let anew = ada.configure_with(json!({ "startNew": true })).await;
    assert_eq!(
        (&anew["body"]["newSession"], &anew["body"]["clearedExistingSession"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(ada.say("anew").await["body"]["text"], "anew");
    org.sign_in().await;
    assert_eq!(org.get("/api/v2/guests").await.body["total"], 1, "the same guest");
}

#[tokio::test(start_paused = true)]
async fn a_session_expires_by_itself_and_the_guest_hears_of_it() {
    let org = org(|m| m.limits.session_seconds = 900).await;
    let mut ada = Guest::new(&org, ADA).await;
    ada.say("hello").await;
    ada.hears_nothing(Duration::from_secs(899)).await;
    assert_eq!(what(&ada.next().await), ("SessionExpiredEvent", 200));
    assert_eq!(what(&ada.say("late").await), ("string", 4006));
}

#[tokio::test(start_paused = true)]
async fn presence_events_are_refused_where_the_deployment_says_so() {
    let org = org(|m| {
        m.presence = false;
        m.auto_start = true;
        m.clear = true;
    })
    .await;
    let mut ada = Guest::new(&org, ADA).await;
    for kind in ["Join", "Clear", "SignIn"] {
        ada.event(kind).await;
        assert_eq!(what(&ada.next().await), ("string", 403), "{kind}");
    }
    assert_eq!(org.get("/api/v2/guests").await.body["total"], 0);
    assert_eq!(ada.say("hello").await["body"]["text"], "hello");
}

#[tokio::test(start_paused = true)]
async fn clear_is_refused_where_it_is_not_enabled() {
    let org = org(|_| {}).await;
    let mut ada = Guest::new(&org, ADA).await;
    ada.event("Clear").await;
    let refused = ada.next().await;
    assert_eq!(what(&refused), ("string", 403));
    assert_eq!(refused["body"], "Presence events Conversation Clear are not supported");
}

#[tokio::test(start_paused = true)]
async fn what_no_deployment_offers_is_4000_and_another_deployment_is_403() {
    let org = org(|_| {}).await;
    let mut ada = Guest::new(&org, ADA).await;
    for action in ["configureAuthenticatedSession", "resumeToken", "disconnectCustomer"] {
        assert_eq!(what(&ada.ask(json!({ "action": action })).await), ("string", 4000), "{action}");
    }
    let other = ada.ask(json!({ "action": "configureSession", "deploymentId": "another" })).await;
    assert_eq!(what(&other), ("string", 403));
}

/// Each field that a frame cannot be without.
#[tokio::test(start_paused = true)]
async fn a_missing_field_is_4020_and_one_of_the_wrong_type_400() {
    let org = org(|m| m.limits.messages_per_second = None).await;
    let mut ada = Guest::new(&org, ADA).await;
    let whole = [
        json!({ "action": "configureSession", "deploymentId": DEPLOYMENT, "token": ADA }),
        json!({ "action": "onMessage", "token": ADA, "message": { "type": "Text", "text": "hello" } }),
        json!({ "action": "onAttachment", "token": ADA, "attachmentId": "a", "fileName": "a.png", "fileType": "image/png", "fileSize": 1 }),
        json!({ "action": "getAttachment", "token": ADA, "attachmentId": "a" }),
        json!({ "action": "deleteAttachment", "token": ADA, "attachmentId": "a" }),
        json!({ "action": "closeSession", "token": ADA }),
        json!({ "action": "echo", "token": ADA, "message": { "type": "Text" } }),
        json!({ "action": "getJwt", "token": ADA }),
        json!({ "action": "getConfiguration", "token": ADA, "deploymentId": DEPLOYMENT }),
    ];
    let mut tried = 0;
    for frame in whole {
        let fields = frame.as_object().unwrap().keys().filter(|key| *key != "action");
        for field in fields {
            let mut without = frame.clone();
            without.as_object_mut().unwrap().remove(field);
            ada.send(&without).await;
            assert_eq!(what(&ada.next().await), ("string", 4020), "{without}");
            let mut wrong = frame.clone();
            wrong[field] = json!([1]);
            ada.send(&wrong).await;
            assert_eq!(what(&ada.next().await), ("string", 400), "{wrong}");
            tried += 2;
        }
    }
    assert_eq!(tried, 38);
    assert_eq!(ada.say("alive").await["body"]["text"], "alive");
}

#[tokio::test(start_paused = true)]
async fn every_documented_rate_is_kept_when_it_is_set() {
    let org = org(|m| {
        m.limits = simulator::Limits {
            requests_per_minute: Some(7),
            configures_per_minute: Some(3),
            connections_per_minute: Some(2),
            ..simulator::Limits::documented()
        };
    })
    .await;
    let mut ada = Guest::new(&org, ADA).await;
    let echo = json!({ "action": "echo", "message": { "text": "ping" } });
    for _ in 0..2 {
        assert_eq!(what(&ada.ask(echo.clone()).await).0, "StructuredMessage");
    }
    assert_eq!(what(&ada.ask(echo.clone()).await).0, "TooManyRequestsErrorMessage");
    ada.configure().await;
    ada.configure().await;
    let configured_often = ada.configure().await;
    assert_eq!(what(&configured_often), ("TooManyRequestsErrorMessage", 429));
    assert_eq!(configured_often["body"]["errorCode"], 429, "as seen live");
    let eighth = ada.say("hello").await;
    assert_eq!(
        (what(&eighth), &eighth["body"]["retryAfter"]),
        (("TooManyRequestsErrorMessage", 429), &json!(60))
    );
    Guest::connected(&org.simulator, BOB).await;
    let third = Guest::try_connect(&org.simulator, DEPLOYMENT, None, BOB).await.err();
    assert_eq!(third, Some(429));
    assert_eq!(org.get("/api/v2/guests").await.body["total"], 0);
}
