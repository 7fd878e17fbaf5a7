use std::{
    fs, io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use model::Clock;
use proof::{RunId, RunState};
use store::{Store, private};
use tokio::sync::watch;

use super::{
    RunControl, RunOptions, RunProgress,
    folder::RunFolder,
    journal::{Record, RunJournal, Start},
    ledger::Ledger,
};
use crate::{Error, Plan, SealedPlan, open_plan};

/// One run that is about to be carried out: its folder is leased, its journal open. Dropping it leaves the run
/// interrupted, to be resumed.
pub struct Run {
    id: RunId,
    pub(super) plan: Plan,
    pub(super) journal: RunJournal,
    pub(super) control: RunControl,
    pub(super) progress: watch::Sender<RunProgress>,
    pub(super) clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("id", self.id()).finish_non_exhaustive()
    }
}

impl Run {
    /// Starts the one run of this plan: copies the plan into `runs_dir/<run>/`, begins the journal there. Nothing is
    /// deleted before [`Run::execute`]. Blocking.
    ///
    /// # Errors
    /// [`Error::PlanUsed`] when the plan has its run already, [`Error::PlanChanged`] when the file is not what was
    /// opened, [`Error::File`], [`Error::Journal`].
    pub fn start(
        store: &Store,
        runs_dir: &Path,
        plan: &SealedPlan,
        options: RunOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let id = plan.run_id();
        let folder = RunFolder::of(runs_dir, &id);
        if folder.exists() {
            return Err(Error::PlanUsed { run: id });
        }
        // The same command can come twice at once; a start that died half-way has left a draft.
        static STARTING: Mutex<()> = Mutex::new(());
        let starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        RunFolder::remove_drafts(runs_dir, &id);
        let draft = RunFolder::draft(runs_dir, &id);
        let made = Self::put_together(&draft, store, plan, options, &id, &*clock).and_then(|()| {
            // The rename decides between two starts of the same plan: a folder that is not empty is never replaced.
            fs::rename(draft.path(), folder.path()).map_err(|source| {
                if folder.exists() {
                    Error::PlanUsed { run: id.clone() }
                } else {
                    Error::File { doing: "make", path: folder.path().to_owned(), source }
                }
            })
        });
        drop(starting);
        if let Err(e) = made {
            draft.remove();
            return Err(e);
        }
        private::sync_names(runs_dir).map_err(|source| Error::File {
            doing: "sync",
            path: runs_dir.to_owned(),
            source,
        })?;
        Self::open(store, &folder, &id, None, None, clock)
    }

    fn put_together(
        draft: &RunFolder,
        store: &Store,
        plan: &Plan,
        options: RunOptions,
        id: &RunId,
        clock: &dyn Clock,
    ) -> Result<(), Error> {
        let failed = |doing, path: &Path| {
            let path = path.to_owned();
            move |source: io::Error| Error::File { doing, path, source }
        };
        private::folder(draft.path()).map_err(failed("make", draft.path()))?;
        let copy =
            private::copy(plan.path(), &draft.plan()).map_err(failed("copy the plan to", &draft.plan()))?;
        copy.sync_all().map_err(failed("sync", &draft.plan()))?;
        let copy = open_plan(&draft.plan())?;
        if copy.id() != plan.id() {
            let why = "it is another plan than the one that was opened".to_owned();
            return Err(Error::PlanChanged { path: plan.path().to_owned(), line: None, why });
        }
        let start = Start {
            run: id.clone(),
            plan: plan.id().to_owned(),
            connection: plan.header().connection.clone(),
            due: plan.due(),
            spared: plan.spared(),
            options,
            at: clock.now(),
        };
        RunJournal::create(draft, start, store)?;
        private::sync_names(draft.path()).map_err(failed("sync", draft.path()))
    }

    /// Goes on with a run that was paused, interrupted or failed, or that finished with failures: those are asked again.
    /// A finished run without failures is left as it is, [`Run::execute`] then only repeats its report. Without `options`
    /// those of before hold, the cap from zero again. Blocking.
    ///
    /// # Errors
    /// [`Error::NoSuchRun`], [`Error::RunBusy`], [`Error::RunCancelled`], [`Error::PlanChanged`] when the run's copy of
    /// the plan was touched, [`Error::PlanNotOurs`] when the org is asked in another `dialect` than the plan's, [`Error::Journal`].
    pub fn resume(
        store: &Store,
        runs_dir: &Path,
        run: &RunId,
        options: Option<RunOptions>,
        dialect: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let folder = RunFolder::of(runs_dir, run);
        if !folder.exists() {
            return Err(Error::NoSuchRun(run.clone()));
        }
        Self::open(store, &folder, run, options, Some(dialect), clock)
    }

    fn open(
        store: &Store,
        folder: &RunFolder,
        id: &RunId,
        options: Option<RunOptions>,
        dialect: Option<&str>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let lease = folder.lease()?.ok_or_else(|| Error::RunBusy(id.clone()))?;
        let plan = open_plan(&folder.plan())?;
        if let Some(dialect) = dialect {
            plan.must_be_in(dialect)?;
        }
        let (mut journal, records) = RunJournal::open(folder, id, lease, store)?;
        let fresh = records.len() == 1;
        let mut ledger = Ledger::replay(id, records.into_iter().map(Ok))?;
        ledger.must_be_of(&plan)?;
        if ledger.state() == RunState::Cancelled {
            return Err(Error::RunCancelled(id.clone()));
        }
        let as_started = fresh && options.is_none();
        if !(as_started || ledger.is_over()) {
            let resumed = Record::Resumed { at: clock.now(), options: options.unwrap_or(ledger.options) };
            journal.append_now(std::slice::from_ref(&resumed))?;
            ledger.apply(&resumed).map_err(|why| Error::JournalShape { run: id.clone(), why })?;
        }
        let control = RunControl::new(ledger.options.pace);
        let progress = watch::Sender::new(RunProgress::new(ledger));
        Ok(Self { id: id.clone(), plan, journal, control, progress, clock })
    }

    /// The run's id.
    #[must_use]
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// The run's own copy of its plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// A handle to steer the run while [`Run::execute`] goes on.
    #[must_use]
    pub fn control(&self) -> RunControl {
        self.control.clone()
    }

    /// The newest state of the run, changing after every delete.
    #[must_use]
    pub fn progress(&self) -> watch::Receiver<RunProgress> {
        self.progress.subscribe()
    }
}
