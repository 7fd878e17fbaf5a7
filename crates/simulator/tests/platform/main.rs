//! The vendor's own API over the world of guests: in process, on a clock that only the tests move.
#![allow(clippy::unwrap_used, reason = "a test; helpers outside of test functions too")]

#[path = "../common/mod.rs"]
mod common;

mod analytics;
mod bulk;
mod contacts;
mod control;
mod conversations;
mod jobs;
mod lists;
mod merge;
mod permissions;
mod schemas;

use common::Org;
use serde_json::{Value, json};

/// Where the contacts are.
const CONTACTS: &str = "/api/v2/externalcontacts/contacts";

/// The address of one contact.
fn at(id: &str) -> String {
    format!("{CONTACTS}/{id}")
}

fn ids(page: &Value) -> Vec<String> {
    page["entities"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect()
}

/// A guest as the other dialect makes one; with an e-mail it is a curated contact.
async fn guest(org: &Org, id: &str, email: Option<&str>) {
    let mut guest =
        json!({ "id": id, "name": "Ada Lovelace", "attributes": { "tier": "gold", "seat": "4c" } });
    if let Some(email) = email {
        guest["email"] = json!(email);
    }
    assert_eq!(org.post("/api/v2/guests", &guest).await.status, 201);
}

/// The address of a conversation.
fn of(conversation: &str) -> String {
    format!("/api/v2/conversations/{conversation}")
}

/// What the query of analytics says of an interval, with these members besides.
async fn details(org: &Org, interval: &str, more: Value) -> common::Answer {
    let mut question = json!({ "interval": interval });
    question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    org.post("/api/v2/analytics/conversations/details/query", &question).await
}

/// A filter of segments that names one contact.
fn contact_is(id: &str) -> Value {
    json!([{ "type": "and", "predicates": [{ "type": "dimension", "dimension": "externalContactId", "operator": "matches", "value": id }] }])
}

/// Every contact of a scan, and the number of pages.
async fn scan(org: &Org, limit: usize) -> (Vec<Value>, usize) {
    let (mut all, mut pages) = (Vec::new(), 0);
    let mut next = Some(format!("/api/v2/externalcontacts/scan/contacts?limit={limit}"));
    while let Some(path) = next {
        let page = org.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.text);
        all.extend(page.body["entities"].as_array().unwrap().clone());
        next = page.body["nextUri"].as_str().map(str::to_owned);
        assert_eq!(next.is_some(), page.body["cursors"]["after"].is_string());
        pages += 1;
    }
    (all, pages)
}
