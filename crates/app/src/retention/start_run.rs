//! Starting a run, going on with one, and carrying it out in the background. One at a time on a connection.

use std::{
    num::NonZeroU32,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use genesys::Lane;
use proof::Action;
use retention::{NamedPolicy, Run, RunId, SealedPlan};
use store::Batch;
use tokio::{sync::watch, time::Instant};

use crate::{
    App, Failure,
    app::blocking,
    failure::chain,
    retention::questions,
    retention::run_views::{closed, ended_as, view_of},
    retention::runs::{Current, RunOptions, RunStep, active},
    views::{RunOrigin, RunState, RunView, Topic},
};

/// How often lists of outcomes are asked for anew while a run goes on; its numbers come with every status.
const BETWEEN_LISTS: Duration = Duration::from_secs(2);

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
        let app = self.clone();
        let plan = blocking(move || app.open_plan_to_run(&path)).await?;
        self.run_by_hand(plan, options).await
    }

    /// How many guests a plan of a file lists as due and as spared, where it can be read and no run has used it.
    pub async fn retention_untouched(&self, path: &Path) -> Option<(u64, u64)> {
        let (app, path) = (self.clone(), path.to_owned());
        let looked = blocking(move || {
            let plan = retention::open_plan(&path)?;
            Ok(app.0.retention.runs.of_plan(&plan).is_none().then(|| (plan.due(), plan.spared())))
        });
        looked.await.ok().flatten()
    }

    async fn run_by_hand(
        &self,
        plan: SealedPlan,
        options: RunOptions,
    ) -> Result<watch::Receiver<RunStep>, Failure> {
        let of = self.policy_of(&plan.header().policy);
        self.start_run(plan, options, RunOrigin::Hand, of.as_ref()).await
    }

    /// Carries out a plan that was previewed on this connection: the one that was shown and no other.
    ///
    /// # Errors
    /// As [`App::retention_run_file`]; [`FailureCode::PlanChanged`] when the file holds another plan by now,
    /// [`FailureCode::Conflict`] when its policy was changed or removed since.
    pub async fn retention_run_previewed(&self, plan: &str, options: RunOptions) -> Result<RunView, Failure> {
        self.may_write()?;
        self.may_delete()?;
        let plan = self.previewed(plan).await?;
        let steps = self.run_by_hand(plan, options).await?;
        let view = steps.borrow().view.clone();
        Ok(view)
    }

    pub(crate) async fn start_by_schedule(
        &self,
        plan: SealedPlan,
        options: RunOptions,
        policy: &NamedPolicy,
    ) -> Result<(), Failure> {
        self.start_run(plan, options, RunOrigin::Schedule, Some(policy)).await.map(|_| ())
    }

    async fn start_run(
        &self,
        plan: SealedPlan,
        options: RunOptions,
        origin: RunOrigin,
        policy: Option<&NamedPolicy>,
    ) -> Result<watch::Receiver<RunStep>, Failure> {
        self.may_write()?;
        self.may_delete()?;
        self.0.retention.holds()?;
        self.0.retention.runs.refuse_lost_run(&plan)?;
        // A plan that has its run is refused for that.
        if origin == RunOrigin::Hand && self.0.retention.runs.of_plan(&plan).is_none() {
            self.org_answers().await?;
            self.look_at_clock_by_hand().await;
            questions::answered(&self.questions_before(&plan).await?, &*plan, &options)?;
        }
        let plan_id = plan.id().to_owned();
        let app = self.clone();
        let run = blocking(move || {
            let runs = &app.0.retention.runs;
            runs.none_goes_on()?;
            Ok(Run::start(&app.0.store, &runs.dir, &plan, options.into(), Arc::clone(&app.0.clock))?)
        })
        .await?;
        let mut batch = Batch::new();
        let runs = &self.0.retention.runs;
        batch.put(&runs.origins, &run.id().to_string(), &origin)?;
        if let Some(policy) = policy {
            batch.put(&runs.policies, &run.id().to_string(), &policy.id.to_string())?;
        }
        self.0.store.commit_async(batch).await?;
        let scheduled = origin == RunOrigin::Schedule;
        self.record(None, Action::RunStarted { run: run.id().clone(), plan: plan_id, scheduled }).await;
        self.carry_out(run, origin, scheduled)
    }

    /// Goes on with a run that is paused, interrupted or failed. One that already goes on is only followed.
    ///
    /// # Errors
    /// No such run, another run going on, a read-only connection; [`FailureCode::ConfirmationNeeded`] for a run of an earlier
    /// version whose plan comes from the future.
    pub async fn retention_resume(
        &self,
        run: &str,
        options: RunOptions,
    ) -> Result<watch::Receiver<RunStep>, Failure> {
        self.may_write()?;
        self.may_delete()?;
        let id: RunId = run.parse::<RunId>()?;
        if let Some(current) = self.0.retention.runs.held().as_mut() {
            let going_on = current.steps.borrow().view.run.clone();
            if going_on != run {
                return Err(active(&going_on));
            }
            current.control.resume();
            current.rests = false;
            return Ok(current.steps.clone());
        }
        self.resume_is_answered(&id, options).await?;
        let steps = self.resume_run(id, options, false).await?;
        // Not before: a run that could not go on goes on by itself when quiet hours end, as it would have.
        self.end_rest(run).await?;
        Ok(steps)
    }

    /// `rests`: in quiet hours it is paused again.
    pub(crate) async fn resume_run(
        &self,
        id: RunId,
        options: RunOptions,
        rests: bool,
    ) -> Result<watch::Receiver<RunStep>, Failure> {
        let run = id.to_string();
        self.may_delete()?;
        self.0.retention.holds()?;
        let origin = self.0.retention.runs.origins.get(&run)?.unwrap_or(RunOrigin::Hand);
        let asked = (options.max.is_some() || options.pace.is_some()).then(|| options.into());
        let (app, resumed) = (self.clone(), id.clone());
        let run = blocking(move || {
            let (store, dir) = (&app.0.store, &app.0.retention.runs.dir);
            Ok(Run::resume(store, dir, &resumed, asked, app.0.org.can.dialect, Arc::clone(&app.0.clock))?)
        })
        .await?;
        // One that is over only repeats its report: nothing is done, and there is nothing to write down.
        if run.progress().borrow().info().state == retention::RunState::Running {
            self.record(None, Action::RunResumed { run: id }).await;
        }
        self.carry_out(run, origin, rests)
    }

    /// Drives the run in the background; what it comes to is told step by step.
    fn carry_out(
        &self,
        run: Run,
        origin: RunOrigin,
        rests: bool,
    ) -> Result<watch::Receiver<RunStep>, Failure> {
        let org = self.retention_org(Lane::Bulk)?;
        let runs = &self.0.retention.runs;
        let mut progress = run.progress();
        let control = run.control();
        let began = view_of(&progress.borrow(), origin, control.pace());
        let is_over = began.state != RunState::Running;
        // A run that was over says so before its end is read; the end is told below.
        let began = RunView { state: RunState::Running, ..began };
        let first = RunStep { view: began, failure: None };
        let (steps, following) = watch::channel(first);
        {
            let mut held = runs.held();
            if let Some(current) = held.as_ref() {
                return Err(active(&current.steps.borrow().view.run));
            }
            let (steps, progress, plan) = (following.clone(), progress.clone(), run.plan().clone());
            *held = Some(Current { control: control.clone(), steps, progress, plan, rests });
        }
        let app = self.downgrade();
        let task = tokio::spawn(async move {
            let execution = run.execute(&org);
            tokio::pin!(execution);
            let mut told = Instant::now();
            let ended = loop {
                tokio::select! {
                    ended = &mut execution => break ended,
                    changed = progress.changed() => if changed.is_ok() {
                        let view = view_of(&progress.borrow_and_update(), origin, control.pace());
                        // The end is told below.
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
            let last = RunView { pace: control.pace().map(NonZeroU32::get), ..last };
            let mut written = None;
            let view = match ended {
                Ok(info) => {
                    written = Some(ended_as(&info)).filter(|_| !is_over);
                    if let (Some(app), Some(until)) = (app.upgrade(), info.goes_on_at) {
                        app.org_waits_until(until);
                    }
                    if let (Some(app), Some(_)) = (app.upgrade(), info.goes_on_at)
                        && let Err(failure) = app.rest_for_the_org(&last.run).await
                    {
                        let message = failure.message;
                        tracing::error!(message, "it could not be kept that the run goes on by itself");
                    }
                    closed(last, info)
                }
                Err(error) => {
                    let why = chain(&error);
                    tracing::error!(why, "a run stopped");
                    RunView { state: RunState::Failed, why: Some(why), ..last }
                }
            };
            if let Some(app) = app.upgrade() {
                if let Some(action) = written {
                    app.record(None, action).await;
                }
                if origin == RunOrigin::Schedule {
                    let runs = &app.0.retention.runs;
                    *runs.scheduled.lock() = Some(view.clone());
                }
                *app.0.retention.runs.held() = None;
                let failure = org.last_failure().filter(|_| view.state == RunState::Failed);
                steps.send_replace(RunStep { view, failure });
                app.run_changed();
                app.0.notices.stale(Topic::Retention);
                app.0.notices.stale(Topic::Guests);
            }
        });
        self.0.tasks.add([task.abort_handle()]);
        self.0.notices.stale(Topic::Retention);
        Ok(following)
    }

    pub(crate) fn run_changed(&self) {
        self.0.retention.runs.changes.send_modify(|n| *n += 1);
    }
}
