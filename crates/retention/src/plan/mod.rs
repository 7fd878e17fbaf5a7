//! A plan: the frozen list of the guests that would go. One JSON line a guest, the header first, a closing line with
//! the hash last; the hash is the plan's id.

mod file;
mod tally;
mod walk;
mod write;

pub use file::{Plan, PlanHeader, PlanLine, PlanLines, open_plan};
pub use tally::PlanSummary;
pub(crate) use walk::Walk;
pub use walk::query;
pub(crate) use write::sync_folder;
pub use write::{PlanProgress, plan};

#[cfg(test)]
mod tests;
