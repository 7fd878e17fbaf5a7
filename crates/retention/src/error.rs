use std::{io, path::PathBuf};

use proof::{HoldId, PolicyId, RunId};

use crate::OrgError;

/// What went wrong in this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of a plan or a run could not be read or written.
    #[error("could not {doing} {path}", path = .path.display())]
    File {
        /// What was tried, such as "write the plan".
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The plan is not what was written when it was made, or no plan at all.
    #[error("the plan {path} was changed or is no plan{}: {why}", .line.map(|n| format!(" (line {n})")).unwrap_or_default(), path = .path.display())]
    PlanChanged {
        /// The file.
        path: PathBuf,
        /// The first line that is wrong, from 1, where it can be told.
        line: Option<u64>,
        /// What is wrong with it.
        why: String,
    },
    /// The plan is whole, and not one that this folder made for this connection and this org.
    #[error("the plan {path} cannot be run here: {why}", path = .path.display())]
    PlanNotOurs {
        /// The file.
        path: PathBuf,
        /// What tells.
        why: String,
    },
    /// A plan runs once; this one has its run already.
    #[error("this plan was already run as {run}; resume that run, or make a new plan")]
    PlanUsed {
        /// The run of that plan.
        run: RunId,
    },
    /// The org could not be asked for the guests, after all retries.
    #[error("could not {doing}")]
    Org {
        /// What was asked.
        doing: &'static str,
        /// What the org answered last.
        #[source]
        source: OrgError,
    },
    /// A page of guests was longer than allowed or not in the order of the walk, which could skip guests.
    #[error(
        "the org's list of guests is not in the order (createdTime, id) or too long, so guests could be missed"
    )]
    PageOrder,
    /// The org counts more guests than it hands out, however often it is asked.
    #[error("the org counts {} guests that match and handed out {met}: {missing} may be missing", met.saturating_add(*missing))]
    Incomplete {
        /// Guests that were handed out.
        met: u64,
        /// Guests that were counted and not handed out.
        missing: u64,
    },
    /// The run's journal could not be kept or read.
    #[error("could not keep the journal of the run {run}")]
    Journal {
        /// The run.
        run: RunId,
        /// The disk's reason.
        #[source]
        source: store::Error,
    },
    /// The journal does not begin as this version writes it.
    #[error("the journal of the run {run} cannot be understood: {why}")]
    JournalShape {
        /// The run.
        run: RunId,
        /// What is wrong.
        why: &'static str,
    },
    /// There is no such run.
    #[error("there is no run {0}")]
    NoSuchRun(RunId),
    /// The run is being carried out right now, here or in another process.
    #[error("the run {0} is being carried out right now")]
    RunBusy(RunId),
    /// A cancelled run is over; what is left needs a new plan.
    #[error("the run {0} was cancelled; make a new plan for the guests that are left")]
    RunCancelled(RunId),
    /// A schedule that cannot be.
    #[error("the schedule's {field} cannot be {given:?}: {allowed}")]
    Schedule {
        /// Which part: minute, hour, day of month, month, day of week, cron or zone.
        field: &'static str,
        /// The start of what was given.
        given: String,
        /// What is allowed there.
        allowed: String,
    },
    /// The system gave no random bytes for a key.
    #[error("the system gave no random bytes")]
    Random(#[source] getrandom::Error),
    /// Something a person entered is not right.
    #[error("{field} {why}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What is wrong with it, such as "is required".
        why: String,
    },
    /// The holds or the retention policies could not be read or written.
    #[error("could not {doing} the {what}")]
    Table {
        /// What was tried.
        doing: &'static str,
        /// Which of the two.
        what: &'static str,
        /// The disk's reason.
        #[source]
        source: store::Error,
    },
    /// The id names another hold.
    #[error("there is another hold {0}")]
    HoldExists(HoldId),
    /// A run has a certificate only when it has ended.
    #[error("the run {0} has not ended; resume or cancel it first")]
    RunNotOver(RunId),
    /// What the secret store has under this name is no key for seals.
    #[error("the plans' seal key in the secret store is not 64 hex digits")]
    SealKey,
    /// There is no such retention policy.
    #[error("there is no retention policy {0}")]
    NoSuchPolicy(PolicyId),
    /// The certificate could not be written.
    #[error("could not write the certificate")]
    Certificate(#[source] io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_without_measure_are_told_and_not_added_up_beyond_the_largest() {
        for missing in [u64::MAX, i64::MAX as u64] {
            let text = Error::Incomplete { met: u64::MAX, missing }.to_string();
            assert!(
                text.contains(&format!("counts {} guests", u64::MAX)) && text.contains("may be missing"),
                "{text}"
            );
        }
    }
}
