//! `cargo xtask bench retention`: how near a run comes to the best that the rate budget allows, what naive scripts reach
//! in that time, what a plan of a large org costs, and what journal, second look and certificate add to a run.
//!
//! What each figure means stands in `docs/benchmarks.md`.

mod budget;
pub mod ground;
pub mod memory;
mod naive;
mod overhead;

use crate::report::{self, Row};

pub use memory::retention_plans;

const USAGE: &str = "cargo xtask bench retention [budget|memory|overhead]...

  budget, memory, overhead   only these; all of them when none is named";

/// Measures and prints; whether every target was met.
///
/// # Errors
/// A text for people when something could not be measured at all.
pub fn retention(words: &[&str]) -> Result<bool, String> {
    if words.iter().any(|word| !["budget", "memory", "overhead"].contains(word)) {
        return Err(USAGE.to_owned());
    }
    let wanted = |part: &str| words.is_empty() || words.contains(&part);
    let mut rows = vec![Row::told("load average at the beginning", ground::load())];
    if wanted("budget") {
        rows.extend(budget::measure()?);
    }
    if wanted("memory") {
        rows.extend(memory::measure()?);
    }
    if wanted("overhead") {
        rows.extend(overhead::measure()?);
    }
    rows.push(Row::told("load average at the end", ground::load()));
    Ok(report::print("Retention", &rows))
}
