//! One conversation: who takes part, what was said, its attributes and its end.

use serde_json::{Value, json};
use simulator::Kind;

use crate::{common::Org, details, guest, of};

const ADA: &str = "00000000-0000-4000-8000-000000000001";
const CHAT: &str = "/api/v2/conversations/webchat/messages";

/// A guest with an open conversation in which they said two things.
async fn chat(org: &Org) -> String {
    guest(org, ADA, Some("ada@example.org")).await;
    let id = org.conversation(ADA).await["id"].as_str().unwrap().to_owned();
    for (n, text) in [(1, "hello"), (2, "anybody there?")] {
        let message = json!({
            "id": format!("0198f3a1-7c00-7000-8000-00000000000{n}"), "conversationId": id, "text": text,
            "from": { "id": ADA, "type": "user" }, "timestamp": "2026-11-22T12:00:00Z",
        });
        assert_eq!(org.post(CHAT, &message).await.status, 201);
    }
    id
}

fn messages_of(conversation: &Value) -> Vec<String> {
    let all = conversation["participants"].as_array().unwrap().iter();
    let all = all.flat_map(|one| one["messages"].as_array().unwrap());
    all.map(|message| message["messageId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_running_chat_tells_its_contact_in_both_shapes_and_its_messages_by_id() {
    let org = Org::of(0).await;
    let id = chat(&org).await;
    let whole = org.get(&of(&id)).await.body;
    assert_eq!((&whole["participants"][0]["externalContactId"], whole.get("endTime")), (&json!(ADA), None));
    assert_eq!(whole["participants"][0]["attributes"]["context.tier"], "gold");
    assert_eq!(whole["participants"][0]["messages"][0]["state"], "connected");
    let message = org.get(&format!("/api/v2/conversations/messages/{id}")).await.body;
    assert_eq!(message["participants"][0]["externalContact"]["id"], ADA);
    assert_eq!(message["participants"][0]["state"], "connected");
    let ids = messages_of(&message);
    assert_eq!(ids.len(), 2);
    let bulk =
        org.post(&format!("/api/v2/conversations/messages/{id}/messages/bulk"), &json!(ids)).await.body;
    let texts: Vec<&Value> =
        bulk["entities"].as_array().unwrap().iter().map(|m| &m["normalizedMessage"]["text"]).collect();
    assert_eq!(texts, ["hello", "anybody there?"]);
    let one = org.get(&format!("/api/v2/conversations/messages/{}/details", ids[1])).await.body;
    assert_eq!((&one["conversationId"], &one["status"]), (&json!(id), &json!("received")));
    assert_eq!(org.get(&format!("/api/v2/conversations/messages/{id}/messages/{}", ids[1])).await.body, one);
    assert_eq!(org.get(&format!("/api/v2/conversations/messages/{ADA}/details")).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn an_ended_conversation_is_restored_first_and_then_read() {
    let org = Org::of(400).await;
    let answer =
        details(&org, "2026-11-01T00:00:00Z/2026-11-08T00:00:00Z", json!({ "paging": { "pageSize": 100 } }))
            .await
            .body;
    let answered = answer["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["participants"].as_array().unwrap().len() == 4);
    let id = answered.unwrap()["conversationId"].as_str().unwrap();
    let path = format!("{}/recordings", of(id));
    let first = org.get(&path).await;
    assert_eq!((first.status, first.body), (202, json!([])));
    let recordings = org.get(&path).await.body;
    let transcript = recordings[0]["messagingTranscript"].as_array().unwrap();
    let purposes: Vec<&Value> = transcript.iter().map(|line| &line["purpose"]).collect();
    assert_eq!(purposes[..3], ["customer", "workflow", "agent"]);
    assert!(transcript.iter().all(|line| line["messageText"].is_string()));
    let message = transcript[2]["id"].as_str().unwrap();
    let alone = org.get(&format!("/api/v2/conversations/messages/{message}/details")).await.body;
    assert_eq!(alone["normalizedMessage"]["text"], transcript[2]["messageText"]);
    assert_eq!(alone["conversationId"], id);
    let told = org.get(&format!("/api/v2/conversations/messages/{id}")).await.body;
    assert_eq!(messages_of(&told).len(), transcript.len());
}

#[tokio::test(start_paused = true)]
async fn attributes_of_a_participant_are_set_one_by_one_and_stay() {
    let org = Org::of(0).await;
    let id = chat(&org).await;
    let one = org.get(&of(&id)).await.body["participants"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("{}/participants/{one}/attributes", of(&id));
    assert_eq!(
        org.patch(&path, &json!({ "attributes": { "orderId": "A-17", "language": "en" } })).await.status,
        204
    );
    let by_message = format!("/api/v2/conversations/messages/{id}/participants/{one}/attributes");
    let set = org.patch(&by_message, &json!({ "attributes": { "language": "de" } })).await;
    assert_eq!(
        (set.status, set.body),
        (200, json!({ "attributes": { "orderId": "A-17", "language": "de" } }))
    );
    let attributes = org.get(&of(&id)).await.body["participants"][0]["attributes"].clone();
    assert_eq!((&attributes["orderId"], &attributes["language"]), (&json!("A-17"), &json!("de")));
    assert_eq!(org.patch(&path, &json!({ "attributes": { "n": 1 } })).await.fields(), ["attributes.n"]);
    assert_eq!(org.patch(&path.replace(&one, ADA), &json!({ "attributes": {} })).await.status, 404);
    assert_eq!(org.events(Kind::Changed).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn removing_a_contact_leaves_its_conversations() {
    let org = Org::of(0).await;
    let id = chat(&org).await;
    assert_eq!(org.delete(&crate::at(ADA)).await.status, 200);
    let whole = org.get(&of(&id)).await.body;
    assert_eq!(whole["participants"][0]["externalContactId"], ADA);
    assert!(whole.get("endTime").is_none());
    let query = json!({ "segmentFilters": crate::contact_is(ADA) });
    assert_eq!(details(&org, "2026-11-22T00:00:00Z/2026-11-23T00:00:00Z", query).await.body["totalHits"], 1);
    assert_eq!(org.post(&format!("{}/disconnect", of(&id)), &Value::Null).await.status, 200);
    assert_eq!(org.get(&of(&id)).await.body["endTime"], "2026-11-22T12:00:00.000Z");
}
