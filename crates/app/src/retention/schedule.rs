//! When the purge runs by itself, and what keeps it from running.

use std::{sync::PoisonError, time::Duration};

use chrono::{DateTime, Utc};
use genesys::Lane;
use proof::{Action, SkipCode};
use retention::{
    Due, NamedPolicy, Plan, SealedPlan,
    clock_jump::Jump,
    drift::{self, Drift},
    schedule,
    scheduled_run::{self, DueFacts, NextStep, PlanFacts},
};

use crate::{
    App, Failure, FailureCode,
    retention::pending_approvals::{self, Asked, PendingApproval},
    retention::plans::PlanTarget,
    retention::runs::RunOptions,
    views::{AskCode, Topic},
};

/// Before a due run is tried again that could not begin.
const AGAIN: Duration = Duration::from_secs(30);

/// A person who allows a run allows so many more guests, in hundredths, as may have come due since they were shown.
const MEANWHILE: u64 = 10;

impl App {
    /// Starts what is due by the schedules, lets runs rest in quiet hours; answers how long to rest before the next look.
    /// What [`App::start_background`] does again and again; an activation without input, so once more does no harm.
    pub async fn run_what_is_due(&self) -> Duration {
        let mut rest = Duration::MAX;
        if let Err(failure) = self.look_at_clock().await {
            tracing::warn!(message = failure.message, "the look at the clock could not be kept");
        }
        match self.rest_in_quiet_hours().await {
            Ok(Some(soon)) => rest = soon,
            Ok(None) => {}
            Err(failure) => {
                tracing::error!(code = ?failure.code, message = failure.message, "a resting run did not go on");
                rest = AGAIN;
            }
        }
        for policy in self.0.retention.all() {
            let due = schedule::decide(&policy.schedule, self.0.clock.now());
            if let Err(failure) = self.tell_of_lost_due(&policy, due).await {
                tracing::error!(
                    message = failure.message,
                    "a run that quiet hours kept could not be written down"
                );
            }
            let wait = match due {
                Due::Off => continue,
                Due::Wait(wait) => wait,
                Due::Now { due_at, .. } => match self.run_due(&policy, due_at).await {
                    Ok(wait) => wait,
                    Err(failure) => {
                        let (code, message) = (failure.code, failure.message);
                        tracing::error!(policy = %policy.id, ?code, message, "the scheduled run did not start");
                        AGAIN
                    }
                },
            };
            rest = rest.min(wait);
        }
        rest
    }

    /// A due that waited for the end of quiet hours until it was too old to be caught up.
    async fn tell_of_lost_due(&self, policy: &NamedPolicy, due: Due) -> Result<(), Failure> {
        let lost = {
            let mut hushed = self.0.retention.hushed.lock().unwrap_or_else(PoisonError::into_inner);
            let waits = |at: &DateTime<Utc>| matches!(due, Due::Now { due_at, .. } if due_at == *at);
            if hushed.get(&policy.id).is_none_or(waits) { None } else { hushed.remove(&policy.id) }
        };
        let Some(lost) =
            lost.filter(|at| policy.schedule.is_armed() && policy.schedule.last_due() < Some(*at))
        else {
            return Ok(());
        };
        self.skip(policy, lost).await?;
        tracing::warn!(policy = %policy.id, "the scheduled run was skipped: quiet hours went on too long");
        self.record(None, Action::RunSkipped { policy: policy.id.clone(), code: SkipCode::Quiet }).await;
        Ok(())
    }

