//! The run that goes on, and the newest result of each scenario.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use lab::{
    report::Heading,
    run::{Outcome, Planned, RunEvent, ScenarioResult},
};
use tokio::task::AbortHandle;
use uuid::Uuid;

use crate::views::{
    RunningScenarioView, ScenarioOutcome, ScenarioProgressView, ScenarioResultView, ScenarioRunOptions,
    ScenarioTotalsView, count,
};

/// A scenario of the run.
#[derive(Debug)]
struct Running {
    id: Uuid,
    planned: Planned,
    /// The step under way and how many there are; `None` before it began and after it ended.
    at: Option<(u32, u32)>,
    has_ended: bool,
}

/// The run that goes on.
pub(super) struct Current {
    began: DateTime<Utc>,
    scenarios: Vec<Running>,
    /// The open file of each suite.
    files: Vec<Uuid>,
    ended: u32,
    failed: u32,
    pub(super) options: ScenarioRunOptions,
    pub(super) task: Option<AbortHandle>,
}

impl Current {
    /// Nothing of it has begun.
    pub(super) fn new(
        began: DateTime<Utc>,
        plan: Vec<Planned>,
        files: Vec<Uuid>,
        options: ScenarioRunOptions,
    ) -> Self {
        let running = |planned: Planned| {
            let id = files[planned.suite];
            Running { id, planned, at: None, has_ended: false }
        };
        let scenarios = plan.into_iter().map(running).collect();
        Self { began, scenarios, files, ended: 0, failed: 0, options, task: None }
    }

    fn view(&self) -> ScenarioProgressView {
        let running = self.scenarios.iter().filter_map(|scenario| {
            let (step, steps) = scenario.at?;
            let (id, scenario) = (scenario.id, scenario.planned.scenario.clone());
            Some(RunningScenarioView { id, scenario, step, steps })
        });
        ScenarioProgressView {
            started_at: self.began,
            total: count(self.scenarios.len() as u64),
            ended: self.ended,
            failed: self.failed,
            running: running.collect(),
        }
    }
}

/// The newest result of a scenario.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) id: Uuid,
    pub(super) number: u32,
    pub(super) result: Arc<ScenarioResult>,
    pub(super) ended_at: DateTime<Utc>,
}

/// How the newest run went.
struct Ended {
    began: DateTime<Utc>,
    millis: u64,
    interrupted: bool,
    /// What it left out, since a person ended it.
    not_run: Vec<(Uuid, Planned)>,
}

/// What is known of runs.
#[derive(Default)]
pub(super) struct Runs {
    pub(super) current: Option<Current>,
    /// By file and scenario.
    kept: BTreeMap<(Uuid, String), Kept>,
    newest: Option<Ended>,
    pub(super) options: Option<ScenarioRunOptions>,
    numbered: u32,
}

impl Runs {
    pub(super) fn progress(&self) -> Option<ScenarioProgressView> {
        self.current.as_ref().map(Current::view)
    }

    pub(super) fn begin(&mut self, current: Current) {
        self.options = Some(current.options);
        self.current = Some(current);
    }

    pub(super) fn heard(&mut self, event: RunEvent, now: DateTime<Utc>) {
        let Some(current) = &mut self.current else { return };
        match event {
            RunEvent::Started { index, .. } => {
                if let Some(scenario) = current.scenarios.get_mut(index) {
                    scenario.at = Some((0, 0));
                }
            }
            RunEvent::Step { index, step, of, .. } => {
                if let Some(scenario) = current.scenarios.get_mut(index) {
                    scenario.at = Some((count(step as u64), count(of as u64)));
                }
            }
            RunEvent::Ended(result) => {
                current.ended += 1;
                current.failed += u32::from(is_bad(result.outcome));
                if let Some(scenario) = current.scenarios.get_mut(result.index) {
                    scenario.at = None;
                    scenario.has_ended = true;
                }
                let Some(&id) = current.files.get(result.suite) else { return };
                self.numbered += 1;
                let kept = Kept { id, number: self.numbered, result, ended_at: now };
                self.kept.insert((id, kept.result.scenario.clone()), kept);
            }
        }
    }

