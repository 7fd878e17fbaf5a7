use std::sync::Arc;

use serde::Serialize;

use super::heading::Heading;
use crate::run::{ScenarioResult, Totals};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    generator: &'static str,
    began: String,
    millis: u64,
    interrupted: bool,
    #[serde(flatten)]
    totals: Totals,
    scenarios: Vec<&'a ScenarioResult>,
}

/// All results with every detail, as one JSON document.
#[must_use]
pub fn json(heading: &Heading, results: &[Arc<ScenarioResult>]) -> String {
    let scenarios: Vec<&ScenarioResult> = results.iter().map(|result| &**result).collect();
    let report = Report {
        generator: super::heading::GENERATOR,
        began: heading.began.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        millis: heading.millis,
        interrupted: heading.interrupted,
        totals: Totals::of(scenarios.iter().copied()),
        scenarios,
    };
    let mut text =
        serde_json::to_string_pretty(&report).expect("these types have names for keys and no other maps");
    text.push('\n');
    text
}
