//! Which custom fields contacts have.

use serde_json::json;

use crate::{CONTACTS, at, common::Org};

#[tokio::test(start_paused = true)]
async fn the_schema_tells_types_choices_and_limits_and_may_change() {
    let org = Org::of(0).await;
    let path = format!("{CONTACTS}/schemas");
    let listed = org.get(&path).await.body["entities"][0].clone();
    let tier = &listed["jsonSchema"]["properties"]["tier"];
    assert_eq!(tier["allOf"][0]["$ref"], "#/definitions/enum");
    assert_eq!(tier["enum"], json!(["bronze", "silver", "gold", "vip"]));
    let one = format!("{path}/{}", listed["id"].as_str().unwrap());
    assert_eq!(org.get(&one).await.body, listed);
    assert_eq!(org.get(&format!("{path}/limits")).await.body["maxNumberOfFieldsPerSchema"], 50);
    let contact = json!({ "firstName": "Ada", "schema": { "id": listed["id"], "version": 1 }, "customFields": { "tier": "gold" } });
    let id = org.post(CONTACTS, &contact).await.body["id"].as_str().unwrap().to_owned();
    let mut changed = listed.clone();
    changed["jsonSchema"]["properties"]["tier"]["enum"] = json!(["silver"]);
    changed["jsonSchema"]["properties"]["gem_future"] =
        json!({ "allOf": [{ "$ref": "#/definitions/future" }], "title": "Gem" });
    assert_eq!(org.put(&one, &changed).await.body["version"], 2);
    assert_eq!(org.put(&one, &changed).await.status, 409, "that version is old");
    let refused = org.put(&at(&id), &contact).await;
    assert_eq!((refused.status, refused.fields()), (400, vec!["customFields.tier"]));
    let future = json!({ "firstName": "Ada", "schema": { "id": listed["id"], "version": 2 }, "customFields": { "gem_future": { "cut": "oval" } } });
    assert_eq!(org.put(&at(&id), &future).await.body["customFields"]["gem_future"]["cut"], "oval");
}
