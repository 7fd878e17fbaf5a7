//! Two hundred frames that nobody should send: each is answered, and an ordinary message works after it.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::guest::{ADA, Guest, patient_org};

/// Frames with the code that answers them; `None` where any code of a refusal will do.
fn frames() -> Vec<(Message, Option<u64>)> {
    let mut frames = Vec::new();
    let mut no_json = |text: String| frames.push((Message::text(text), Some(400)));
    for text in [
        "",
        " ",
        "null",
        "true",
        "7",
        "\"text\"",
        "[]",
        "[{}]",
        "{",
        "}",
        "{]",
        "{\"action\"",
        "{\"action\":}",
        "nul",
        "{'action':'echo'}",
        "{\"action\":\"echo\",}",
        "NaN",
        "Infinity",
        "-",
        "1e999",
        "\u{feff}{}",
        "{}{}",
        "//",
        "<x/>",
        "{\"action\":\"\\ud800\"}",
        "\0",
        "\u{202e}{}",
        "{\"action\":\"onMessage\"",
        "undefined",
        "action=onMessage",
    ] {
        no_json(text.to_owned());
    }
    for depth in [129, 1000, 20_000] {
        no_json("[".repeat(depth));
        no_json(format!("{}{}", "{\"a\":".repeat(depth), "}".repeat(depth)));
        no_json(format!(
            "{{\"action\":\"onMessage\",\"token\":\"{ADA}\",\"message\":{}{}}}",
            "[".repeat(depth),
            "]".repeat(depth)
        ));
    }
    for size in [131_073, 500_000, 1_048_576] {
        no_json("a".repeat(size));
        no_json(json!({ "action": "onMessage", "token": ADA, "message": { "type": "Text", "text": "x".repeat(size) } }).to_string());
    }
    for binary in [
        vec![],
        vec![0],
        vec![0xff; 10],
        b"{}".to_vec(),
        vec![7; 1_048_576],
        b"{\"action\":\"echo\"}".to_vec(),
    ] {
        frames.push((Message::binary(binary), Some(400)));
    }
    let mut object = |value: Value, code| frames.push((Message::text(value.to_string()), code));
    for action in [
        json!(null),
        json!(7),
        json!([]),
        json!({}),
        json!(""),
        json!("OnMessage"),
        json!("onMessage "),
        json!("x".repeat(50_000)),
    ] {
        object(
            json!({ "action": action, "token": ADA, "message": { "type": "Text", "text": "hi" } }),
            Some(400),
        );
    }
    object(json!({}), Some(400));
    object(json!({ "token": ADA }), Some(400));
    let wrong = [
        json!(7),
        json!(true),
        json!([]),
        json!([[]]),
        json!("x"),
        json!({}),
        json!({ "a": 1 }),
        json!(null),
        json!(-1.5e300),
    ];
    for value in &wrong {
        for field in ["token", "message", "channel", "tracingId"] {
            let mut frame = json!({ "action": "onMessage", "token": ADA, "message": { "type": "Text" } });
            frame[field] = value.clone();
            object(frame, None);
        }
        for field in ["type", "content", "metadata", "events"] {
            let mut frame = json!({ "action": "onMessage", "token": ADA, "message": { "type": "Event" } });
            frame["message"][field] = value.clone();
            object(frame, None);
        }
        object(
            json!({ "action": "onMessage", "token": ADA, "message": { "type": "Text", "text": "hi" }, "channel": { "metadata": { "customAttributes": [value] } } }),
            Some(400),
        );
        object(
            json!({ "action": "onMessage", "token": ADA, "message": { "type": "Structured", "content": [value] } }),
            None,
        );
        object(
            json!({ "action": "onMessage", "token": ADA, "message": { "type": "Event", "events": [value] } }),
            None,
        );
        object(
            json!({ "action": "onAttachment", "token": ADA, "attachmentId": "a", "fileName": value, "fileType": "image/png", "fileSize": 1 }),
            None,
        );
        object(
            json!({ "action": "onAttachment", "token": ADA, "attachmentId": "a", "fileName": "noending", "fileType": "image/png", "fileSize": value }),
            None,
        );
        object(json!({ "action": "configureSession", "token": ADA, "deploymentId": value }), None);
        object(json!({ "action": "echo", "token": value, "message": {} }), None);
    }
    for kind in ["text", "Textt", "Event ", "event", "Card", "\u{0}"] {
        object(
            json!({ "action": "onMessage", "token": ADA, "message": { "type": kind, "text": "hi" } }),
            Some(400),
        );
    }
    for token in ["", "x", &"x".repeat(257), "../../etc/passwd", "\u{0}", "'; drop table guests; --"] {
        object(
            json!({ "action": "onMessage", "token": token, "message": { "type": "Text", "text": "hi" } }),
            None,
        );
    }
    frames
}

#[tokio::test(start_paused = true)]
async fn two_hundred_hostile_frames_are_answered_and_the_connection_lives_after_each() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    let frames = frames();
    assert!(frames.len() >= 200, "{}", frames.len());
    for (n, (frame, code)) in frames.into_iter().enumerate() {
        let told = format!("{:.200}", format!("{frame:?}"));
        ada.send_raw(frame).await;
        let refused = ada.next().await;
        let given = refused["code"].as_u64().unwrap();
        assert!(code.map_or(given >= 400, |code| given == code), "{told}: {refused}");
        assert!(refused["type"].is_string() && refused["class"].is_string(), "{told}: {refused}");
        let text = format!("alive after {n}");
        assert_eq!(ada.say(&text).await["body"]["text"], text, "{told}");
    }
    assert_eq!(org.get("/api/v2/guests").await.body["total"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_beyond_every_bound_ends_its_connection_and_no_other() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    let mut bob = Guest::new(&org, crate::guest::BOB).await;
    let huge = Message::text("x".repeat(5 * 1024 * 1024));
    let _ = futures_util::SinkExt::send(&mut ada.socket, huge).await;
    assert_eq!(ada.frame().await, None);
    assert_eq!(bob.say("hello").await["body"]["text"], "hello");
    let mut ada = Guest::connected(&org.simulator, ADA).await;
    assert_eq!(ada.configure().await["body"]["newSession"], false);
}
