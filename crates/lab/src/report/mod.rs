//! What is written about a run: JUnit XML for CI, JSON, and one HTML page for people.
//!
//! All are made of results whose texts are masked already, and all escape what they are given.

mod html;
mod json;
mod junit;
mod page_parts;
mod visible;

use chrono::{DateTime, Utc};

use crate::run::Planned;

pub use html::html;
pub use json::json;
pub use junit::junit;

/// What stands in a report so that it is known as one of ours.
const GENERATOR: &str = "innkeeper scenario run";

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
