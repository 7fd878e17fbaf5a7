use std::time::Duration;

use serde_json::json;
use simulator::{Options, Weather};

use crate::common::Org;

async fn spent(org: &Org) -> (u16, String, String) {
    let answer = org.get("/api/v2/guests?pageSize=1").await;
    (
        answer.status,
        answer.header("inin-ratelimit-count").to_owned(),
        answer.header("inin-ratelimit-reset").to_owned(),
    )
}

#[tokio::test(start_paused = true)]
async fn three_hundred_requests_fit_a_minute_and_the_next_one_waits_for_the_next() {
    let org = Org::of(1).await;
    for n in 1..=300 {
        let (status, count, _) = spent(&org).await;
        assert_eq!((status, count), (200, n.to_string()));
        tokio::time::advance(Duration::from_millis(100)).await;
    }
    let refused = org.get("/api/v2/guests").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "30"));
    tokio::time::advance(Duration::from_millis(29_999)).await;
    assert_eq!(spent(&org).await, (429, "302".into(), "1".into()));
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(spent(&org).await, (200, "1".into(), "60".into()));
}

#[tokio::test(start_paused = true)]
async fn windows_follow_each_other_from_the_first_request_even_when_nobody_asks() {
    let org = Org::of(1).await;
    tokio::time::advance(Duration::from_secs(40)).await;
    assert_eq!(spent(&org).await.2, "60", "signing in begins no window");
    tokio::time::advance(Duration::from_millis(150_500)).await;
    assert_eq!(spent(&org).await, (200, "1".into(), "30".into()), "29.5 s are left of the third");
}

#[tokio::test(start_paused = true)]
async fn each_token_has_a_window_of_its_own() {
    let mut org = Org::with(Options { guests: 1, rate: Some(2), ..Options::default() }).await;
    for status in [200, 200, 429] {
        assert_eq!(spent(&org).await.0, status);
    }
    org.sign_in().await;
    assert_eq!(spent(&org).await, (200, "1".into(), "60".into()));
    let stats = org.control("GET", "/stats", &json!(null)).await.body;
    assert_eq!(stats["windows"]["most"], 3);
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_nothing_is_refused() {
    let org = Org::with(Options { guests: 1, rate: None, ..Options::default() }).await;
    for _ in 0..1000 {
        assert_eq!(spent(&org).await.0, 200);
    }
    assert_eq!(org.get("/api/v2/guests").await.header("inin-ratelimit-allowed"), "1000000");
}

#[tokio::test(start_paused = true)]
async fn another_client_of_the_token_shows_in_the_count() {
    let weather: Weather = r#"{"rules":[{"when":{"from":1,"until":2},"do":"spend:298"}]}"#.parse().unwrap();
    let org = Org::of(1).await;
    org.simulator.set_weather(weather);
    let counts = [spent(&org).await, spent(&org).await, spent(&org).await];
    assert_eq!(
        counts.map(|(status, count, _)| (status, count)),
        [(200, "1".into()), (200, "300".into()), (429, "301".into())]
    );
}