    /// The run is over, or was ended.
    pub(super) fn ended(&mut self, now: DateTime<Utc>, interrupted: bool) {
        let Some(current) = self.current.take() else { return };
        let millis = u64::try_from((now - current.began).num_milliseconds()).unwrap_or(0);
        let left_out = current.scenarios.into_iter().filter(|scenario| interrupted && !scenario.has_ended);
        let not_run = left_out.map(|scenario| (scenario.id, scenario.planned)).collect();
        self.newest = Some(Ended { began: current.began, millis, interrupted, not_run });
        if let Some(task) = current.task.filter(|_| interrupted) {
            task.abort();
        }
    }

    /// Those that failed or errored when they ran last.
    pub(super) fn failed(&self) -> Vec<(Uuid, String)> {
        let bad = self.kept.iter().filter(|(_, kept)| is_bad(kept.result.outcome));
        bad.map(|(key, _)| key.clone()).collect()
    }

    /// Forgets the results of a file.
    pub(super) fn forget(&mut self, id: Uuid) {
        self.kept.retain(|(of, _), _| *of != id);
    }

    pub(super) fn totals(&self) -> ScenarioTotalsView {
        let mut totals = ScenarioTotalsView::default();
        for kept in self.kept.values() {
            *match kept.result.outcome {
                Outcome::Passed => &mut totals.passed,
                Outcome::Failed => &mut totals.failed,
                Outcome::Errored => &mut totals.errored,
                Outcome::Skipped => &mut totals.skipped,
            } += 1;
        }
        totals
    }

    /// All results in the order of these files and of the scenarios in them.
    pub(super) fn in_order(&self, files: &[Uuid]) -> Vec<Kept> {
        let mut all: Vec<Kept> = self.kept.values().cloned().collect();
        all.sort_by_key(|kept| {
            (files.iter().position(|id| *id == kept.id), kept.result.line, kept.result.scenario.clone())
        });
        all
    }

    /// What a report of the newest run tells, with the files numbered in this order. Runs of single files number them otherwise.
    pub(super) fn reported(&self, files: &[Uuid]) -> Option<(Heading, Vec<Arc<ScenarioResult>>)> {
        let Ended { began, millis, interrupted, not_run } = self.newest.as_ref()?;
        let number = |id: Uuid| files.iter().position(|file| *file == id);
        let left_out = not_run.iter().filter_map(|(id, planned)| {
            let suite = number(*id)?;
            Some(Planned { suite, ..planned.clone() })
        });
        let heading = Heading {
            began: *began,
            millis: *millis,
            interrupted: *interrupted,
            not_run: left_out.collect(),
        };
        let was_run = |kept: &Kept| {
            !not_run.iter().any(|(id, planned)| *id == kept.id && planned.scenario == kept.result.scenario)
        };
        let results = self.in_order(files).into_iter().filter(was_run).map(|kept| {
            let suite = number(kept.id).unwrap_or(files.len());
            Arc::new(ScenarioResult { suite, ..(*kept.result).clone() })
        });
        Some((heading, results.collect()))
    }

    pub(super) fn numbered(&self, number: u32) -> Option<Kept> {
        self.kept.values().find(|kept| kept.number == number).cloned()
    }
}

/// Failed or errored.
fn is_bad(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Failed | Outcome::Errored)
}

/// Failures first.
pub(super) fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Failed => 0,
        Outcome::Errored => 1,
        Outcome::Passed => 2,
        Outcome::Skipped => 3,
    }
}

/// An outcome as it is shown.
pub(super) fn outcome(outcome: Outcome) -> ScenarioOutcome {
    match outcome {
        Outcome::Passed => ScenarioOutcome::Passed,
        Outcome::Failed => ScenarioOutcome::Failed,
        Outcome::Errored => ScenarioOutcome::Errored,
        Outcome::Skipped => ScenarioOutcome::Skipped,
    }
}

impl Kept {
    pub(super) fn view(&self) -> ScenarioResultView {
        let Self { id, number, result, ended_at } = self;
        ScenarioResultView {
            number: *number,
            id: *id,
            name: result.file.clone(),
            scenario: result.scenario.clone(),
            outcome: outcome(result.outcome),
            attempt: result.attempt,
            retried: result.retried,
            attempts: result.attempts,
            passed_attempts: result.passed_attempts,
            first_failing_attempt: result.first_failing_attempt,
            millis: count(result.millis),
            steps: count(result.steps as u64),
            line: result.line,
            reason: result.reason.clone(),
            conversation_id: result.conversation_id.clone(),
            host: result.host.clone(),
            ended_at: *ended_at,
        }
    }
}
