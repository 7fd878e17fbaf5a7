//! The agent's side, on the control port.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::Disconnect;

use crate::{
    common::{Answer, Org},
    guest::{ADA, Guest, only_guest, org, patient_org, what},
};

async fn conversation(org: &Org) -> String {
    let guest = only_guest(org).await["id"].as_str().unwrap().to_owned();
    org.conversation(&guest).await["id"].as_str().unwrap().to_owned()
}

async fn act(org: &Org, what: &str, body: Value) -> Answer {
    let id = conversation(org).await;
    org.control("POST", &format!("/sessions/{id}/{what}"), &body).await
}

#[tokio::test(start_paused = true)]
async fn an_agent_and_a_bot_write_with_quick_replies_and_at_a_time_of_their_own() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    ada.say("hello").await;
    assert_eq!(act(&org, "say", json!({ "text": "How can I help?" })).await.status, 200);
    let human = ada.next().await;
    assert_eq!(
        (&human["type"], what(&human), human.get("tracingId")),
        (&json!("message"), ("StructuredMessage", 200), None)
    );
    let body = &human["body"];
    assert_eq!(
        (&body["direction"], &body["originatingEntity"], &body["type"]),
        (&json!("Outbound"), &json!("Human"), &json!("Text"))
    );
    assert!(body["channel"]["messageId"].is_string() && body["channel"]["from"]["nickname"].is_string());
    let offer = json!({ "text": "Sure?", "quickReplies": ["Yes", { "text": "No", "payload": "n" }], "originatingEntity": "Bot", "at": "2026-11-22T11:59:00Z" });
    act(&org, "say", offer).await;
    let bot = ada.next().await;
    let body = &bot["body"];
    assert_eq!((&body["type"], &body["originatingEntity"]), (&json!("Structured"), &json!("Bot")));
    assert_eq!(body["channel"]["time"], "2026-11-22T11:59:00.000Z");
    assert!(body["channel"].get("messageId").is_none(), "a bot's message has its id only");
    let offered: Vec<(&Value, &Value)> = body["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (&c["quickReply"]["text"], &c["quickReply"]["payload"]))
        .collect();
    assert_eq!(offered, [(&json!("Yes"), &json!("Yes")), (&json!("No"), &json!("n"))]);
    assert_eq!(act(&org, "typing", Value::Null).await.status, 204);
    let typing = ada.next().await;
    assert_eq!(typing["body"]["events"][0]["eventType"], "Typing");
    for wrong in [
        json!({}),
        json!({ "text": "" }),
        json!({ "text": 7 }),
        json!({ "text": "a", "at": "soon" }),
        json!({ "text": "a", "quickReplies": [7] }),
        json!({ "text": "a", "originatingEntity": "Nobody" }),
        json!({ "text": "x".repeat(4001) }),
    ] {
        assert_eq!(act(&org, "say", wrong.clone()).await.status, 400, "{wrong}");
    }
    ada.hears_nothing(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn by_default_a_guest_is_never_told_that_the_agent_left() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    ada.say("hello").await;
    let before = conversation(&org).await;
    assert_eq!(act(&org, "disconnect", json!({ "readOnly": true })).await.status, 204);
    ada.hears_nothing(Duration::from_secs(10)).await;
    assert_eq!(ada.say("hello?").await["body"]["text"], "hello?", "and writes on");
    assert_ne!(conversation(&org).await, before, "in another conversation");
}

#[tokio::test(start_paused = true)]
async fn where_the_deployment_sends_it_the_guest_may_write_on_after_the_agent_left() {
    let org = org(|m| m.disconnect = Disconnect::Send).await;
    let mut ada = Guest::new(&org, ADA).await;
    ada.say("hello").await;
    assert_eq!(act(&org, "disconnect", Value::Null).await.status, 204);
    let event = ada.next().await;
    assert_eq!(event["body"]["events"][0]["presence"]["type"], "Disconnect");
    assert!(event["body"].get("metadata").is_none());
    assert_eq!(ada.configure().await["body"]["readOnly"], false);
    assert_eq!(ada.say("one more thing").await["body"]["text"], "one more thing");
}

#[tokio::test(start_paused = true)]
async fn the_agent_of_a_conversation_that_is_over_writes_no_more() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    ada.say("hello").await;
    act(&org, "disconnect", json!({})).await;
    assert_eq!(act(&org, "say", json!({ "text": "wait" })).await.status, 409);
    assert_eq!(act(&org, "typing", Value::Null).await.status, 409);
    ada.hears_nothing(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn drop_cuts_the_socket_without_a_word_and_the_session_stays() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    ada.say("hello").await;
    assert_eq!(act(&org, "drop", Value::Null).await.status, 204);
    let end = futures_util::StreamExt::next(&mut ada.socket).await;
    assert!(matches!(end, None | Some(Err(_))), "no close frame: {end:?}");
    let mut ada = Guest::connected(&org.simulator, ADA).await;
    assert_eq!(ada.configure().await["body"]["newSession"], false);
}

#[tokio::test(start_paused = true)]
async fn expire_ends_the_session_and_the_guest_hears_of_it() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    ada.say("hello").await;
    assert_eq!(act(&org, "expire", Value::Null).await.status, 204);
    let event = ada.next().await;
    assert_eq!((&event["type"], what(&event)), (&json!("response"), ("SessionExpiredEvent", 200)));
    assert_eq!(what(&ada.say("late").await), ("string", 4006));
    let guest = only_guest(&org).await["id"].as_str().unwrap().to_owned();
    assert_eq!(org.conversation(&guest).await["state"], "closed");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_conversation_is_404() {
    let org = patient_org().await;
    for call in ["say", "disconnect", "expire", "drop", "typing"] {
        for id in ["42", "00000000-0000-4000-8000-000000000009"] {
            let told = org.control("POST", &format!("/sessions/{id}/{call}"), &json!({})).await;
            assert_eq!(told.status, 404, "{call}");
        }
    }
    assert_eq!(org.control("POST", "/sessions", &json!({})).await.status, 405);
}

#[tokio::test(start_paused = true)]
async fn a_guest_who_does_not_read_is_cut_and_holds_up_nobody() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    ada.say("hello").await;
    let say = format!("/sessions/{}/say", conversation(&org).await);
    let long = json!({ "text": "x".repeat(4000) });
    for _ in 0..1200 {
        assert_eq!(org.control("POST", &say, &long).await.status, 200);
    }
    tokio::time::advance(Duration::from_millis(1)).await;
    let mut bob = Guest::new(&org, crate::guest::BOB).await;
    assert_eq!(bob.say("hello").await["body"]["text"], "hello");
    let sessions = org.control("GET", "/sessions", &Value::Null).await.body;
    assert_eq!((&sessions[0]["connected"], &sessions[1]["connected"]), (&json!(false), &json!(true)));
    let mut ada = Guest::connected(&org.simulator, ADA).await;
    assert_eq!(ada.configure().await["body"]["newSession"], false, "and may come back");
}

