//! Who must go, and proof of who went: retention plan, run and schedule.
//!
//! A [`plan()`] is a frozen list of guests on disk; its id is the hash of its bytes. A [`Run`] carries one plan out
//! through the [`Eraser`] port: before each batch it asks the org again and spares whoever changed, and it writes
//! down what it is about to do before it does it, so a kill at any point costs nothing but a second look.
//! [`schedule`] says when a run is due. What is decided is decided by pure functions ([`decide`], [`schedule`]).

pub mod decide;
mod eraser;
mod error;
mod patience;
mod plan;
mod run;
pub mod schedule;

pub use decide::{Explanation, Facts, Reason, explain};
pub use eraser::{Cursor, EraseError, Erased, Eraser, PAGE};
pub use error::Error;
pub use plan::{Plan, PlanHeader, PlanLine, PlanLines, PlanProgress, PlanSummary, open_plan, plan};
pub use run::{
    Batch, GuestOutcome, Outcome, Run, RunControl, RunId, RunInfo, RunOptions, RunProgress, RunReport,
    RunState, cancel_run, list_runs, outcomes,
};
pub use schedule::{Due, Schedule};

#[cfg(test)]
mod world;
