//! One contact: what it is made of, and every way to change it.

use serde_json::{Value, json};
use simulator::Kind;

use crate::{CONTACTS, at, common::Org, guest};

const ADA: &str = "00000000-0000-4000-8000-000000000001";
const BOB: &str = "00000000-0000-4000-8000-000000000002";

async fn ada(org: &Org) -> Value {
    guest(org, ADA, Some("ada@example.org")).await;
    org.get(&at(ADA)).await.body
}

#[tokio::test(start_paused = true)]
async fn a_guest_with_an_email_is_a_curated_contact_and_one_without_an_ephemeral_one() {
    let org = Org::of(0).await;
    let contact = ada(&org).await;
    assert_eq!((&contact["firstName"], &contact["lastName"]), (&json!("Ada"), &json!("Lovelace")));
    assert_eq!((&contact["workEmail"], &contact["type"]), (&json!("ada@example.org"), &json!("Curated")));
    assert_eq!(contact["customFields"]["tier"], "gold");
    assert!(contact["customFields"].get("seat").is_none(), "it is no field of the schema");
    assert_eq!(
        (&contact["createDate"], &contact["schema"]["version"]),
        (&json!("2026-11-22T12:00:00.000Z"), &json!(1))
    );
    guest(&org, BOB, None).await;
    let contact = org.get(&at(BOB)).await.body;
    assert_eq!(contact["type"], "Ephemeral");
    assert!(contact.get("schema").is_none() && contact.get("customFields").is_none());
    assert_eq!(org.get(CONTACTS).await.body["total"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_contact_is_made_read_replaced_and_removed_and_the_ledger_tells_each() {
    let org = Org::of(0).await;
    let new = json!({
        "firstName": "José", "middleName": "de la", "lastName": "Cruz", "personalEmail": "jose@example.org",
        "workPhone": { "display": "(317) 555-0123" }, "externalSystemUrl": "https://crm.example/7", "unheardOf": { "a": [1] },
    });
    let made = org.post(CONTACTS, &new).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let id = made.body["id"].as_str().unwrap().to_owned();
    assert_eq!(made.body["workPhone"]["e164"], "+13175550123");
    assert_eq!(made.body["workPhone"]["display"], "+1 317-555-0123", "the org writes it anew");
    assert_eq!(made.body["unheardOf"], new["unheardOf"]);
    let as_guest = org.get(&format!("/api/v2/guests/{id}")).await.body;
    assert_eq!(
        (&as_guest["name"], &as_guest["email"]),
        (&json!("José de la Cruz"), &json!("jose@example.org"))
    );
    let mut whole = org.get(&at(&id)).await.body;
    assert_eq!(whole, made.body);
    whole["title"] = json!("Captain");
    whole.as_object_mut().unwrap().remove("workPhone");
    tokio::time::advance(std::time::Duration::from_secs(5)).await;
    let put = org.put(&at(&id), &whole).await;
    assert_eq!((put.status, &put.body["title"]), (200, &json!("Captain")), "{}", put.text);
    assert!(put.body.get("workPhone").is_none());
    assert_eq!(put.body["modifyDate"], "2026-11-22T12:00:05.000Z");
    assert_eq!(org.delete(&at(&id)).await.status, 200);
    assert_eq!(org.get(&at(&id)).await.status, 404);
    assert_eq!(org.delete(&at(&id)).await.status, 404);
    let told: Vec<Kind> =
        org.simulator.ledger().iter().map(|e| e.kind).filter(|k| *k != Kind::Request).collect();
    assert_eq!(told, [Kind::Created, Kind::Changed, Kind::Deleted]);
}

#[tokio::test(start_paused = true)]
async fn single_members_change_by_their_paths() {
    let org = Org::of(0).await;
    ada(&org).await;
    let changes = json!({ "changes": [
        { "field": "$.lastName", "value": "King", "action": "Update" },
        { "field": "$.title", "value": "Countess", "action": "UpdateIfEmpty" },
        { "field": "$.firstName", "value": "Augusta", "action": "UpdateIfEmpty" },
        { "field": "$.salutation", "value": "Lady", "action": "UpdateIfExists" },
        { "field": "$.customFields.tier", "value": "vip", "action": "Update" },
        { "field": "$.customFields.interests_tag", "value": ["engines", "verse"], "action": "AppendToCollection" },
        { "field": "$.customFields.interests_tag", "value": "verse", "action": "RemoveFromCollection" },
        { "field": "$.cellPhone", "action": "Remove" },
    ] });
    let answer = org.patch(&at(ADA), &changes).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let contact = answer.body;
    assert_eq!((&contact["firstName"], &contact["lastName"]), (&json!("Ada"), &json!("King")));
    assert_eq!((&contact["title"], contact.get("salutation")), (&json!("Countess"), None));
    assert_eq!(contact["customFields"]["interests_tag"], json!(["engines"]));
    let as_guest = org.get(&format!("/api/v2/guests/{ADA}")).await.body;
    assert_eq!(
        (&as_guest["attributes"]["tier"], &as_guest["attributes"]["seat"]),
        (&json!("vip"), &json!("4c"))
    );
    assert_eq!(as_guest["name"], "Ada King");
    let wrong = json!({ "changes": [{ "field": "lastName", "value": "x", "action": "Update" }] });
    assert_eq!(org.patch(&at(ADA), &wrong).await.fields(), ["changes[0].field"]);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_does_not_fit_is_refused_by_name_and_changes_nothing() {
    let org = Org::of(0).await;
    let before = ada(&org).await;
    let mut wrong = before.clone();
    wrong["customFields"] = json!({ "tier": "platinum", "nobody": 1, "totalInteractions": 1.5 });
    wrong["workEmail"] = json!("x".repeat(257));
    wrong["title"] = json!(7);
    wrong["cellPhone"] = json!({});
    let answer = org.put(&at(ADA), &wrong).await;
    assert_eq!(answer.status, 400);
    let mut fields = answer.fields();
    fields.sort_unstable();
    let named = [
        "cellPhone",
        "customFields.nobody",
        "customFields.tier",
        "customFields.totalInteractions",
        "title",
        "workEmail",
    ];
    assert_eq!(fields, named);
    wrong = before.clone();
    wrong.as_object_mut().unwrap().remove("schema");
    assert_eq!(org.put(&at(ADA), &wrong).await.fields(), ["schema"]);
    wrong = before.clone();
    wrong["id"] = json!(BOB);
    assert_eq!(org.put(&at(ADA), &wrong).await.fields(), ["id"]);
    assert_eq!(org.get(&at(ADA)).await.body, before);
}

#[tokio::test(start_paused = true)]
async fn a_promoted_contact_is_listed_and_has_its_fields() {
    let org = Org::of(0).await;
    guest(&org, BOB, None).await;
    let promoted = org.post(&format!("{}/promotion", at(BOB)), &Value::Null).await;
    assert_eq!((promoted.status, &promoted.body["type"]), (200, &json!("Curated")));
    assert_eq!(promoted.body["customFields"]["tier"], "gold");
    assert_eq!(crate::ids(&org.get(CONTACTS).await.body), [BOB]);
    assert_eq!(org.events(Kind::Changed).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_the_other_dialect_writes_shows_at_once() {
    let org = Org::of(0).await;
    let contact = ada(&org).await;
    org.put(&at(ADA), &contact).await;
    let version = org.get(&format!("/api/v2/guests/{ADA}")).await.body["version"].clone();
    let renamed = json!({ "name": "Grace Hopper", "email": "grace@example.org", "version": version, "attributes": { "tier": "silver" } });
    assert_eq!(org.put(&format!("/api/v2/guests/{ADA}"), &renamed).await.status, 200);
    let contact = org.get(&at(ADA)).await.body;
    assert_eq!((&contact["firstName"], &contact["lastName"]), (&json!("Grace"), &json!("Hopper")));
    assert_eq!(
        (&contact["workEmail"], &contact["customFields"]["tier"]),
        (&json!("grace@example.org"), &json!("silver"))
    );
}
