//! A person's hand on a run: follow, pause, pace, cancel.

use std::num::NonZeroU32;

use retention::{RunControl, RunId};
use tokio::sync::watch;

use crate::{
    App, Failure, FailureCode,
    app::blocking,
    retention::run_views::ended_as,
    retention::runs::RunStep,
    views::{RunView, Topic},
};

impl App {
    /// The run that goes on in this process, step by step.
    #[must_use]
    pub fn retention_follow(&self) -> Option<watch::Receiver<RunStep>> {
        self.0.retention.runs.held().as_ref().map(|current| current.steps.clone())
    }

    /// Pauses the run that goes on; answers when it has stopped.
    ///
    /// # Errors
    /// No such run.
    pub async fn retention_pause(&self, run: &str) -> Result<RunView, Failure> {
        self.end_rest(run).await?;
        self.steer(run, RunControl::pause).await
    }

    /// Another pace for the run that goes on, from the next delete; `None` leaves it to the rate budget.
    ///
    /// # Errors
    /// The run does not go on; a pace of 0.
    pub fn retention_set_pace(&self, run: &str, per_minute: Option<u32>) -> Result<RunView, Failure> {
        let refused = || Failure::field("pace", "must be 1 or more, or nothing for no limit");
        let pace = per_minute.map(|n| NonZeroU32::new(n).ok_or_else(refused)).transpose()?;
        let held = self.0.retention.runs.held();
        let Some(current) = held.as_ref().filter(|c| c.steps.borrow().view.run == run) else {
            let message = format!("The run {run} does not go on here.");
            return Err(Failure::new(FailureCode::NotFound, message)
                .with_next("Resume it with the pace that it should have."));
        };
        current.control.set_pace(pace);
        let view = RunView { pace: per_minute, ..current.steps.borrow().view.clone() };
        drop(held);
        self.run_changed();
        Ok(view)
    }

    /// Ends a run for good. What is left of its plan stays.
    ///
    /// # Errors
    /// No such run.
    pub async fn retention_cancel(&self, run: &str) -> Result<RunView, Failure> {
        let cancelled = self.cancel(run).await?;
        // Not before: a run that could not be cancelled goes on by itself when quiet hours end, as it would have.
        self.end_rest(run).await?;
        Ok(cancelled)
    }

    async fn cancel(&self, run: &str) -> Result<RunView, Failure> {
        if self.0.retention.current_run().is_some_and(|r| r.run == run) {
            return self.steer(run, RunControl::cancel).await;
        }
        let (app, id) = (self.clone(), run.parse::<RunId>()?);
        let info = blocking(move || {
            let (store, dir) = (&app.0.store, &app.0.retention.runs.dir);
            let before = retention::run_info(store, dir, &id)?;
            let info = retention::cancel_run(store, dir, &id, &*app.0.clock)?;
            Ok((before.state != info.state).then_some(info))
        })
        .await?;
        if let Some(info) = info {
            self.record(None, ended_as(&info)).await;
        }
        self.0.notices.stale(Topic::Retention);
        self.run_of(run).await
    }

    async fn steer(&self, run: &str, request: impl FnOnce(&RunControl)) -> Result<RunView, Failure> {
        let steps = {
            let held = self.0.retention.runs.held();
            held.as_ref().filter(|current| current.steps.borrow().view.run == run).map(|current| {
                request(&current.control);
                current.steps.clone()
            })
        };
        // One that stands already: how it stands is the answer.
        let Some(mut steps) = steps else { return self.run_of(run).await };
        match steps.wait_for(RunStep::ended).await {
            Ok(step) => Ok(step.view.clone()),
            Err(_) => Err(Failure::internal("the run ended and did not say how")),
        }
    }
}
