//! A person's answers to due runs that wait for one.

use proof::{Action, SkipCode};
use retention::{
    NamedPolicy, PolicyId,
    approval::{ApprovalReason, PendingApproval},
};
use store::Batch;

use crate::{
    App, Failure, FailureCode,
    retention::pending_approvals::Asked,
    views::{AskCode, AskView, NamedPolicyView, NoticeView, Topic, count},
};

impl From<ApprovalReason> for AskCode {
    fn from(reason: ApprovalReason) -> Self {
        match reason {
            ApprovalReason::Drift => Self::Drift,
            ApprovalReason::ClockJump => Self::ClockJump,
            ApprovalReason::NotConfirmed => Self::NotConfirmed,
        }
    }
}

impl App {
    pub(crate) fn ask_of(&self, policy: &PolicyId) -> Option<AskView> {
        self.0.retention.pending_approvals.of(policy).map(|ask| AskView {
            code: ask.code.into(),
            message: ask.message,
            since: ask.since,
            due: ask.due.map(count),
        })
    }

    /// Keeps the question, says it in the audit log, the program's log and the status. Once for one due.
    pub(crate) async fn put_ask(&self, policy: &NamedPolicy, ask: PendingApproval) -> Result<(), Failure> {
        let id = &policy.id;
        if self.0.retention.pending_approvals.is_asked(id, &ask) {
            return Ok(());
        }
        let mut batch = Batch::new();
        self.0.retention.pending_approvals.put_in(id, &Asked::Waits(ask.clone()), &mut batch)?;
        self.0.store.commit_async(batch).await?;
        self.ask_became(id, Asked::Waits(ask.clone()));
        self.tell_ask(id, ask).await;
        Ok(())
    }

    /// Keeps the question and that nothing runs for its due, in one: neither is lost without the other.
    pub(crate) async fn skip_and_ask(
        &self,
        policy: &NamedPolicy,
        ask: PendingApproval,
    ) -> Result<(), Failure> {
        let is_known = self.0.retention.pending_approvals.is_asked(&policy.id, &ask);
        self.settle(policy, ask.due_at, Asked::Waits(ask.clone())).await?;
        if !is_known {
            self.tell_ask(&policy.id, ask).await;
        }
        Ok(())
    }

    async fn tell_ask(&self, id: &PolicyId, ask: PendingApproval) {
        let code = match ask.code {
            ApprovalReason::Drift => SkipCode::Drift,
            ApprovalReason::ClockJump => SkipCode::ClockJump,
            ApprovalReason::NotConfirmed => SkipCode::NotConfirmed,
        };
        tracing::warn!(policy = %id, ?code, why = ask.message, "the scheduled run was skipped");
        self.record(None, Action::RunSkipped { policy: id.clone(), code }).await;
    }

    /// Takes up what was written of a question.
    pub(crate) fn ask_became(&self, policy: &PolicyId, asked: Asked) {
        if self.0.retention.pending_approvals.became(policy, asked) {
            self.0.notices.stale(Topic::Retention);
        }
    }

    /// What a person is told of the questions that are open.
    pub(crate) fn ask_notices(&self) -> Vec<NoticeView> {
        let notice = |(id, ask): (PolicyId, PendingApproval)| {
            let next = match ask.code {
                ApprovalReason::NotConfirmed => {
                    "Confirm the policy under Retention; it runs at its next time."
                }
                _ => "Allow the run or make a preview under Retention.",
            };
            NoticeView {
                id: format!("retention-ask-{id}-{}", ask.due_at.timestamp()),
                title: "A scheduled run waits for your decision".to_owned(),
                message: format!("{} {next}", ask.message),
                paths: Vec::new(),
            }
        };
        self.0.retention.pending_approvals.all().into_iter().map(notice).collect()
    }

    /// A person's answer: the run that waits may go now, once. It is planned anew; where by then far more guests are due
    /// than were shown, it is asked again.
    ///
    /// # Errors
    /// Nothing waits, [`FailureCode::NotConfirmed`], [`FailureCode::ConfirmationNeeded`], a run that goes on, a read-only
    /// connection, or what the org answered.
    pub async fn retention_allow_once(&self, id: &str) -> Result<NamedPolicyView, Failure> {
        let (policy, ask) = self.waiting(id)?;
        self.run_allowed(&policy, &ask).await?;
        self.retention_policy_view(id)
    }

    /// The policy with the question that it waits on, where a person may answer it by letting the run go.
    pub(crate) fn waiting(&self, id: &str) -> Result<(NamedPolicy, PendingApproval), Failure> {
        self.may_write()?;
        self.may_delete()?;
        let policy = self.0.retention.named(id)?;
        let Some(ask) = self.0.retention.pending_approvals.of(&policy.id) else {
            let message = format!("No run of the policy {:?} waits for an answer.", policy.name);
            return Err(Failure::new(FailureCode::NotFound, message).with_next("Run it by hand instead."));
        };
        if let Some(failure) = Self::not_confirmed(&policy) {
            return Err(failure);
        }
        if !policy.schedule.is_armed() {
            return Err(Failure::field("policy", "has its schedule switched off; switch it on first"));
        }
        Ok((policy, ask))
    }
}
