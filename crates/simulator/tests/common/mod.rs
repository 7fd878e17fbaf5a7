//! An org in process, on a clock that only tests move.
#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "shared by several test binaries, none of which uses all of it"
)]

use axum::{Router, body::Body};
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use serde_json::Value;
use simulator::{Entry, Kind, Options, Simulator};
use tower::ServiceExt;

/// When every org of these tests begins.
pub const NOW: &str = "2026-11-22T12:00:00Z";
/// `demo:demo`
pub const BASIC: &str = "Basic ZGVtbzpkZW1v";

pub struct Org {
    pub simulator: Simulator,
    pub router: Router,
    pub control: Router,
    pub token: String,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    /// The names in `details`.
    pub fn fields(&self) -> Vec<&str> {
        self.body["details"].as_array().unwrap().iter().map(|d| d["fieldName"].as_str().unwrap()).collect()
    }
}

impl Org {
    /// Signed in already; guests and the rest as the options say, the clock at [`NOW`].
    pub async fn with(options: Options) -> Self {
        let simulator = Simulator::new(&Options { now: Some(NOW.parse().unwrap()), ..options }).unwrap();
        let (router, control) = (simulator.router(), simulator.control_router());
        let mut org = Self { simulator, router, control, token: String::new() };
        org.sign_in().await;
        org
    }

    pub async fn of(guests: u64) -> Self {
        Self::with(Options { guests, ..Options::default() }).await
    }

    pub async fn sign_in(&mut self) {
        let request = Request::post("/oauth/token").header("authorization", BASIC);
        let request = request.body(Body::from("grant_type=client_credentials")).unwrap();
        let answer = answer(&self.router, request).await;
        self.token = format!("Bearer {}", answer.body["access_token"].as_str().unwrap());
    }

    pub async fn send(&self, method: &str, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::builder().method(method).uri(path).header("authorization", &self.token);
        answer(&self.router, request.body(body.into()).unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, Body::empty()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, body.to_string()).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, body.to_string()).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send("PATCH", path, body.to_string()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, Body::empty()).await
    }

    /// A call to the control port.
    pub async fn control(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        answer(&self.control, request.body(body).unwrap()).await
    }

    /// Lists guests with this filter, percent-encoded.
    pub async fn list(&self, filter: &str, more: &str) -> Answer {
        let query =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("filter", filter).finish();
        self.get(&format!("/api/v2/guests?{query}&{more}")).await
    }

    /// The only conversation of a guest.
    pub async fn conversation(&self, guest: &str) -> Value {
        let query = serde_json::json!({ "query": { "filter": format!("guest.id = \"{guest}\"") } });
        self.post("/api/v2/conversations/details/query", &query).await.body["conversations"][0].clone()
    }

    pub fn events(&self, kind: Kind) -> Vec<Entry> {
        self.simulator.ledger().into_iter().filter(|e| e.kind == kind).collect()
    }
}

/// What the router says to the request; a body that breaks off counts as empty text.
pub async fn answer(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body =
        response.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let text = String::from_utf8(body.to_vec()).unwrap();
    Answer { status, headers, body: serde_json::from_str(&text).unwrap_or_default(), text }
}
