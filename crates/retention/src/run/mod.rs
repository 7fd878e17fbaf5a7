//! A run: the carrying out of one plan.
//!
//! Per batch of up to 100 due lines the org is asked again and whoever must not go is spared; then, slice by slice, the
//! journal gets the *intent*, the org the deletes (two in flight at most), the journal the *outcomes*. The journal and
//! the run's own copy of the plan are all there is: resuming replays them, so a restart, a kill and a pause are the same
//! code.
//!
//! A guest that is missing when the org is asked was gone before (`alreadyGone`), with one exception: where the journal
//! has an intent without an outcome (a kill came in between), or an earlier answer to our delete got lost, the guest was
//! deleted by this run, and the outcome says that this is inferred.

mod certificate;
mod control;
mod execute;
mod folder;
mod history;
mod info;
mod journal;
mod ledger;
mod outcome;
mod outcomes;
mod pacing;
mod progress;
mod slice;
mod start;
mod verify;

pub use certificate::{Issued, Issuing, issue};
pub use control::{RunControl, RunOptions};
pub use history::{RunHistory, cancel_run, run_info};
pub use info::{RunCounts, RunInfo};
pub use outcome::{GuestOutcome, Outcome};
pub use outcomes::OutcomeLines;
pub use progress::{Batch, RunProgress};
pub use start::Run;

#[cfg(test)]
mod tests;
