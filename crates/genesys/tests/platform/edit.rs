use genesys::{Applied, Error, Org};
use model::{AttributeValue, Change, Guest};
use serde_json::{Value, json};
use testkit::{Canned, guest_id};

use crate::common::{LANE, SCHEMAS, body, contact, org};

fn set(key: &str, value: impl Into<AttributeValue>) -> Change {
    Change { key: key.into(), before: None, after: Some(value.into()) }
}

fn unset(key: &str) -> Change {
    Change { key: key.into(), before: None, after: None }
}

fn schemas() -> Value {
    let property = |name: &str| json!({"allOf": [{"$ref": format!("#/definitions/{name}")}], "title": name});
    json!({"entities": [
        {"id": "off", "version": 1, "enabled": false, "jsonSchema": {"properties": {"old_text": property("text")}}},
        {"id": "s-1", "version": 7, "enabled": true, "jsonSchema": {"properties": {
            "tier_text": property("text"), "visits_integer": property("integer"), "odd_thing": property("hologram")}}}]})
}

/// Contact number 1 with these fields more.
fn ada(more: &Value) -> Value {
    let mut ada = contact(1);
    ada.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ada
}

/// An org with one contact that answers a PATCH with this status, and a PUT with what it was sent.
fn org_with(ada: Value, patch: u16) -> Canned {
    Canned::signed_in(move |_, seen| match (seen.method.as_str(), seen.target.as_str()) {
        ("GET", SCHEMAS) => Canned::json(200, &schemas().to_string()),
        ("PATCH", _) if patch != 200 => Canned::refused(patch, "bad.request"),
        ("PUT", _) => Canned::json(200, &seen.body),
        _ => Canned::json(200, &ada.to_string()),
    })
}

fn written(canned: &Canned) -> Vec<(String, Value)> {
    let seen = canned.seen();
    let writes = seen.iter().filter(|seen| matches!(seen.method.as_str(), "PUT" | "PATCH"));
    writes.map(|seen| (seen.method.clone(), body(&seen.body))).collect()
}

