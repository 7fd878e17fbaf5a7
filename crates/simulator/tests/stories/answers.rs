//! What every answer has, whatever was asked.

use axum::body::Body;
use http::Request;
use serde_json::json;
use simulator::{Options, Weather};

use crate::common::{Answer, BASIC, Org, answer};

const ADA: &str = "6f1c9a52-3a0e-4c8e-9d55-0b2a7f6f4a11";
const QUERY: &str = "/api/v2/conversations/details/query";
const MESSAGES: &str = "/api/v2/conversations/webchat/messages";

/// Every call of the contract with the scope it needs.
fn calls() -> Vec<(&'static str, String, &'static str)> {
    let ada = format!("/api/v2/guests/{ADA}");
    vec![
        ("GET", "/api/v2/guests".to_owned(), "guest:read"),
        ("GET", ada.clone(), "guest:read"),
        ("POST", "/api/v2/guests".to_owned(), "guest:write"),
        ("PUT", ada.clone(), "guest:write"),
        ("DELETE", ada, "guest:write"),
        ("POST", QUERY.to_owned(), "conversation:read"),
        ("POST", MESSAGES.to_owned(), "webchat:write"),
    ]
}

fn correlated(answer: &Answer, what: &str) {
    let id = answer.header("inin-correlation-id");
    assert_eq!(id.len(), 36, "{what}: {answer:?}");
    if answer.status >= 400 && answer.body["contextId"].is_string() {
        assert_eq!(answer.body["contextId"], id, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_call_needs_its_scope_and_no_other_and_names_it_when_it_is_missing() {
    for scope in simulator::SCOPES {
        let org =
            Org::with(Options { guests: 0, scopes: vec![scope.to_owned()], ..Options::default() }).await;
        for (method, path, needed) in calls() {
            let told = org.send(method, &path, "{}").await;
            if scope == needed {
                assert_ne!(told.status, 403, "{method} {path} with {scope}");
            } else {
                assert_eq!(told.status, 403, "{method} {path} with {scope}");
                assert_eq!(told.body["code"], "missing.permissions");
                assert_eq!(told.body["messageParams"], json!({ "permissions": needed }));
                assert!(told.message().ends_with(needed), "{}", told.message());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_answer_has_a_correlation_id_and_every_api_answer_says_what_is_left() {
    let org = Org::of(1).await;
    let mut told = Vec::new();
    for (method, path, _) in calls() {
        told.push((format!("{method} {path}"), org.send(method, &path, "{}").await));
    }
    for (method, path) in
        [("GET", "/"), ("GET", "/api/v2/users/me"), ("PATCH", "/api/v2/guests"), ("GET", "/nowhere/at/all")]
    {
        told.push((format!("{method} {path}"), org.send(method, path, "").await));
    }
    for (n, (what, told)) in (1..).zip(&told) {
        correlated(told, what);
        assert_eq!(told.header("inin-ratelimit-count"), n.to_string(), "{what}");
        assert_eq!(told.header("inin-ratelimit-allowed"), "300", "{what}");
    }
    let strangers = Request::get("/api/v2/guests").body(Body::empty()).unwrap();
    let stranger = answer(&org.router, strangers).await;
    correlated(&stranger, "without a token");
    assert_eq!((stranger.status, stranger.header("inin-ratelimit-count")), (401, "0"));
    for (method, status) in [("POST", 400), ("GET", 405)] {
        let sign_in = Request::builder().method(method).uri("/oauth/token").body(Body::empty()).unwrap();
        let refused = answer(&org.router, sign_in).await;
        assert_eq!(refused.status, status);
        correlated(&refused, "a failed sign-in");
        assert!(!refused.headers.contains_key("inin-ratelimit-count"), "signing in counts for nothing");
    }
}

#[tokio::test(start_paused = true)]
async fn a_method_that_is_not_there_is_refused_with_those_that_are() {
    let org = Org::of(0).await;
    for (path, allow) in [
        ("/api/v2/tokens/me", "GET, HEAD, DELETE"),
        ("/api/v2/guests", "GET, POST"),
        ("/api/v2/guests/42", "GET, PUT, DELETE"),
        (QUERY, "POST"),
        (MESSAGES, "POST"),
        ("/login/oauth/token", "POST"),
    ] {
        let refused = org.send("PATCH", path, "").await;
        assert_eq!((refused.status, refused.header("allow")), (405, allow), "{path}");
        assert_eq!(refused.body["code"], "method.not.allowed");
    }
}

#[tokio::test(start_paused = true)]
async fn the_calls_an_sdk_makes_to_sign_in_look_and_sign_out_all_work() {
    let mut org = Org::of(0).await;
    for path in ["/oauth/token", "/login/oauth/token"] {
        let request = Request::post(path).header("authorization", BASIC);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let told = answer(&org.router, request.body("grant_type=client_credentials".into()).unwrap()).await;
        assert_eq!((told.status, &told.body["token_type"]), (200, &json!("bearer")), "{path}");
        org.token = format!("bearer {}", told.body["access_token"].as_str().unwrap());
        assert_eq!(org.get("/api/v2/tokens/me").await.body["authorizedScope"], json!(simulator::SCOPES));
        assert_eq!(org.send("HEAD", "/api/v2/tokens/me", "").await.status, 200);
        assert_eq!(org.delete("/api/v2/tokens/me").await.status, 204);
        let after = org.get("/api/v2/guests").await;
        assert_eq!((after.status, &after.body["code"]), (401, &json!("bad.credentials")), "{path}");
        assert_eq!(org.send("HEAD", "/api/v2/tokens/me", "").await.status, 401);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_ends_to_the_second_under_the_virtual_clock() {
    let org = Org::of(0).await;
    let forward = |seconds: i64| json!({ "advanceSeconds": seconds });
    org.control("POST", "/clock", &forward(86_399)).await;
    assert_eq!(org.get("/api/v2/guests").await.status, 200);
    org.control("POST", "/clock", &forward(1)).await;
    assert_eq!(org.get("/api/v2/guests").await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn a_list_names_every_argument_that_is_wrong() {
    let org = Org::of(1).await;
    let told = org.get("/api/v2/guests?pageSize=0&sortBy=name:up&filter=name&pageNumber=-1").await;
    assert_eq!((told.status, told.fields()), (400, vec!["pageSize", "sortBy", "filter", "pageNumber"]));
    let never = org.delete(&format!("/api/v2/guests/{ADA}?version=0")).await;
    assert_eq!(never.status, 404, "who is not there has no version");
    org.post("/api/v2/guests", &json!({ "id": ADA })).await;
    for version in ["0", "-1", "1.0", ""] {
        let told = org.delete(&format!("/api/v2/guests/{ADA}?version={version}")).await;
        assert_eq!((told.status, told.fields()), (400, vec!["version"]), "{version:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn half_of_an_answer_without_a_body_is_a_cut() {
    let org = Org::of(2).await;
    let id = org.get("/api/v2/guests").await.body["entities"][0]["id"].as_str().unwrap().to_owned();
    let weather = r#"{"rules":[{"when":{"method":"DELETE"},"do":"truncate"}]}"#;
    org.simulator.set_weather(weather.parse::<Weather>().unwrap());
    let request = Request::delete(format!("/api/v2/guests/{id}")).header("authorization", &org.token);
    let response = tower::ServiceExt::oneshot(org.router.clone(), request.body(Body::empty()).unwrap()).await;
    let cut = response.unwrap().extensions().get::<simulator::Cut>().copied();
    assert_eq!(cut, Some(simulator::Cut { processed: true }));
    assert_eq!(org.get("/api/v2/guests").await.body["total"], 1);
}
