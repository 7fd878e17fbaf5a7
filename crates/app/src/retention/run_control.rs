//! A person's hand on a run: follow, pause, pace, cancel.

use std::{
    num::NonZeroU32,
    sync::{Arc, PoisonError},
};

use proof::Action;
use retention::{RunControl, RunId, RunInfo};
use tokio::sync::watch;

use crate::{
    App, Failure, FailureCode,
    app::blocking,
    retention::runs::RunStep,
    views::{RunView, Topic},
};

impl App {
    /// The run that goes on in this process, step by step.
    #[must_use]
    pub fn retention_follow(&self) -> Option<watch::Receiver<RunStep>> {
        let held = self.0.retention.runs.current.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().map(|current| current.steps.clone())
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
        let held = self.0.retention.runs.current.lock().unwrap_or_else(PoisonError::into_inner);
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
        let id: RunId = run.parse::<RunId>()?;
        let (store, dir, clock) =
            (self.0.store.clone(), self.0.retention.runs.dir.clone(), Arc::clone(&self.0.clock));
        let info = blocking(move || {
            let before = retention::run_info(&store, &dir, &id)?;
            let info = retention::cancel_run(&store, &dir, &id, &*clock)?;
            Ok((before.state != info.state).then_some(info))
        })
        .await?;
        if let Some(info) = info {
            self.record(None, cancelled(&info)).await;
        }
        self.0.notices.stale(Topic::Retention);
        self.run_status(Some(run))
            .await?
            .into_iter()
            .next()
            .ok_or_else(|| Failure::internal("the run is gone"))
    }

    async fn steer(&self, run: &str, request: impl FnOnce(&RunControl)) -> Result<RunView, Failure> {
        let steps = {
            let held = self.0.retention.runs.current.lock().unwrap_or_else(PoisonError::into_inner);
            match held.as_ref().filter(|c| c.steps.borrow().view.run == run) {
                Some(current) => {
                    request(&current.control);
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
            Err(_) => return Err(Failure::internal("the run ended and did not say how")),
        };
        Ok(view)
    }
}

fn cancelled(info: &RunInfo) -> Action {
    Action::RunEnded {
        run: info.run.clone(),
        state: info.state,
        deleted: info.deleted,
        already_gone: info.already_gone,
        spared: info.spared,
        failed: info.failed,
        remaining: info.remaining,
        verified: false,
    }
}
