use std::time::Duration;

use http::Request;
use serde_json::json;
use simulator::{Cut, Entry, Kind, Weather};
use tower::ServiceExt;

use crate::common::Org;

async fn under(weather: &str) -> Org {
    let org = Org::of(5).await;
    org.simulator.set_weather(weather.parse::<Weather>().unwrap());
    org
}

#[tokio::test(start_paused = true)]
async fn each_trouble_does_what_its_name_says() {
    for (trouble, status) in [
        ("429", 429),
        ("429-no-header", 429),
        ("500", 500),
        ("502", 502),
        ("503", 503),
        ("504", 504),
        ("html", 502),
        ("expire-token", 401),
        ("wrong-type", 200),
        ("spend:3", 200),
        ("delay:20", 200),
    ] {
        let org = under(&format!(r#"{{"rules":[{{"when":{{"until":1}},"do":"{trouble}"}}]}}"#)).await;
        let answer = org.get("/api/v2/guests").await;
        assert_eq!(answer.status, status, "{trouble}");
        assert_eq!(answer.headers.contains_key("retry-after"), trouble == "429", "{trouble}");
        assert!(answer.headers.contains_key("inin-ratelimit-count"), "{trouble}");
        let struck: Vec<_> = org.events(Kind::Weather).into_iter().map(|e| e.trouble.unwrap()).collect();
        assert_eq!(struck, [trouble]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_kept_back_in_part_still_counts_everyone_and_one_whose_rows_vanish_does_not() {
    for (trouble, rows, total) in [
        ("short:2", 2, 5),
        ("short:0", 0, 5),
        ("short:9", 5, 5),
        ("withhold:1", 4, 5),
        ("withhold:9", 0, 5),
        ("vanish:2", 3, 3),
    ] {
        let org = under("{}").await;
        let all = org.get("/api/v2/guests").await.body;
        org.simulator
            .set_weather(format!(r#"{{"rules":[{{"do":"{trouble}"}}]}}"#).parse::<Weather>().unwrap());
        let page = org.get("/api/v2/guests").await.body;
        let handed_out = page["entities"].as_array().unwrap().len();
        assert_eq!((handed_out, page["total"].as_u64().unwrap()), (rows, total), "{trouble}");
        let gone = org.events(Kind::Deleted).len();
        assert_eq!(gone as u64, 5 - total, "{trouble}");
        let after = if trouble.starts_with("short") { 0 } else { 5 - rows };
        assert!(rows == 0 || page["entities"][0] == all["entities"][after], "{trouble}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_replaced_answer_means_that_nothing_was_processed() {
    let org = under(r#"{"rules":[{"when":{"method":"POST"},"do":"503"}]}"#).await;
    let guest = json!({ "id": "6f1c9a52-3a0e-4c8e-9d55-0b2a7f6f4a11" });
    assert_eq!(org.post("/api/v2/guests", &guest).await.status, 503);
    assert_eq!(org.get("/api/v2/guests").await.body["total"], 5);
    assert!(org.events(Kind::Created).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_cut_in_process_is_marked_and_says_whether_the_request_was_processed() {
    for (trouble, processed, left) in [("reset-before", false, 5), ("reset-after", true, 4)] {
        let org = under(&format!(r#"{{"rules":[{{"when":{{"method":"DELETE"}},"do":"{trouble}"}}]}}"#)).await;
        let id = org.get("/api/v2/guests").await.body["entities"][0]["id"].as_str().unwrap().to_owned();
        let request = Request::delete(format!("/api/v2/guests/{id}")).header("authorization", &org.token);
        let response =
            org.router.clone().oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.extensions().get(), Some(&Cut { processed }));
        assert!(axum::body::to_bytes(response.into_body(), 100).await.is_err());
        assert_eq!(org.get("/api/v2/guests").await.body["total"], left);
        let asked = org.events(Kind::Request);
        let status = asked.iter().find(|e| e.method == "DELETE").unwrap().status;
        assert_eq!(status, if processed { 204 } else { 0 });
    }
}

#[tokio::test(start_paused = true)]
async fn a_delay_passes_on_the_virtual_clock_and_a_stall_never_ends() {
    let org = under(r#"{"rules":[{"when":{"until":1},"do":"delay:1500"},{"do":"stall"}]}"#).await;
    let before = org.simulator.now();
    org.get("/api/v2/guests").await;
    assert_eq!((org.simulator.now() - before).num_milliseconds(), 1500);
    let patience = tokio::time::timeout(Duration::from_secs(3600), org.get("/api/v2/guests")).await;
    assert!(patience.is_err());
    let last = org.simulator.ledger().pop().unwrap();
    assert_eq!((last.kind, last.status), (Kind::Request, 0));
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_makes_the_same_trouble_in_two_orgs() {
    let mut ledgers = Vec::new();
    for seed in [7, 7, 8] {
        let org = under(&format!(
            r#"{{"seed":{seed},"rules":[{{"share":0.2,"do":"500"}},{{"share":0.2,"do":"429"}},{{"share":0.1,"do":"truncate"}}]}}"#
        ))
        .await;
        for n in 1..=60 {
            org.get(&format!("/api/v2/guests?pageNumber={n}")).await;
        }
        let lines = org.simulator.ledger();
        let what = |e: &Entry| (e.n, e.at.clone(), e.kind, e.status, e.trouble.clone());
        ledgers.push(lines.iter().map(what).collect::<Vec<_>>());
    }
    assert_eq!(ledgers[0], ledgers[1]);
    assert_ne!(ledgers[0], ledgers[2]);
}
