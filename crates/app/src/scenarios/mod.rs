//! Scenario files that are open in the window: checked, run, watched, and reported.

pub(crate) mod open;
pub(crate) mod results;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod stamps;
pub(crate) mod state;
#[cfg(test)]
mod tests;
pub(crate) mod watch;
