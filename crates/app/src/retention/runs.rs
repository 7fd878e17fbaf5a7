//! The runs of a connection: where they lie, the one that goes on, and how one is carried out.

use std::{
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use parking_lot::{Mutex, MutexGuard};
use retention::{Plan, RunControl, RunHistory, RunId, RunProgress};
use serde::{Deserialize, Serialize};
use store::{Store, Table};
use tokio::sync::watch;

use crate::{
    Failure, FailureCode,
    connection::folder::private_folder,
    views::{RunOrigin, RunState, RunView},
};

/// How a run is carried out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOptions {
    /// Deletes at most; the run then pauses.
    pub max: Option<u64>,
    /// Deletes a minute at most.
    pub pace: Option<NonZeroU32>,
    /// How many guests go, as the person confirmed it: answers the guard of production connections.
    #[serde(default)]
    pub confirmed: Option<u64>,
    /// The person says that the clock is right, or means the plan as it is.
    #[serde(default)]
    pub clock_confirmed: bool,
    /// How many guests go, where far more than usual would.
    #[serde(default)]
    pub unusual_confirmed: Option<u64>,
}

impl From<RunOptions> for retention::RunOptions {
    fn from(RunOptions { max, pace, .. }: RunOptions) -> Self {
        Self { max, pace }
    }
}

/// One step of a run that is followed.
#[derive(Debug, Clone)]
pub struct RunStep {
    /// How far it is.
    pub view: RunView,
    /// What the org said, where that stopped the run.
    pub failure: Option<Failure>,
}

impl RunStep {
    /// Nothing follows.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.view.state != RunState::Running
    }
}

pub(crate) struct Current {
    pub(crate) control: RunControl,
    pub(crate) steps: watch::Receiver<RunStep>,
    /// What its journal says, with the outcomes that are not written yet.
    pub(super) progress: watch::Receiver<RunProgress>,
    pub(super) plan: Plan,
    /// The schedule carries it out, so it rests in quiet hours; not so once a person has said "go on".
    pub(crate) rests: bool,
}

pub(crate) struct Runs {
    pub(crate) dir: PathBuf,
    /// As they are looked back on.
    pub(crate) history: RunHistory,
    pub(crate) origins: Table<String, RunOrigin>,
    /// By run: the policy whose rules its plan followed.
    pub(crate) policies: Table<String, String>,
    /// By run: quiet hours or a limit of the org's paused it, and it goes on when they end.
    pub(crate) resting: Table<String, bool>,
    current: Mutex<Option<Current>>,
    /// The scheduled run that goes on, or ended last.
    pub(super) scheduled: Mutex<Option<RunView>>,
    pub(super) changes: watch::Sender<u64>,
}

impl Runs {
    pub(crate) fn open(store: &Store, dir: &Path) -> Result<Self, Failure> {
        let dir = dir.join("runs");
        private_folder(&dir)?;
        Ok(Self {
            history: RunHistory::new(store, &dir),
            dir,
            origins: store.table("run-origin"),
            policies: store.table("run-policy"),
            resting: store.table("run-resting"),
            current: Mutex::default(),
            scheduled: Mutex::default(),
            changes: watch::Sender::default(),
        })
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// What carries out the run that goes on in this process.
    pub(super) fn held(&self) -> MutexGuard<'_, Option<Current>> {
        self.current.lock()
    }

    /// The run that goes on in this process.
    pub(crate) fn current(&self) -> Option<RunView> {
        self.held().as_ref().map(|current| current.steps.borrow().view.clone())
    }

    /// Refuses a second run beside the one that goes on.
    pub(super) fn none_goes_on(&self) -> Result<(), Failure> {
        self.current().map_or(Ok(()), |run| Err(active(&run.run)))
    }

    /// How far this run is, where it goes on in this process, and its plan.
    pub(super) fn going_on(&self, run: &RunId) -> Option<(watch::Receiver<RunProgress>, Plan)> {
        let held = self.held();
        let current = held.as_ref().filter(|current| current.plan.run_id() == *run)?;
        Some((current.progress.clone(), current.plan.clone()))
    }

    /// The scheduled run that goes on, or else the one that ended last since the connection was opened.
    pub(crate) fn scheduled(&self) -> Option<RunView> {
        let current = self.current().filter(|run| run.origin == RunOrigin::Schedule);
        current.or_else(|| self.scheduled.lock().clone())
    }

    /// The run that used this plan, if there is one.
    pub(crate) fn of_plan(&self, plan: &Plan) -> Option<String> {
        let run = plan.run_id();
        self.dir.join(run.as_str()).is_dir().then(|| run.to_string())
    }

    /// A plan runs once, also where the folder of its run is gone.
    pub(super) fn refuse_lost_run(&self, plan: &Plan) -> Result<(), Failure> {
        let run = plan.run_id();
        if self.of_plan(plan).is_some() || self.origins.get(&run.to_string())?.is_none() {
            return Ok(());
        }
        let message = format!("This plan had its run already: {run}. The folder of that run is gone.");
        Err(Failure::new(FailureCode::PlanUsed, message).with_next("Make a new plan."))
    }
}

pub(crate) fn active(run: &str) -> Failure {
    Failure::new(FailureCode::RunActive, format!("The run {run} is going on; one at a time."))
}
