//! What no result tells: values of the environment, however long and however written, and credentials.

use std::ffi::OsString;

use lab::run::ScenarioResult;
use serde_json::Value;

use crate::double::{Line, Run};

const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcDEF";

fn told(results: &[std::sync::Arc<ScenarioResult>], events: &impl std::fmt::Debug) -> String {
    let results: Vec<Value> = results.iter().map(|result| serde_json::to_value(&**result).unwrap()).collect();
    format!("{} {events:?}", serde_json::to_string(&results).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_long_value_of_the_environment_leaves_no_beginning_where_a_text_is_cut() {
    let value = "s3cr3t&\"".repeat(60);
    let environment = |name: &str| (name == "LONG").then(|| OsString::from(&value));
    let step = "{within: {seconds: 1, step: {STEP: 'nope ${env.LONG}'}}}";
    for name in ["waitForReplyContaining", "tap", "waitForReplyMatching"] {
        let step = step.replace("STEP", name);
        let text = format!("scenarios: {{a: [{{say: '${{env.LONG}}'}}, {step}]}}");
        let run = Run::with(&text, &environment, |line: Line| {
            line.answer_all(|said| {
                // The cut falls into the value.
                let padded = format!("{}{said}", "p".repeat(190));
                vec![
                    said.to_owned(),
                    padded,
                    said.to_uppercase(),
                    said.replace('&', "&amp;").replace('"', "&quot;"),
                ]
            })
        });
        let (results, events) = run.results_and_events().await;
        let told = told(&results, &events).to_lowercase();
        assert!(told.contains("•••") && !told.contains("s3cr3t"), "{told}");
    }
    let error = async |mut line: Line| {
        line.ready().await;
        let said = line.text().await;
        line.error(500, &format!("no: {}…", &said[..100])).await;
    };
    let run = Run::with("scenarios: {a: [{say: '${env.LONG}'}, {pause: 1}]}", &environment, error);
    let (results, events) = run.results_and_events().await;
    let told = told(&results, &events);
    assert!(told.contains("code 500") && !told.contains("s3cr3t"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_token_a_jwt_and_a_presigned_address_that_the_org_repeats_stand_in_no_result() {
    let text = "scenarios: {a: [{say: hi}, {within: {seconds: 1, step: {waitForReplyContaining: never}}}]}";
    let run = Run::of(text, async |line: Line| {
        let token = line.options.token.expose().to_owned();
        assert_eq!(token.len(), 36);
        line.answer_all(move |_| {
            vec![
                format!("your token is TOKEN={token}."),
                format!("<{}> {}", token.to_uppercase(), token.replace('-', "")),
                format!("{JWT} https://u.example/x?X-Amz-Signature=SIGSIG&a=1"),
            ]
        })
        .await;
    });
    let (results, events) = run.results_and_events().await;
    let detail = results[0].detail.as_ref().unwrap();
    let lines: Vec<&str> = detail.transcript.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(
        lines[1..],
        ["your token is TOKEN=***", "<•••> ***", "*** https://u.example/x?X-Amz-Signature=***&a=1"]
    );
    let told = told(&results, &events);
    assert!(!told.contains("eyJ") && !told.contains("SIGSIG"), "{told}");
}