    /// First come the questions, then the plan: a due whose plan cannot be made stays due. Then the due is written down,
    /// before anything is deleted, so that none runs twice.
    async fn run_due(&self, policy: &NamedPolicy, due_at: DateTime<Utc>) -> Result<Duration, Failure> {
        let now = self.0.clock.now();
        let mut facts = DueFacts {
            run_goes_on: self.0.retention.current_run().is_some(),
            may_write: self.may_write().is_ok(),
            may_delete: self.may_delete().is_ok(),
            clock: None,
            plan: None,
        };
        let mut made = None;
        loop {
            let ask =
                |code, message, due, off| PendingApproval { code, message, since: now, due_at, due, off };
            match scheduled_run::next_step(policy, now, &facts) {
                NextStep::Wait => return Ok(AGAIN),
                NextStep::LookAgain => return Ok(Duration::ZERO),
                NextStep::Skip(code) => {
                    self.skip(policy, due_at).await?;
                    tracing::warn!(policy = %policy.id, ?code, "the scheduled run was skipped");
                    self.record(None, Action::RunSkipped { policy: policy.id.clone(), code }).await;
                    return Ok(Duration::ZERO);
                }
                NextStep::AskToConfirm(waiting) => {
                    let message = pending_approvals::not_confirmed(&policy.name, &waiting);
                    self.skip_and_ask(policy, ask(AskCode::NotConfirmed, message, None, None)).await?;
                    return Ok(Duration::ZERO);
                }
                NextStep::DeferUntil(opens) => {
                    self.defer(policy, due_at);
                    let wait = opens.and_then(|at| at.signed_duration_since(now).to_std().ok());
                    return Ok(wait.unwrap_or(AGAIN));
                }
                NextStep::LookAtClock => facts.clock = Some(self.clock_jump(Lane::Bulk).await?),
                NextStep::MakePlan => {
                    let plan = self.due_plan(policy).await?;
                    facts.plan = Some(self.facts_of_plan(policy, &plan).await?);
                    made = Some(plan);
                }
                NextStep::AskAboutClock { seconds, by_the_org } => {
                    self.put_ask(policy, pending_approvals::about_clock(seconds, by_the_org, now, due_at))
                        .await?;
                    return Ok(AGAIN);
                }
                NextStep::AskAboutDrift { usual, now: planned } => {
                    let message = pending_approvals::drifted(usual, planned);
                    let asked = ask(AskCode::Drift, message, Some(planned), None);
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

    /// Remembers that quiet hours keep this due, and says so once.
    fn defer(&self, policy: &NamedPolicy, due_at: DateTime<Utc>) {
        let mut hushed = self.0.retention.hushed.lock().unwrap_or_else(PoisonError::into_inner);
        if hushed.insert(policy.id.clone(), due_at) != Some(due_at) {
            self.0.notices.stale(Topic::Retention);
        }
    }

    async fn facts_of_plan(&self, policy: &NamedPolicy, plan: &Plan) -> Result<PlanFacts, Failure> {
        let newest = self.0.retention.named(policy.id.as_str()).ok();
        let same = newest.is_some_and(|newest| newest.strength() == policy.strength());
        let is_outdated = !same || !policy.beyond(&plan.header().policy).is_empty();
        let drift = if is_outdated { Drift::Go } else { self.drift(policy, plan).await? };
        Ok(PlanFacts { clock: self.clock_of_plan(plan), is_outdated, drift })
    }

    pub(crate) async fn due_plan(&self, policy: &NamedPolicy) -> Result<SealedPlan, Failure> {
        let path = self.0.retention.due_plan_path(&policy.id)?;
        Ok(self.retention_make_plan(&policy.what, &PlanTarget::Due(path)).await?.0)
    }

    /// Compares a plan with those of the same policy that ran before.
    pub(crate) async fn drift(&self, policy: &NamedPolicy, plan: &Plan) -> Result<Drift, Failure> {
        let Some(brake) = policy.brake else { return Ok(Drift::Go) };
        let last = self.planned_before(&policy.id).await?;
        Ok(drift::check(plan.due(), &last, brake))
    }

    /// Writes down that nothing runs for this due.
    async fn skip(&self, policy: &NamedPolicy, due_at: DateTime<Utc>) -> Result<(), Failure> {
        let _held = self.0.retention.scheduling.lock().await;
        let mut policy = self.0.retention.named(policy.id.as_str())?;
        policy.schedule.skipped(due_at);
        self.store_policy(policy, Asked::Stands).await
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
            // A person may have switched it off or changed it meanwhile, or quiet hours have begun.
            let due = matches!(schedule::decide(&newest.schedule, now), Due::Now { due_at: at, .. } if at == due_at);
            if !due || newest.may_act().is_err() || !newest.quiet.may_run(now) {
                return Ok(Duration::ZERO);
            }
            newest.schedule.started(due_at, now);
            self.store_policy(newest, Asked::Answered).await?;
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
        let jump = self.clock_jump(Lane::Person).await?;
        let about_clock = match jump {
            Jump::Ask { seconds, by_the_org } => {
                Some(pending_approvals::about_clock(seconds, by_the_org, self.0.clock.now(), ask.due_at))
            }
            Jump::None => None,
        };
        let off = about_clock.as_ref().and_then(|about| about.off);
        if let Some(again) = about_clock.filter(|new| !new.is_answered_by(ask)) {
            let message = again.message.clone();
            self.put_ask(policy, again).await?;
            return Err(Failure::new(FailureCode::ConfirmationNeeded, message)
                .with_next("Set the clock right, or allow the run again."));
        }
        let plan = self.due_plan(policy).await?;
        let shown = ask.due.map(|due| due + due * MEANWHILE / 100);
        let drifted = match (self.drift(policy, &plan).await?, shown) {
            (Drift::Go, _) => None,
            (Drift::Ask { now, .. }, Some(shown)) if now <= shown => None,
            (Drift::Ask { usual, now }, _) => Some((usual, now)),
        };
        if let Some((usual, now)) = drifted {
            let message = pending_approvals::drifted(usual, now);
            // With the clock that was answered for, or the next answer would bring that question back.
            let again = PendingApproval {
                code: AskCode::Drift,
                message: message.clone(),
                due: Some(now),
                off,
                ..ask.clone()
            };
            self.put_ask(policy, again).await?;
            return Err(Failure::new(FailureCode::ConfirmationNeeded, message)
                .with_next("Look at the new number and allow the run again."));
        }
        if off.is_some() {
            // Not before: what does not come to a run must not make the clock be believed.
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
        let before = {
            let _held = self.0.retention.scheduling.lock().await;
            let mut newest = self.0.retention.named(policy.id.as_str())?;
            let before = newest.schedule.clone();
            newest.schedule.started(ask.due_at, self.0.clock.now());
            self.store_policy(newest, Asked::Answered).await?;
            before
        };
        let started = self.start_scheduled_run(plan, policy).await;
        if started.is_err() {
            // What did not begin waits for its word as before.
            let _held = self.0.retention.scheduling.lock().await;
            let newest = NamedPolicy { schedule: before, ..self.0.retention.named(policy.id.as_str())? };
            self.store_policy(newest, Asked::Waits(ask.clone())).await?;
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
