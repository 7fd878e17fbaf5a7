//! The list of what became of each guest of a run, as screens and scripts page through it.

use proof::CertifiedOutcome;

use super::{GuestOutcome, Outcome, ledger::Ledger};
use crate::{Error, Plan};

/// A part of the list, of which the guests are still to be read from the plan.
#[derive(Debug)]
pub struct OutcomeLines {
    lines: Vec<(u64, Option<Outcome>)>,
    total: u64,
}

impl OutcomeLines {
    pub(super) fn select(
        plan: &Plan,
        ledger: &Ledger,
        wanted: impl Fn(CertifiedOutcome) -> bool,
        offset: u64,
        limit: usize,
    ) -> Self {
        let (mut lines, mut total) = (Vec::new(), 0);
        for (line, by_plan) in (0..).zip(plan.spared_lines()) {
            if wanted(ledger.certified(line, *by_plan)) {
                if total >= offset && lines.len() < limit {
                    lines.push((line, ledger.outcome(line, *by_plan)));
                }
                total += 1;
            }
        }
        Self { lines, total }
    }

    /// The guests with their outcomes, in the order of the plan, and how many are wanted in all. Reads the parts of the plan in
    /// which they stand. Blocking.
    ///
    /// # Errors
    /// [`Error::PlanChanged`], [`Error::File`].
    pub fn read(self, plan: &Plan) -> Result<(Vec<GuestOutcome>, u64), Error> {
        let numbers: Vec<u64> = self.lines.iter().map(|(line, _)| *line).collect();
        let outcomes =
            plan.lines_at(&numbers)?.into_iter().zip(self.lines).map(|(guest, (line, outcome))| {
                GuestOutcome {
                    line,
                    id: guest.id,
                    created_time: guest.created_time,
                    modified_time: guest.modified_time,
                    outcome,
                }
            });
        Ok((outcomes.collect(), self.total))
    }
}
