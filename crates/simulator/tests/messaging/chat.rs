//! An ordinary conversation.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::guest::{ADA, Guest, message, only_guest, org, patient_org, what};

#[tokio::test(start_paused = true)]
async fn a_new_guest_is_told_of_a_new_session_and_all_that_it_allows() {
    let org = org(|_| {}).await;
    let mut ada = Guest::connected(&org.simulator, ADA).await;
    let told = ada.configure().await;
    assert_eq!(
        (&told["type"], what(&told), &told["tracingId"]),
        (&json!("response"), ("SessionResponse", 200), &json!("c1"))
    );
    let body = &told["body"];
    assert_eq!(
        [
            &body["connected"],
            &body["newSession"],
            &body["readOnly"],
            &body["clearedExistingSession"],
            &body["autoStarted"]
        ],
        [true, true, false, false, false]
    );
    assert_eq!((&body["maxCustomDataBytes"], &body["durationSeconds"]), (&json!(2048), &json!(259_200)));
    let start = org.simulator.now().timestamp();
    assert_eq!(body["expirationDate"], json!(start + 259_200), "in seconds");
    assert_eq!(body["allowedMedia"]["inbound"]["maxFileSizeKB"], 10_240);
    assert!(body["blockedExtensions"].as_array().unwrap().contains(&json!(".exe")));
    assert_eq!(ada.configure().await["body"]["newSession"], false);
}

#[tokio::test(start_paused = true)]
async fn an_echo_carries_the_tracing_id_two_ids_the_time_and_the_metadata() {
    let org = org(|_| {}).await;
    let mut ada = Guest::new(&org, ADA).await;
    let mut hello = message("Hello");
    hello["tracingId"] = json!("t-1");
    hello["message"]["metadata"] = json!({ "id": "m-1" });
    let echo = ada.ask(hello).await;
    assert_eq!((&echo["type"], what(&echo)), (&json!("message"), ("StructuredMessage", 200)));
    assert_eq!((&echo["tracingId"], &echo["body"]["metadata"]), (&json!("t-1"), &json!({ "id": "m-1" })));
    let body = &echo["body"];
    assert_eq!(
        (&body["type"], &body["text"], &body["direction"]),
        (&json!("Text"), &json!("Hello"), &json!("Inbound"))
    );
    let id = body["id"].as_str().unwrap();
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
    assert!(Uuid::parse_str(body["channel"]["messageId"].as_str().unwrap()).is_ok());
    assert_eq!(body["channel"]["time"], "2026-11-22T12:00:00.000Z");
    let plain = ada.say("again").await;
    assert!(plain.get("tracingId").is_none() && plain["body"].get("metadata").is_none(), "{plain}");
    assert_eq!(plain["body"]["channel"]["time"], "2026-11-22T12:00:00.001Z", "each has its own millisecond");
}

#[tokio::test(start_paused = true)]
async fn a_guest_is_in_the_world_from_the_first_message_on_with_name_address_and_attributes() {
    let org = org(|_| {}).await;
    let mut ada = Guest::new(&org, ADA).await;
    assert_eq!(org.get("/api/v2/guests").await.body["total"], 0);
    let mut hello = message("Hello");
    hello["channel"] = json!({ "metadata": { "customAttributes": { "name": "Ada", "email": "ada@example.com", "orderId": "A-17" } } });
    ada.ask(hello).await;
    let guest = only_guest(&org).await;
    assert_eq!((&guest["name"], &guest["email"]), (&json!("Ada"), &json!("ada@example.com")));
    let attributes = &guest["attributes"];
    assert_eq!((&attributes["orderId"], &attributes["source"]), (&json!("A-17"), &json!("web-messaging")));
    assert!(attributes.get("name").is_none());
    let id = guest["id"].as_str().unwrap();
    let conversation = org.conversation(id).await;
    assert_eq!(conversation["state"], "active");
    let mut more = message("More");
    more["message"]["channel"] = json!({ "metadata": { "customAttributes": { "tier": "vip", "name": "" } } });
    ada.ask(more).await;
    let after = only_guest(&org).await;
    assert_eq!((&after["id"], &after["name"]), (&guest["id"], &guest["name"]), "an empty name is none");
    assert_eq!(
        (&after["attributes"]["tier"], &after["attributes"]["orderId"]),
        (&json!("vip"), &json!("A-17"))
    );
    assert_eq!(after["version"], 2);
    assert_eq!(org.conversation(id).await["id"], conversation["id"]);
}

