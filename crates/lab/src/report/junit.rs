use std::{sync::Arc, time::Duration};

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::heading::Heading;
use crate::run::{Attempt, Outcome, ScenarioResult, Speaker, StepRecord};

/// The results as JUnit XML: a suite a file, a case a scenario. `failure` where something did not come as the file says, `error`
/// where it could not be carried out.
#[must_use]
pub fn junit(heading: &Heading, results: &[Arc<ScenarioResult>]) -> String {
    let mut report = Report::new("innkeeper");
    report.set_timestamp(heading.began).set_time(Duration::from_millis(heading.millis));
    for of_file in results.chunk_by(|a, b| a.suite == b.suite) {
        let Some(first) = of_file.first() else { continue };
        let mut suite = TestSuite::new(xml(&first.file));
        suite.set_timestamp(heading.began);
        let skipped = of_file.iter().filter(|result| result.outcome == Outcome::Skipped).count();
        suite.extra.insert("skipped".into(), skipped.to_string().into());
        let millis = of_file.iter().map(|result| result.millis).sum();
        suite.set_time(Duration::from_millis(millis));
        suite.add_test_cases(of_file.iter().map(|result| case(result)));
        report.add_test_suite(suite);
    }
    report.to_string().expect("texts without characters that XML does not have can be written to memory")
}

fn case(result: &ScenarioResult) -> TestCase {
    let reason = xml(result.reason.as_deref().unwrap_or_default());
    let mut status = match result.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::Errored => TestCaseStatus::non_success(NonSuccessKind::Error),
        Outcome::Skipped => TestCaseStatus::skipped(),
    };
    status.set_message(reason.clone());
    if let (Outcome::Failed | Outcome::Errored, Some(detail)) = (result.outcome, &result.detail) {
        status.set_description(xml(&format!("{reason}\n{}", steps(&detail.steps))));
    }
    let mut case = TestCase::new(xml(&result.scenario), status);
    case.set_classname(xml(&result.file)).set_time(Duration::from_millis(result.millis));
    let mut property = |name: &str, value: String| {
        case.add_property(Property::new(name, xml(&value)));
    };
    property("host", result.host.clone());
    property("line", result.line.to_string());
    if let Some(id) = &result.conversation_id {
        property("conversationId", id.clone());
    }
    if result.retried {
        property("retriedAfterDisorder", "true".into());
    }
    if result.repeated {
        property("attempts", result.attempts.to_string());
        property("passedAttempts", result.passed_attempts.to_string());
    }
    if let Some(detail) = &result.detail {
        case.set_system_out(xml(&transcript(detail)));
    }
    case
}

fn steps(steps: &[StepRecord]) -> String {
    let line = |step: &StepRecord| format!("line {}: {} ({} ms)\n", step.line, step.label, step.millis);
    steps.iter().map(line).collect()
}

fn transcript(attempt: &Attempt) -> String {
    let mut text = String::new();
    for line in &attempt.transcript {
        let who = match line.speaker {
            Speaker::Guest => "You:  ",
            Speaker::Org => "Them: ",
            Speaker::Note => "      - ",
        };
        text.push_str(who);
        text.push_str(&line.text);
        if !line.offered.is_empty() {
            text.push_str(&format!(" [{}]", line.offered.join("] [")));
        }
        text.push('\n');
    }
    text
}

/// The text without the two characters that XML 1.0 does not have and that the library leaves in.
fn xml(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
