//! Scenario files that are open in the window: checked, run, watched, and reported.

pub(crate) mod open;
pub(crate) mod results;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod state;
pub(crate) mod watch;
