//! Replays the recorded exchanges of `tests/contract` (its README says how they are written).
#![allow(clippy::unwrap_used, reason = "a test; helpers outside of test functions too")]

mod common;

use std::{fs, path::PathBuf};

use axum::body::Body;
use common::{Answer, NOW, Org, answer};
use http::Request;
use serde_json::{Map, Value, json};
use simulator::{Options, SCOPES};

fn files() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/contract");
    let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut files: Vec<_> = entries.filter(|p| p.extension().is_some_and(|e| e == "json")).collect();
    files.sort();
    files
}

/// The org of a file: what the first exchange says, the rest as the README says.
async fn org_for(exchanges: &[Value]) -> Org {
    let said = &exchanges[0]["org"];
    let scopes = said["scopes"].as_array();
    let scopes = scopes.map_or(SCOPES.map(str::to_owned).to_vec(), |all| {
        all.iter().map(|s| s.as_str().unwrap().to_owned()).collect()
    });
    let rate = Some(said["rate"].as_u64().map_or(300, |n| u32::try_from(n).unwrap()));
    Org::with(Options { guests: 5, rate, scopes, ..Options::default() }).await
}

async fn perform(org: &Org, request: &Value) -> Answer {
    let (method, path) = (request["method"].as_str().unwrap(), request["path"].as_str().unwrap());
    if request["port"] == "control" {
        return org.control(method, path, &request["body"]).await;
    }
    let mut built = Request::builder().method(method).uri(path);
    match request["headers"].get("authorization") {
        Some(Value::String(own)) => built = built.header("authorization", own),
        Some(_) => {}
        None => built = built.header("authorization", &org.token),
    }
    let body = match &request["body"] {
        Value::Null => Body::empty(),
        Value::String(raw) => Body::from(raw.clone()),
        json => Body::from(json.to_string()),
    };
    answer(&org.router, built.body(body).unwrap()).await
}

fn recorded(answer: &Answer) -> Value {
    let mut headers = Map::new();
    for name in [
        "content-type",
        "retry-after",
        "inin-ratelimit-count",
        "inin-ratelimit-allowed",
        "inin-ratelimit-reset",
    ] {
        if answer.headers.contains_key(name) {
            headers.insert(name.to_owned(), json!(answer.header(name)));
        }
    }
    let mut response = json!({ "status": answer.status, "headers": headers });
    if !answer.body.is_null() {
        response["body"] = answer.body.clone();
    } else if !answer.text.is_empty() {
        response["body"] = json!(answer.text);
    }
    response
}

/// Puts `null` at every pointer that varies.
fn without(mut response: Value, varies: &Value) -> Value {
    for pointer in varies.as_array().into_iter().flatten() {
        let place = response["body"].pointer_mut(pointer.as_str().unwrap());
        *place.unwrap_or_else(|| panic!("nothing at {pointer}")) = Value::Null;
    }
    response
}

#[tokio::test(start_paused = true)]
async fn every_recorded_exchange_is_answered_as_recorded() {
    assert_eq!(NOW, "2026-11-22T12:00:00Z", "the README names this time");
    let record = std::env::var_os("INNKEEPER_RECORD_CONTRACT").is_some();
    let files = files();
    assert!(files.len() >= 6, "only {files:?}");
    for file in files {
        let mut exchanges: Vec<Value> = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let mut org = org_for(&exchanges).await;
        let mut twin = org_for(&exchanges).await;
        for exchange in &mut exchanges {
            if exchange["signIn"] == true {
                org.sign_in().await;
                twin.sign_in().await;
            }
            let answer = recorded(&perform(&org, &exchange["request"]).await);
            if record {
                let again = recorded(&perform(&twin, &exchange["request"]).await);
                exchange["response"] = with_varies(answer, &again);
                continue;
            }
            let mut wanted = exchange["response"].clone();
            let varies = wanted.as_object_mut().unwrap().remove("varies").unwrap_or_default();
            assert_eq!(
                without(answer, &varies),
                without(wanted, &varies),
                "{}: {}",
                file.display(),
                exchange["name"]
            );
        }
        if record {
            fs::write(&file, serde_json::to_string_pretty(&exchanges).unwrap() + "\n").unwrap();
        }
    }
}

/// Notes the members that differ between two runs.
fn with_varies(mut response: Value, again: &Value) -> Value {
    let members = response["body"].as_object().cloned().unwrap_or_default();
    let varies: Vec<String> = members
        .iter()
        .filter(|(key, value)| again["body"][key.as_str()] != **value)
        .map(|(key, _)| format!("/{key}"))
        .collect();
    if !varies.is_empty() {
        response["varies"] = json!(varies);
    }
    response
}

#[test]
fn the_contract_covers_every_call_and_every_kind_of_refusal() {
    let mut statuses = std::collections::BTreeSet::new();
    let mut calls = std::collections::BTreeSet::new();
    for file in files() {
        let exchanges: Vec<Value> = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        for exchange in &exchanges {
            let request = &exchange["request"];
            let path = request["path"].as_str().unwrap().split('?').next().unwrap();
            let path = if path.starts_with("/api/v2/guests/") { "/api/v2/guests/{id}" } else { path };
            if request["port"] != "control" {
                statuses.insert(exchange["response"]["status"].as_u64().unwrap());
                calls.insert(format!("{} {path}", request["method"].as_str().unwrap()));
            }
        }
    }
    for status in [200, 201, 204, 400, 401, 403, 404, 409, 410, 429] {
        assert!(statuses.contains(&status), "no exchange with {status}");
    }
    for call in [
        "POST /oauth/token",
        "GET /api/v2/tokens/me",
        "DELETE /api/v2/tokens/me",
        "POST /api/v2/guests",
        "GET /api/v2/guests",
        "GET /api/v2/guests/{id}",
        "PUT /api/v2/guests/{id}",
        "DELETE /api/v2/guests/{id}",
        "POST /api/v2/conversations/details/query",
        "POST /api/v2/conversations/webchat/messages",
    ] {
        assert!(calls.contains(call), "no exchange for {call}");
    }
}
