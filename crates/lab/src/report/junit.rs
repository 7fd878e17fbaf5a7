use std::{collections::BTreeSet, sync::Arc, time::Duration};

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::{
    heading::{Heading, NotRun, WhyNotRun},
    visible::{visible, visible_results},
};
use crate::run::{Attempt, Outcome, ScenarioResult, Speaker, StepRecord};

/// The results as JUnit XML: a suite a file, a case a scenario. `failure` where something did not come as the file says, `error`
/// where it could not be carried out.
#[must_use]
pub fn junit(heading: &Heading, results: &[Arc<ScenarioResult>]) -> String {
    let mut report = Report::new("innkeeper");
    report.set_timestamp(heading.began).set_time(Duration::from_millis(heading.millis));
    let results = visible_results(results);
    let numbers = results.iter().map(|result| result.suite);
    let numbers: BTreeSet<usize> =
        numbers.chain(heading.not_run.iter().map(|not_run| not_run.suite)).collect();
    for number in numbers {
        let of_file: Vec<_> = results.iter().filter(|result| result.suite == number).collect();
        let not_run: Vec<_> = heading.not_run.iter().filter(|not_run| not_run.suite == number).collect();
        let file = of_file.first().map(|result| result.file.clone());
        let file = file.or_else(|| not_run.first().map(|not_run| visible(&not_run.file)));
        let mut suite = TestSuite::new(file.unwrap_or_default());
        suite.set_timestamp(heading.began);
        let skipped = of_file.iter().filter(|result| result.outcome == Outcome::Skipped).count();
        suite.extra.insert("skipped".into(), skipped.to_string().into());
        let millis = of_file.iter().map(|result| result.millis).sum();
        suite.set_time(Duration::from_millis(millis));
        if not_run.iter().any(|not_run| not_run.why == WhyNotRun::Interrupted) {
            suite.add_property(Property::new("interrupted", "true"));
        }
        suite.add_test_cases(of_file.into_iter().map(case));
        suite.add_test_cases(not_run.into_iter().map(case_not_run));
        report.add_test_suite(suite);
    }
    report.to_string().expect("texts without characters that XML does not have can be written to memory")
}

/// An error, since a run that left something out is no good one.
fn case_not_run(not_run: &NotRun) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(not_run.words());
    let mut case = TestCase::new(not_run.name(), status);
    case.set_classname(visible(&not_run.file)).set_time(Duration::ZERO);
    case
}

fn case(result: &ScenarioResult) -> TestCase {
    let reason = result.reason.clone().unwrap_or_default();
    let mut status = match result.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::Errored => TestCaseStatus::non_success(NonSuccessKind::Error),
        Outcome::Skipped => TestCaseStatus::skipped(),
    };
    status.set_message(reason.clone());
    if let (Outcome::Failed | Outcome::Errored, Some(detail)) = (result.outcome, &result.detail) {
        status.set_description(format!("{reason}\n{}", steps(&detail.steps)));
    }
    let mut case = TestCase::new(result.scenario.as_str(), status);
    case.set_classname(result.file.as_str()).set_time(Duration::from_millis(result.millis));
    let mut property = |name: &str, value: String| {
        case.add_property(Property::new(name, value));
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
        case.set_system_out(transcript(detail));
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
