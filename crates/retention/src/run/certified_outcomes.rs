//! A run as its certificate needs it: every guest's outcome, a byte each.

use std::{collections::HashSet, path::Path};

use chrono::{DateTime, Utc};
use proof::{CertifiedOutcome, RunId, RunState};
use store::Store;

use super::{
    RunOptions,
    folder::RunFolder,
    journal::{Record, RunJournal},
};
use crate::{Error, Plan, open_plan};

/// What plan and journal of a run that has ended say.
pub(crate) struct RunOutcomes {
    pub plan: Plan,
    pub options: RunOptions,
    pub state: RunState,
    pub verified: bool,
    pub started: DateTime<Utc>,
    pub ended: DateTime<Utc>,
    /// By line of the plan; guests that the plan spared stand as remaining.
    pub outcomes: Vec<CertifiedOutcome>,
}

/// Reads them, streaming.
pub(crate) fn certified_outcomes(store: &Store, runs_dir: &Path, run: &RunId) -> Result<RunOutcomes, Error> {
    let folder = RunFolder::of(runs_dir, run);
    if !folder.exists() {
        return Err(Error::NoSuchRun(run.clone()));
    }
    // Held while it is read: a resume in between would make half of it old.
    let _lease = folder.lease()?.ok_or_else(|| Error::RunNotOver(run.clone()))?;
    let plan = open_plan(&folder.plan())?;
    let shape = |why| Error::JournalShape { run: run.clone(), why };
    let mut records = RunJournal::read(&folder, run, store)?;
    let start = match records.next().transpose()? {
        Some(Record::Start(start)) => start,
        _ => return Err(shape("it does not begin with the start of this run")),
    };
    if start.run != *run || start.plan != plan.id() {
        let why = "it is not the plan that this run was started with".to_owned();
        return Err(Error::PlanChanged { path: folder.plan(), line: None, why });
    }
    let total =
        usize::try_from(plan.total()).map_err(|_| shape("it counts more guests than fit in memory"))?;
    let mut outcomes = vec![CertifiedOutcome::Remaining; total];
    let mut open: HashSet<u64> = HashSet::new();
    let (mut options, mut end) = (start.options, None);
    for record in records {
        match record? {
            Record::Start(_) => return Err(shape("it starts twice")),
            Record::Resumed { options: new, .. } => {
                options = new;
                end = None;
            }
            Record::Intent { lines } => open.extend(lines),
            Record::Withdrawn { lines } => {
                for line in lines {
                    open.remove(&line);
                }
            }
            Record::Settled { outcomes: settled } => {
                for (line, outcome) in settled {
                    open.remove(&line);
                    let slot = usize::try_from(line).ok().and_then(|n| outcomes.get_mut(n));
                    *slot.ok_or_else(|| shape("it names a line that the plan does not have"))? =
                        (&outcome).into();
                }
            }
            Record::End(last) => end = Some(last),
        }
    }
    let end = end.ok_or_else(|| Error::RunNotOver(run.clone()))?;
    for line in open {
        if let Some(slot) = usize::try_from(line).ok().and_then(|n| outcomes.get_mut(n)) {
            *slot = match *slot {
                CertifiedOutcome::Remaining => CertifiedOutcome::RemainingPerhaps,
                CertifiedOutcome::Failed => CertifiedOutcome::FailedPerhaps,
                settled => settled,
            };
        }
    }
    Ok(RunOutcomes {
        plan,
        options,
        state: end.state,
        verified: end.verified,
        started: start.at,
        ended: end.at,
        outcomes,
    })
}
