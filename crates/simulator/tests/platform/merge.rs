//! Contacts that are the same person, and notes about them.

use serde_json::{Value, json};
use simulator::Kind;

use crate::{CONTACTS, at, common::Org, guest, ids};

const ADA: &str = "00000000-0000-4000-8000-000000000001";
const BOB: &str = "00000000-0000-4000-8000-000000000002";
const EVE: &str = "00000000-0000-4000-8000-000000000003";

#[tokio::test(start_paused = true)]
async fn a_merge_makes_one_contact_that_stands_for_all() {
    let org = Org::of(0).await;
    guest(&org, ADA, Some("ada@example.org")).await;
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    guest(&org, BOB, Some("lovelace@example.net")).await;
    guest(&org, EVE, None).await;
    let merge = json!({ "contactIds": [ADA, BOB, EVE], "valueOverride": { "title": "Countess" } });
    let made = org.post(&format!("{CONTACTS}/merge"), &merge).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let id = made.body["id"].as_str().unwrap();
    assert_eq!(
        (&made.body["workEmail"], &made.body["title"]),
        (&json!("lovelace@example.net"), &json!("Countess"))
    );
    assert_eq!(
        made.body["personalEmail"], "ada@example.org",
        "the older address goes to a place that is free"
    );
    assert_eq!(made.body["mergedFrom"].as_array().unwrap().len(), 3);
    for merged in [ADA, BOB, EVE] {
        assert_eq!(org.get(&at(merged)).await.body["id"], id);
        let own = org.get(&format!("{}/unresolved", at(merged))).await.body;
        assert_eq!(
            (&own["id"], &own["mergedTo"]["id"], &own["canonicalContact"]["id"]),
            (&json!(merged), &json!(id), &json!(id))
        );
        assert_eq!(org.delete(&at(merged)).await.status, 409);
    }
    assert_eq!(ids(&org.get(CONTACTS).await.body), [id]);
    assert_eq!((org.events(Kind::Created).len(), org.events(Kind::Changed).len()), (4, 3));
    assert_eq!(org.post(&format!("{CONTACTS}/merge"), &merge).await.status, 409);
    let one = json!({ "contactIds": [id, id] });
    assert_eq!(org.post(&format!("{CONTACTS}/merge"), &one).await.fields(), ["contactIds"]);
}

#[tokio::test(start_paused = true)]
async fn enriching_dry_changes_nothing_and_shows_what_would_be() {
    let org = Org::of(0).await;
    guest(&org, ADA, Some("ada@example.org")).await;
    let before = org.get(&at(ADA)).await.body;
    let body = json!({ "action": "Update", "matchingIdentifiers": [{ "type": "Email", "value": "ADA@example.org" }], "contact": { "title": "Countess" } });
    let dry = org.post(&format!("{CONTACTS}/enrich?dryRun=true"), &body).await.body;
    assert_eq!((&dry["id"], &dry["title"]), (&json!(ADA), &json!("Countess")));
    assert_eq!(org.get(&at(ADA)).await.body, before);
    assert!(org.events(Kind::Changed).is_empty());
    let nobody = json!({ "id": EVE, "action": "Update", "contact": {} });
    assert_eq!(org.post(&format!("{CONTACTS}/enrich?dryRun=true"), &nobody).await.status, 404);
    assert_eq!(org.post(&format!("{CONTACTS}/enrich"), &body).await.body["title"], "Countess");
    assert_eq!(org.get(&at(ADA)).await.body["title"], "Countess");
}

#[tokio::test(start_paused = true)]
async fn a_contact_is_found_by_its_e_mail_or_its_phone() {
    let org = Org::of(0).await;
    guest(&org, ADA, Some("ada@example.org")).await;
    let phone = json!({ "changes": [{ "field": "$.cellPhone", "value": { "display": "+1 555 0100", "e164": "+15550100" }, "action": "Update" }] });
    assert_eq!(org.patch(&at(ADA), &phone).await.status, 200);
    let look = |kind: &str, value: &str| json!({ "type": kind, "value": value });
    let path = "/api/v2/externalcontacts/identifierlookup/contacts";
    for identifier in
        [look("Email", "ADA@example.org"), look("Phone", "+1 555 0100"), look("Phone", "+15550100")]
    {
        let found = org.post(path, &identifier).await;
        assert_eq!((found.status, &found.body["id"]), (200, &json!(ADA)), "{identifier}");
    }
    for nobody in [look("Email", "eve@example.org"), look("Cookie", "ada@example.org")] {
        assert_eq!(org.post(path, &nobody).await.status, 404, "{nobody}");
    }
    assert_eq!(org.post(path, &json!({ "type": 7 })).await.fields(), ["type", "value"]);
    assert_eq!(org.get(path).await.header("allow"), "POST");
}

#[tokio::test(start_paused = true)]
async fn notes_about_a_contact_are_kept() {
    let org = Org::of(0).await;
    guest(&org, ADA, Some("ada@example.org")).await;
    let path = format!("{}/notes", at(ADA));
    assert_eq!(org.get(&path).await.body["total"], 0);
    let note = org.post(&path, &json!({ "noteText": "prefers the window" })).await.body;
    let listed = org.get(&path).await.body;
    assert_eq!((&listed["total"], &listed["entities"][0]), (&json!(1), &note));
    assert_eq!(org.post(&path, &json!({ "noteText": "" })).await.fields(), ["noteText"]);
    assert_eq!(org.post(&format!("{}/notes", at(BOB)), &Value::Null).await.status, 404);
}
