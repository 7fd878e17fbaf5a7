//! The run that goes on, and the newest result of each scenario.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use lab::{
    report::{Heading, NotRun, WhyNotRun},
    run::{Outcome, Planned, RunEvent, ScenarioResult, SuiteRun},
};
use tokio::task::AbortHandle;
use uuid::Uuid;

use crate::views::{
    RunningScenarioView, ScenarioLeftOutView, ScenarioOutcome, ScenarioProgressView, ScenarioResultView,
    ScenarioRunEnd, ScenarioRunOptions, ScenarioRunView, ScenarioTotalsView, count,
};

/// A reading of an open file: results of another reading are from before the file was changed.
pub(super) type Reading = (Uuid, u32);

/// A scenario of the run.
#[derive(Debug)]
struct Running {
    id: Uuid,
    planned: Planned,
    /// Where its name stands in the file.
    line: u32,
    host: String,
    /// The step under way and how many there are; `None` before it began and after it ended.
    at: Option<(u32, u32)>,
    has_ended: bool,
}

/// The run that goes on.
pub(super) struct Current {
    began: DateTime<Utc>,
    scenarios: Vec<Running>,
    /// The open file of each suite.
    files: Vec<Reading>,
    /// Files of which nothing is run.
    left_out: Vec<ScenarioLeftOutView>,
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
        suites: &[SuiteRun],
        files: Vec<Reading>,
        left_out: Vec<ScenarioLeftOutView>,
        options: ScenarioRunOptions,
    ) -> Self {
        let running = |planned: Planned| {
            let suite = &suites[planned.suite];
            let line = suite.suite.scenarios[planned.number].place.line;
            let (id, host) = (files[planned.suite].0, suite.target.host.clone());
            Running { id, planned, line, host, at: None, has_ended: false }
        };
        let scenarios = plan.into_iter().map(running).collect();
        Self { began, scenarios, files, left_out, ended: 0, failed: 0, options, task: None }
    }

    /// Whether this scenario is part of it and has not ended.
    fn waits_for(&self, id: Uuid, scenario: &str) -> bool {
        let is_it = |one: &&Running| one.id == id && one.planned.scenario == scenario;
        self.scenarios.iter().find(is_it).is_some_and(|one| !one.has_ended)
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
    /// Which reading of the file was run.
    reading: u32,
    pub(super) number: u32,
    pub(super) result: Arc<ScenarioResult>,
    pub(super) ended_at: DateTime<Utc>,
    /// The newest run was ended before it, or in the midst of it: the result says only that.
    not_run: bool,
    /// It failed or errored when it ran last.
    is_bad: bool,
}

/// How the newest run went.
struct Ended {
    began: DateTime<Utc>,
    millis: u64,
    view: ScenarioRunView,
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
    /// The newest reading of each open file.
    readings: HashMap<Uuid, u32>,
}

impl Runs {
    pub(super) fn progress(&self) -> Option<ScenarioProgressView> {
        self.current.as_ref().map(Current::view)
    }

    /// How the newest run ended; nothing while one goes on.
    pub(super) fn last(&self) -> Option<ScenarioRunView> {
        let ended = self.newest.as_ref().filter(|_| self.current.is_none());
        ended.map(|ended| ended.view.clone())
    }

    /// A file was read, and it says something else than before. Of scenarios that it has no more nothing is known any more; of
    /// those in a file with a mistake (`None`) that is not known.
    pub(super) fn was_read(&mut self, (id, reading): Reading, names: Option<&[&str]>) {
        self.readings.insert(id, reading);
        if let Some(names) = names {
            self.kept.retain(|(of, name), _| *of != id || names.contains(&name.as_str()));
        }
    }

