use chrono::{DateTime, Utc};
use proof::{CertifiedOutcome, RunId, RunState};
use serde::{Deserialize, Serialize};

use super::RunOptions;

/// What became of the guests of a plan, in numbers. They cover every line: guests that the plan itself spared count in
/// `spared`, so `deleted + already_gone + spared + failed + remaining = total`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunCounts {
    /// Guests the run deleted.
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
}

impl RunCounts {
    /// Before anything was done.
    pub(super) fn of_plan(due: u64, spared: u64) -> Self {
        Self { spared, remaining: due, total: due.saturating_add(spared), ..Self::default() }
    }

    /// One line has another outcome than before.
    pub(super) fn settle(&mut self, before: CertifiedOutcome, after: CertifiedOutcome) {
        let count = self.of(before);
        *count = count.saturating_sub(1);
        *self.of(after) += 1;
    }

    fn of(&mut self, outcome: CertifiedOutcome) -> &mut u64 {
        use CertifiedOutcome as O;
        match outcome {
            O::Deleted | O::DeletedInferred => &mut self.deleted,
            O::AlreadyGone => &mut self.already_gone,
            O::Spared(_) => &mut self.spared,
            O::Failed | O::FailedPerhaps => &mut self.failed,
            O::Remaining | O::RemainingPerhaps => &mut self.remaining,
        }
    }
}

/// One run as its journal tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunInfo {
    /// The run.
    pub run: RunId,
    /// Its plan's id.
    pub plan: String,
    /// The connection whose guests it deletes.
    pub connection: String,
    /// `running` only while someone carries it out, here or in another process.
    pub state: RunState,
    /// What became of its guests.
    #[serde(flatten)]
    pub counts: RunCounts,
    /// Guests that the plan set out to delete.
    pub due: u64,
    /// Cap and pace, as they were set last.
    pub options: RunOptions,
    /// When it was started, the first time.
    pub started: DateTime<Utc>,
    /// When its last activation ended, absent while one goes on and after a kill.
    pub ended: Option<DateTime<Utc>>,
    /// Asked again with the plan's cut-off and filter, the org listed, among the plan's guests, none that this run counts as
    /// deleted or gone. Absent where it was not asked since the run went on.
    pub verified: Option<bool>,
    /// It failed because the org does not allow it (401, 403), not because the org was away.
    pub refused: bool,
    /// Why it is paused or failed, or could not be verified.
    pub why: Option<String>,
    /// It is paused because the org asked to wait until then.
    #[serde(default)]
    pub goes_on_at: Option<DateTime<Utc>>,
}
