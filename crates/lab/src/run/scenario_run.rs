use std::sync::Arc;

use super::{
    attempt::attempt,
    event::RunEvent,
    mask::Mask,
    options::RunOptions,
    percentile::percentile,
    planned::{Planned, SuiteRun},
    result::{Attempt, Outcome, Part, ScenarioResult, StepStatus, StepSummary},
    words::label,
};
use crate::scenario::{Scenario, Step};

/// Runs one scenario as often as it is to be run.
pub async fn scenario_run(
    index: usize,
    planned: Planned,
    run: &SuiteRun,
    options: &RunOptions,
    tell: &(dyn Fn(RunEvent) + Send + Sync),
) -> Arc<ScenarioResult> {
    let suite = &run.suite;
    let scenario = &suite.scenarios[planned.number];
    let mask = Mask::new(&suite.masked);
    let repeat = scenario.repeat.or(options.repeat);
    let host = mask.text(&run.target.host);
    let mut result = ScenarioResult::not_run(index, planned, scenario.place.line, host);
    if let Some(why) = &scenario.skip {
        result.reason = Some(mask.text(why));
    } else {
        result.attempts = repeat.unwrap_or(1);
        result.repeated = repeat.is_some();
        let mut times = Times::of(run, scenario, &mask);
        let mut unreachable = true;
        for number in 1..=result.attempts {
            let (done, tries) =
                one_repeat(index, number, run, scenario, options, &mask, &mut times, tell).await;
            unreachable &= done.unreachable;
            let passed = done.outcome == Outcome::Passed;
            let is_first_failure = !passed && result.first_failing_attempt.is_none();
            if passed {
                result.passed_attempts += 1;
            } else if is_first_failure {
                result.first_failing_attempt = Some(number);
            }
            // The first failure says most; without one the last attempt counts.
            if is_first_failure || (passed && result.first_failing_attempt.is_none()) {
                result.attempt = if result.repeated { number } else { tries };
                result.retried = tries > 1;
                result.detail = Some(done);
            }
        }
        result.unreachable = unreachable;
        result.step_summaries = times.summaries();
        conclude(&mut result, options.pass_rate);
        if let (Some(records), Some(detail)) = (&run.target.records, &result.detail)
            && !result.unreachable
        {
            let asked = tokio::time::timeout(options.timeout, records.read(&detail.chat)).await;
            result.conversation_id =
                asked.ok().and_then(Result::ok).flatten().and_then(|record| record.conversation_id);
        }
    }
    let result = Arc::new(result);
    tell(RunEvent::Ended(Arc::clone(&result)));
    result
}

/// One repeat, with a second try where the first failed after messages had come out of order; answers how many tries it were.
#[expect(clippy::too_many_arguments, reason = "what one scenario is run with, used in one place")]
async fn one_repeat(
    index: usize,
    number: u32,
    run: &SuiteRun,
    scenario: &Scenario<Step>,
    options: &RunOptions,
    mask: &Mask,
    times: &mut Times,
    tell: &(dyn Fn(RunEvent) + Send + Sync),
) -> (Attempt, u32) {
    let suite = &run.suite;
    let of = suite.setup.len() + scenario.steps.len() + suite.clean_up.len();
    let limit = scenario.timeout.unwrap_or(options.timeout);
    let on_step = |step: usize, what: &Step| {
        tell(RunEvent::Step { index, step, of, label: label(mask, &what.action) });
    };
    let mut tries = 0;
    loop {
        tries += 1;
        let attempt_number = if scenario.repeat.or(options.repeat).is_some() { number } else { tries };
        tell(RunEvent::Started { index, attempt: attempt_number });
        let done = attempt(&run.target, suite, scenario, limit, mask, &on_step).await;
        times.add(&done);
        let is_odd = done.disorder && done.outcome != Outcome::Passed;
        if !is_odd || tries == 2 {
            return (done, tries);
        }
    }
}

/// The outcome of all repeats.
fn conclude(result: &mut ScenarioResult, pass_rate: f64) {
    let Some(detail) = &result.detail else { return };
    result.millis = detail.millis;
    result.steps = detail.steps.iter().filter(|step| step.part == Part::Scenario).count();
    let (passed, all) = (result.passed_attempts, result.attempts);
    // A rate of 0.9 of 10 is 9, whatever binary fractions make of it.
    let is_enough = f64::from(passed) + 1e-9 >= pass_rate * f64::from(all);
    result.outcome = if is_enough { Outcome::Passed } else { detail.outcome };
    if is_enough {
        result.reason = None;
        return;
    }
    result.reason = match (result.repeated, &detail.reason) {
        (true, Some(reason)) => {
            Some(format!("passed {passed} of {all}; attempt {}: {reason}", result.attempt))
        }
        (_, reason) => reason.clone(),
    };
}

/// How long each step took, over all attempts.
struct Times(Vec<StepTimes>);

struct StepTimes {
    part: Part,
    number: usize,
    line: u32,
    label: String,
    millis: Vec<u64>,
    failures: u32,
    timed_out: u32,
}

impl Times {
    fn of(run: &SuiteRun, scenario: &Scenario<Step>, mask: &Mask) -> Self {
        let part = |part, steps: &[Step]| -> Vec<StepTimes> {
            let times = |(number, step): (usize, &Step)| StepTimes {
                part,
                number,
                line: step.place.line,
                label: label(mask, &step.action),
                millis: Vec::new(),
                failures: 0,
                timed_out: 0,
            };
            steps.iter().enumerate().map(times).collect()
        };
        let mut all = part(Part::Setup, &run.suite.setup);
        all.extend(part(Part::Scenario, &scenario.steps));
        all.extend(part(Part::CleanUp, &run.suite.clean_up));
        Self(all)
    }

    fn add(&mut self, attempt: &Attempt) {
        for step in &attempt.steps {
            let same = |times: &&mut StepTimes| (times.part, times.number) == (step.part, step.number);
            if let Some(times) = self.0.iter_mut().find(same) {
                times.millis.push(step.millis);
                times.failures += u32::from(step.status != StepStatus::Passed);
                times.timed_out += u32::from(step.timed_out);
            }
        }
    }

    fn summaries(self) -> Vec<StepSummary> {
        let summary = |mut times: StepTimes| StepSummary {
            part: times.part,
            line: times.line,
            label: match times.part {
                Part::Scenario => times.label,
                Part::Setup => format!("setup: {}", times.label),
                Part::CleanUp => format!("cleanUp: {}", times.label),
            },
            runs: u32::try_from(times.millis.len()).unwrap_or(u32::MAX),
            failures: times.failures,
            timed_out: times.timed_out,
            p50_millis: percentile(&mut times.millis, 0.5),
            p95_millis: percentile(&mut times.millis, 0.95),
        };
        self.0.into_iter().map(summary).collect()
    }
}
