//! The org is away, limited or slow: what a page hears, and that what was accepted arrives.

use std::{future::pending, num::NonZeroU32, time::Duration};

use gateway::Options;
use serde_json::json;

use crate::{
    client::{raw, request},
    setting::{Plan, Setting},
};

/// Every connection to the org is cut before anything is processed.
fn away() -> serde_json::Value {
    json!({ "rules": [{ "do": "reset-before" }] })
}

#[tokio::test]
async fn while_the_org_is_away_messages_are_accepted_and_arrive_in_order_when_it_is_back() {
    let setting = Setting::open().await;
    let page = setting.chat("Ada").await;
    setting.weather(away());
    let before = setting.asked();
    for n in 0..20 {
        let said = setting.say(&page, &format!("message {n}")).await;
        assert_eq!((said.status, &said.json()["cached"]), (202, &json!(true)));
    }
    assert_eq!(setting.asked(), before, "a message asks the org nothing");
    for answer in [
        setting.post("/api/chat/initiate", None, json!({})).await,
        setting.validate(&page).await,
        setting.count(&page, json!({})).await,
    ] {
        assert_eq!((answer.status, answer.code().as_str()), (503, "unreachable"), "{answer:?}");
        assert!(answer.header("retry-after").is_some());
    }
    assert_eq!(
        setting.send("GET", "/health", &[], b"").await.json(),
        json!({ "status": "ok", "org": "away" })
    );

    setting.weather(json!({}));
    let summary = setting.app.outbox_drain(Duration::from_secs(60), pending(), |_| {}).await.unwrap();
    assert_eq!((summary.delivered, summary.waiting), (20, 0));
    assert_eq!(setting.arrived(), (0..20).map(|n| format!("message {n}")).collect::<Vec<_>>());
    assert_eq!(setting.send("GET", "/health", &[], b"").await.json()["org"], "answers");
}

#[tokio::test]
async fn it_delivers_by_itself_while_new_messages_come_in_and_ends_when_it_is_told() {
    let setting = Setting::open().await;
    let page = setting.chat("Ada").await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let app = setting.app.clone();
    let delivering = tokio::spawn(async move { app.deliver_until(async { drop(stopped.await) }).await });
    for n in 0..10 {
        assert_eq!(setting.say(&page, &format!("message {n}")).await.status, 202);
    }
    let all = async {
        while setting.arrived().len() < 10 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), all).await.expect("ten messages arrive");
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(30), delivering).await.expect("it ends").unwrap();
    assert_eq!(setting.arrived(), (0..10).map(|n| format!("message {n}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_org_that_fails_or_refuses_the_gateway_is_503_and_never_401() {
    let setting = Setting::open().await;
    let page = setting.chat("Ada").await;
    for (trouble, code) in [("500", "unreachable"), ("html", "unreachable"), ("wrong-type", "unreachable")] {
        setting.weather(json!({ "rules": [{ "when": { "path": "/api/*" }, "do": trouble }] }));
        let answer = setting.validate(&page).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, code), "{trouble}: {answer:?}");
    }
    setting.weather(json!({}));
    assert_eq!(setting.validate(&page).await.status, 200);
}

#[tokio::test]
async fn a_spent_limit_of_the_org_is_503_with_the_seconds_to_wait_and_messages_go_on() {
    let setting = Setting::with(Plan { rate: Some(8), ..Plan::default() }).await;
    let page = setting.chat("Ada").await;
    let mut limited = None;
    for _ in 0..8 {
        let answer = setting.validate(&page).await;
        if answer.status != 200 {
            limited = Some(answer);
            break;
        }
    }
    let limited = limited.expect("eight calls a minute are spent");
    assert_eq!((limited.status, limited.code().as_str()), (503, "rate_limited"), "{limited:?}");
    let wait: u64 = limited.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
    assert_eq!(setting.say(&page, "meanwhile").await.status, 202);
}

#[tokio::test]
async fn an_org_that_stalls_is_given_up_and_only_so_many_wait_for_it() {
    let setting = Setting::limited(|limits| {
        limits.ask = Duration::from_millis(1_500);
        (limits.asking, limits.in_line) = (2, 0);
    })
    .await;
    let page = setting.chat("Ada").await;
    setting.weather(json!({ "rules": [{ "when": { "path": "/api/*" }, "do": "stall" }] }));
    let ask = || setting.validate(&page);
    let answers: [_; 4] = tokio::join!(ask(), ask(), ask(), ask()).into();
    let mut codes = answers.map(|a| (a.status, a.code()));
    codes.sort();
    let of = |code: &str| (503, code.to_owned());
    assert_eq!(codes, [of("busy"), of("busy"), of("unreachable"), of("unreachable")]);
    assert_eq!(setting.say(&page, "the disk has its own turns").await.status, 202);
}

#[tokio::test]
async fn a_client_beyond_its_rate_hears_when_to_come_back() {
    let options = Options { rate: NonZeroU32::new(3), ..Options::default() };
    let setting = Setting::with(Plan { options, ..Plan::default() }).await;
    let answers = [
        setting.send("GET", "/health", &[], b"").await,
        setting.send("GET", "/health", &[], b"").await,
        setting.send("GET", "/health", &[], b"").await,
        setting.send("GET", "/health", &[], b"").await,
    ];
    assert_eq!(answers.clone().map(|a| a.status), [200, 200, 200, 429]);
    assert_eq!(answers[3].code(), "too_many_requests");
    let wait: u64 = answers[3].header("retry-after").unwrap().parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
}

#[tokio::test]
async fn over_a_read_only_connection_nothing_is_written() {
    let setting = Setting::with(Plan { read_only: true, ..Plan::default() }).await;
    let started = setting.post("/api/chat/initiate", None, json!({})).await;
    assert_eq!((started.status, started.code().as_str()), (403, "read_only"));
    assert_eq!(setting.asked(), 0);
}

#[tokio::test]
async fn forty_pages_that_start_at_once_all_get_their_chat() {
    let setting = Setting::limited(|limits| limits.asking = 4).await;
    let mut starting = Vec::new();
    for n in 0..40 {
        let body = json!({ "name": format!("guest {n}") }).to_string();
        let bytes = request("POST", "/api/chat/initiate", "localhost", &[], body.as_bytes());
        let address = setting.gateway.address();
        starting.push(tokio::spawn(async move { raw(address, &bytes).await.status }));
    }
    for status in starting {
        assert_eq!(status.await.unwrap(), 201);
    }
}

/// Takes 14 s: the wait is the gateway's own.
#[tokio::test]
async fn an_outbox_that_the_org_refused_is_tried_again_though_nobody_is_there_to_say_so() {
    let scopes = &["guest:read", "guest:write", "conversation:read"];
    let setting = Setting::with(Plan { scopes, ..Plan::default() }).await;
    let page = setting.chat("Ada").await;
    assert_eq!(setting.say(&page, "hello").await.status, 202);
    let app = setting.app.clone();
    let delivering = tokio::spawn(async move { app.deliver_until(pending()).await });
    let tries = || {
        let ledger = setting.org.simulator().ledger();
        ledger.iter().filter(|e| e.path.ends_with("/webchat/messages") && e.status == 403).count()
    };
    let twice = setting.app.follow(|_, _| tries() < 2);
    tokio::time::timeout(Duration::from_secs(30), twice).await.expect("it is tried again");
    assert_eq!(setting.send("GET", "/health", &[], b"").await.json()["org"], "refuses");
    delivering.abort();
}
