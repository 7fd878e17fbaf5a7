//! Quiet hours pause a run that the schedule carries out, and it goes on when they end.

use std::{sync::atomic::Ordering, time::Duration};

use retention::{
    NamedPolicy, RunId, RunInfo, RunState,
    quiet_pause::{self, Paused, Running},
};
use store::Batch;

use crate::{App, Failure, app::blocking, retention::runs::RunOptions, views::RunOrigin};

impl App {
    /// Pauses the scheduled run that goes on when its quiet hours begin, and goes on with a paused one when they end.
    /// Answers after what time to look again, where quiet hours concern a run.
    pub(crate) async fn keep_quiet_hours(&self) -> Result<Option<Duration>, Failure> {
        let now = self.0.clock.now();
        let runs = &self.0.retention.runs;
        let current = {
            let held = runs.held();
            held.as_ref().map(|c| (c.steps.borrow().view.clone(), c.rests, c.control.clone()))
        };
        if let Some((view, rests, control)) = current {
            let policy = self.policy_of_run(&view.run)?;
            let keeps_quiet = rests && view.origin == RunOrigin::Schedule;
            let does = quiet_pause::of_running(policy.as_ref(), keeps_quiet, now);
            if does == Running::Pause {
                let mut batch = Batch::new();
                batch.put(&runs.resting, &view.run, &true)?;
                self.0.store.commit_async(batch).await?;
                tracing::info!(run = view.run, "quiet hours begin: the run is paused");
                control.pause();
            }
            return Ok((does != Running::Leave).then(|| quiet_pause::until_next_minute(now)));
        }
        // They stay paused until a person accepts the loss.
        if self.may_delete().is_err() {
            return Ok(None);
        }
        let app = self.clone();
        let paused = blocking(move || {
            let all = app.0.retention.runs.resting.iter();
            Ok(all.map(|entry| Ok(entry?.0)).collect::<Result<Vec<String>, store::Error>>()?)
        })
        .await?;
        let mut soon = None;
        for run in paused {
            let policy = self.policy_of_run(&run)?;
            let info = self.info_of(&run).await.ok().filter(|info| info.state == RunState::Paused);
            let is_scheduled = runs.origins.get(&run)? == Some(RunOrigin::Schedule);
            let may_write = self.may_write().is_ok();
            let does = match info.as_ref().and_then(|info| info.goes_on_at) {
                Some(until) => {
                    // A restart has forgotten it.
                    self.org_waits_until(until);
                    quiet_pause::of_limited(is_scheduled.then_some(policy.as_ref()), may_write, until, now)
                }
                None => quiet_pause::of_paused(policy.as_ref(), info.is_some(), may_write, now),
            };
            if does != Paused::LeaveToPerson {
                soon = Some(quiet_pause::until_next_minute(now));
            }
            if does == Paused::GoOn {
                tracing::info!(run, "quiet hours or the org's limit are over: the run goes on");
                drop(self.resume_run(run.parse::<RunId>()?, RunOptions::default(), is_scheduled).await?);
            }
            // Only after it has started: one that could not is tried again at the next look.
            if does != Paused::Wait {
                self.end_rest(&run).await?;
            }
            if does == Paused::GoOn {
                break;
            }
        }
        Ok(soon)
    }

    /// A process that stays goes on by itself with a run that the org asked to wait.
    pub(crate) async fn rest_for_the_org(&self, run: &str) -> Result<(), Failure> {
        if self.0.stays.load(Ordering::Relaxed) {
            let mut batch = Batch::new();
            batch.put(&self.0.retention.runs.resting, &run.to_owned(), &true)?;
            self.0.store.commit_async(batch).await?;
        }
        Ok(())
    }

    async fn info_of(&self, run: &str) -> Result<RunInfo, Failure> {
        let (app, id) = (self.clone(), run.parse::<RunId>()?);
        blocking(move || Ok(app.0.retention.runs.history.info(&id)?)).await
    }

    pub(crate) fn policy_of_run(&self, run: &str) -> Result<Option<NamedPolicy>, Failure> {
        let of = self.0.retention.runs.policies.get(&run.to_owned())?;
        Ok(of.and_then(|id| self.0.retention.all().into_iter().find(|policy| policy.id.as_str() == id)))
    }

    /// The run no longer goes on by itself when quiet hours end: a person decides about it from here on.
    pub(crate) async fn end_rest(&self, run: &str) -> Result<(), Failure> {
        let resting = &self.0.retention.runs.resting;
        if resting.get(&run.to_owned())?.is_some() {
            let mut batch = Batch::new();
            batch.remove(resting, &run.to_owned());
            self.0.store.commit_async(batch).await?;
        }
        Ok(())
    }
}
