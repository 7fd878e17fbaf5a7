use std::sync::Arc;

use serde::Serialize;

use super::heading::{Heading, NotRun, WhyNotRun};
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
    not_run: Vec<LeftOut<'a>>,
}

#[derive(Serialize)]
struct LeftOut<'a> {
    file: &'a str,
    scenario: Option<&'a str>,
    reason: &'a str,
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
        not_run: heading.not_run.iter().map(left_out).collect(),
    };
    let mut text =
        serde_json::to_string_pretty(&report).expect("these types have names for keys and no other maps");
    text.push('\n');
    text
}

fn left_out(not_run: &NotRun) -> LeftOut<'_> {
    let reason = match &not_run.why {
        WhyNotRun::Interrupted => "the run was interrupted",
        WhyNotRun::Other(why) => why,
    };
    LeftOut { file: &not_run.file, scenario: not_run.scenario.as_deref(), reason }
}
