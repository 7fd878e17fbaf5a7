//! Details jobs: asked once, answered later, with attributes, and behind what happens.

use serde_json::{Value, json};
use simulator::Options;

use crate::common::Org;

const JOBS: &str = "/api/v2/analytics/conversations/details/jobs";

#[tokio::test(start_paused = true)]
async fn a_job_is_queued_then_done_and_hands_out_pages_with_attributes() {
    let org = Org::of(200).await;
    let question = json!({ "interval": "2026-11-01T00:00:00Z/2026-11-22T00:00:00Z", "startOfDayIntervalMatching": true });
    let made = org.post(JOBS, &question).await;
    assert_eq!(made.status, 202);
    let job = format!("{JOBS}/{}", made.body["jobId"].as_str().unwrap());
    assert_eq!(org.get(&format!("{job}/results")).await.status, 404);
    assert_eq!(org.get(&job).await.body["state"], "QUEUED");
    assert_eq!(org.get(&job).await.body["state"], "FULFILLED");
    let (mut all, mut cursor): (Vec<Value>, String) = (Vec::new(), String::new());
    loop {
        let page = org.get(&format!("{job}/results?pageSize=20{cursor}")).await.body;
        all.extend(page["conversations"].as_array().unwrap().clone());
        let Some(next) = page["cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let wanted = org
        .list(
            r#"createdTime >= "2026-11-01T00:00:00Z" AND createdTime < "2026-11-22T00:00:00Z""#,
            "pageSize=1",
        )
        .await
        .body;
    assert_eq!(all.len() as u64, wanted["total"].as_u64().unwrap());
    assert!(all.iter().all(|row| row["participants"][0]["attributes"]["context.source"] == "web-messaging"));
    assert_eq!(org.get(&format!("{JOBS}/{}", uuid::Uuid::nil())).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn what_happened_lately_is_in_no_job_yet() {
    let org = Org::with(Options { guests: 300, analytics_lag: 48 * 3600, ..Options::default() }).await;
    let availability = org.get(&format!("{JOBS}/availability")).await.body;
    assert_eq!(availability["dataAvailabilityDate"], "2026-11-20T12:00:00.000Z");
    let made = org.post(JOBS, &json!({ "interval": "2026-11-10T00:00:00Z/2026-11-23T00:00:00Z" })).await.body;
    let job = format!("{JOBS}/{}", made["jobId"].as_str().unwrap());
    org.get(&job).await;
    let results = org.get(&format!("{job}/results")).await.body;
    let starts: Vec<&str> = results["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["conversationStart"].as_str().unwrap())
        .collect();
    assert!(!starts.is_empty() && starts.iter().all(|start| *start <= "2026-11-20T12:00:00.000Z"));
}
