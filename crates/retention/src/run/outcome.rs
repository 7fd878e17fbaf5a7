use chrono::{DateTime, Utc};
use proof::{RunId, RunState, SpareReason};
use serde::{Deserialize, Serialize};

/// What became of one guest of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Outcome {
    /// This run deleted the guest.
    Deleted {
        /// True when nobody saw the org's yes: the guest is gone, and this run had asked for the delete before a kill
        /// or before an answer that got lost.
        inferred: bool,
    },
    /// The guest was gone before this run asked.
    AlreadyGone,
    /// The guest was kept.
    Spared {
        /// Why.
        why: SpareReason,
    },
    /// The org would not delete the guest, after all tries. Asked again at the end of the run and on resume.
    Failed {
        /// The org's last answer, shortened.
        why: String,
        /// Whether one of the tries may have worked all the same.
        perhaps_done: bool,
    },
}

impl Outcome {
    /// A failure; the reason is cut to 160 bytes so that a journal record stays small.
    pub(super) fn failed(why: &str, perhaps_done: bool) -> Self {
        let end = (0..=160.min(why.len())).rev().find(|&i| why.is_char_boundary(i)).unwrap_or(0);
        Self::Failed { why: why[..end].to_owned(), perhaps_done }
    }
}

/// The part of the plan that is worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    /// From 1, in this activation.
    pub number: u64,
    /// Its guests.
    pub guests: u64,
}

/// How far a run is. The counts cover every line of the plan: guests the plan itself spared count in `spared`, so
/// `deleted + already_gone + spared + failed + remaining = total`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunProgress {
    /// The run.
    pub run: RunId,
    /// Where it stands.
    pub state: RunState,
    /// Guests this run deleted.
    pub deleted: u64,
    /// Guests that were gone before.
    pub already_gone: u64,
    /// Guests kept, by the plan or by the run.
    pub spared: u64,
    /// Guests the org would not delete.
    pub failed: u64,
    /// Due guests without an outcome.
    pub remaining: u64,
    /// Every guest of the plan.
    pub total: u64,
    /// When the run was started, the first time.
    pub started: DateTime<Utc>,
    /// Deletes a minute, lately; 0 until there are two.
    pub rate: f64,
    /// What is worked on, absent between batches.
    pub batch: Option<Batch>,
    /// Why the run is paused or failed, or could not be verified.
    pub why: Option<String>,
}

/// What a run came to when it ended or stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunReport {
    /// The run.
    pub run: RunId,
    /// Finished, paused, cancelled or failed.
    pub state: RunState,
    /// Guests this run deleted.
    pub deleted: u64,
    /// Guests that were gone before.
    pub already_gone: u64,
    /// Guests kept, by the plan or by the run.
    pub spared: u64,
    /// Guests the org would not delete.
    pub failed: u64,
    /// Due guests without an outcome.
    pub remaining: u64,
    /// Asked again with the plan's cut-off and filter, the org listed, among the plan's guests, none that this run
    /// counts as deleted or gone.
    pub verified: bool,
    /// It failed because the org does not allow it (401, 403), not because the org was away.
    pub refused: bool,
    /// Why the run is paused or failed, or could not be verified.
    pub why: Option<String>,
}
