use std::sync::Arc;

use super::{guests::Target, options::RunOptions};
use crate::scenario::{Action, Place, Scenario, Step, Suite};

/// A file that is ready to run, and where.
#[derive(Debug, Clone)]
pub struct SuiteRun {
    /// As it was named.
    pub file: String,
    /// What stands in it.
    pub suite: Arc<Suite>,
    /// Where its guests go.
    pub target: Target,
}

/// A scenario that will be run, or skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The number of its suite, from 0.
    pub suite: usize,
    /// Its number among the scenarios of the suite, from 0.
    pub number: usize,
    /// Its file.
    pub file: String,
    /// Its name.
    pub scenario: String,
}

/// The scenarios that these options choose, in the order of the files. Those that are left out count nowhere.
#[must_use]
pub fn planned(suites: &[SuiteRun], options: &RunOptions) -> Vec<Planned> {
    let mut all = Vec::new();
    for (suite, run) in suites.iter().enumerate() {
        for (number, scenario) in run.suite.scenarios.iter().enumerate() {
            if is_chosen(suite, scenario, options) {
                all.push(Planned { suite, number, file: run.file.clone(), scenario: scenario.name.clone() });
            }
        }
    }
    all
}

/// How many scenarios of a suite with this number are chosen.
#[must_use]
pub fn chosen(suite: &Suite, number: usize, options: &RunOptions) -> usize {
    suite.scenarios.iter().filter(|scenario| is_chosen(number, scenario, options)).count()
}

fn is_chosen(suite: usize, scenario: &Scenario<Step>, options: &RunOptions) -> bool {
    let has_tag = options.tags.is_empty() || scenario.tags.iter().any(|tag| options.tags.contains(tag));
    let is_named = options.only.as_ref().is_none_or(|only| only.contains(&(suite, scenario.name.clone())));
    has_tag && is_named
}

/// The first step that waits for an end which a deployment that never disconnects will not send. Scenarios that are skipped or left
/// out may have one, and so may `optional` and `cleanUp`, where it fails nothing.
#[must_use]
pub fn never_disconnects(suite: &Suite, number: usize, options: &RunOptions) -> Option<Place> {
    let chosen = |scenario: &&Scenario<Step>| scenario.skip.is_none() && is_chosen(number, scenario, options);
    let chosen: Vec<_> = suite.scenarios.iter().filter(chosen).collect();
    if chosen.is_empty() {
        return None;
    }
    let mut steps = suite.setup.iter().chain(chosen.iter().flat_map(|scenario| &scenario.steps));
    steps.find(|step| waits_for_end(&step.action)).map(|step| step.place.clone())
}

fn waits_for_end(action: &Action) -> bool {
    match action {
        Action::ExpectDisconnect { .. } => true,
        Action::Within { step, .. } => waits_for_end(&step.action),
        // A step whose failure fails nothing is no promise of the file.
        _ => false,
    }
}
