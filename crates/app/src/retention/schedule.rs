//! When the purge runs by itself, and what keeps it from running.

use std::time::Duration;

use chrono::{DateTime, Utc};
use genesys::Lane;
use proof::{Action, SkipCode};
use retention::{
    Due, NamedPolicy, Plan, Schedule, SealedPlan,
    approval::{ApprovalReason, PendingApproval},
    drift::{self, Unusual},
    schedule,
    scheduled_run::{self, DueFacts, NextStep, PlanFacts},
};

use crate::{
    App, Failure, FailureCode,
    retention::deferred::{DeferredBy, DeferredDue},
    retention::pending_approvals::{self, Asked},
    retention::plans::PlanTarget,
    retention::runs::RunOptions,
};

/// Before a due run is tried again that could not begin.
const AGAIN: Duration = Duration::from_secs(30);

impl App {
    /// Starts what is due by the schedules and pauses runs in quiet hours; answers how long to wait before the next look.
    /// What [`App::start_background`] does again and again; an activation without input, so once more does no harm.
    pub async fn run_what_is_due(&self) -> Duration {
        let mut next_look = Duration::MAX;
        if let Err(failure) = self.look_at_clock().await {
            tracing::warn!(message = failure.message, "the look at the clock could not be kept");
        }
        match self.keep_quiet_hours().await {
            Ok(Some(soon)) => next_look = soon,
            Ok(None) => {}
            Err(failure) => {
                tracing::error!(code = ?failure.code, message = failure.message, "a paused run did not go on");
                next_look = AGAIN;
            }
        }
        for policy in self.0.retention.all() {
            let due = schedule::decide(&policy.schedule, self.0.clock.now());
            if let Err(failure) = self.tell_of_lost_due(&policy, due).await {
                let message = failure.message;
                tracing::error!(message, "it could not be written down that a due was too old at last");
            }
            let wait = match due {
                Due::Off => continue,
                Due::Wait(wait) => wait,
                Due::Now { due_at, .. } => match self.run_due(&policy, due_at).await {
                    Ok(wait) => wait,
                    Err(failure) => {
                        if let Some(until) = self.limit_in(&failure) {
                            // The next look finds that the org takes no calls.
                            self.org_waits_until(until);
                            self.defer(&policy, DeferredDue { due_at, waits_for: DeferredBy::OrgLimit });
                        }
                        let (code, message) = (failure.code, failure.message);
                        tracing::error!(policy = %policy.id, ?code, message, "the scheduled run did not start");
                        AGAIN
                    }
                },
            };
            next_look = next_look.min(wait);
        }
        next_look
    }

