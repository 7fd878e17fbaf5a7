//! Runs as they are looked back on. What a look needs is kept in an index, which is derived from the journals and rebuilt from
//! them whenever it is lost, damaged or of another state of the journal. Only looking reads it: whatever deletes, cancels or
//! certifies replays the journal.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use model::Clock;
use proof::{CertifiedOutcome, RunId, RunState};
use serde::{Deserialize, Serialize};
use store::{Batch, Store, Table};

use super::{
    GuestOutcome, OutcomeLines, RunInfo,
    folder::RunFolder,
    journal::{End, Record, RunJournal},
    ledger::Ledger,
};
use crate::{Error, VerifiedPlans, file_stamp::FileStamp};

/// What the journal of a run said when it was in this state.
#[derive(Clone, Serialize, Deserialize)]
struct Summary {
    journal: FileStamp,
    /// By the journal alone: a run that goes on stands as interrupted.
    info: RunInfo,
}

/// The run whose outcomes were asked for last: a person pages through one list.
struct Opened {
    run: RunId,
    journal: FileStamp,
    ledger: Ledger,
}

/// The runs in a folder, and the index of them.
pub struct RunHistory {
    store: Store,
    dir: PathBuf,
    /// Of runs that have ended, for the next process.
    kept: Table<String, Summary>,
    known: Mutex<HashMap<RunId, Summary>>,
    opened: Mutex<Option<Opened>>,
    plans: VerifiedPlans,
}

impl RunHistory {
    /// The runs of this folder, which need not exist.
    #[must_use]
    pub fn new(store: &Store, runs_dir: &Path) -> Self {
        Self {
            store: store.clone(),
            dir: runs_dir.to_owned(),
            kept: store.table("run-summary"),
            known: Mutex::default(),
            opened: Mutex::default(),
            plans: VerifiedPlans::default(),
        }
    }

    /// Every run in the folder, the newest first. A run without an end that nobody carries out is interrupted. A folder that
    /// cannot be read as a run is logged and left out, so that it does not hide the others. Blocking.
    ///
    /// # Errors
    /// [`Error::File`] when the folder itself cannot be read; a folder that does not exist holds no runs.
    pub fn list(&self) -> Result<Vec<RunInfo>, Error> {
        let failed = |source| Error::File { doing: "list the runs in", path: self.dir.clone(), source };
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(failed(e)),
        };
        let (mut runs, mut new) = (Vec::new(), Batch::new());
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            let Some(run) = name.to_str().and_then(|name| name.parse::<RunId>().ok()) else { continue };
            match self.look(&run, &mut new) {
                Ok(info) => runs.push(info),
                Err(error) => {
                    tracing::warn!(%run, %error, "a run cannot be read and is left out of the list");
                }
            }
        }
        self.keep(new);
        runs.sort_by(|a, b| b.started.cmp(&a.started).then_with(|| a.run.cmp(&b.run)));
        Ok(runs)
    }

    /// One run as [`RunHistory::list`] tells it. Blocking.
    ///
    /// # Errors
    /// [`Error::NoSuchRun`], [`Error::Journal`].
    pub fn info(&self, run: &RunId) -> Result<RunInfo, Error> {
        let mut new = Batch::new();
        let info = self.look(run, &mut new)?;
        self.keep(new);
        Ok(info)
    }

    /// A part of the guests of a run whose outcome is wanted, in the order of the plan, and how many these are in all. Blocking.
    ///
    /// # Errors
    /// [`Error::NoSuchRun`], [`Error::PlanChanged`], [`Error::File`], [`Error::Journal`].
    pub fn outcomes(
        &self,
        run: &RunId,
        wanted: impl Fn(CertifiedOutcome) -> bool,
        offset: u64,
        limit: usize,
    ) -> Result<(Vec<GuestOutcome>, u64), Error> {
        let folder = found(&self.dir, run)?;
        let journal = FileStamp::of(&folder.journal());
        let plan = self.plans.look(&folder.plan())?;
        let lines = {
            let mut opened = lock(&self.opened);
            let opened = match opened.take().filter(|o| o.run == *run && Some(&o.journal) == journal.as_ref())
            {
                Some(same) => opened.insert(same),
                None => {
                    let ledger = Ledger::replay(run, RunJournal::read(&folder, run, &self.store)?)?;
                    let journal = journal.unwrap_or_default();
                    opened.insert(Opened { run: run.clone(), journal, ledger })
                }
            };
            opened.ledger.must_be_of(&plan)?;
            OutcomeLines::select(&plan, &opened.ledger, wanted, offset, limit)
        };
        lines.read(&plan)
    }

    /// The newest state of a run. What had to be replayed is remembered, and put into the batch where the run has ended.
    fn look(&self, run: &RunId, new: &mut Batch) -> Result<RunInfo, Error> {
        let folder = found(&self.dir, run)?;
        // The lease first: a run that ends in between shows as ended, never as interrupted.
        let is_leased = folder.is_leased()?;
        let journal = FileStamp::of(&folder.journal());
        let is_fresh = |summary: &Summary| Some(&summary.journal) == journal.as_ref();
        let known = lock(&self.known).get(run).filter(|summary| is_fresh(summary)).cloned();
        // One that cannot be read, or is another program's, is as none.
        let kept = || self.kept.get(&run.to_string()).ok().flatten();
        let found = known.or_else(|| kept().filter(|summary| is_fresh(summary) && summary.info.run == *run));
        let info = match found {
            Some(summary) => summary.info,
            None => {
                let info = Ledger::replay(run, RunJournal::read(&folder, run, &self.store)?)?.info();
                if let Some(journal) = journal {
                    let summary = Summary { journal, info: info.clone() };
                    if info.ended.is_some() && !is_leased {
                        new.put(&self.kept, &run.to_string(), &summary).unwrap_or_else(|e| not_kept(&e));
                    }
                    lock(&self.known).insert(run.clone(), summary);
                }
                info
            }
        };
        Ok(shown(info, is_leased))
    }

    fn keep(&self, new: Batch) {
        if !new.is_empty() {
            self.store.commit(new).unwrap_or_else(|e| not_kept(&e));
        }
    }
}