async fn seen(org: &Org) -> Guest {
    org.guests.get(LANE, guest_id(1)).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn changed_fields_are_patched_and_nothing_else_is_sent() {
    let canned = org_with(ada(&json!({"schema": {"id": "s-1", "version": 7}, "lastName": "Byron"})), 200);
    let org = org(&canned);
    let changes = [
        set("tier_text", "gold"),
        unset("lastName"),
        set("firstName", "Guest 1"),
        set("visits_integer", "3"),
    ];
    let applied = org.guests.apply(LANE, &seen(&org).await, &changes).await.unwrap();
    assert!(matches!(applied, Applied::Saved(_)));
    assert_eq!(
        written(&canned),
        [(
            "PATCH".to_owned(),
            json!({"changes": [
            {"field": "$.customFields.tier_text", "value": "gold", "action": "Update"},
            {"field": "$.lastName", "action": "Remove"},
            {"field": "$.customFields.visits_integer", "value": 3, "action": "Update"}]})
        )]
    );
}

#[tokio::test(start_paused = true)]
async fn where_a_patch_is_refused_everything_that_was_read_is_put_with_the_changes() {
    let whole = ada(&json!({"schema": {"id": "s-1", "version": 7}, "ofTomorrow": {"deep": [1, 2.5, null]},
        "customFields": {"visits_integer": 2, "unknown_kind": [{"a": 1}]}, "lastName": "Byron"}));
    for status in [400, 404, 405, 422] {
        let canned = org_with(whole.clone(), status);
        let org = org(&canned);
        let changes = [set("visits_integer", 3), unset("lastName")];
        assert!(matches!(org.guests.apply(LANE, &seen(&org).await, &changes).await, Ok(Applied::Saved(_))));
        let mut expected = whole.clone();
        expected["customFields"]["visits_integer"] = json!(3);
        expected.as_object_mut().unwrap().remove("lastName");
        assert_eq!(written(&canned)[1], ("PUT".to_owned(), expected), "{status}");
    }
    let forbidden = org_with(whole, 403);
    let org = org(&forbidden);
    let refused = org.guests.apply(LANE, &seen(&org).await, &[set("visits_integer", 3)]).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })));
    assert_eq!(written(&forbidden).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_contact_without_a_schema_gets_the_one_in_use_with_its_first_custom_field() {
    let canned = org_with(contact(1), 200);
    let org = org(&canned);
    org.guests.apply(LANE, &seen(&org).await, &[set("tier_text", "gold")]).await.unwrap();
    let mut expected = contact(1);
    expected["schema"] = json!({"id": "s-1", "version": 7});
    expected["customFields"] = json!({"tier_text": "gold"});
    assert_eq!(written(&canned), [("PUT".to_owned(), expected)]);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_key_or_a_value_that_does_not_fit_is_refused_with_what_is_allowed_and_nothing_is_sent() {
    let canned = org_with(contact(1), 200);
    let org = org(&canned);
    let seen = seen(&org).await;
    let changes = [
        set("colour", "red"),
        set("visits_integer", "many"),
        set("odd_thing", "x"),
        set("old_text", "of a schema that is switched off"),
        set("workEmail", "nobody"),
        set("cellPhone", "call me"),
        set("title", ""),
        set("tier_text", "gold"),
    ];
    for refused in [
        org.guests.apply(LANE, &seen, &changes).await.map(drop),
        org.guests.fit(LANE, &seen, changes.to_vec()).await.map(drop),
    ] {
        let Err(Error::Unfit { fields }) = refused else { panic!("{refused:?}") };
        let told: Vec<(&str, &str)> = fields.iter().map(|f| (f.field.as_str(), f.message.as_str())).collect();
        assert_eq!(told.len(), 7, "{told:?}");
        assert!(
            told[0].1.contains("firstName")
                && told[0].1.contains("cellPhone")
                && told[0].1.contains("tier_text")
        );
        assert_eq!(told[1], ("visits_integer", "takes a whole number"));
    }
    assert!(written(&canned).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_contact_that_changed_or_was_merged_since_it_was_seen_is_a_conflict_and_nothing_is_sent() {
    for more in [json!({"modifyDate": "2026-11-01T00:00:00Z"}), json!({"mergedTo": {"id": guest_id(2)}})] {
        let canned = org_with(ada(&more), 200);
        let org = org(&canned);
        let seen = Guest {
            revision: model::Revision::new("2026-10-02T09:00:00Z"),
            ..testkit::guest(1, "2026-10-01T09:00:00Z")
        };
        let applied = org.guests.apply(LANE, &seen, &[set("firstName", "Ada")]).await.unwrap();
        assert_eq!(applied, Applied::Conflict, "{more}");
        assert!(written(&canned).is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_phone_is_compared_by_its_number_and_not_by_how_the_org_shows_it() {
    let canned = org_with(ada(&json!({"cellPhone": {"display": "+1 555-0100", "e164": "+15550100"}})), 200);
    let org = org(&canned);
    let seen = seen(&org).await;
    assert_eq!(seen.phone.as_deref(), Some("+15550100"));
    let same = org.guests.fit(LANE, &seen, vec![set("cellPhone", "+1 (555) 01.00")]).await.unwrap();
    assert_eq!(same[0].after, Some("+15550100".into()));
    org.guests.apply(LANE, &seen, &[set("cellPhone", "+1 (555) 0100")]).await.unwrap();
    assert!(written(&canned).is_empty(), "it is the same number");
    org.guests.apply(LANE, &seen, &[set("cellPhone", "+1 555 0101")]).await.unwrap();
    let value = json!({"display": "+1 555 0101", "e164": "+15550101"});
    let change = json!({"field": "$.cellPhone", "value": value, "action": "Update"});
    assert_eq!(written(&canned), [("PATCH".to_owned(), json!({"changes": [change]}))]);
}

#[tokio::test(start_paused = true)]
async fn the_schema_is_told_as_it_is_at_that_moment_and_a_visitor_is_kept_by_an_act_of_its_own() {
    let canned = Canned::signed_in(|_, seen| match (seen.method.as_str(), seen.target.as_str()) {
        (_, SCHEMAS) => Canned::json(200, &schemas().to_string()),
        ("POST", target) if target.ends_with("/promotion") => Canned::json(200, &contact(1).to_string()),
        _ => Canned::json(200, &ada(&json!({"type": "Ephemeral"})).to_string()),
    });
    let org = org(&canned);
    let visitor = seen(&org).await;
    assert_eq!(visitor.kind, Some(model::GuestKind::Ephemeral));
    let schema = org.guests.schema(LANE, &visitor).await.unwrap().unwrap();
    let keys: Vec<&str> = schema.fields.iter().map(|field| field.key.as_str()).collect();
    assert_eq!((schema.id.as_str(), keys), ("s-1", vec!["odd_thing", "tier_text", "visits_integer"]));
    let kept = org.guests.promote(LANE, visitor.id).await.unwrap();
    assert_eq!(kept.kind, Some(model::GuestKind::Curated));
    assert_ne!(kept.revision, visitor.revision, "another kind is another state");
}

#[tokio::test(start_paused = true)]
async fn interactions_are_counted_in_three_custom_fields_or_those_that_are_missing_are_named() {
    let with = |names: &'static [(&'static str, &'static str)]| {
        let properties: serde_json::Map<String, Value> = names
            .iter()
            .map(|(key, kind)| {
                ((*key).to_owned(), json!({"allOf": [{"$ref": format!("#/definitions/{kind}")}]}))
            })
            .collect();
        let list = json!({"entities": [{"id": "s-1", "version": 1, "enabled": true, "jsonSchema": {"properties": properties}}]});
        Canned::signed_in(move |_, seen| match seen.target.as_str() {
            SCHEMAS => Canned::json(200, &list.to_string()),
            _ => Canned::json(200, &contact(1).to_string()),
        })
    };
    let all = with(&[
        ("totalInteractions_integer", "integer"),
        ("lastInteractionType", "text"),
        ("lastUpdated_datetime", "datetime"),
    ]);
    let there = org(&all);
    let keys = there.guests.interaction_keys(LANE, &seen(&there).await).await.unwrap();
    assert_eq!(keys, ["totalInteractions_integer", "lastInteractionType", "lastUpdated_datetime"]);
    let some = org(&with(&[("totalInteractions_text", "text"), ("lastInteractionType_text", "text")]));
    let refused = some.guests.interaction_keys(LANE, &seen(&some).await).await;
    let Err(Error::Unfit { fields }) = refused else { panic!("{refused:?}") };
    let named: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(named, ["totalInteractions", "lastUpdated"], "a text does not count");
}
