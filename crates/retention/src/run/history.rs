use std::{fs, io, path::Path};

use chrono::{DateTime, Utc};
use model::{Clock, GuestId};
use proof::{RunId, RunState};
use serde::{Deserialize, Serialize};
use store::Store;

use super::{
    Outcome, RunOptions,
    folder::RunFolder,
    journal::{End, Record, RunJournal},
    ledger::Ledger,
};
use crate::Error;

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
    /// Guests it deleted.
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
    /// Of these, those that the plan set out to delete.
    pub due: u64,
    /// Cap and pace, as they were set last.
    pub options: RunOptions,
    /// When it was started, the first time.
    pub started: DateTime<Utc>,
    /// When its last activation ended, absent while one goes on and after a kill.
    pub ended: Option<DateTime<Utc>>,
    /// What the last look at the org said, absent where there was none.
    pub verified: Option<bool>,
    /// It failed because the org does not allow it (401, 403), not because the org was away.
    pub refused: bool,
    /// Why it is paused or failed.
    pub why: Option<String>,
}

impl RunInfo {
    fn new(ledger: &Ledger, running: bool) -> Self {
        let progress = ledger.progress(if running { RunState::Running } else { ledger.state() });
        Self {
            run: progress.run,
            plan: ledger.start.plan.clone(),
            connection: ledger.start.connection.clone(),
            state: progress.state,
            deleted: progress.deleted,
            already_gone: progress.already_gone,
            spared: progress.spared,
            failed: progress.failed,
            remaining: progress.remaining,
            total: progress.total,
            due: ledger.start.due,
            options: ledger.options,
            started: progress.started,
            ended: ledger.ended_at(),
            verified: ledger.end.as_ref().map(|end| end.verified),
            refused: ledger.end.as_ref().is_some_and(|end| end.refused),
            why: progress.why,
        }
    }
}

/// One guest of a run's plan and what became of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GuestOutcome {
    /// The guest's place in the plan, from 0.
    pub line: u64,
    /// The guest.
    pub id: GuestId,
    /// The guest's `createdTime`, from the plan.
    pub created_time: DateTime<Utc>,
    /// The guest's `modifiedTime`, from the plan.
    pub modified_time: DateTime<Utc>,
    /// Absent while the guest remains.
    #[serde(flatten)]
    pub outcome: Option<Outcome>,
}

/// Every run in the folder, the newest first. A run without an end that nobody carries out is interrupted. A folder that
/// cannot be read as a run is logged and left out, so that it does not hide the others. Blocking.
///
/// # Errors
/// [`Error::File`] when the folder itself cannot be read; a folder that does not exist holds no runs.
pub fn list_runs(store: &Store, runs_dir: &Path) -> Result<Vec<RunInfo>, Error> {
    let failed = |source| Error::File { doing: "list the runs in", path: runs_dir.to_owned(), source };
    let entries = match fs::read_dir(runs_dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(failed(e)),
    };
    let mut runs = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        let Some(run) = name.to_str().and_then(|name| name.parse::<RunId>().ok()) else { continue };
        match run_info(store, runs_dir, &run) {
            Ok(info) => runs.push(info),
            Err(error) => tracing::warn!(%run, %error, "a run cannot be read and is left out of the list"),
        }
    }
    runs.sort_by(|a, b| b.started.cmp(&a.started).then_with(|| a.run.cmp(&b.run)));
    Ok(runs)
}

/// One run as [`list_runs`] tells it. Blocking.
///
/// # Errors
/// [`Error::NoSuchRun`], [`Error::Journal`].
pub fn run_info(store: &Store, runs_dir: &Path, run: &RunId) -> Result<RunInfo, Error> {
    let folder = RunFolder::of(runs_dir, run);
    if !folder.exists() {
        return Err(Error::NoSuchRun(run.clone()));
    }
    // The lease first: a run that ends in between shows as ended, never as interrupted.
    let running = folder.is_leased()?;
    let ledger = Ledger::replay(run, RunJournal::read(&folder, run, store)?)?;
    Ok(RunInfo::new(&ledger, running && ledger.end.is_none()))
}

/// Cancels a run that nobody carries out: paused, interrupted or failed. One that goes on is cancelled by its
/// [`RunControl`](super::RunControl). Cancelling twice is cancelling once. Blocking.
///
/// # Errors
/// [`Error::NoSuchRun`], [`Error::RunBusy`], [`Error::Journal`].
pub fn cancel_run(store: &Store, runs_dir: &Path, run: &RunId, clock: &dyn Clock) -> Result<RunInfo, Error> {
    let folder = RunFolder::of(runs_dir, run);
    if !folder.exists() {
        return Err(Error::NoSuchRun(run.clone()));
    }
    let lease = folder.lease()?.ok_or_else(|| Error::RunBusy(run.clone()))?;
    let (mut journal, records) = RunJournal::open(&folder, run, lease, store)?;
    let mut ledger = Ledger::replay(run, records.into_iter().map(Ok))?;
    if !matches!(ledger.state(), RunState::Cancelled | RunState::Finished) {
        // Nobody asked the org again since; what the last look said no longer proves anything.
        let end = Record::End(End {
            state: RunState::Cancelled,
            verified: false,
            refused: false,
            why: None,
            at: clock.now(),
        });
        journal.append_now(std::slice::from_ref(&end))?;
        ledger.apply(&end).map_err(|why| Error::JournalShape { run: run.clone(), why })?;
    }
    Ok(RunInfo::new(&ledger, false))
}
