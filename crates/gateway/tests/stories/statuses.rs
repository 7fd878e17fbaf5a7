//! The served description says what the routes answer, no less and no more.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
    time::Duration,
};

use gateway::Options;
use serde_json::{Value, json};

use crate::{
    client::raw,
    setting::{Page, Plan, Setting},
};

const ROUTES: [(&str, &str); 6] = [
    ("POST", "/api/chat/initiate"),
    ("POST", "/api/chat/validate"),
    ("POST", "/api/chat/message"),
    ("PUT", "/api/guests/{guestId}/attributes"),
    ("GET", "/health"),
    ("GET", "/openapi.json"),
];

type Seen = BTreeMap<(&'static str, &'static str), BTreeSet<u16>>;

fn described() -> Seen {
    let document: Value = serde_json::from_str(gateway::openapi()).unwrap();
    let mut seen = Seen::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let route = ROUTES.iter().find(|(m, p)| p == path && m.eq_ignore_ascii_case(method));
            let route = route.unwrap_or_else(|| panic!("{method} {path} is described and no route"));
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("default"), "{path}: refusals that any path has");
            seen.insert(*route, responses.keys().filter_map(|status| status.parse().ok()).collect());
        }
    }
    seen
}

fn good_body(path: &str, page: &Page) -> Value {
    match path {
        "/api/chat/initiate" => json!({ "name": "Ada" }),
        "/api/chat/validate" => json!({ "guestId": page.guest }),
        "/api/chat/message" => json!({ "conversationId": page.conversation, "text": "hi" }),
        "/api/guests/{guestId}/attributes" => json!({ "increment": 1 }),
        _ => json!({}),
    }
}

#[tokio::test]
async fn every_described_status_of_every_route_is_given_and_no_other() {
    let setting = Setting::limited(|limits| limits.body = Duration::from_millis(300)).await;
    let page = setting.chat("Ada").await;
    let own = page.cookie();
    let mut seen = Seen::new();
    let place = |path: &str| path.replace("{guestId}", &page.guest);
    for (method, path) in ROUTES {
        let statuses = seen.entry((method, path)).or_default();
        let good = good_body(path, &page).to_string();
        let cookie = ("Cookie", own.as_str());
        let mut send = async |headers: &[(&str, &str)], body: &[u8]| {
            statuses.insert(setting.send(method, &place(path), headers, body).await.status);
        };
        send(&[cookie], good.as_bytes()).await;
        send(&[("Origin", "http://evil.test"), cookie], good.as_bytes()).await;
        if method == "GET" {
            continue;
        }
        send(&[cookie], b"{").await;
        send(&[cookie], "x".repeat(70_000).as_bytes()).await;
        send(&[("Cookie", "gcSessionToken=guessed")], good.as_bytes()).await;
        let slow =
            format!("{method} {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{{", place(path));
        statuses.insert(raw(setting.gateway.address(), slow.as_bytes()).await.status);
    }
    setting.behind(&format!("/conversations/{}/close", page.conversation), "").await;
    seen.get_mut(&ROUTES[1]).unwrap().insert(setting.validate(&page).await.status);

    // A message is refused for a while only when the disk or the turns at it are spent.
    let crowded = Setting::limited(|limits| (limits.saying, limits.ask) = (0, Duration::from_secs(2))).await;
    let page = crowded.chat("Ada").await;
    seen.get_mut(&ROUTES[2]).unwrap().insert(crowded.say(&page, "hi").await.status);
    crowded.weather(json!({ "rules": [{ "do": "reset-before" }] }));
    for route in [ROUTES[0], ROUTES[1], ROUTES[3]] {
        let path = route.1.replace("{guestId}", &page.guest);
        let body = good_body(route.1, &page).to_string();
        let answer = crowded.send(route.0, &path, &[("Cookie", &page.cookie())], body.as_bytes()).await;
        seen.get_mut(&route).unwrap().insert(answer.status);
    }

    let options = Options { rate: NonZeroU32::new(1), ..Options::default() };
    let paced = Setting::with(Plan { options, ..Plan::default() }).await;
    paced.send("GET", "/health", &[], b"").await;
    for (method, path) in ROUTES {
        seen.get_mut(&(method, path)).unwrap().insert(paced.send(method, path, &[], b"").await.status);
    }
    assert_eq!(seen, described());
}

#[tokio::test]
async fn the_description_is_served_as_it_is_and_its_references_lead_somewhere() {
    let setting = Setting::open().await;
    let served = setting.send("GET", "/openapi.json", &[], b"").await;
    assert_eq!(served.body, gateway::openapi());
    let document = served.json();
    assert_eq!(
        (&document["openapi"], &document["info"]["version"]),
        (&json!("3.1.0"), &json!(env!("CARGO_PKG_VERSION")))
    );
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str).map(ToOwned::to_owned));
            members.values().for_each(|member| collect(member, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}
