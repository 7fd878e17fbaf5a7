//! Quiet hours pause a run that the schedule carries out, and it goes on when they end.

use std::time::Duration;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use retention::{NamedPolicy, RunId, RunInfo, RunState};
use store::Batch;

use crate::{App, Failure, app::blocking, retention::runs::RunOptions, views::RunOrigin};

/// Quiet hours begin and end with a minute.
fn next_minute(now: DateTime<Utc>) -> Duration {
    let minute = TimeDelta::minutes(1);
    let left = now.duration_trunc(minute).ok().map(|start| start + minute - now);
    left.and_then(|left| left.to_std().ok()).unwrap_or(Duration::from_secs(1))
}

impl App {
    /// Pauses the scheduled run that goes on when its quiet hours begin, and goes on with one that rests when they end.
    /// Answers when to look again, where something rests or may have to.
    pub(crate) async fn rest_in_quiet_hours(&self) -> Result<Option<Duration>, Failure> {
        let now = self.0.clock.now();
        let runs = &self.0.retention.runs;
        let current = {
            let held = runs.held();
            held.as_ref().map(|c| (c.steps.borrow().view.clone(), c.rests, c.control.clone()))
        };
        if let Some((view, rests, control)) = current {
            let policy = self.policy_of_run(&view.run)?;
            let Some(policy) = policy.filter(|p| rests && !p.quiet.windows().is_empty()) else {
                return Ok(None);
            };
            if !policy.quiet.may_run(now) && view.origin == RunOrigin::Schedule {
                let mut batch = Batch::new();
                batch.put(&runs.resting, &view.run, &true)?;
                self.0.store.commit_async(batch).await?;
                tracing::info!(run = view.run, policy = %policy.id, "quiet hours begin: the run rests");
                control.pause();
            }
            return Ok(Some(next_minute(now)));
        }
        // They rest on until a person accepts the loss.
        if self.may_delete().is_err() {
            return Ok(None);
        }
        let app = self.clone();
        let resting = blocking(move || {
            let all = app.0.retention.runs.resting.iter();
            Ok(all.map(|entry| Ok(entry?.0)).collect::<Result<Vec<String>, store::Error>>()?)
        })
        .await?;
        let mut soon = None;
        for run in resting {
            let policy = self.policy_of_run(&run)?.filter(|policy| policy.may_act().is_ok());
            let paused = self.info_of(&run).await.is_ok_and(|info| info.state == RunState::Paused);
            let Some(policy) = policy.filter(|_| paused && self.may_write().is_ok()) else {
                // Switched off, changed, resumed or cancelled meanwhile: a person decides what becomes of it.
                self.end_rest(&run).await?;
                continue;
            };
            soon = Some(next_minute(now));
            if policy.quiet.may_run(now) {
                tracing::info!(run, policy = %policy.id, "quiet hours are over: the run goes on");
                drop(self.resume_run(run.parse::<RunId>()?, RunOptions::default(), true).await?);
                // Not before: what could not go on now is tried again at the next look.
                self.end_rest(&run).await?;
                break;
            }
        }
        Ok(soon)
    }

    async fn info_of(&self, run: &str) -> Result<RunInfo, Failure> {
        let (app, id) = (self.clone(), run.parse::<RunId>()?);
        blocking(move || Ok(app.0.retention.runs.history.info(&id)?)).await
    }

    pub(crate) fn policy_of_run(&self, run: &str) -> Result<Option<NamedPolicy>, Failure> {
        let of = self.0.retention.runs.policies.get(&run.to_owned())?;
        Ok(of.and_then(|id| self.0.retention.all().into_iter().find(|policy| policy.id.as_str() == id)))
    }

    /// A person has the word about this run from here on.
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
