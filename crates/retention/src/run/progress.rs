use super::{Outcome, OutcomeLines, RunCounts, RunInfo, ledger::Ledger};
use crate::Plan;
use proof::{CertifiedOutcome, RunState};

/// The part of the plan that is worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// From 1, in this activation.
    pub number: u64,
    /// Its guests.
    pub guests: u64,
}

/// How far a run is that is carried out in this process: what its journal says, and the outcomes that are not written yet. Its
/// counts and its outcomes are of one moment.
#[derive(Debug, Clone)]
pub struct RunProgress {
    pub(super) ledger: Ledger,
    pub(super) is_running: bool,
    /// Deletes a minute, lately; 0 until there are two.
    pub rate: f64,
    /// What is worked on, absent between batches.
    pub batch: Option<Batch>,
}

impl RunProgress {
    pub(super) fn new(ledger: Ledger) -> Self {
        Self { is_running: !ledger.is_over(), ledger, rate: 0.0, batch: None }
    }

    /// What became of its guests so far.
    #[must_use]
    pub fn counts(&self) -> RunCounts {
        self.ledger.counts
    }

    /// The run as [`run_info`](super::run_info) tells it, but up to the last delete.
    #[must_use]
    pub fn info(&self) -> RunInfo {
        let info = self.ledger.info();
        let state = if self.is_running { RunState::Running } else { info.state };
        RunInfo { state, ..info }
    }

    /// As [`RunHistory::outcomes`](super::RunHistory::outcomes), of this moment; the guests are still to be read from the plan.
    #[must_use]
    pub fn outcomes(
        &self,
        plan: &Plan,
        wanted: impl Fn(CertifiedOutcome) -> bool,
        offset: u64,
        limit: usize,
    ) -> OutcomeLines {
        OutcomeLines::select(plan, &self.ledger, wanted, offset, limit)
    }

    pub(super) fn settle(&mut self, line: u64, outcome: &Outcome) {
        self.ledger.settle(line, outcome).expect("the line was read from this run's plan");
    }
}
