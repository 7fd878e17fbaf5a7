//! Runs as they are looked back on: the list, one of them, what became of each guest, and how many were planned before.

use model::GuestId;
use proof::CertifiedOutcome;
use retention::{PolicyId, RunId, SpareReason};
use serde_json::{Value, json};

use crate::{
    App, Failure, FailureCode,
    app::blocking,
    retention::run_views::{kind_of, outcome_view, view_of_info},
    views::{OutcomeKind, OutcomePage, RunOrigin, RunView, RunWait, ScheduleState, count},
};

/// Guests that a run spared because it is not clear whether a conversation of theirs goes on: for a person to look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnclearGuests {
    /// How many.
    pub total: u64,
    /// The first 100.
    pub guests: Vec<GuestId>,
}

impl App {
    /// All runs of this connection, newest first.
    ///
    /// # Errors
    /// A damaged journal.
    pub async fn retention_runs(&self) -> Result<Vec<RunView>, Failure> {
        let app = self.clone();
        blocking(move || {
            let runs = &app.0.retention.runs;
            let current = runs.current();
            let mut views = Vec::new();
            for info in runs.history.list()? {
                let run = info.run.to_string();
                let origin = runs.origins.get(&run)?.unwrap_or(RunOrigin::Hand);
                let view = view_of_info(info, origin);
                views.push(app.with_wait(match &current {
                    Some(current) if current.run == view.run => current.clone(),
                    _ => view,
                }));
            }
            Ok(views)
        })
        .await
    }

    /// One run.
    ///
    /// # Errors
    /// No such run.
    pub(crate) async fn run_of(&self, run: &str) -> Result<RunView, Failure> {
        run.parse::<RunId>()?;
        let found = self.retention_runs().await?.into_iter().find(|r| r.run == run);
        found.ok_or_else(|| Failure::new(FailureCode::NotFound, format!("There is no run {run}.")))
    }

    /// Runs and the scheduled ones that wait for a person, as `retention status` tells them.
    ///
    /// # Errors
    /// No such run.
    pub async fn retention_status(&self, run: Option<&str>) -> Result<Value, Failure> {
        let runs = match run {
            Some(run) => vec![self.run_of(run).await?],
            None => self.retention_runs().await?,
        };
        let asks = self.0.retention.pending_approvals.all();
        let asks: Vec<Value> = asks
            .iter()
            .map(|(policy, ask)| {
                json!({
                    "policy": policy, "code": ask.code, "message": ask.message, "since": ask.since, "due": ask.due,
                })
            })
            .collect();
        let waits: Vec<Value> = self
            .retention_policies()
            .iter()
            .filter_map(|policy| {
                let (waits_for, until) = match policy.schedule.state {
                    ScheduleState::Quiet => (RunWait::QuietHours, policy.opens_at),
                    ScheduleState::OrgLimit => (RunWait::OrgLimit, policy.schedule.waits_until),
                    _ => return None,
                };
                Some(json!({ "policy": policy.id, "waitsFor": waits_for, "waitsUntil": until }))
            })
            .collect();
        Ok(json!({ "runs": runs, "asks": asks, "waits": waits }))
    }

    /// A window of the outcomes of a run, in the plan's order; of one kind only where that is asked for.
    ///
    /// # Errors
    /// No such run, a damaged journal, more than 200 lines asked for.
    pub async fn retention_outcomes(
        &self,
        run: &str,
        offset: u32,
        limit: u32,
        kind: Option<OutcomeKind>,
    ) -> Result<OutcomePage, Failure> {
        if limit > 200 {
            return Err(Failure::field("limit", "may be at most 200"));
        }
        let (app, id) = (self.clone(), run.parse::<RunId>()?);
        let wanted = move |outcome| kind.is_none_or(|kind| kind_of(outcome) == kind);
        let (offset, limit) = (u64::from(offset), limit as usize);
        blocking(move || {
            let runs = &app.0.retention.runs;
            let (lines, total) = match runs.going_on(&id) {
                // Its journal is some outcomes behind the counts that are shown of it.
                Some((progress, plan)) => {
                    let lines = progress.borrow().outcomes(&plan, wanted, offset, limit);
                    lines.read(&plan)?
                }
                None => runs.history.outcomes(&id, wanted, offset, limit)?,
            };
            Ok(OutcomePage { outcomes: lines.into_iter().map(outcome_view).collect(), total: count(total) })
        })
        .await
    }

    /// Guests that this run or its plan spared because it is not clear whether a conversation of theirs goes on.
    ///
    /// # Errors
    /// No such run, a damaged journal.
    pub async fn retention_unclear(&self, run: &str) -> Result<UnclearGuests, Failure> {
        let (app, id) = (self.clone(), run.parse::<RunId>()?);
        let wanted = |outcome| outcome == CertifiedOutcome::Spared(SpareReason::Unclear);
        blocking(move || {
            let (lines, total) = app.0.retention.runs.history.outcomes(&id, wanted, 0, 100)?;
            Ok(UnclearGuests { total, guests: lines.into_iter().map(|line| line.id).collect() })
        })
        .await
    }

    /// How many guests the earlier runs of a policy set out to delete, the newest first.
    pub(crate) async fn planned_before(&self, policy: &PolicyId) -> Result<Vec<u64>, Failure> {
        let (app, policy) = (self.clone(), policy.to_string());
        blocking(move || {
            let runs = &app.0.retention.runs;
            let mut planned = Vec::new();
            for info in runs.history.list()? {
                if runs.policies.get(&info.run.to_string())?.is_some_and(|of| of == policy) {
                    planned.push(info.due);
                }
            }
            Ok(planned)
        })
        .await
    }
}
