//! A bot that answers, as the guest hears it.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Bot, Disconnect, Kind};
use tokio::time::Instant;

use crate::{
    common::Org,
    guest::{ADA, Guest, message, org},
};

const SURVEY: &str = r#"{"rules": [
    {"when": {"start": true}, "reply": [{"text": "Welcome"}]},
    {"when": {"contains": "hi"}, "reply": [
        {"text": "Can we ask you some questions?", "after": "50ms", "quickReplies": ["Yes", "No"]},
        {"typing": true}, {"text": "Take your time", "after": "2s"}]},
    {"when": {"quickReply": "No"}, "reply": [{"text": "Bye", "after": "1s"}, {"disconnect": true, "readOnly": true}]},
    {"when": {"otherwise": true}, "reply": [{"text": "Pardon?"}]}]}"#;

async fn with_bot(bot: Bot, disconnect: Disconnect) -> Org {
    org(|m| {
        m.bot = bot;
        m.disconnect = disconnect;
        m.limits.messages_per_second = None;
    })
    .await
}

fn text(frame: &Value) -> &str {
    frame["body"]["text"].as_str().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_bot_greets_answers_each_in_its_time_and_ends_the_conversation() {
    let org = with_bot(Bot::parse("survey", SURVEY.as_bytes()).unwrap(), Disconnect::ReadOnly).await;
    let mut ada = Guest::new(&org, ADA).await;
    let start = Instant::now();
    assert_eq!(text(&ada.say("Hi there").await), "Hi there", "the echo comes first");
    let welcome = ada.next().await;
    assert_eq!((text(&welcome), &welcome["body"]["originatingEntity"]), ("Welcome", &json!("Bot")));
    let offer = ada.next().await;
    assert_eq!(
        (text(&offer), start.elapsed()),
        ("Can we ask you some questions?", Duration::from_millis(50))
    );
    assert_eq!(offer["body"]["content"][1]["quickReply"]["payload"], "No");
    assert_eq!(ada.next().await["body"]["events"][0]["eventType"], "Typing");
    assert_eq!((text(&ada.next().await), start.elapsed()), ("Take your time", Duration::from_millis(2050)));
    let button = json!({ "contentType": "ButtonResponse", "buttonResponse": { "type": "QuickReply", "text": "No", "payload": "No" } });
    ada.ask(json!({ "action": "onMessage", "message": { "type": "Structured", "text": "No", "content": [button] } })).await;
    assert_eq!(text(&ada.next().await), "Bye");
    let left = ada.next().await;
    assert_eq!(left["body"]["events"][0]["presence"]["type"], "Disconnect");
    assert_eq!(left["body"]["metadata"]["readOnly"], "true");
    assert_eq!(ada.say("hello?").await["code"], 409);
}

#[tokio::test(start_paused = true)]
async fn a_bot_says_no_more_in_a_conversation_that_is_over() {
    let org = with_bot(Bot::parse("survey", SURVEY.as_bytes()).unwrap(), Disconnect::Send).await;
    let mut ada = Guest::new(&org, ADA).await;
    ada.say("hi").await;
    ada.next().await;
    let sessions = org.control("GET", "/sessions", &Value::Null).await.body;
    let id = sessions[0]["conversationId"].as_str().unwrap();
    org.control("POST", &format!("/sessions/{id}/disconnect"), &Value::Null).await;
    assert_eq!(ada.next().await["body"]["events"][0]["presence"]["type"], "Disconnect");
    ada.hears_nothing(Duration::from_secs(60)).await;
}

#[tokio::test(start_paused = true)]
async fn the_demonstration_bot_answers_each_word_with_that_content() {
    let org = with_bot(Bot::demo(), Disconnect::Send).await;
    let mut ada = Guest::new(&org, ADA).await;
    for (word, kind) in [
        ("card", "Card"),
        ("carousel", "Carousel"),
        ("date", "DatePicker"),
        ("list", "ListPicker"),
        ("form", "Form"),
        ("file", "Attachment"),
    ] {
        ada.say(word).await;
        let mut answer = ada.next().await;
        while answer["body"]["content"].is_null() {
            answer = ada.next().await;
        }
        assert_eq!(answer["body"]["content"][0]["contentType"], kind, "{answer}");
        assert_eq!(answer["body"]["direction"], "Outbound");
    }
    ada.say("what now").await;
    assert!(!text(&ada.next().await).is_empty(), "a line of help");
    ada.say("bye").await;
    loop {
        let frame = ada.next().await;
        if frame["body"]["events"][0]["presence"]["type"] == "Disconnect" {
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn reorder_delays_the_first_frame_of_the_bot_and_the_second_overtakes_it() {
    let bot = r#"{"rules": [{"when": {"otherwise": true}, "reply": [{"text": "one"}, {"text": "two"}]}]}"#;
    let org = with_bot(Bot::parse("two", bot.as_bytes()).unwrap(), Disconnect::Off).await;
    let mut ada = Guest::new(&org, ADA).await;
    let rule = json!({ "rules": [{ "when": { "action": "onMessage" }, "do": "reorder:500" }] });
    org.control("POST", "/weather", &rule).await;
    ada.ask(message("go")).await;
    let (early, late) = (ada.next().await, ada.next().await);
    assert_eq!((text(&early), text(&late)), ("two", "one"));
    assert!(late["body"]["channel"]["time"].as_str() < early["body"]["channel"]["time"].as_str());
    let told = org.events(Kind::Frame);
    let sent: Vec<&str> =
        told.iter().filter(|f| f.direction == Some("outbound")).filter_map(|f| f.text.as_deref()).collect();
    assert_eq!(sent, ["go", "one", "two"], "the ledger tells when the org made them");
}