    /// Nothing could be run, and why.
    pub(super) fn nothing_ran(&mut self, now: DateTime<Utc>, left_out: Vec<ScenarioLeftOutView>) {
        let view = ScenarioRunView { total: 0, ended: 0, end: ScenarioRunEnd::Completed, left_out };
        self.newest = Some(Ended { began: now, millis: 0, view });
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
                let Some(&of) = current.files.get(result.suite) else { return };
                self.keep(of, result, now, false);
            }
        }
    }

    fn keep(
        &mut self,
        (id, reading): Reading,
        result: Arc<ScenarioResult>,
        now: DateTime<Utc>,
        not_run: bool,
    ) {
        // Its file may have been closed meanwhile.
        if !self.readings.contains_key(&id) {
            return;
        }
        self.numbered += 1;
        let key = (id, result.scenario.clone());
        let was_bad = self.kept.get(&key).is_some_and(|kept| kept.is_bad);
        let is_bad = if not_run { was_bad } else { is_bad(result.outcome) };
        let kept = Kept { id, reading, number: self.numbered, result, ended_at: now, not_run, is_bad };
        self.kept.insert(key, kept);
    }

    /// The run is over, or was ended: what it did not come to, or not to the end of, has no older result any more.
    pub(super) fn ended(&mut self, now: DateTime<Utc>, end: ScenarioRunEnd) {
        let Some(current) = self.current.take() else { return };
        let Current { began, scenarios, files, left_out, ended, task, .. } = current;
        if let Some(task) = task.filter(|_| end != ScenarioRunEnd::Completed) {
            task.abort();
        }
        let millis = u64::try_from((now - began).num_milliseconds()).unwrap_or(0);
        let total = count(scenarios.len() as u64);
        let why = match end {
            ScenarioRunEnd::Completed => "It was not run to its end.",
            ScenarioRunEnd::Stopped => "The run was stopped before this was run to its end.",
            ScenarioRunEnd::Offline => "The console was switched offline before this was run to its end.",
        };
        let cut = scenarios.into_iter().enumerate().filter(|(_, scenario)| !scenario.has_ended);
        for (index, Running { planned, line, host, .. }) in cut {
            let of = files[planned.suite];
            let result = ScenarioResult::not_run(index, planned, line, host);
            let result = ScenarioResult { reason: Some(why.to_owned()), ..result };
            self.keep(of, Arc::new(result), now, true);
        }
        self.newest = Some(Ended { began, millis, view: ScenarioRunView { total, ended, end, left_out } });
    }

    /// Those that failed or errored when they ran last.
    pub(super) fn failed(&self) -> Vec<(Uuid, String)> {
        self.kept.iter().filter(|(_, kept)| kept.is_bad).map(|(key, _)| key.clone()).collect()
    }

    /// Forgets the results of a file.
    pub(super) fn forget(&mut self, id: Uuid) {
        self.kept.retain(|(of, _), _| *of != id);
        self.readings.remove(&id);
        if let Some(newest) = &mut self.newest {
            newest.view.left_out.retain(|file| file.id != id);
        }
    }

    /// Whether a result says nothing of how things are: its file was changed since, or it is being run anew.
    fn is_stale(&self, kept: &Kept) -> bool {
        let is_read_anew = self.readings.get(&kept.id) != Some(&kept.reading);
        let waits = |current: &Current| current.waits_for(kept.id, &kept.result.scenario);
        is_read_anew || self.current.as_ref().is_some_and(waits)
    }

    pub(super) fn totals(&self) -> ScenarioTotalsView {
        let mut totals = ScenarioTotalsView::default();
        for kept in self.kept.values() {
            *match kept.outcome() {
                ScenarioOutcome::Passed => &mut totals.passed,
                ScenarioOutcome::Failed => &mut totals.failed,
                ScenarioOutcome::Errored => &mut totals.errored,
                ScenarioOutcome::Skipped => &mut totals.skipped,
                ScenarioOutcome::NotRun => &mut totals.not_run,
            } += 1;
            totals.stale += u32::from(self.is_stale(kept));
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
        let Ended { began, millis, view } = self.newest.as_ref()?;
        let number = |id: Uuid| files.iter().position(|file| *file == id).unwrap_or(files.len());
        let mut results = Vec::new();
        let mut not_run = Vec::new();
        let (mut first, mut summed, mut of_newest) = (*began, 0, true);
        for kept in self.in_order(files) {
            let result = ScenarioResult { suite: number(kept.id), ..(*kept.result).clone() };
            if let Some(why) = self.why_not_reported(&kept) {
                let ScenarioResult { suite, file, scenario, .. } = result;
                not_run.push(NotRun { suite, file, scenario: Some(scenario), why });
                continue;
            }
            first = first.min(kept.began());
            summed += result.millis;
            of_newest &= kept.ended_at >= *began;
            results.push(Arc::new(result));
        }
        not_run.extend(view.left_out.iter().map(|file| {
            let why = WhyNotRun::Other(file.problem.with_place());
            NotRun { suite: number(file.id), file: file.name.clone(), scenario: None, why }
        }));
        let interrupted = view.end != ScenarioRunEnd::Completed;
        // Results of several runs have no time in common but the sum of their own.
        let millis = if of_newest { *millis } else { summed };
        Some((Heading { began: first, millis, interrupted, not_run }, results))
    }

    /// Why a result cannot stand in a report; `None` where it can.
    fn why_not_reported(&self, kept: &Kept) -> Option<WhyNotRun> {
        if kept.not_run {
            return Some(WhyNotRun::Interrupted);
        }
        let why = "its file or its connection was changed after it was run last";
        self.is_stale(kept).then(|| WhyNotRun::Other(why.to_owned()))
    }

    /// A result as it is shown.
    pub(super) fn view(&self, kept: &Kept) -> ScenarioResultView {
        ScenarioResultView { stale: self.is_stale(kept), ..kept.view() }
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
pub(super) fn rank(outcome: ScenarioOutcome) -> u8 {
    match outcome {
        ScenarioOutcome::Failed => 0,
        ScenarioOutcome::Errored => 1,
        ScenarioOutcome::NotRun => 2,
        ScenarioOutcome::Passed => 3,
        ScenarioOutcome::Skipped => 4,
    }
}

impl Kept {
    pub(super) fn outcome(&self) -> ScenarioOutcome {
        match self.result.outcome {
            _ if self.not_run => ScenarioOutcome::NotRun,
            Outcome::Passed => ScenarioOutcome::Passed,
            Outcome::Failed => ScenarioOutcome::Failed,
            Outcome::Errored => ScenarioOutcome::Errored,
            Outcome::Skipped => ScenarioOutcome::Skipped,
        }
    }

    /// When the attempt that counted began.
    pub(super) fn began(&self) -> DateTime<Utc> {
        let millis = i64::try_from(self.result.millis).unwrap_or(i64::MAX);
        self.ended_at - chrono::Duration::milliseconds(millis.min(86_400_000))
    }

    fn view(&self) -> ScenarioResultView {
        let Self { id, number, result, ended_at, .. } = self;
        ScenarioResultView {
            number: *number,
            id: *id,
            name: result.file.clone(),
            scenario: result.scenario.clone(),
            outcome: self.outcome(),
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
            stale: false,
        }
    }
}
