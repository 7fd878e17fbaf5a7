//! Each kind of bad input and trouble has a clear outcome.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use genesys::webmessaging::{
    ChatEvent, ChatState, EndReason, OutgoingFile, RefusedBecause, SocketFrame, WebMessagingError,
};
use serde_json::{Value, json};
use testkit::ScriptedConnection;

use crate::common::{Scripted, empty_history, id, options, scripted, scripted_with, told, told_until};

pub fn session(new: bool) -> Value {
    json!({"type": "response", "class": "SessionResponse", "code": 200,
        "body": {"connected": true, "newSession": new, "readOnly": false}})
}

pub fn said(key: &str, text: &str, at: &str) -> Value {
    json!({"type": "message", "class": "StructuredMessage", "code": 200, "body": {"id": key, "type": "Text",
        "text": text, "direction": "Outbound", "originatingEntity": "Bot", "channel": {"time": at}}})
}

fn echo_of(sent: &Value, key: &str) -> Value {
    json!({"type": "message", "class": "StructuredMessage", "code": 200, "tracingId": sent["tracingId"],
        "body": {"id": key, "type": "Text", "text": sent["message"]["text"], "direction": "Inbound",
            "channel": {"messageId": key}, "metadata": sent["message"]["metadata"]}})
}

pub fn error_for(sent: &Value, code: u32) -> Value {
    json!({"type": "response", "class": "string", "code": code, "tracingId": sent["tracingId"], "body": "no"})
}

/// A guest whose session is there.
pub async fn ready(options: genesys::webmessaging::ChatOptions) -> (Scripted, ScriptedConnection) {
    let mut guest = scripted(options);
    let mut org = guest.connections.recv().await.unwrap();
    assert_eq!(org.receive().await.unwrap()["action"], "configureSession");
    org.send(&session(true));
    assert_eq!(told(&mut guest.events).await.unwrap(), "ready new");
    (guest, org)
}

/// An ordinary message goes there and back.
async fn chats(guest: &mut Scripted, org: &mut ScriptedConnection, n: u128) -> Vec<String> {
    guest.chat.say(id(n), "still here").unwrap();
    let sent = org.receive().await.unwrap();
    assert_eq!(sent["message"]["text"], "still here", "{sent}");
    org.send(&echo_of(&sent, &format!("echo-{n}")));
    told_until(&mut guest.events, &format!("delivered m{n}")).await
}

