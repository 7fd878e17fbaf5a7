//! What the journal says, line by line of the plan: replayed at resume, kept up while the run goes on.

use std::collections::{HashMap, HashSet};

use proof::{CertifiedOutcome, RunId, RunState, SpareReason};

use super::{
    Outcome, RunCounts, RunInfo, RunOptions,
    journal::{End, Record, Start},
};
use crate::{Error, Plan};

#[derive(Debug, Clone)]
pub(super) struct Ledger {
    pub start: Start,
    pub options: RunOptions,
    /// Two bytes a line. Remaining is what the journal does not settle: due, or spared by the plan, which only the plan tells.
    lines: Vec<CertifiedOutcome>,
    /// By line: the org's last answer, where the delete failed.
    failures: HashMap<u64, String>,
    /// Lines with an intent and nothing after it: a delete may have left before a kill or a lost answer.
    open: HashSet<u64>,
    pub counts: RunCounts,
    /// The last activation's end, absent while one goes on and after a kill.
    pub end: Option<End>,
}

impl Ledger {
    /// Replays a journal, which must be that of this run.
    pub fn replay(
        run: &RunId,
        records: impl IntoIterator<Item = Result<Record, Error>>,
    ) -> Result<Self, Error> {
        let shape = |why| Error::JournalShape { run: run.clone(), why };
        let mut records = records.into_iter();
        let start = match records.next().transpose()? {
            Some(Record::Start(start)) if start.run == *run => start,
            Some(_) => return Err(shape("it does not begin with the start of this run")),
            None => return Err(shape("it is empty")),
        };
        let total = start.due.checked_add(start.spared).and_then(|n| usize::try_from(n).ok());
        let total = total.ok_or_else(|| shape("it counts more guests than fit in memory"))?;
        let mut ledger = Self {
            options: start.options,
            lines: vec![CertifiedOutcome::Remaining; total],
            failures: HashMap::new(),
            open: HashSet::new(),
            counts: RunCounts::of_plan(start.due, start.spared),
            end: None,
            start,
        };
        for record in records {
            ledger.apply(&record?).map_err(shape)?;
        }
        Ok(ledger)
    }

    pub fn apply(&mut self, record: &Record) -> Result<(), &'static str> {
        match record {
            Record::Start(_) => return Err("it starts twice"),
            Record::Resumed { options, .. } => {
                self.options = *options;
                self.end = None;
            }
            Record::Intent { lines } => self.open.extend(lines),
            Record::Withdrawn { lines } => lines.iter().for_each(|line| {
                self.open.remove(line);
            }),
            Record::Settled { outcomes } => {
                for (line, outcome) in outcomes {
                    self.settle(*line, outcome)?;
                }
            }
            Record::End(end) => self.end = Some(end.clone()),
        }
        Ok(())
    }

    /// Writes one outcome down; a later one for the same line replaces it.
    pub fn settle(&mut self, line: u64, outcome: &Outcome) -> Result<(), &'static str> {
        let slot = usize::try_from(line).ok().and_then(|i| self.lines.get_mut(i));
        let slot = slot.ok_or("it names a line that the plan does not have")?;
        self.open.remove(&line);
        match outcome {
            Outcome::Failed { why, .. } => drop(self.failures.insert(line, why.clone())),
            _ => drop(self.failures.remove(&line)),
        }
        let after = outcome.into();
        let before = std::mem::replace(slot, after);
        self.counts.settle(before, after);
        Ok(())
    }

    /// What the journal says of a line.
    pub fn line(&self, line: u64) -> CertifiedOutcome {
        let line = usize::try_from(line).ok().and_then(|i| self.lines.get(i));
        line.copied().unwrap_or(CertifiedOutcome::Remaining)
    }

    /// What is certified of a line that the plan spares, where it does; that of a line in doubt is told apart.
    pub fn certified(&self, line: u64, by_plan: Option<SpareReason>) -> CertifiedOutcome {
        use CertifiedOutcome as O;
        match (self.line(line), by_plan) {
            (O::Remaining, Some(why)) => O::Spared(why),
            (O::Remaining, None) if self.open.contains(&line) => O::RemainingPerhaps,
            (O::Failed, _) if self.open.contains(&line) => O::FailedPerhaps,
            (settled, _) => settled,
        }
    }

    /// What became of a line, with the org's answer where it failed; `None` while it remains.
    pub fn outcome(&self, line: u64, by_plan: Option<SpareReason>) -> Option<Outcome> {
        use CertifiedOutcome as O;
        let failed = |perhaps_done| Outcome::Failed {
            why: self.failures.get(&line).cloned().unwrap_or_default(),
            perhaps_done,
        };
        Some(match self.line(line) {
            O::Deleted => Outcome::Deleted { inferred: false },
            O::DeletedInferred => Outcome::Deleted { inferred: true },
            O::AlreadyGone => Outcome::AlreadyGone,
            O::Spared(why) => Outcome::Spared { why },
            O::Failed => failed(false),
            O::FailedPerhaps => failed(true),
            O::Remaining | O::RemainingPerhaps => return by_plan.map(|why| Outcome::Spared { why }),
        })
    }

    /// Whether a delete of ours may have worked without our knowing: then a missing guest was deleted by this run.
    pub fn in_doubt(&self, line: u64) -> bool {
        self.open.contains(&line) || self.line(line) == CertifiedOutcome::FailedPerhaps
    }

    /// Whether this run counts the guest of the line as gone.
    pub fn is_gone(&self, line: u64) -> bool {
        is_gone(self.line(line))
    }

    /// The line after the last that this run counts as gone: no guest behind it needs to be looked for.
    pub fn gone_until(&self) -> u64 {
        self.lines.iter().rposition(|line| is_gone(*line)).map_or(0, |i| i as u64 + 1)
    }

    /// Whether nothing is left to do: every line settled, none failed, and asked again.
    pub fn is_over(&self) -> bool {
        self.counts.failed == 0
            && self.end.as_ref().is_some_and(|e| e.state == RunState::Finished && e.verified)
    }

    /// The state by the journal alone: without an end the process went away.
    pub fn state(&self) -> RunState {
        self.end.as_ref().map_or(RunState::Interrupted, |end| end.state)
    }

    /// Refuses a plan that is not the one that this run was started with.
    pub fn must_be_of(&self, plan: &Plan) -> Result<(), Error> {
        let Start { plan: id, due, spared, .. } = &self.start;
        if (id.as_str(), *due, *spared) == (plan.id(), plan.due(), plan.spared()) {
            return Ok(());
        }
        let why = "it is not the plan that this run was started with".to_owned();
        Err(Error::PlanChanged { path: plan.path().to_owned(), line: None, why })
    }

    pub fn info(&self) -> RunInfo {
        let end = self.end.as_ref();
        RunInfo {
            run: self.start.run.clone(),
            plan: self.start.plan.clone(),
            connection: self.start.connection.clone(),
            state: self.state(),
            counts: self.counts,
            due: self.start.due,
            options: self.options,
            started: self.start.at,
            ended: end.map(|end| end.at),
            verified: end.map(|end| end.verified),
            refused: end.is_some_and(|end| end.refused),
            why: end.and_then(|end| end.why.clone()),
            goes_on_at: end.and_then(|end| end.goes_on_at),
        }
    }
}

fn is_gone(outcome: CertifiedOutcome) -> bool {
    use CertifiedOutcome as O;
    matches!(outcome, O::Deleted | O::DeletedInferred | O::AlreadyGone)
}
