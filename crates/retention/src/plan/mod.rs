//! A plan: the frozen list of the guests that would go. One JSON line a guest, the header first, a closing line with
//! the hash last; the hash is the plan's id.
//!
//! The hash tells that a plan is whole, and anybody can compute one. That the plan is ours is told by its seal, keyed by a
//! secret of the connection's folder. [`open_plan`] reads any plan that is whole; only what [`open_plan_to_run`] opened can be
//! run.

mod file;
mod records;
mod seal;
mod sorted_rows;
mod tally;
mod verified;
mod walk;
mod write;

pub use file::{Plan, PlanLines, SealedPlan, open_plan, open_plan_to_run};
pub(crate) use records::PlanKey;
pub use records::{PlanHeader, PlanLine};
pub use seal::PlanSeal;
pub(crate) use sorted_rows::SortedRows;
pub use tally::PlanSummary;
pub use verified::VerifiedPlans;
pub use walk::query;
pub(crate) use walk::{Walk, with_retries};
pub use write::{PlanProgress, plan};

#[cfg(test)]
pub(crate) mod forge;
#[cfg(test)]
mod seal_tests;
#[cfg(test)]
mod tests;