#[tokio::test(start_paused = true)]
async fn an_org_that_accepts_and_never_answers_is_told_as_silent() {
    let mut options = options();
    options.reconnect_for = Some(Duration::ZERO);
    let mut guest = scripted(options);
    let _org = guest.connections.recv().await.unwrap();
    let last = told(&mut guest.events).await.unwrap();
    assert_eq!(last, "failed: 127.0.0.1:9 accepted the connection and did not answer within 10 s");
    assert!(told(&mut guest.events).await.is_none(), "nothing comes after the end");
    assert_eq!(guest.chat.say(id(1), "x"), Err(WebMessagingError::Over));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_first_connection_is_final_and_one_that_may_pass_is_tried_again() {
    let refused = |status, because| WebMessagingError::Refused {
        host: "h".to_owned(),
        status,
        because,
        retry_after: None,
    };
    let not_trusted =
        WebMessagingError::NotTrusted { host: "h".to_owned(), why: "unknown issuer".to_owned() };
    for final_one in [
        refused(403, RefusedBecause::DeploymentOrOrigin),
        refused(404, RefusedBecause::NoSocket),
        not_trusted,
    ] {
        let mut guest = scripted(options());
        guest.sockets.refuse(final_one.clone());
        assert_eq!(told(&mut guest.events).await.unwrap(), format!("failed: {final_one}"));
    }
    let down = WebMessagingError::Unreachable { host: "h".to_owned(), why: "no connection".to_owned() };
    let mut guest = scripted(options());
    for passing in [down.clone(), refused(503, RefusedBecause::Trouble), down] {
        guest.sockets.refuse(passing);
    }
    let mut org = guest.connections.recv().await.unwrap();
    org.receive().await.unwrap();
    org.send(&session(true));
    let told = told_until(&mut guest.events, "ready new").await;
    assert_eq!(told, ["backoff 1", "backoff 2", "backoff 3", "ready new"]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_connection_that_names_a_time_is_not_made_again_before() {
    let busy = |status, seconds| WebMessagingError::Refused {
        host: "h".to_owned(),
        status,
        because: RefusedBecause::of(status),
        retry_after: Some(Duration::from_secs(seconds)),
    };
    let mut guest = scripted(options());
    let began = tokio::time::Instant::now();
    guest.sockets.refuse(busy(429, 120));
    guest.sockets.refuse(busy(503, 60));
    let mut org = guest.connections.recv().await.unwrap();
    let waited = began.elapsed().as_secs();
    assert!((180..182).contains(&waited), "{waited} s");
    org.receive().await.unwrap();
    org.send(&session(true));
    told_until(&mut guest.events, "ready new").await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_made_again_for_as_long_as_wanted_and_no_longer() {
    let mut options = options();
    options.reconnect_for = Some(Duration::from_secs(300));
    let (mut guest, org) = ready(options).await;
    let began = tokio::time::Instant::now();
    let down = WebMessagingError::Unreachable { host: "h".to_owned(), why: "no connection".to_owned() };
    (0..10_000).for_each(|_| guest.sockets.refuse(down.clone()));
    drop(org);
    let told = told_until(&mut guest.events, &format!("failed: {down}")).await;
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(300) && took < Duration::from_secs(301), "{took:?}");
    assert!((10..200).contains(&told.len()), "{} attempts in 300 s", told.len());
}

#[tokio::test(start_paused = true)]
async fn after_thirty_seconds_of_silence_the_org_is_asked_and_without_an_answer_the_connection_is_lost() {
    let (mut guest, mut org) = ready(options()).await;
    let began = tokio::time::Instant::now();
    let asked = org.receive().await.unwrap();
    assert_eq!((asked["action"].as_str(), began.elapsed().as_secs()), (Some("echo"), 30));
    org.send(&json!({"type": "response", "class": "StructuredMessage", "code": 200, "tracingId": asked["tracingId"],
        "body": {"type": "Text", "text": "ping", "direction": "Inbound"}}));
    assert_eq!(org.receive().await.unwrap()["action"], "echo");
    assert_eq!(began.elapsed().as_secs(), 60);
    assert_eq!(told(&mut guest.events).await.unwrap(), "backoff 1");
    assert_eq!(began.elapsed().as_secs(), 70);
}

#[tokio::test(start_paused = true)]
async fn the_same_message_ten_thousand_times_is_told_once() {
    let (mut guest, mut org) = ready(options()).await;
    for _ in 0..10_000 {
        org.send(&said("k1", "again", "2026-11-22T12:00:00Z"));
    }
    assert_eq!(chats(&mut guest, &mut org, 1).await, ["sent m1", "Bot: again", "delivered m1"]);
}

#[tokio::test(start_paused = true)]
async fn an_echo_that_comes_again_under_its_key_or_another_is_told_as_repeated() {
    let (mut guest, mut org) = ready(options()).await;
    guest.chat.say(id(1), "Hello").unwrap();
    let sent = org.receive().await.unwrap();
    for key in ["k1", "k1", "k2"] {
        org.send(&echo_of(&sent, key));
    }
    org.send(&said("k3", "end", "2026-11-22T12:00:00Z"));
    let mut repeated = 0;
    loop {
        match guest.events.recv().await.unwrap() {
            ChatEvent::Repeated => repeated += 1,
            ChatEvent::Message(_) => break,
            _ => {}
        }
    }
    assert_eq!(repeated, 2);
}

#[tokio::test(start_paused = true)]
async fn a_message_older_than_one_before_it_is_told_as_out_of_order() {
    let (mut guest, mut org) = ready(options()).await;
    org.send(&said("k1", "new", "2026-11-22T12:00:05Z"));
    org.send(&said("k2", "old", "2026-11-22T12:00:01Z"));
    org.send(&said("k3", "timeless", "yesterday"));
    org.send(&said("k4", "newest", "2026-11-22T12:00:05Z"));
    let told = chats(&mut guest, &mut org, 1).await;
    assert!(told.contains(&"Bot: old (late)".to_owned()), "{told:?}");
    assert_eq!(told.iter().filter(|t| t.ends_with("(late)")).count(), 1, "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn an_error_with_the_tracing_id_of_another_costs_nothing() {
    let (mut guest, mut org) = ready(options()).await;
    guest.chat.say(id(1), "Hello").unwrap();
    let sent = org.receive().await.unwrap();
    for foreign in [json!("9c5b2a90-0000-4000-8000-000000000000"), json!("no uuid"), json!(7), json!({})] {
        org.send(
            &json!({"type": "response", "class": "string", "code": 400, "tracingId": foreign, "body": "no"}),
        );
        if foreign.is_string() {
            told_until(&mut guest.events, "error 400").await;
        } else {
            // Without one that can be read it is about what was sent first.
            assert_eq!(told(&mut guest.events).await.unwrap(), "refused m1 400");
            break;
        }
    }
    org.send(&echo_of(&sent, "k1"));
    assert_eq!(told(&mut guest.events).await.unwrap(), "Guest: Hello", "it came all the same, and is told");
}

#[tokio::test(start_paused = true)]
async fn each_code_has_its_outcome() {
    for (code, outcome) in [
        (400, vec!["refused m1 400"]),
        (401, vec!["refused m1 401"]),
        (4011, vec!["refused m1 4011"]),
        (4013, vec!["refused m1 4013"]),
        (500, vec!["refused m1 500"]),
        (409, vec!["refused m1 409", "ready new read-only", "refused m2 409"]),
        (4006, vec!["refused m1 4006", "expired"]),
    ] {
        let (mut guest, mut org) = ready(options()).await;
        guest.chat.say(id(1), "Hello").unwrap();
        guest.chat.say(id(2), "Hello?").unwrap();
        let sent = org.receive().await.unwrap();
        assert_eq!(told(&mut guest.events).await.unwrap(), "sent m1");
        org.send(&error_for(&sent, code));
        for expected in outcome {
            assert_eq!(told(&mut guest.events).await.unwrap(), expected, "{code}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_not_found_is_made_again_once_and_then_told() {
    let (mut guest, mut org) = ready(options()).await;
    guest.chat.say(id(1), "Hello").unwrap();
    let sent = org.receive().await.unwrap();
    org.send(&error_for(&sent, 4007));
    assert_eq!(org.receive().await.unwrap()["action"], "configureSession");
    org.send(&session(true));
    assert_eq!(org.receive().await.unwrap()["action"], "getJwt");
    let again = org.receive().await.unwrap();
    assert_eq!(again["message"], sent["message"]);
    org.send(&error_for(&again, 4007));
    let told = told_until(&mut guest.events, "refused m1 4007").await;
    assert_eq!(told, ["sent m1", "ready new", "sent m1", "refused m1 4007"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_for_the_rate_goes_again_after_the_pause_and_before_what_was_written_later() {
    let (mut guest, mut org) = ready(options()).await;
    guest.chat.say(id(1), "one").unwrap();
    guest.chat.say(id(2), "two").unwrap();
    let first = org.receive().await.unwrap();
    let began = tokio::time::Instant::now();
    org.send(&json!({"class": "TooManyRequestsErrorMessage", "code": 429, "tracingId": first["tracingId"],
        "body": {"retryAfter": 7, "errorCode": 4029, "errorMessage": "fast"}}));
    let again = org.receive().await.unwrap();
    assert_eq!((again["message"]["text"].as_str(), began.elapsed().as_secs()), (Some("one"), 7));
    org.send(&echo_of(&again, "k1"));
    assert_eq!(org.receive().await.unwrap()["message"]["text"], "two");
    let told = told_until(&mut guest.events, "sent m2").await;
    assert_eq!(told, ["sent m1", "sent m1", "delivered m1", "sent m2"]);
}

#[tokio::test(start_paused = true)]
async fn no_second_and_no_minute_sees_more_than_the_org_takes() {
    let mut options = options();
    options.messages_per_second = 2;
    let (guest, mut org) = ready(options).await;
    (0..120).for_each(|n| guest.chat.say(id(n), &format!("text {n}")).unwrap());
    let mut events = guest.events;
    let draining = tokio::spawn(async move { while events.recv().await.is_some() {} });
    let mut at = Vec::new();
    while at.len() < 110 {
        let sent = org.receive().await.unwrap();
        if sent["action"] == "onMessage" {
            at.push(tokio::time::Instant::now());
            org.send(&echo_of(&sent, &format!("k{}", at.len())));
        }
    }
    draining.abort();
    let within =
        |count: usize, span: u64| at.windows(count + 1).all(|w| w[count] - w[0] > Duration::from_secs(span));
    assert!(within(2, 1), "two a second");
    assert!(within(52, 60), "and with what is kept for other frames sixty a minute");
}

#[tokio::test(start_paused = true)]
async fn a_message_without_an_answer_is_told_as_uncertain_and_a_late_echo_delivers_it() {
    let (mut guest, mut org) = ready(options()).await;
    guest.chat.say(id(1), "Hello").unwrap();
    let sent = org.receive().await.unwrap();
    let draining = tokio::spawn(async move {
        let mut frames = Vec::new();
        while let Some(frame) = org.receive().await {
            if frame["action"] == "echo" {
                org.send(&json!({"class": "StructuredMessage", "code": 200, "tracingId": frame["tracingId"], "body": {}}));
                frames.push(frame);
                if frames.len() == 2 {
                    org.send(&echo_of(&sent, "k1"));
                }
            }
        }
    });
    let told = told_until(&mut guest.events, "delivered m1").await;
    assert_eq!(told, ["sent m1", "uncertain m1", "delivered m1"]);
    draining.abort();
}

#[tokio::test(start_paused = true)]
async fn what_waits_while_offline_leaves_in_order_when_the_guest_is_back() {
    let (mut guest, org) = ready(options()).await;
    guest.chat.offline().unwrap();
    guest.chat.say(id(1), "one").unwrap();
    guest.chat.say(id(2), "two").unwrap();
    assert_eq!(told(&mut guest.events).await.unwrap(), "offline");
    drop(org);
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    guest.chat.online().unwrap();
    let mut org = guest.connections.recv().await.unwrap();
    assert_eq!(org.receive().await.unwrap()["action"], "configureSession");
    org.send(&session(false));
    let mut texts = Vec::new();
    while texts.len() < 2 {
        let frame = org.receive().await.unwrap();
        if frame["action"] == "onMessage" {
            texts.push(frame["message"]["text"].clone());
            org.send(&echo_of(&frame, &format!("k{}", texts.len())));
        }
    }
    assert_eq!(texts, ["one", "two"]);
    let told = told_until(&mut guest.events, "delivered m2").await;
    assert_eq!(told, ["ready", "sent m1", "delivered m1", "sent m2", "delivered m2"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_read_holds_the_chat_up_and_loses_nothing() {
    let (mut guest, mut org) = ready(options()).await;
    for n in 0..5_000 {
        org.send(&said(&format!("k{n}"), &format!("text {n}"), "2026-11-22T12:00:00Z"));
    }
    tokio::time::sleep(Duration::from_secs(20)).await;
    guest.chat.say(id(1), "still here").unwrap();
    // What the guest does meanwhile is not held up.
    let mut texts = told_until(&mut guest.events, "Bot: text 4999").await;
    texts.retain(|text| text != "sent m1");
    assert_eq!(texts, (0..5_000).map(|n| format!("Bot: text {n}")).collect::<Vec<_>>());
    let sent = org.receive().await.unwrap();
    org.send(&echo_of(&sent, "e1"));
    told_until(&mut guest.events, "delivered m1").await;
}

#[tokio::test(start_paused = true)]
async fn a_session_without_a_session_response_is_ready_with_its_first_message() {
    let mut guest = scripted(options());
    guest.chat.say(id(1), "still here").unwrap();
    let mut org = guest.connections.recv().await.unwrap();
    org.receive().await.unwrap();
    org.send(&said("k1", "Welcome", "2026-11-22T12:00:00Z"));
    assert_eq!(told(&mut guest.events).await.unwrap(), "ready new");
    assert_eq!(org.receive().await.unwrap()["message"]["text"], "still here");
}

#[tokio::test(start_paused = true)]
async fn dropping_the_last_chat_ends_the_task_without_a_word_and_leaving_ends_it_politely() {
    let (guest, mut org) = ready(options()).await;
    let Scripted { chat, mut events, .. } = guest;
    let clone = chat.clone();
    drop(chat);
    clone.say(id(1), "one").unwrap();
    clone.say(id(2), "two").unwrap();
    clone.leave().unwrap();
    for n in 1..=2 {
        let sent = org.receive().await.unwrap();
        org.send(&echo_of(&sent, &format!("k{n}")));
    }
    let told_in_all = told_until(&mut events, "left").await;
    assert_eq!(told_in_all[3..], ["delivered m2", "left"], "{told_in_all:?}");
    assert!(org.receive().await.is_none(), "the connection is closed");
    let (guest, mut org) = ready(options()).await;
    drop(guest.chat);
    assert!(org.receive().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sent_is_refused_before_it_waits() {
    let (mut guest, _org) = ready(options()).await;
    let long = "x".repeat(4_097);
    let invalid =
        |result: Result<(), WebMessagingError>| matches!(result, Err(WebMessagingError::Invalid { .. }));
    assert!(invalid(guest.chat.say(id(1), "")) && invalid(guest.chat.say(id(1), &long)));
    assert!(invalid(guest.chat.set_attributes([("k".to_owned(), "v".repeat(2_048))].into())));
    let file = |name: &str, bytes: &'static [u8]| OutgoingFile {
        name: name.to_owned(),
        media_type: "text/plain".to_owned(),
        bytes: Bytes::from_static(bytes),
    };
    for wrong in [file("", b"x"), file("a/b.txt", b"x"), file("a.txt", b"")] {
        assert!(invalid(guest.chat.attach(id(1), wrong, None)));
    }
    let mut too_much = options();
    too_much.attributes = [("k".to_owned(), "v".repeat(2_048))].into();
    let refused = scripted_with(too_much, Arc::new(empty_history())).events.recv().await.unwrap();
    assert!(matches!(
        refused,
        ChatEvent::State(ChatState::Ended(EndReason::Failed(WebMessagingError::Invalid {
            field: "attributes",
            ..
        })))
    ));
    guest.chat.leave().unwrap();
    assert_eq!(told(&mut guest.events).await.unwrap(), "left");
}

#[tokio::test(start_paused = true)]
async fn two_hundred_hostile_frames_harm_nothing() {
    let (mut guest, mut org) = ready(options()).await;
    let frames = crate::hostile::frames();
    assert!(frames.len() >= 200, "{}", frames.len());
    for (n, frame) in (0u32..).zip(frames) {
        let shown = format!("{frame:?}");
        org.send_raw(frame);
        tokio::time::sleep(Duration::from_secs(2)).await;
        let told = chats(&mut guest, &mut org, u128::from(n)).await;
        assert!(told.len() <= 4, "{shown:.200}: {told:?}");
        // Without this pause a minute would see too many frames.
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    org.send_raw(SocketFrame::Close { code: Some(1001), reason: "going away".to_owned() });
    assert_eq!(told(&mut guest.events).await.unwrap(), "backoff 1");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_was_too_fast_is_told_as_waiting_again() {
    let (mut guest, mut org) = ready(options()).await;
    guest.chat.say(id(1), "Hello").unwrap();
    let sent = org.receive().await.unwrap();
    let mut too_fast = error_for(&sent, 429);
    too_fast["body"] = json!({ "retryAfter": 1e9, "errorCode": 4029 });
    org.send(&too_fast);
    loop {
        match guest.events.recv().await.unwrap() {
            ChatEvent::Postponed { id: waits, error } => {
                // However long the org says, it is bounded.
                assert_eq!((waits, error.retry_after), (id(1), Some(Duration::from_secs(600))));
                break;
            }
            ChatEvent::Refused { .. } | ChatEvent::Uncertain { .. } => panic!("it waits"),
            _ => {}
        }
    }
}
