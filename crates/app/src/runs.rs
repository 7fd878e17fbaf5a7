//! Runs: starting, following, pausing, going on. One at a time on a connection.

use std::{
    num::NonZeroU32,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use retention::{Plan, Run, RunControl, RunId};
use serde::{Deserialize, Serialize};
use store::{Batch, Store, Table};
use tokio::{sync::watch, time::Instant};

use crate::{
    App, Failure, FailureCode,
    app::blocking,
    failure::chain,
    folder::private_folder,
    retention::PlanTarget,
    run_views::{closed, outcome_view, view_of, view_of_info},
    views::{ConnectionKind, OutcomePage, RunOrigin, RunState, RunView, Topic},
};

/// Above so many guests a hand-started run on a production connection wants their number typed.
const CONFIRM_OVER: u64 = 100;

/// How often lists of outcomes are asked for anew while a run goes on; its numbers come with every status.
const BETWEEN_LISTS: Duration = Duration::from_secs(2);

/// How a run is carried out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOptions {
    /// Deletes at most; the run then pauses.
    pub max: Option<u64>,
    /// Deletes a minute at most.
    pub pace: Option<NonZeroU32>,
    /// How many guests go, as the person confirmed it.
    pub confirmed: Option<u64>,
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

struct Current {
    control: RunControl,
    steps: watch::Receiver<RunStep>,
}

pub(crate) struct Runs {
    dir: PathBuf,
    origins: Table<String, RunOrigin>,
    current: Arc<Mutex<Option<Current>>>,
    changes: watch::Sender<u64>,
}

impl Runs {
    pub(crate) fn open(store: &Store, dir: &Path) -> Result<Self, Failure> {
        let dir = dir.join("runs");
        private_folder(&dir)?;
        Ok(Self {
            dir,
            origins: store.table("run-origin"),
            current: Arc::default(),
            changes: watch::Sender::default(),
        })
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The run that goes on in this process.
    pub(crate) fn current(&self) -> Option<RunView> {
        let held = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().map(|c| c.steps.borrow().view.clone())
    }

    /// The run that used this plan, if there is one.
    pub(crate) fn of_plan(&self, plan: &Plan) -> Option<String> {
        let run = RunId::of(plan);
        self.dir.join(run.as_str()).is_dir().then(|| run.to_string())
    }
}

impl App {
    /// Carries out the plan of a file.
    ///
    /// # Errors
    /// A changed or used plan, a plan of another connection, an active run, the production guard, a read-only connection.
    pub async fn retention_run_file(
        &self,
        path: PathBuf,
        options: RunOptions,
    ) -> Result<watch::Receiver<RunStep>, Failure> {
        let plan = blocking(move || Ok(retention::open_plan(&path)?)).await?;
        self.start_run(plan, options, RunOrigin::Hand).await
    }

    /// Carries out a plan that was previewed on this connection.
    ///
    /// # Errors
    /// As [`App::retention_run_file`].
    pub async fn retention_run_previewed(
        &self,
        plan: &str,
        confirmed: Option<u64>,
    ) -> Result<RunView, Failure> {
        if plan.len() != 64 || !plan.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Failure::field("plan", "must be the 64 hex digits of a plan's hash"));
        }
        let path = self.0.retention.kept_plan_path(plan);
        if !path.is_file() {
            return Err(Failure::new(FailureCode::NotFound, "This plan is not kept any more.")
                .with_next("Preview again."));
        }
        let steps = self.retention_run_file(path, RunOptions { confirmed, ..RunOptions::default() }).await?;
        let view = steps.borrow().view.clone();
        Ok(view)
    }

    /// Plans with the saved policy and carries the plan out: what the schedule would do now.
    ///
    /// # Errors
    /// As [`App::retention_run_file`] and [`App::retention_make_plan`].
    pub async fn retention_run_now(&self) -> Result<RunView, Failure> {
        self.may_write()?;
        if let Some(run) = self.0.retention.current_run() {
            return Err(active(&run.run));
        }
        let (plan, _) = self.retention_make_plan(&self.0.retention.policy(), &PlanTarget::Kept).await?;
        let steps = self.start_run(plan, RunOptions::default(), RunOrigin::Hand).await?;
        let view = steps.borrow().view.clone();
        Ok(view)
    }

    pub(crate) async fn start_scheduled_run(&self, plan: Plan) -> Result<(), Failure> {
        self.start_run(plan, RunOptions::default(), RunOrigin::Schedule).await.map(|_| ())
    }

    async fn start_run(
        &self,
        plan: Plan,
        options: RunOptions,
        origin: RunOrigin,
    ) -> Result<watch::Receiver<RunStep>, Failure> {
        self.may_write()?;
        if plan.header().connection != self.0.connection.folder() {
            return Err(Failure::field(
                "PLAN",
                "was made on another connection; make one on this connection",
            ));
        }
        let guarded = origin == RunOrigin::Hand
            && self.0.connection.kind == ConnectionKind::Production
            && plan.due() > CONFIRM_OVER;
        if guarded && options.confirmed != Some(plan.due()) {
            return Err(Failure::new(
                FailureCode::ConfirmationNeeded,
                format!("{} guests of a production org would go.", plan.due()),
            )
            .with_next(format!("Confirm their number: --confirm {}.", plan.due())));
        }
        let run = {
            let (store, dir, clock) =
                (self.0.store.clone(), self.0.retention.runs.dir.clone(), Arc::clone(&self.0.clock));
            let asked = retention::RunOptions { max: options.max, pace: options.pace };
            let held = Arc::clone(&self.0.retention.runs.current);
            blocking(move || {
                if let Some(current) = held.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
                    return Err(active(&current.steps.borrow().view.run));
                }
                Ok(Run::start(&store, &dir, &plan, asked, clock)?)
            })
            .await?
        };
        let mut batch = Batch::new();
        batch.put(&self.0.retention.runs.origins, &run.id().to_string(), &origin)?;
        self.0.store.commit_async(batch).await?;
        self.carry_out(run, origin)
    }

    /// Goes on with a run that is paused, interrupted or failed. One that already goes on is only followed.
    ///
    /// # Errors
    /// No such run, another run going on, a read-only connection.
    pub async fn retention_resume(
        &self,
        run: &str,
        options: RunOptions,
    ) -> Result<watch::Receiver<RunStep>, Failure> {
        self.may_write()?;
        let id: RunId = run.parse::<RunId>()?;
        if let Some(current) =
            self.0.retention.runs.current.lock().unwrap_or_else(PoisonError::into_inner).as_ref()
        {
            let going_on = current.steps.borrow().view.run.clone();
            if going_on != run {
                return Err(active(&going_on));
            }
            current.control.resume();
            return Ok(current.steps.clone());
        }
        let origin = self.0.retention.runs.origins.get(&run.to_owned())?.unwrap_or(RunOrigin::Hand);
        let asked = (options.max.is_some() || options.pace.is_some())
            .then_some(retention::RunOptions { max: options.max, pace: options.pace });
        let run = {
            let (store, dir, clock) =
                (self.0.store.clone(), self.0.retention.runs.dir.clone(), Arc::clone(&self.0.clock));
            blocking(move || Ok(Run::resume(&store, &dir, &id, asked, clock)?)).await?
        };
        self.carry_out(run, origin)
    }

    /// Drives the run in the background; what it comes to is told step by step.
    fn carry_out(&self, run: Run, origin: RunOrigin) -> Result<watch::Receiver<RunStep>, Failure> {
        let runs = &self.0.retention.runs;
        let mut progress = run.progress();
        let plan = run.plan().id().to_owned();
        // A run that was over says so before its report is read; the end is told below, with the report.
        let began = RunView { state: RunState::Running, ..view_of(&progress.borrow(), &plan, origin) };
        let first = RunStep { view: began, failure: None };
        let (steps, following) = watch::channel(first);
        {
            let mut held = runs.current.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(current) = held.as_ref() {
                return Err(active(&current.steps.borrow().view.run));
            }
            *held = Some(Current { control: run.control(), steps: following.clone() });
        }
        let app = self.downgrade();
        let eraser = self.eraser();
        let task = tokio::spawn(async move {
            let drive = run.drive(&eraser);
            tokio::pin!(drive);
            let mut told = Instant::now();
            let ended = loop {
                tokio::select! {
                    ended = &mut drive => break ended,
                    changed = progress.changed() => if changed.is_ok() {
                        let view = view_of(&progress.borrow_and_update(), &plan, origin);
                        // The end is told below, with the report.
                        if view.state == RunState::Running {
                            steps.send_replace(RunStep { view, failure: None });
                            let Some(app) = app.upgrade() else { continue };
                            app.run_changed();
                            if told.elapsed() >= BETWEEN_LISTS {
                                told = Instant::now();
                                app.0.notices.stale(Topic::Retention);
                            }
                        }
                    },
                }
            };
            let last = steps.borrow().view.clone();
            let view = match ended {
                Ok(report) => closed(last, report),
                Err(error) => {
                    let why = chain(&error);
                    tracing::error!(why, "a run stopped");
                    RunView { state: RunState::Failed, why: Some(why), ..last }
                }
            };
            if let Some(app) = app.upgrade() {
                *app.0.retention.runs.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
                let failure = eraser.last_failure().filter(|_| view.state == RunState::Failed);
                steps.send_replace(RunStep { view, failure });
                app.run_changed();
                app.0.notices.stale(Topic::Retention);
                app.0.notices.stale(Topic::Guests);
            }
        });
        self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner).push(task.abort_handle());
        self.0.notices.stale(Topic::Retention);
        Ok(following)
    }

    fn run_changed(&self) {
        self.0.retention.runs.changes.send_modify(|n| *n += 1);
    }

    /// Pauses the run that goes on; answers when it has stopped.
    ///
    /// # Errors
    /// No such run.
    pub async fn retention_pause(&self, run: &str) -> Result<RunView, Failure> {
        self.steer(run, RunControl::pause).await
    }

    /// Ends a run for good. What is left of its plan stays.
    ///
    /// # Errors
    /// No such run.
    pub async fn retention_cancel(&self, run: &str) -> Result<RunView, Failure> {
        if self.0.retention.current_run().is_some_and(|r| r.run == run) {
            return self.steer(run, RunControl::cancel).await;
        }
        let id: RunId = run.parse::<RunId>()?;
        let (store, dir, clock) =
            (self.0.store.clone(), self.0.retention.runs.dir.clone(), Arc::clone(&self.0.clock));
        blocking(move || Ok(retention::cancel_run(&store, &dir, &id, &*clock)?)).await?;
        self.0.notices.stale(Topic::Retention);
        self.run_status(Some(run))
            .await?
            .into_iter()
            .next()
            .ok_or_else(|| Failure::internal("the run is gone"))
    }

    async fn steer(&self, run: &str, wish: impl FnOnce(&RunControl)) -> Result<RunView, Failure> {
        let steps = {
            let held = self.0.retention.runs.current.lock().unwrap_or_else(PoisonError::into_inner);
            match held.as_ref().filter(|c| c.steps.borrow().view.run == run) {
                Some(current) => {
                    wish(&current.control);
                    Some(current.steps.clone())
                }
                None => None,
            }
        };
        let Some(mut steps) = steps else {
            // It stands already: how it stands is the answer.
            return self
                .run_status(Some(run))
                .await?
                .pop()
                .ok_or_else(|| Failure::internal("the run is gone"));
        };
        let view = match steps.wait_for(RunStep::ended).await {
            Ok(step) => step.view.clone(),
            Err(_) => return Err(Failure::internal("the run ended without a word")),
        };
        Ok(view)
    }

    /// All runs of this connection, newest first.
    ///
    /// # Errors
    /// A damaged journal.
    pub async fn retention_runs(&self) -> Result<Vec<RunView>, Failure> {
        let (store, dir, origins) =
            (self.0.store.clone(), self.0.retention.runs.dir.clone(), self.0.retention.runs.origins.clone());
        let current = self.0.retention.current_run();
        blocking(move || {
            let mut views = Vec::new();
            for info in retention::list_runs(&store, &dir)? {
                let origin = origins.get(&info.run.to_string())?.unwrap_or(RunOrigin::Hand);
                let view = view_of_info(info, origin);
                views.push(match &current {
                    Some(current) if current.run == view.run => current.clone(),
                    _ => view,
                });
            }
            Ok(views)
        })
        .await
    }

    /// One run, or all.
    ///
    /// # Errors
    /// No such run.
    pub async fn run_status(&self, run: Option<&str>) -> Result<Vec<RunView>, Failure> {
        let mut runs = self.retention_runs().await?;
        if let Some(run) = run {
            run.parse::<RunId>()?;
            runs.retain(|r| r.run == run);
            if runs.is_empty() {
                return Err(Failure::new(FailureCode::NotFound, format!("There is no run {run}.")));
            }
        }
        Ok(runs)
    }

    /// A window of the outcomes of a run, in the plan's order.
    ///
    /// # Errors
    /// No such run, a damaged journal, more than 200 lines asked for.
    pub async fn retention_outcomes(
        &self,
        run: &str,
        offset: u32,
        limit: u32,
    ) -> Result<OutcomePage, Failure> {
        if limit > 200 {
            return Err(Failure::field("limit", "may be at most 200"));
        }
        let id: RunId = run.parse::<RunId>()?;
        let (store, dir) = (self.0.store.clone(), self.0.retention.runs.dir.clone());
        blocking(move || {
            let lines = retention::outcomes(&store, &dir, &id, offset.into(), limit as usize)?;
            Ok(OutcomePage { outcomes: lines.into_iter().map(outcome_view).collect() })
        })
        .await
    }
}

fn active(run: &str) -> Failure {
    Failure::new(FailureCode::RunActive, format!("The run {run} is going on; one at a time."))
}
