use std::{sync::Arc, time::Duration};

use app::{
    Failure, FailureCode, InOrder, NotRun, Pace, ReportFiles, ReportHeading, ReportPaths, Result,
    ScenarioEvent, ScenarioNotRun, ScenarioOptions, ScenarioResult, ScenarioTotals, SuiteRun, SystemClock,
};
use model::Clock;
use tokio::{sync::mpsc, time::Instant};

use super::{
    files::{choice, read_all, tell_problem},
    words,
};
use crate::{
    args::RunArgs,
    commands::input::{aside, existing},
    interrupt,
    open::Context,
    output::{BAD_FILE, DONE, Out},
};

/// A scenario did not pass.
const NOT_PASSED: u8 = 1;

/// Runs scenario files; the reports are begun before and written after, also where the run was interrupted.
pub async fn run(args: &RunArgs, cx: &Context<'_>) -> Result<u8> {
    let Some(files) = read_all(&args.files, cx.out).await? else { return Ok(BAD_FILE) };
    let options = options(args);
    let lab = cx.lab("scenario run").await?;
    let paths =
        ReportPaths { junit: args.junit.clone(), html: args.report.clone(), json: args.results.clone() };
    let inputs: Vec<_> = files.iter().flat_map(|(_, suite)| suite.files.iter().cloned()).collect();
    let reports = ReportFiles::begin(&lab.root, &paths, existing(args.replace), &inputs)?;
    let pace = Pace(args.pace.map(Duration::from_millis));
    let suites = match lab.suite_runs(files, &choice(&args.place), pace, &options).await {
        Ok(suites) => suites,
        Err(NotRun::Failure(failure)) => return Err(failure),
        Err(NotRun::Problem(problem)) => {
            tell_problem(&problem, cx.out);
            return Ok(BAD_FILE);
        }
    };
    let clock = SystemClock;
    let began = clock.now();
    let watch = Instant::now();
    cx.out.end_with(serde_json::json!(ScenarioTotals::default()));
    let (results, is_whole) = follow(cx, &suites, &options).await;
    let millis = u64::try_from(watch.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut not_run = app::planned_scenarios(&suites, &options);
    let has_result =
        |suite: usize, name: &str| results.iter().any(|r| r.suite == suite && r.scenario == name);
    not_run.retain(|planned| !has_result(planned.suite, &planned.scenario));
    let not_run = not_run.into_iter().map(ScenarioNotRun::interrupted).collect();
    let heading = ReportHeading { began, millis, interrupted: !is_whole, not_run };
    let all = results.clone();
    let written = aside(move || reports.write(&heading, &all)).await;
    Ok(end(cx.out, &results, is_whole, written.err()))
}

fn options(args: &RunArgs) -> ScenarioOptions {
    ScenarioOptions {
        timeout: Duration::from_secs_f64(args.timeout),
        parallel: usize::from(args.parallel),
        repeat: args.repeat,
        pass_rate: args.pass_rate,
        tags: args.tags.clone(),
        only: None,
    }
}

/// Runs them and prints each line in its turn; false where a person ended it before the end.
async fn follow(
    cx: &Context<'_>,
    suites: &[SuiteRun],
    options: &ScenarioOptions,
) -> (Vec<Arc<ScenarioResult>>, bool) {
    let all = app::planned_scenarios(suites, options).len();
    let (events, mut told) = mpsc::unbounded_channel();
    let mut lines = Lines { out: cx.out, all, ended: 0, in_order: InOrder::default(), results: Vec::new() };
    let running = app::run_scenarios(suites, options, &events);
    tokio::pin!(running);
    let is_whole = loop {
        tokio::select! {
            biased;
            Some(event) = told.recv() => lines.take(event),
            _ = &mut running => break true,
            () = cx.interrupt.heed() => break false,
        }
    };
    while let Ok(event) = told.try_recv() {
        lines.take(event);
    }
    (lines.rest(), is_whole)
}

/// Lines in the order of the files.
struct Lines<'a> {
    out: &'a Out,
    all: usize,
    ended: usize,
    in_order: InOrder,
    results: Vec<Arc<ScenarioResult>>,
}

impl Lines<'_> {
    fn take(&mut self, event: ScenarioEvent) {
        if let Some(now) = words::now(&event, self.ended, self.all) {
            self.out.now(|| now);
        }
        if let ScenarioEvent::Ended(result) = event {
            self.ended += 1;
            for result in self.in_order.push(result) {
                self.print(result);
            }
        }
    }

    fn print(&mut self, result: Arc<ScenarioResult>) {
        self.out.clear();
        self.out.record(&words::record(&result), || words::words(&result));
        self.results.push(result);
    }

    /// What ended before the one whose turn it would be.
    fn rest(mut self) -> Vec<Arc<ScenarioResult>> {
        for result in std::mem::take(&mut self.in_order).rest() {
            self.print(result);
        }
        self.results
    }
}

/// The last line, and the exit code.
fn end(out: &Out, results: &[Arc<ScenarioResult>], is_whole: bool, not_written: Option<Failure>) -> u8 {
    let totals = ScenarioTotals::of(results.iter().map(|result| &**result));
    let ran = || results.iter().filter(|result| result.attempt > 0);
    let failure = if !is_whole {
        Some(interrupt::failure())
    } else if let Some(not_written) = not_written {
        Some(not_written)
    } else if ran().count() > 0 && ran().all(|result| result.unreachable) {
        let why = ran().find_map(|result| result.reason.clone()).unwrap_or_default();
        Some(Failure::new(FailureCode::Unreachable, format!("No scenario reached its socket: {why}.")))
    } else {
        None
    };
    out.clear();
    out.done(&totals, failure.as_ref(), || words::totals(totals));
    match failure {
        Some(failure) => failure.code.exit_code(),
        None if totals.is_good() => DONE,
        None => NOT_PASSED,
    }
}
