use axum::http::Method;
use serde_json::{Value, json};
use tauri::http::StatusCode;

use super::*;

/// Origin and host of a request, and the token that it brings.
struct Caller<'a> {
    host: Option<&'a str>,
    origin: Option<&'a str>,
    token: Option<&'a str>,
}

const PORT: u16 = 4000;
const HOST: &str = "127.0.0.1:4000";

struct Bridge {
    router: Router,
    token: String,
}

impl Bridge {
    fn new() -> Self {
        let check = CallerCheck::new(PORT);
        let token = check.token().to_owned();
        Self { router: router(check, Windows::default()), token }
    }

    async fn call(&self, caller: &Caller<'_>, method: Method, path: &str, body: &str) -> Response {
        let mut request =
            Request::builder().method(method).uri(path).header("content-type", "application/json");
        for (name, value) in
            [("host", caller.host), ("origin", caller.origin), ("innkeeper-bridge", caller.token)]
        {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        self.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap()
    }

    /// As a story calls it.
    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let caller = Caller { host: Some(HOST), origin: None, token: Some(&self.token) };
        let response = self.call(&caller, Method::POST, path, &body.to_string()).await;
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }
}

#[tokio::test]
async fn who_does_not_know_the_token_or_is_a_page_from_elsewhere_is_refused_at_the_door() {
    let bridge = Bridge::new();
    let token = Some(bridge.token.as_str());
    let page = Some("http://localhost:1420");
    let mut wrong = bridge.token.clone();
    wrong.replace_range(0..1, if wrong.starts_with('0') { "1" } else { "0" });
    let cases = [
        (StatusCode::NOT_FOUND, Caller { host: Some(HOST), origin: None, token }),
        (StatusCode::NOT_FOUND, Caller { host: Some("localhost:4000"), origin: page, token }),
        (StatusCode::UNAUTHORIZED, Caller { host: Some(HOST), origin: None, token: None }),
        (StatusCode::UNAUTHORIZED, Caller { host: Some(HOST), origin: None, token: Some(&wrong) }),
        (StatusCode::UNAUTHORIZED, Caller { host: Some(HOST), origin: page, token: Some("") }),
        (StatusCode::FORBIDDEN, Caller { host: None, origin: None, token }),
        (StatusCode::FORBIDDEN, Caller { host: Some("app.evil.test:4000"), origin: None, token }),
        (StatusCode::FORBIDDEN, Caller { host: Some("127.0.0.1:4001"), origin: None, token }),
        (StatusCode::FORBIDDEN, Caller { host: Some(HOST), origin: Some("http://app.evil.test"), token }),
        (
            StatusCode::FORBIDDEN,
            Caller { host: Some(HOST), origin: Some("http://localhost.evil.test"), token },
        ),
        (StatusCode::FORBIDDEN, Caller { host: Some(HOST), origin: Some("null"), token }),
        (StatusCode::FORBIDDEN, Caller { host: Some(HOST), origin: Some(""), token }),
    ];
    for (expected, caller) in cases {
        let said = format!("{:?} {:?} {:?}", caller.host, caller.origin, caller.token.map(str::len));
        let response = bridge.call(&caller, Method::GET, "/nowhere", "").await;
        assert_eq!(response.status(), expected, "{said}");
        let handed = response.headers().get("access-control-allow-origin");
        assert_eq!(handed.is_some(), expected == StatusCode::NOT_FOUND && caller.origin.is_some(), "{said}");
    }
    let preflight = Caller { host: Some(HOST), origin: page, token: None };
    assert_eq!(
        bridge.call(&preflight, Method::OPTIONS, "/windows", "").await.status(),
        StatusCode::NO_CONTENT
    );
    let foreign = Caller { origin: Some("http://app.evil.test"), ..preflight };
    assert_eq!(bridge.call(&foreign, Method::OPTIONS, "/windows", "").await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_body_that_is_not_json_opens_nothing() {
    let bridge = Bridge::new();
    let request = Request::post("/windows")
        .header("host", HOST)
        .header("innkeeper-bridge", &bridge.token)
        .header("content-type", "text/plain")
        .body(Body::from("{}"));
    let response = bridge.router.clone().oneshot(request.unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_command_passes_the_gate_and_the_access_rules_of_the_window() {
    let bridge = Bridge::new();
    let (status, window) = bridge.post("/windows", json!({ "guests": 3 })).await;
    assert_eq!(status, StatusCode::OK, "{window}");
    let command = |name: &str| format!("/windows/{}/commands/{name}", window["id"].as_str().unwrap());

    let query = json!({ "search": "", "filter": null, "sort": "createdTime", "descending": true, "page": 1 });
    let (status, page) = bridge.post(&command("guests_page"), json!({ "query": query })).await;
    assert_eq!((status, &page["total"]), (StatusCode::OK, &json!(3)), "{page}");

    let (status, refused) = bridge.post(&command("guest_open"), json!({ "id": "x".repeat(300 << 10) })).await;
    assert_eq!((status, &refused["code"]), (StatusCode::BAD_REQUEST, &json!("invalid_input")), "{refused}");
    assert!(refused["message"].as_str().unwrap().contains("256 KiB"), "{refused}");

    let (status, refused) = bridge.post(&command("plugin:store|load"), json!({ "path": "x" })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(refused.as_str().unwrap().contains("not allowed"), "{refused}");
}
