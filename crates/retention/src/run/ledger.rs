//! What the journal says, line by line of the plan: replayed at resume, kept up while the run goes on.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use proof::{RunId, RunState};

use super::{
    Outcome, RunOptions, RunProgress, RunReport,
    journal::{End, Record, Start},
};
use crate::Error;

/// The state of one line, one byte each: a million guests are a megabyte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineState {
    /// Due or spared by the plan: the plan tells.
    Untouched,
    Deleted,
    AlreadyGone,
    Spared,
    Failed,
    /// Failed, but one of the tries may have worked.
    FailedPerhaps,
}

#[derive(Debug, Clone)]
pub(super) struct Ledger {
    pub start: Start,
    pub options: RunOptions,
    lines: Vec<LineState>,
    /// Lines with an intent and nothing after it: a delete may have left before a kill or a lost answer.
    open: HashSet<u64>,
    pub deleted: u64,
    pub already_gone: u64,
    spared: u64,
    pub failed: u64,
    /// The last activation's end, absent while one goes on and after a kill.
    pub end: Option<End>,
}

impl Ledger {
    /// Replays a journal. `total` and the run come from the plan at hand and must be those of the journal.
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
            lines: vec![LineState::Untouched; total],
            open: HashSet::new(),
            deleted: 0,
            already_gone: 0,
            spared: start.spared,
            failed: 0,
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
        self.open.remove(&line);
        let after = match outcome {
            Outcome::Deleted { .. } => LineState::Deleted,
            Outcome::AlreadyGone => LineState::AlreadyGone,
            Outcome::Spared { .. } => LineState::Spared,
            Outcome::Failed { perhaps_done: false, .. } => LineState::Failed,
            Outcome::Failed { perhaps_done: true, .. } => LineState::FailedPerhaps,
        };
        let slot = usize::try_from(line).ok().and_then(|i| self.lines.get_mut(i));
        let before = std::mem::replace(slot.ok_or("it names a line that the plan does not have")?, after);
        if let Some(count) = self.count(before) {
            *count -= 1;
        }
        if let Some(count) = self.count(after) {
            *count += 1;
        }
        Ok(())
    }

    fn count(&mut self, line: LineState) -> Option<&mut u64> {
        match line {
            LineState::Untouched => None,
            LineState::Deleted => Some(&mut self.deleted),
            LineState::AlreadyGone => Some(&mut self.already_gone),
            LineState::Spared => Some(&mut self.spared),
            LineState::Failed | LineState::FailedPerhaps => Some(&mut self.failed),
        }
    }

    pub fn line(&self, line: u64) -> LineState {
        usize::try_from(line).ok().and_then(|i| self.lines.get(i)).copied().unwrap_or(LineState::Untouched)
    }

    /// Whether a delete of ours may have worked without our knowing: then a missing guest was deleted by this run.
    pub fn in_doubt(&self, line: u64) -> bool {
        self.open.contains(&line) || self.line(line) == LineState::FailedPerhaps
    }

    pub fn total(&self) -> u64 {
        self.start.due + self.start.spared
    }

    /// Due lines without an outcome.
    pub fn remaining(&self) -> u64 {
        self.total().saturating_sub(self.deleted + self.already_gone + self.spared + self.failed)
    }

    /// Whether nothing is left to do: every line settled, none failed, and asked again.
    pub fn is_over(&self) -> bool {
        self.failed == 0 && self.end.as_ref().is_some_and(|e| e.state == RunState::Finished && e.verified)
    }

    /// The line after the last that this run counts as gone: no guest behind it needs to be looked for.
    pub fn gone_until(&self) -> u64 {
        let last = self.lines.iter().rposition(|l| matches!(l, LineState::Deleted | LineState::AlreadyGone));
        last.map_or(0, |i| i as u64 + 1)
    }

    /// The state by the journal alone: without an end the process went away.
    pub fn state(&self) -> RunState {
        self.end.as_ref().map_or(RunState::Interrupted, |end| end.state)
    }

    pub fn progress(&self, state: RunState) -> RunProgress {
        RunProgress {
            run: self.start.run.clone(),
            state,
            deleted: self.deleted,
            already_gone: self.already_gone,
            spared: self.spared,
            failed: self.failed,
            remaining: self.remaining(),
            total: self.total(),
            started: self.start.at,
            rate: 0.0,
            batch: None,
            why: self.end.as_ref().and_then(|end| end.why.clone()),
        }
    }

    pub fn report(&self, end: &End) -> RunReport {
        RunReport {
            run: self.start.run.clone(),
            state: end.state,
            deleted: self.deleted,
            already_gone: self.already_gone,
            spared: self.spared,
            failed: self.failed,
            remaining: self.remaining(),
            verified: end.verified,
            refused: end.refused,
            why: end.why.clone(),
        }
    }

    /// When the run was last heard of.
    pub fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.end.as_ref().map(|end| end.at)
    }
}
