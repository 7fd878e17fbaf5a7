use genesys::{ChatQuestion, Error, PageAt, Search};
use model::{Doomed, GuestKind};
use serde_json::{Value, json};
use testkit::{Canned, guest_id};

use crate::common::{FETCH, LANE, all, contact, org};

/// One contact in which one field is another.
fn with(field: &str, value: Value) -> Value {
    let mut contact = contact(1);
    contact[field] = value;
    contact
}

fn always(status: u16, body: &Value) -> Canned {
    let body = body.to_string();
    Canned::signed_in(move |_, _| Canned::json(status, &body))
}

#[tokio::test(start_paused = true)]
async fn what_would_have_to_be_made_up_must_be_there() {
    for (field, value) in [
        ("id", Value::Null),
        ("id", json!(7)),
        ("id", json!("no-uuid")),
        ("createDate", Value::Null),
        ("createDate", json!(7)),
        ("modifyDate", json!("yesterday")),
        ("mergedTo", json!({"id": 7})),
        ("canonicalContact", json!({})),
    ] {
        let contact = with(field, value.clone());
        let one = org(&always(200, &contact)).guests.get(LANE, guest_id(1)).await;
        assert!(matches!(one, Err(Error::BadAnswer { .. })), "{field} {value}");
        let list = always(200, &json!({"entities": [contact]}));
        let page = org(&list).guests.search(LANE, &Search::default(), PageAt { number: 1, size: 1 }).await;
        assert!(matches!(page, Err(Error::BadAnswer { .. })), "{field} {value}");
    }
}

#[tokio::test(start_paused = true)]
async fn everything_else_may_be_missing_or_of_another_type() {
    let odd = json!({"id": guest_id(1), "createDate": "2026-10-01T09:00:00.000+02:00", "firstName": 7, "lastName": "  ",
        "workEmail": {"a": 1}, "personalEmail": "", "otherEmail": "x@y.example", "cellPhone": "text", "workPhone": {"display": ""},
        "homePhone": {"e164": 7, "display": "0123"}, "type": {"a": 1}, "customFields": [1], "schema": 7, "mergedTo": null});
    let guest = org(&always(200, &odd)).guests.get(LANE, guest_id(1)).await.unwrap();
    assert_eq!((guest.name.as_str(), guest.email.as_deref()), ("Anonymous Guest", Some("x@y.example")));
    assert_eq!((guest.phone.as_deref(), guest.kind), (Some("0123"), None));
    assert_eq!(guest.modified_time, guest.created_time);
    assert_eq!(guest.attributes.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn merged_contacts_that_lead_to_one_another_are_no_endless_loop() {
    let canned = Canned::signed_in(|_, seen| {
        let first = seen.target.ends_with(&guest_id(1).to_string());
        let (me, other) = if first { (1, 2) } else { (2, 1) };
        let mut contact = contact(me);
        contact["canonicalContact"] = json!({"id": guest_id(other)});
        Canned::json(200, &contact.to_string())
    });
    assert!(matches!(org(&canned).guests.get(LANE, guest_id(1)).await, Err(Error::BadAnswer { .. })));
    assert!(canned.seen().len() < 10);
}

#[tokio::test(start_paused = true)]
async fn kinds_are_read_without_case_and_an_unknown_one_is_none() {
    for (kind, read) in
        [("Curated", Some(GuestKind::Curated)), ("EPHEMERAL", Some(GuestKind::Ephemeral)), ("Other", None)]
    {
        let guest =
            org(&always(200, &with("type", json!(kind)))).guests.get(LANE, guest_id(1)).await.unwrap();
        assert_eq!(guest.kind, read);
    }
}

/// Bodies of a good status that no port can use, or only in part.
fn bodies() -> Vec<Value> {
    vec![
        json!(null),
        json!([]),
        json!("text"),
        json!(7),
        json!({}),
        json!({"entities": 7}),
        json!({"entities": [null]}),
        json!({"entities": [[]], "cursors": 7}),
        json!({"results": [7]}),
        json!({"results": {"id": 1}}),
        json!({"conversations": [{}]}),
        json!({"conversations": [{"conversationId": "../../x", "conversationStart": "2026-11-22T11:00:00Z"}]}),
        json!({"conversations": [{"conversationId": "c-1", "conversationStart": "2026-11-22T11:00:00Z", "conversationEnd": 7}]}),
    ]
}

#[tokio::test(start_paused = true)]
async fn no_answer_whatever_makes_a_port_panic_hang_or_say_that_a_guest_is_gone_or_not_in_a_conversation() {
    for body in bodies() {
        let canned = always(200, &body);
        let org = org(&canned);
        let id = guest_id(1);
        let is_list = body["entities"].as_array().is_some_and(Vec::is_empty);
        assert!(org.guests.get(LANE, id).await.is_err(), "{body}");
        assert!(org.guests.fetch(LANE, &[id]).await.is_err(), "{body}");
        assert!(is_list || all(org.guests.walk(LANE, Search::default()).as_mut()).await.is_err(), "{body}");
        let removed = org.guests.remove(LANE, &[Doomed { id, revision: None }], &|_| true).await;
        // The org's own answer to a delete is an object.
        let is_deleted = body.is_object() && matches!(&removed[..], [(_, Ok(_))]);
        assert!(
            is_deleted || matches!(&removed[..], [(_, Err(error))] if error.perhaps_processed()),
            "{body}: {removed:?}"
        );
        let conversation = "c-1".parse().unwrap();
        assert!(org.records.clone().unwrap().record(LANE, &conversation).await.is_err(), "{body}");
        let changed = org.guests.apply(LANE, &testkit::guest(1, "2026-10-01T09:00:00Z"), &[]).await;
        assert!(changed.is_err(), "{body}");
        assert!(org.conversations.open_among(LANE, &[id]).await.is_err(), "{body}");
        let question = ChatQuestion {
            from: "2026-11-20T00:00:00Z".parse().unwrap(),
            until: "2026-11-22T12:00:00Z".parse().unwrap(),
            guests: Vec::new(),
            only_open: false,
            confirmed: false,
        };
        assert!(org.recent.clone().unwrap().chats(LANE, question).next_page().await.is_err(), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_no_json_is_told_without_a_word_of_it() {
    let canned = Canned::signed_in(|_, _| Canned::json(200, "<html>secret-of-a-guest</html>"));
    let error = org(&canned).guests.fetch(LANE, &[guest_id(1)]).await.unwrap_err();
    assert!(!format!("{error:?}").contains("secret-of-a-guest"));
    assert!(canned.count(FETCH) > 0);
}
