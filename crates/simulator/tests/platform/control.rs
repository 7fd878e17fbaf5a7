//! What tests change of contacts behind the client's back, and what is kept over a restart.

use serde_json::{Value, json};
use simulator::{Kind, Options};

use crate::{CONTACTS, at, common::Org, guest, scan};

const ADA: &str = "00000000-0000-4000-8000-000000000001";
const BOB: &str = "00000000-0000-4000-8000-000000000002";

#[tokio::test(start_paused = true)]
async fn a_contact_of_any_kind_and_any_age_can_be_put_there() {
    let org = Org::of(0).await;
    let contact = json!({ "id": ADA, "firstName": "Ada", "type": "Identified", "createDate": "2020-02-29T12:00:00Z", "modifyDate": "2021-01-01T00:00:00Z" });
    let made = org.control("POST", "/contacts", &contact).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let read = org.get(&at(ADA)).await.body;
    assert_eq!(
        (&read["type"], &read["createDate"]),
        (&json!("Identified"), &json!("2020-02-29T12:00:00.000Z"))
    );
    assert_eq!(read["modifyDate"], "2021-01-01T00:00:00.000Z");
    assert!(scan(&org, 10).await.0.is_empty());
    assert_eq!(org.control("POST", "/contacts", &contact).await.status, 409);
    let known = json!({ "id": BOB, "firstName": "Bob", "workEmail": "bob@example.org", "type": "Ephemeral" });
    assert_eq!(
        org.control("POST", "/contacts", &known).await.body["type"],
        "Ephemeral",
        "whatever is known of them"
    );
    assert!(scan(&org, 10).await.0.is_empty());
    let wrong = json!({ "type": "Regular" });
    assert_eq!(org.control("POST", "/contacts", &wrong).await.fields(), ["type"]);
    assert_eq!(org.events(Kind::Created).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_merge_behind_the_clients_back_leads_to_the_other_contact() {
    let org = Org::of(0).await;
    guest(&org, ADA, Some("ada@example.org")).await;
    guest(&org, BOB, Some("bob@example.org")).await;
    let before = org.get(&at(BOB)).await.body["modifyDate"].clone();
    let merged = org.control("POST", &format!("/contacts/{ADA}/merge"), &json!({ "into": BOB })).await;
    assert_eq!(merged.status, 200, "{}", merged.text);
    assert_eq!(org.get(&at(ADA)).await.body["id"], BOB);
    assert_ne!(org.get(&at(BOB)).await.body["modifyDate"], before);
    assert_eq!(scan(&org, 10).await.0.len(), 1);
    assert_eq!(
        org.control("POST", &format!("/contacts/{BOB}/merge"), &json!({ "into": BOB })).await.status,
        400
    );
}

#[tokio::test(start_paused = true)]
async fn cursors_expire_at_once_when_told_so() {
    let org = Org::of(100).await;
    let scan = "/api/v2/externalcontacts/scan/contacts?limit=10";
    let next = org.get(scan).await.body["nextUri"].as_str().unwrap().to_owned();
    assert_eq!(org.control("POST", "/cursors/expire", &Value::Null).await.status, 204);
    assert_eq!(org.get(&next).await.status, 400);
    assert_eq!(org.get(scan).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn all_of_a_contact_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let kept = || Options { guests: 20, log: Some(folder.path().join("world.jsonl")), ..Options::default() };
    let org = Org::with(kept()).await;
    let new = json!({ "firstName": "Ada", "middleName": "of", "lastName": "Lovelace", "title": "Countess" });
    let id = org.post(CONTACTS, &new).await.body["id"].as_str().unwrap().to_owned();
    guest(&org, BOB, None).await;
    org.post(&format!("{}/promotion", at(BOB)), &Value::Null).await;
    org.post(&format!("{}/notes", at(BOB)), &json!({ "noteText": "hums" })).await;
    let conversation = org.conversation(BOB).await["id"].as_str().unwrap().to_owned();
    org.control("POST", &format!("/conversations/{conversation}/orphan"), &Value::Null).await;
    let told = async |org: &Org| {
        let mut told = Vec::new();
        for path in [at(&id), at(BOB), format!("{}/notes", at(BOB)), crate::of(&conversation)] {
            told.push(org.get(&path).await.body);
        }
        (told, scan(org, 10).await)
    };
    let before = told(&org).await;
    drop(org);
    assert_eq!(told(&Org::with(kept()).await).await, before);
}