#[tokio::test(start_paused = true)]
async fn a_quick_reply_a_button_and_a_picker_are_echoed_as_they_were_sent() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    for button in [
        json!({ "type": "QuickReply", "text": "Yes", "payload": "yes" }),
        json!({ "type": "Button", "text": "Buy", "payload": "buy" }),
        json!({ "type": "DatePicker", "payload": "2026-12-01T09:00:00Z" }),
    ] {
        let content = json!([{ "contentType": "ButtonResponse", "buttonResponse": button }]);
        let sent = json!({ "action": "onMessage", "message": { "type": "Structured", "text": "Yes", "content": content } });
        let echo = ada.ask(sent).await;
        assert_eq!((&echo["body"]["type"], &echo["body"]["content"]), (&json!("Structured"), &content));
    }
}

#[tokio::test(start_paused = true)]
async fn a_join_starts_nothing_unless_the_deployment_starts_by_itself() {
    let org = org(|_| {}).await;
    let mut ada = Guest::new(&org, ADA).await;
    ada.event("Join").await;
    ada.hears_nothing(Duration::from_secs(1)).await;
    assert_eq!(org.get("/api/v2/guests").await.body["total"], 0);
    let sessions = org.control("GET", "/sessions", &Value::Null).await.body;
    assert_eq!(sessions.as_array().unwrap().len(), 1);
    assert!(sessions[0].get("conversationId").is_none(), "{sessions}");

    let org = crate::guest::org(|m| m.auto_start = true).await;
    let mut ada = Guest::new(&org, ADA).await;
    ada.event("Join").await;
    let echo = ada.next().await;
    assert_eq!(echo["body"]["events"][0]["presence"]["type"], "Join");
    assert_eq!(echo["body"]["direction"], "Inbound");
    let guest = only_guest(&org).await;
    assert_eq!(org.conversation(guest["id"].as_str().unwrap()).await["state"], "active");
    assert_eq!(ada.configure().await["body"]["autoStarted"], true);
}

#[tokio::test(start_paused = true)]
async fn an_echo_tells_of_health_and_how_long_the_session_lasts() {
    let org = org(|_| {}).await;
    let mut ada = Guest::new(&org, ADA).await;
    let ping =
        json!({ "action": "echo", "tracingId": "ping-1", "message": { "type": "Text", "text": "ping" } });
    let pong = ada.ask(ping).await;
    assert_eq!((&pong["type"], what(&pong)), (&json!("response"), ("StructuredMessage", 200)));
    assert_eq!((&pong["tracingId"], &pong["body"]["text"]), (&json!("ping-1"), &json!("ping")));
    assert_eq!(pong["body"]["metadata"]["durationSeconds"], "259200");
    assert!(pong["body"]["metadata"]["expirationDate"].is_string());
    assert_eq!(org.get("/api/v2/guests").await.body["total"], 0, "it is no message");
}

#[tokio::test(start_paused = true)]
async fn the_configuration_is_told_over_the_socket_too() {
    let org = org(|_| {}).await;
    let mut ada = Guest::connected(&org.simulator, ADA).await;
    let told =
        ada.ask(json!({ "action": "getConfiguration", "deploymentId": crate::guest::DEPLOYMENT })).await;
    assert_eq!(what(&told), ("GetConfigurationResponse", 200));
    assert_eq!(told["body"]["sessionDurationSeconds"], 259_200);
    assert_eq!(told["body"]["messageRoutingEnabled"], true);
}

#[tokio::test(start_paused = true)]
async fn typing_is_taken_without_a_word() {
    let org = org(|_| {}).await;
    let mut ada = Guest::new(&org, ADA).await;
    let typing = json!([{ "eventType": "Typing", "typing": { "type": "On" } }]);
    for _ in 0..5 {
        ada.send(
            &json!({ "action": "onMessage", "token": ADA, "message": { "type": "Event", "events": typing } }),
        )
        .await;
    }
    ada.hears_nothing(Duration::from_millis(100)).await;
    assert_eq!(ada.say("hello").await["body"]["text"], "hello");
}
