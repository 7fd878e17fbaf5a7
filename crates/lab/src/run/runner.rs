use std::sync::Arc;

use futures_util::{StreamExt, stream};
use tokio::sync::mpsc::UnboundedSender;

use super::{
    event::RunEvent,
    options::RunOptions,
    planned::{SuiteRun, planned},
    result::ScenarioResult,
    scenario_run::scenario_run,
};

/// Runs what these options choose, so many scenarios at the same time, and tells what happens while it happens. The answer is
/// in the order of the files. Dropping the future closes every chat that is open.
pub async fn run(
    suites: &[SuiteRun],
    options: &RunOptions,
    events: &UnboundedSender<RunEvent>,
) -> Vec<Arc<ScenarioResult>> {
    // Who does not listen any more loses only what is told.
    let tell = |event| drop(events.send(event));
    let tell = &tell;
    let all = planned(suites, options).into_iter().enumerate().map(|(index, planned)| {
        let suite = &suites[planned.suite];
        Box::pin(scenario_run(index, planned, suite, options, tell))
    });
    let all: Vec<_> = all.collect();
    let mut results: Vec<_> = stream::iter(all).buffer_unordered(options.parallel.max(1)).collect().await;
    results.sort_by_key(|result| result.index);
    results
}
