use chrono::{DateTime, Utc};

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
    /// The scenarios that were not run, or not to their end, since it was.
    pub not_run: Vec<Planned>,
}