/// The journal has it all: the next process replays it.
fn not_kept(error: &store::Error) {
    tracing::debug!(%error, "the index of the runs could not be kept");
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn found(runs_dir: &Path, run: &RunId) -> Result<RunFolder, Error> {
    let folder = RunFolder::of(runs_dir, run);
    if folder.exists() { Ok(folder) } else { Err(Error::NoSuchRun(run.clone())) }
}

fn shown(info: RunInfo, is_leased: bool) -> RunInfo {
    match info.ended {
        None if is_leased => RunInfo { state: RunState::Running, ..info },
        _ => info,
    }
}

/// One run by its journal, without the index. Blocking.
///
/// # Errors
/// [`Error::NoSuchRun`], [`Error::Journal`].
pub fn run_info(store: &Store, runs_dir: &Path, run: &RunId) -> Result<RunInfo, Error> {
    let folder = found(runs_dir, run)?;
    let is_leased = folder.is_leased()?;
    let ledger = Ledger::replay(run, RunJournal::read(&folder, run, store)?)?;
    Ok(shown(ledger.info(), is_leased))
}

/// Cancels a run that nobody carries out: paused, interrupted or failed. One that goes on is cancelled by its
/// [`RunControl`](super::RunControl). Cancelling twice is cancelling once. Blocking.
///
/// # Errors
/// [`Error::NoSuchRun`], [`Error::RunBusy`], [`Error::Journal`].
pub fn cancel_run(store: &Store, runs_dir: &Path, run: &RunId, clock: &dyn Clock) -> Result<RunInfo, Error> {
    let folder = found(runs_dir, run)?;
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
            goes_on_at: None,
            at: clock.now(),
        });
        journal.append_now(std::slice::from_ref(&end))?;
        ledger.apply(&end).map_err(|why| Error::JournalShape { run: run.clone(), why })?;
    }
    Ok(ledger.info())
}
