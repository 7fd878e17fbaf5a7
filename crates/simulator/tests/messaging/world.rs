//! One world for the socket and for REST.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::Kind;

use crate::{
    common::Org,
    guest::{ADA, Guest, message, only_guest, patient_org, what},
};

/// Ada has said hello: her guest id and her conversation's.
async fn chat(org: &Org, ada: &mut Guest) -> (String, String) {
    ada.say("hello").await;
    let guest = only_guest(org).await["id"].as_str().unwrap().to_owned();
    let conversation = org.conversation(&guest).await["id"].as_str().unwrap().to_owned();
    (guest, conversation)
}

#[tokio::test(start_paused = true)]
async fn a_message_by_rest_stands_in_the_history_of_the_socket() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    let (guest, conversation) = chat(&org, &mut ada).await;
    let by_rest = json!({
        "id": "0198f3a1-7c00-7000-8000-000000000001", "conversationId": conversation,
        "from": { "id": guest, "type": "user" }, "text": "by REST", "timestamp": "2026-11-22T12:00:00Z",
    });
    for _ in 0..2 {
        assert_eq!(org.post("/api/v2/conversations/webchat/messages", &by_rest).await.status, 201);
    }
    let jwt = ada.ask(json!({ "action": "getJwt" })).await["body"]["jwt"].as_str().unwrap().to_owned();
    let history = crate::history::read(&org, &jwt, "").await.body;
    let texts: Vec<&Value> = history["entities"].as_array().unwrap().iter().map(|e| &e["text"]).collect();
    assert_eq!(texts, ["by REST", "hello"], "a repeat is the same message");
    assert_eq!(history["entities"][0]["channel"]["messageId"], by_rest["id"]);
    assert_eq!(org.control("GET", "/stats", &Value::Null).await.body["messages"], 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_said_by_the_socket_is_read_by_the_vendors_api() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    let (guest, conversation) = chat(&org, &mut ada).await;
    let say = format!("/sessions/{conversation}/say");
    org.control("POST", &say, &json!({ "text": "How can I help?", "nickname": "Mina" })).await;
    ada.next().await;
    org.control("POST", &format!("/sessions/{conversation}/drop"), &Value::Null).await;
    tokio::time::advance(Duration::from_secs(1)).await;
    org.control("POST", &say, &json!({ "text": "Are you there?", "nickname": "Mina" })).await;
    let contact = org.get(&format!("/api/v2/externalcontacts/contacts/{guest}")).await.body;
    assert_eq!(contact["type"], "Ephemeral");
    let path = format!("/api/v2/conversations/messages/{conversation}");
    let told = org.get(&path).await.body;
    let purposes: Vec<&Value> =
        told["participants"].as_array().unwrap().iter().map(|one| &one["purpose"]).collect();
    assert_eq!(purposes, ["customer", "acd", "agent"]);
    assert_eq!(
        (&told["participants"][0]["externalContact"]["id"], &told["participants"][2]["user"]["name"]),
        (&json!(guest), &json!("Mina"))
    );
    let ids: Vec<&Value> = told["participants"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|one| one["messages"].as_array().unwrap())
        .map(|m| &m["messageId"])
        .collect();
    let said = org.post(&format!("{path}/messages/bulk"), &json!(ids)).await.body;
    let said: Vec<(&Value, &Value)> = said["entities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| (&m["normalizedMessage"]["text"], &m["status"]))
        .collect();
    let wanted = [
        ("hello", "received"),
        ("How can I help?", "delivery-success"),
        ("Are you there?", "delivery-failed"),
    ];
    assert_eq!(
        said,
        wanted
            .map(|(text, status)| (json!(text), json!(status)))
            .each_ref()
            .map(|(text, status)| (text, status))
    );
    assert_eq!(
        org.post(&format!("/api/v2/conversations/{conversation}/disconnect"), &Value::Null).await.status,
        200
    );
    assert_eq!(org.control("POST", &say, &json!({ "text": "too late" })).await.status, 409);
}

#[tokio::test(start_paused = true)]
async fn deleting_the_guest_ends_the_session_and_the_token_is_another_guest_afterwards() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    let (guest, _) = chat(&org, &mut ada).await;
    assert_eq!(org.delete(&format!("/api/v2/guests/{guest}")).await.status, 204);
    assert_eq!(what(&ada.next().await), ("SessionClearedEvent", 200));
    assert_eq!(what(&ada.next().await), ("ConnectionClosedEvent", 200));
    assert_eq!(ada.frame().await, None);
    assert_eq!(org.control("GET", "/sessions", &Value::Null).await.body, json!([]));
    let mut ada = Guest::connected(&org.simulator, ADA).await;
    assert_eq!(ada.configure().await["body"]["newSession"], true);
    ada.say("hello again").await;
    assert_ne!(only_guest(&org).await["id"], guest);
}

