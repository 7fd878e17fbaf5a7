//! The details query: intervals, pages, filters, and conversations that are left open for good.

use serde_json::{Value, json};

use crate::{common::Org, contact_is, details};

/// The week before the org's now.
const WEEK: &str = "2026-11-16T00:00:00.000Z/2026-11-23T00:00:00.000Z";

fn rows(answer: &Value) -> Vec<Value> {
    answer["conversations"].as_array().cloned().unwrap_or_default()
}

fn ids(answer: &Value) -> Vec<String> {
    rows(answer).iter().map(|row| row["conversationId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn every_conversation_that_began_in_the_interval_is_on_one_page_once() {
    let org = Org::of(1000).await;
    let wanted = org.list(r#"createdTime >= "2026-11-16T00:00:00Z""#, "pageSize=1").await.body["total"]
        .as_u64()
        .unwrap();
    let mut all = Vec::new();
    for number in 1.. {
        let paging = json!({ "paging": { "pageSize": 30, "pageNumber": number }, "order": "desc" });
        let answer = details(&org, WEEK, paging).await.body;
        assert_eq!(answer["totalHits"], wanted);
        if rows(&answer).is_empty() {
            break;
        }
        all.extend(rows(&answer));
    }
    assert_eq!(all.len() as u64, wanted);
    let starts: Vec<&str> = all.iter().map(|row| row["conversationStart"].as_str().unwrap()).collect();
    assert!(starts.windows(2).all(|pair| pair[0] >= pair[1]), "the newest first");
    for row in &all {
        let customer = &row["participants"][0];
        assert_eq!((&customer["purpose"], customer.get("attributes")), (&json!("customer"), None));
        assert_eq!(customer["sessions"][0]["messageType"], "webmessaging");
        let open = row["conversationStart"].as_str().unwrap() >= "2026-11-21T12:00:00.000Z";
        assert_eq!(row.get("conversationEnd").is_none(), open, "{row}");
        assert_eq!(customer["sessions"][0]["segments"][0].get("segmentEnd").is_none(), open);
    }
}

#[tokio::test(start_paused = true)]
async fn days_that_the_interval_touches_count_whole() {
    let org = Org::of(1000).await;
    let whole = details(&org, "2026-11-20T00:00:00.000Z/2026-11-22T00:00:00.000Z", json!({})).await.body;
    let touched = details(&org, "2026-11-20T23:00:00.000Z/2026-11-21T01:00:00", json!({})).await.body;
    assert!(whole["totalHits"].as_u64().unwrap() > 10);
    assert_eq!(touched, whole);
}

#[tokio::test(start_paused = true)]
async fn a_question_that_asks_too_much_is_refused() {
    let org = Org::of(10).await;
    for (interval, more, fields) in [
        ("2026-11-01T00:00:00Z", json!({}), vec!["interval"]),
        ("2026-11-02T00:00:00Z/2026-11-01T00:00:00Z", json!({}), vec!["interval"]),
        ("2026-10-01T00:00:00Z/2026-11-02T00:00:00Z", json!({}), vec!["interval"]),
        (WEEK, json!({ "paging": { "pageSize": 101 } }), vec!["paging.pageSize"]),
        (WEEK, json!({ "paging": { "pageNumber": 0 } }), vec!["paging.pageNumber"]),
        (
            WEEK,
            json!({ "segmentFilters": [{ "type": "and", "predicates": [{ "dimension": "state", "value": "x" }] }] }),
            vec!["segmentFilters[0]"],
        ),
    ] {
        let answer = details(&org, interval, more).await;
        assert_eq!((answer.status, answer.fields()), (400, fields), "{interval}");
    }
    let deep = details(&org, WEEK, json!({ "paging": { "pageSize": 100, "pageNumber": 81 } })).await;
    assert_eq!(deep.status, 502, "past 8,000 rows it fails, as seen live");
}

#[tokio::test(start_paused = true)]
async fn filters_of_conversations_and_of_segments_all_have_to_hold() {
    let org = Org::of(1000).await;
    let all = rows(&details(&org, WEEK, json!({ "paging": { "pageSize": 100 } })).await.body);
    let contact = all[0]["participants"][0]["externalContactId"].as_str().unwrap();
    let one = details(&org, WEEK, json!({ "segmentFilters": contact_is(contact) })).await.body;
    assert_eq!(ids(&one), [all[0]["conversationId"].as_str().unwrap()]);
    let predicate = |dimension: &str, operator: &str, value: &str| {
        let mut predicate = json!({ "type": "dimension", "dimension": dimension, "operator": operator });
        if !value.is_empty() {
            predicate["value"] = json!(value);
        }
        predicate
    };
    let open = json!([{ "type": "and", "predicates": [predicate("conversationEnd", "notExists", "")] }]);
    let found =
        details(&org, WEEK, json!({ "conversationFilters": open, "paging": { "pageSize": 100 } })).await.body;
    assert!(!rows(&found).is_empty() && rows(&found).iter().all(|row| row.get("conversationEnd").is_none()));
    // Of one and the same participant: no customer is an agent.
    let agents = json!([{ "type": "and", "predicates": [predicate("purpose", "matches", "agent")] }]);
    let answered = details(&org, WEEK, json!({ "segmentFilters": agents })).await.body;
    let total = answered["totalHits"].as_u64().unwrap();
    assert!(total > 0 && total < details(&org, WEEK, json!({})).await.body["totalHits"].as_u64().unwrap());
    let both = json!([{ "type": "and", "predicates": [predicate("purpose", "matches", "agent"), predicate("externalContactId", "exists", "")] }]);
    assert_eq!(details(&org, WEEK, json!({ "segmentFilters": both })).await.body["totalHits"], 0);
    let web = json!([
        { "type": "and", "predicates": [predicate("mediaType", "matches", "message")] },
        { "type": "or", "clauses": [{ "type": "and", "predicates": [predicate("messageType", "matches", "webmessaging")] }] },
    ]);
    let found = details(&org, WEEK, json!({ "segmentFilters": web })).await.body;
    assert_eq!(found["totalHits"], details(&org, WEEK, json!({})).await.body["totalHits"]);
    let property = json!([{ "type": "and", "predicates": [{ "type": "property", "property": "tier", "operator": "exists" }] }]);
    assert_eq!(
        details(&org, WEEK, json!({ "segmentFilters": property })).await.body,
        json!({ "totalHits": 0 })
    );
}

#[tokio::test(start_paused = true)]
async fn a_dead_conversation_stays_open_in_analytics_and_its_guest_is_gone() {
    let org = Org::of(300).await;
    let open = json!({ "conversationFilters": [{ "type": "and", "predicates": [{ "dimension": "conversationEnd", "operator": "notExists" }] }] });
    let before = details(&org, WEEK, open.clone()).await.body;
    let id = ids(&before)[0].clone();
    assert_eq!(org.control("POST", &format!("/conversations/{id}/orphan"), &Value::Null).await.status, 204);
    tokio::time::advance(std::time::Duration::from_secs(80 * 3600)).await;
    let mut org = org;
    org.sign_in().await;
    assert_eq!(ids(&details(&org, WEEK, open.clone()).await.body), [&*id], "the others are over by age");
    let message = org.get(&format!("/api/v2/conversations/messages/{id}")).await.body;
    assert_eq!(message["participants"][0]["state"], "disconnected");
    assert!(org.get(&crate::of(&id)).await.body.get("endTime").is_none());
    assert_eq!(org.post(&format!("{}/disconnect", crate::of(&id)), &Value::Null).await.status, 200);
    assert_eq!(details(&org, WEEK, open).await.body["totalHits"], 0);
}
