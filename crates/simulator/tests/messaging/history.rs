//! What was said, over HTTP, for who holds the session's JWT.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use crate::{
    common::{Answer, Org, answer},
    guest::{ADA, Guest, message, org, patient_org},
};

pub async fn read(org: &Org, jwt: &str, query: &str) -> Answer {
    let request = Request::get(format!("/api/v2/webmessaging/messages?{query}"));
    answer(&org.router, request.header("authorization", format!("bearer {jwt}")).body(Body::empty()).unwrap())
        .await
}

pub async fn jwt(guest: &mut Guest) -> String {
    let told = guest.ask(json!({ "action": "getJwt" })).await;
    assert_eq!(told["class"], "JwtResponse");
    told["body"]["jwt"].as_str().unwrap().to_owned()
}

fn texts(page: &Value) -> Vec<String> {
    let entities = page["entities"].as_array().unwrap().iter();
    entities.map(|e| e["text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn history_is_newest_first_in_pages_of_25_without_tracing_id_and_metadata() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    for n in 1..=30 {
        let mut sent = message(&n.to_string());
        sent["tracingId"] = json!("t");
        sent["message"]["metadata"] = json!({ "id": n.to_string() });
        ada.ask(sent).await;
    }
    let jwt = jwt(&mut ada).await;
    let first = read(&org, &jwt, "").await.body;
    assert_eq!(
        (&first["pageSize"], &first["pageNumber"], &first["total"], &first["pageCount"]),
        (&json!(25), &json!(1), &json!(30), &json!(2))
    );
    assert_eq!(texts(&first), (6..=30).rev().map(|n| n.to_string()).collect::<Vec<_>>());
    let entity = &first["entities"][0];
    assert!(entity.get("tracingId").is_none() && entity.get("metadata").is_none(), "{entity}");
    assert!(
        entity["id"].is_string()
            && entity["channel"]["messageId"].is_string()
            && entity["channel"]["time"].is_string()
    );
    assert_eq!(texts(&read(&org, &jwt, "pageSize=20&pageNumber=2").await.body).len(), 10);
    assert_eq!(texts(&read(&org, &jwt, "pageNumber=3").await.body).len(), 0);
    assert_eq!(read(&org, &jwt, "pageSize=0").await.status, 400);
    assert_eq!(read(&org, &jwt, "pageNumber=x").await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn history_gives_metadata_back_where_it_is_told_to() {
    let org = org(|m| m.history_metadata = true).await;
    let mut ada = Guest::new(&org, ADA).await;
    let mut sent = message("hello");
    sent["message"]["metadata"] = json!({ "id": "m-1" });
    ada.ask(sent).await;
    let jwt = jwt(&mut ada).await;
    assert_eq!(read(&org, &jwt, "").await.body["entities"][0]["metadata"]["id"], "m-1");
}

#[tokio::test(start_paused = true)]
async fn only_a_jwt_of_the_session_that_has_not_run_out_opens_the_history() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    ada.say("hello").await;
    let jwt = jwt(&mut ada).await;
    assert_eq!(read(&org, &jwt, "").await.status, 200);
    for wrong in ["", "x", ADA, org.token.trim_start_matches("Bearer ")] {
        let refused = read(&org, wrong, "").await;
        assert_eq!((refused.status, &refused.body["code"]), (401, &json!("bad.credentials")));
    }
    org.control("POST", "/clock", &json!({ "advanceSeconds": 3600 })).await;
    assert_eq!(read(&org, &jwt, "").await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn too_many_calls_for_the_history_are_429_where_that_is_set() {
    let org = org(|m| m.limits.history_per_minute = Some(2)).await;
    let mut ada = Guest::new(&org, ADA).await;
    let jwt = jwt(&mut ada).await;
    read(&org, &jwt, "").await;
    read(&org, &jwt, "").await;
    let refused = read(&org, &jwt, "").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "60"));
}
