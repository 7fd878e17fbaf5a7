//! Who may use the control port: plain programs, and no page of another origin.

use axum::body::Body;
use http::Request;
use serde_json::json;

use crate::common::{Answer, Org, answer};

const ADA: &str = "6f1c9a52-3a0e-4c8e-9d55-0b2a7f6f4a11";

async fn send(org: &Org, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(&org.control, request.body(Body::from(body.to_owned())).unwrap()).await
}

/// Every route of the control port, with a body that it takes.
fn routes() -> Vec<(&'static str, String, String)> {
    vec![
        ("GET", "/ledger".to_owned(), String::new()),
        ("GET", "/stats".to_owned(), String::new()),
        ("POST", "/weather".to_owned(), "{}".to_owned()),
        ("POST", "/clock".to_owned(), json!({ "advanceSeconds": 1 }).to_string()),
        ("POST", "/guests".to_owned(), json!({ "id": ADA }).to_string()),
        ("POST", format!("/guests/{ADA}"), json!({ "active": false }).to_string()),
        ("POST", "/conversations/42/close".to_owned(), String::new()),
        ("DELETE", format!("/guests/{ADA}"), String::new()),
    ]
}

async fn state(org: &Org) -> (usize, serde_json::Value) {
    (org.simulator.ledger().len(), org.control("GET", "/stats", &json!(null)).await.body)
}

#[tokio::test(start_paused = true)]
async fn a_page_of_another_origin_is_refused_on_every_route_and_changes_nothing() {
    let org = Org::of(3).await;
    let before = state(&org).await;
    for origin in [
        "http://evil.test",
        "https://127.0.0.1:1",
        "http://127.0.0.1:2",
        "http://localhost:1",
        "null",
        "",
        "*",
        "file://",
        "http://127.0.0.1:1 http://evil.test",
    ] {
        for (method, path, body) in routes() {
            for kind in ["application/json", "text/plain", "application/x-www-form-urlencoded"] {
                let headers = [("host", "127.0.0.1:1"), ("origin", origin), ("content-type", kind)];
                let answer = send(&org, method, &path, &headers, &body).await;
                assert_eq!(answer.status, 403, "{origin} {method} {path}");
                assert_eq!(answer.body["code"], "origin.not.allowed");
                let preflight = send(&org, "OPTIONS", &path, &headers, "").await;
                assert_eq!(preflight.status, 403, "{origin} {path}");
                assert!(preflight.header("access-control-allow-origin").is_empty());
            }
        }
    }
    let two = [("host", "127.0.0.1:1"), ("origin", "http://127.0.0.1:1"), ("origin", "http://evil.test")];
    assert_eq!(send(&org, "POST", "/weather", &two, "").await.status, 403);
    assert_eq!(state(&org).await, before);
}

#[tokio::test(start_paused = true)]
async fn a_body_is_json_and_says_so_and_no_body_needs_no_type() {
    let org = Org::of(3).await;
    let before = state(&org).await;
    for (method, path, body) in routes().into_iter().filter(|(_, _, body)| !body.is_empty()) {
        for kind in [
            None,
            Some("text/plain"),
            Some("text/plain; charset=application/json"),
            Some("application/x-www-form-urlencoded"),
            Some("multipart/form-data; boundary=x"),
            Some("application/jsonl"),
            Some(""),
        ] {
            let headers: Vec<_> = kind.map(|kind| ("content-type", kind)).into_iter().collect();
            let answer = send(&org, method, &path, &headers, &body).await;
            assert_eq!(
                (answer.status, &answer.body["code"]),
                (415, &json!("unsupported.media.type")),
                "{path} {kind:?}"
            );
            assert!(answer.message().contains("application/json"), "{}", answer.message());
        }
    }
    assert_eq!(state(&org).await, before);
    let own = [
        ("host", "localhost:1"),
        ("origin", "http://localhost:1"),
        ("content-type", "Application/JSON; charset=utf-8"),
    ];
    for (method, path, body) in routes() {
        let headers = if body.is_empty() { &own[..2] } else { &own[..] };
        let answer = send(&org, method, &path, headers, &body).await;
        assert!(![403, 415].contains(&answer.status), "{method} {path} {}", answer.status);
    }
    // A body-less request of a plain client, whatever it calls its type.
    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(send(&org, "POST", "/conversations/42/close", &form, "").await.status, 404);
    assert_eq!(send(&org, "POST", "/conversations/42/close", &[], "").await.status, 404);
}
