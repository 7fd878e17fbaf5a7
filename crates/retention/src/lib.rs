//! Which old guests are deleted: retention policies, plan, run, holds and schedule.
//!
//! A [`plan()`] is a frozen list of guests on disk; its id is the hash of its bytes. A [`Run`] carries one plan out
//! through the [`OrgPort`] port: before each batch it asks the org again and spares whoever changed or is on hold, and it
//! writes down what it is about to do before it does it, so a kill at any point costs nothing but a second look.
//! [`issue`] writes the signed certificate of a run with the crate `proof`, which also has the audit log.
//! [`scheduled_run`] says what becomes of a run that is due, [`approval`] and [`run_questions`] what a person is asked before
//! one, [`quiet_pause`] when one pauses. What is decided is decided by pure functions.

pub mod approval;
mod backoff;
pub mod clock_jump;
pub mod decide;
pub mod drift;
mod entered;
mod error;
mod file_stamp;
pub mod forecast;
mod holds;
mod org_error;
mod org_port;
mod plan;
mod policies;
pub mod quiet;
pub mod quiet_pause;
mod run;
pub mod run_questions;
pub mod schedule;
pub mod scheduled_run;
pub mod zone;

pub use backoff::MOST_DELETE_ASKS;
pub use decide::{Explanation, Facts, explain};
pub use error::Error;
pub use holds::{Hold, HoldDraft, HoldSet, HoldSubject, Holds, held, holds_in, holds_on};
pub use org_error::OrgError;
pub use org_port::{OpenConversations, OrgAbilities, OrgPort, PAGE, Removed, Scan, ScanPage};
pub use plan::{
    Plan, PlanHeader, PlanLine, PlanLines, PlanProgress, PlanSeal, PlanSummary, SealedPlan, VerifiedPlans,
    open_plan, open_plan_to_run, plan, query,
};
pub use policies::{Change, Confirmation, ConfirmedBy, NamedPolicy, Policies, Strength, changes, stronger};
pub use proof::{Counted, HoldId, HoldsSeen, NotRemoved, PolicyId, RunId, RunState, SpareReason};
pub use run::{
    Batch, GuestOutcome, Issued, Issuing, Outcome, OutcomeLines, Run, RunControl, RunCounts, RunHistory,
    RunInfo, RunOptions, RunProgress, cancel_run, issue, run_info,
};
pub use schedule::{Due, Schedule};

#[cfg(test)]
mod fixture_tests;
#[cfg(test)]
mod memory_org;
#[cfg(test)]
mod reads;
