//! The scenario runner on an org in memory, with paused time.

mod double;
mod load;
mod outcomes;
mod own_steps;
mod peer;
mod report;
mod schema;