#[tokio::test(start_paused = true)]
async fn what_an_agent_showed_stands_in_the_recording_in_the_form_of_one() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    ada.say("hello").await;
    let id = conversation(&org).await;
    let card = json!({ "title": "Shoe", "image": "https://shop.example/shoe.png", "actions": [{ "type": "Postback", "text": "Buy", "payload": "buy" }] });
    let time = json!({ "dateTime": "2030-01-07T09:00:00.000Z", "duration": 1800 });
    let list = json!({ "receivedMessage": { "title": "Size" }, "sections": [{ "title": "Sizes", "items": [{ "id": "1", "title": "38" }] }] });
    let page = json!({ "title": "You", "pageComponents": [{ "formComponentType": "Input", "input": { "id": "i", "title": "Name", "isRequired": true } }] });
    let content = json!([
        { "contentType": "QuickReply", "quickReply": { "text": "Yes", "payload": "y" } },
        { "contentType": "Carousel", "carousel": { "cards": [card, card] } },
        { "contentType": "DatePicker", "datePicker": { "title": "When", "availableTimes": [time] } },
        { "contentType": "ListPicker", "listPicker": list },
        { "contentType": "Form", "form": { "introduction": { "title": "Who", "buttonText": "Go" }, "formPages": [page] } },
    ]);
    assert_eq!(act(&org, "say", json!({ "content": content })).await.status, 200);
    org.control("POST", &format!("/conversations/{id}/close"), &Value::Null).await;
    let path = format!("/api/v2/conversations/{id}/recordings");
    assert_eq!(org.get(&path).await.status, 202, "it is restored first");
    let said = org.get(&path).await.body[0]["messagingTranscript"][1].clone();
    assert_eq!(said["quickReplies"], json!([{ "text": "Yes", "payload": "y" }]));
    assert_eq!((&said["cards"][1]["title"], &said["cards"][1]["url"]), (&card["title"], &card["image"]));
    assert_eq!(said["cards"][0]["actions"], card["actions"]);
    assert!(said["cards"][0].get("image").is_none(), "a recording calls it url");
    assert_eq!(said["datePicker"], json!({ "title": "When", "datePickerAvailableDateTimes": [time] }));
    assert_eq!(
        (&said["listPicker"]["title"], &said["listPicker"]["sections"][0]["items"][0]["title"]),
        (&json!("Size"), &json!("38"))
    );
    let form = &said["form"];
    assert_eq!(form["introduction"], json!({ "title": "Who" }));
    assert_eq!(form["formPages"][0]["pageComponents"][0]["input"], json!({ "id": "i", "title": "Name" }));
    assert!(said.get("messageText").is_none());
}