#[tokio::test(start_paused = true)]
async fn a_conversation_that_was_closed_behind_the_guests_back_is_followed_by_another() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    let (guest, conversation) = chat(&org, &mut ada).await;
    org.control("POST", &format!("/conversations/{conversation}/close"), &Value::Null).await;
    ada.say("and on").await;
    let query = json!({ "query": { "filter": format!("guest.id = \"{guest}\"") } });
    let all = org.post("/api/v2/conversations/details/query", &query).await.body;
    let states: Vec<&Value> = all["conversations"].as_array().unwrap().iter().map(|c| &c["state"]).collect();
    assert_eq!(states, ["active", "closed"]);
}

#[tokio::test(start_paused = true)]
async fn the_ledger_tells_every_frame_and_never_a_token_or_an_address() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    let (guest, conversation) = chat(&org, &mut ada).await;
    let jwt = ada.ask(json!({ "action": "getJwt" })).await["body"]["jwt"].as_str().unwrap().to_owned();
    let file = json!({ "action": "onAttachment", "attachmentId": "a-1", "fileName": "a.png", "fileType": "image/png", "fileSize": 3 });
    let url = ada.ask(file).await["body"]["url"].as_str().unwrap().to_owned();
    let path = url.trim_start_matches("http://localhost").to_owned();
    assert_eq!(org.send("PUT", &path, "abc").await.status, 200);
    crate::history::read(&org, &jwt, "").await;
    ada.send(&json!({ "action": "nonsense", "token": ADA })).await;
    let told = org.control("GET", "/ledger", &Value::Null).await.text;
    for secret in [ADA, &jwt, path.trim_start_matches("/uploads/")] {
        assert!(!told.contains(secret), "{secret}");
    }
    let lines: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let upgrade = lines.iter().find(|l| l["path"] == "/v1" && l["kind"] == "request").unwrap();
    assert_eq!(upgrade["status"], 101);
    let frames: Vec<&Value> = lines.iter().filter(|l| l["kind"] == "frame").collect();
    let said: Vec<String> = frames
        .iter()
        .map(|f| {
            format!(
                "{} {}{}",
                f["direction"].as_str().unwrap(),
                f["action"].as_str().unwrap_or_default(),
                f["class"].as_str().unwrap_or_default()
            )
        })
        .take(6)
        .collect();
    assert_eq!(
        said,
        [
            "inbound configureSession",
            "outbound SessionResponse",
            "inbound onMessage",
            "outbound StructuredMessage",
            "inbound getJwt",
            "outbound JwtResponse",
        ]
    );
    let (asked, echoed) = (frames[2], frames[3]);
    for frame in [asked, echoed] {
        assert_eq!((&frame["guestId"], &frame["conversationId"]), (&json!(guest), &json!(conversation)));
        assert_eq!((&frame["text"], &frame["status"]), (&json!("hello"), &json!(200)));
    }
    assert!(asked["messageId"].is_string() && asked["messageId"] == echoed["messageId"]);
    let heard = org.events(Kind::Message);
    assert_eq!((heard.len(), heard[0].text.as_deref(), heard[0].repeat), (1, Some("hello"), Some(false)));
    assert_eq!(org.events(Kind::Created).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_never_uses_the_socket_sees_the_same_seeded_world() {
    let seeded = |guests| simulator::Options { guests, ..simulator::Options::default() };
    let (plain, chatted) = (Org::with(seeded(20)).await, Org::with(seeded(20)).await);
    let mut ada = Guest::new(&chatted, ADA).await;
    ada.ask(message("something else")).await;
    tokio::time::advance(Duration::from_secs(1)).await;
    let filter = "createdTime < \"2026-11-22T12:00:00Z\"";
    let (one, other) = (plain.list(filter, "pageSize=50").await, chatted.list(filter, "pageSize=50").await);
    assert_eq!(one.body["total"], 20);
    assert_eq!(one.body, other.body);
}
