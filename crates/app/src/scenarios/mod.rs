//! Scenario files that are open in the window: checked, run, watched, and reported.

pub(crate) mod open;
pub(crate) mod run;
pub(crate) mod state;
