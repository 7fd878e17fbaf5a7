use chrono::{DateTime, Utc};

use super::visible::visible;
use crate::run::Planned;

/// What stands in a report so that it is known as one of ours.
pub(super) const GENERATOR: &str = "innkeeper scenario run";

/// What stands above the results.
#[derive(Debug, Clone)]
pub struct Heading {
    /// When the run began.
    pub began: DateTime<Utc>,
    /// How long it took.
    pub millis: u64,
    /// Whether it was ended before everything was run.
    pub interrupted: bool,
    /// What has no result, so that a report is not good for nothing.
    pub not_run: Vec<NotRun>,
}

/// Scenarios without a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRun {
    /// The number of the suite, as in the results.
    pub suite: usize,
    /// Its file, as it was named.
    pub file: String,
    /// The scenario; `None`: all of the file.
    pub scenario: Option<String>,
    /// Why it has none.
    pub why: WhyNotRun,
}

/// Why a scenario has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyNotRun {
    /// The run was interrupted before it began or ended.
    Interrupted,
    /// In words.
    Other(String),
}

impl NotRun {
    /// One that the run did not come to, or not to its end, since it was interrupted.
    #[must_use]
    pub fn interrupted(planned: Planned) -> Self {
        let Planned { suite, file, scenario, .. } = planned;
        Self { suite, file, scenario: Some(scenario), why: WhyNotRun::Interrupted }
    }

    /// The scenario as a report names it.
    pub(super) fn name(&self) -> String {
        self.scenario.as_deref().map_or_else(|| "all scenarios of this file".to_owned(), visible)
    }

    /// Why it has no result, as a report says it.
    pub(super) fn words(&self) -> String {
        match &self.why {
            WhyNotRun::Interrupted => "not run to its end: the run was interrupted".to_owned(),
            WhyNotRun::Other(why) => format!("not run: {}", visible(why)),
        }
    }
}