    /// First everything is asked that can keep the run from starting, then the plan is made: a due whose plan cannot be made
    /// stays due. Then the due is written down, before anything is deleted, so that none runs twice.
    async fn run_due(&self, policy: &NamedPolicy, due_at: DateTime<Utc>) -> Result<Duration, Failure> {
        let now = self.0.clock.now();
        let mut facts = DueFacts {
            run_goes_on: self.0.retention.current_run().is_some(),
            may_write: self.may_write().is_ok(),
            may_delete: self.may_delete().is_ok(),
            limited_until: self.limited_until(),
            clock: None,
            plan: None,
        };
        let mut made = None;
        loop {
            let ask =
                |code, message, due| PendingApproval { code, message, since: now, due_at, due, off: None };
            match scheduled_run::next_step(policy, now, &facts) {
                NextStep::Wait => return Ok(AGAIN),
                NextStep::LookAgain => return Ok(Duration::ZERO),
                NextStep::Skip(code) => {
                    self.skip(policy, due_at, code).await?;
                    return Ok(Duration::ZERO);
                }
                NextStep::AskToConfirm(waiting) => {
                    let message = pending_approvals::not_confirmed(&policy.name, &waiting);
                    self.skip_and_ask(policy, ask(ApprovalReason::NotConfirmed, message, None)).await?;
                    return Ok(Duration::ZERO);
                }
                NextStep::DeferUntil(opens) => {
                    self.defer(policy, DeferredDue { due_at, waits_for: DeferredBy::Quiet });
                    let wait = opens.and_then(|at| at.signed_duration_since(now).to_std().ok());
                    return Ok(wait.unwrap_or(AGAIN));
                }
                NextStep::WaitForOrg(until) => {
                    self.defer(policy, DeferredDue { due_at, waits_for: DeferredBy::OrgLimit });
                    return Ok(until.signed_duration_since(now).to_std().unwrap_or(AGAIN));
                }
                NextStep::LookAtClock => facts.clock = Some(self.clock_jump(Lane::Bulk).await?),
                NextStep::MakePlan => {
                    let plan = self.due_plan(policy).await?;
                    facts.plan = Some(self.facts_of_plan(policy, &plan).await?);
                    made = Some(plan);
                }
                NextStep::AskAboutClock(off) => {
                    let asked = ask(ApprovalReason::ClockJump, pending_approvals::jumped(off), None);
                    self.put_ask(policy, PendingApproval { off: Some(off.seconds), ..asked }).await?;
                    return Ok(AGAIN);
                }
                NextStep::AskAboutDrift(unusual) => {
                    let message = pending_approvals::drifted(unusual);
                    let asked = ask(ApprovalReason::Drift, message, Some(unusual.planned));
                    let asked = PendingApproval { since: self.0.clock.now(), ..asked };
                    self.skip_and_ask(policy, asked).await?;
                    return Ok(Duration::ZERO);
                }
                NextStep::Start => {
                    let plan = made.expect("a run starts only with the facts of its plan");
                    return self.start_due(policy, plan, due_at).await;
                }
            }
        }
    }

    async fn facts_of_plan(&self, policy: &NamedPolicy, plan: &Plan) -> Result<PlanFacts, Failure> {
        let newest = self.0.retention.named(policy.id.as_str()).ok();
        let same = newest.is_some_and(|newest| newest.strength() == policy.strength());
        let is_outdated = !same || !policy.beyond(&plan.header().policy).is_empty();
        let drift = if is_outdated { Ok(()) } else { self.drift(policy, plan).await? };
        Ok(PlanFacts { clock: self.clock_of_plan(plan), is_outdated, drift })
    }

    pub(crate) async fn due_plan(&self, policy: &NamedPolicy) -> Result<SealedPlan, Failure> {
        let path = self.0.retention.due_plan_path(&policy.id)?;
        Ok(self.retention_make_plan(&policy.what, &PlanTarget::Due(path)).await?.0)
    }

    /// Compares a plan with those of the same policy that ran before.
    pub(crate) async fn drift(
        &self,
        policy: &NamedPolicy,
        plan: &Plan,
    ) -> Result<Result<(), Unusual>, Failure> {
        let Some(brake) = policy.brake else { return Ok(Ok(())) };
        let last = self.planned_before(&policy.id).await?;
        Ok(drift::check(plan.due(), &last, brake))
    }

    /// Writes down that nothing runs for this due, and why.
    pub(super) async fn skip(
        &self,
        policy: &NamedPolicy,
        due_at: DateTime<Utc>,
        code: SkipCode,
    ) -> Result<(), Failure> {
        self.settle(policy, due_at, Asked::Stands).await?;
        tracing::warn!(policy = %policy.id, ?code, "the scheduled run was skipped");
        self.record(None, Action::RunSkipped { policy: policy.id.clone(), code }).await;
        Ok(())
    }

    /// Writes down that this due never comes again, with what becomes of the policy's question; answers the schedule as it
    /// was before.
    pub(crate) async fn settle(
        &self,
        policy: &NamedPolicy,
        due_at: DateTime<Utc>,
        asked: Asked,
    ) -> Result<Schedule, Failure> {
        let _held = self.0.retention.scheduling.lock().await;
        let mut newest = self.0.retention.named(policy.id.as_str())?;
        let before = newest.schedule.clone();
        newest.schedule.settle(due_at);
        self.store_policy(newest, None, asked).await?;
        Ok(before)
    }

    async fn start_due(
        &self,
        policy: &NamedPolicy,
        plan: SealedPlan,
        due_at: DateTime<Utc>,
    ) -> Result<Duration, Failure> {
        {
            let _held = self.0.retention.scheduling.lock().await;
            let now = self.0.clock.now();
            let mut newest = self.0.retention.named(policy.id.as_str())?;
            if !scheduled_run::may_start(&newest, due_at, now) {
                return Ok(Duration::ZERO);
            }
            newest.schedule.settle(due_at);
            self.store_policy(newest, None, Asked::Answered).await?;
        }
        self.start_scheduled_run(plan, policy).await?;
        Ok(Duration::ZERO)
    }

    /// Carries out the run that a person allowed.
    pub(crate) async fn run_allowed(
        &self,
        policy: &NamedPolicy,
        ask: &PendingApproval,
    ) -> Result<(), Failure> {
        if let Some(run) = self.0.retention.current_run() {
            return Err(crate::retention::runs::active(&run.run));
        }
        // The answer is to the question that was shown: a clock that is wrong by now, or wrong by far more, is another.
        let off = self.clock_jump(Lane::Person).await?.err();
        if let Some(off) = off.filter(|off| !ask.covers_clock(*off)) {
            let message = pending_approvals::jumped(off);
            let again = PendingApproval {
                code: ApprovalReason::ClockJump,
                message: message.clone(),
                since: self.0.clock.now(),
                due: None,
                off: Some(off.seconds),
                ..ask.clone()
            };
            self.put_ask(policy, again).await?;
            return Err(Failure::new(FailureCode::ConfirmationNeeded, message)
                .with_next("Set the clock right, or allow the run again."));
        }
        let plan = self.due_plan(policy).await?;
        let unusual = self.drift(policy, &plan).await?.err();
        if let Some(unusual) = unusual.filter(|unusual| !ask.covers_number(*unusual)) {
            let message = pending_approvals::drifted(unusual);
            // With the clock that was answered for, or the next answer would bring that question back.
            let again = PendingApproval {
                code: ApprovalReason::Drift,
                message: message.clone(),
                due: Some(unusual.planned),
                off: off.map(|off| off.seconds),
                ..ask.clone()
            };
            self.put_ask(policy, again).await?;
            return Err(Failure::new(FailureCode::ConfirmationNeeded, message)
                .with_next("Look at the new number and allow the run again."));
        }
        if off.is_some() {
            // Only now: an answer that starts no run must not make the clock be believed.
            self.trust_clock();
        }
        self.start_answered(policy, ask, plan).await
    }

    /// Writes down that the due was answered, then carries out the plan; one that does not begin waits as before.
    pub(crate) async fn start_answered(
        &self,
        policy: &NamedPolicy,
        ask: &PendingApproval,
        plan: SealedPlan,
    ) -> Result<(), Failure> {
        let before = self.settle(policy, ask.due_at, Asked::Answered).await?;
        let started = self.start_scheduled_run(plan, policy).await;
        if started.is_err() {
            // What did not begin waits for an answer as before.
            let _held = self.0.retention.scheduling.lock().await;
            let newest = NamedPolicy { schedule: before, ..self.0.retention.named(policy.id.as_str())? };
            self.store_policy(newest, None, Asked::Waits(ask.clone())).await?;
        }
        started
    }

    async fn start_scheduled_run(&self, plan: SealedPlan, policy: &NamedPolicy) -> Result<(), Failure> {
        let options = RunOptions {
            max: policy.cap.map(std::num::NonZeroU64::get),
            pace: policy.pace,
            ..RunOptions::default()
        };
        self.start_by_schedule(plan, options, policy).await
    }
}
