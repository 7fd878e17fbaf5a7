//! What a previewed plan was made for: a policy and the rules it had then. A plan whose policy is another by now is not
//! carried out, and a page is told so.

use retention::{HoldsSeen, NamedPolicy, SealedPlan, approval::ApprovalReason};
use store::Batch;

use crate::{
    App, Failure, FailureCode,
    app::blocking,
    retention::made_for::MadeFor,
    retention::plans::{PlanTarget, swapped},
    retention::questions,
    retention::runs::RunOptions,
    views::{NamedPolicyView, PlanOutdated, PlanView, PolicyView},
};

impl App {
    /// Preview: makes a plan for a policy, under these rules, and keeps it as the newest of this connection.
    ///
    /// # Errors
    /// No such policy; as [`App::retention_make_plan`].
    pub async fn retention_preview_for(&self, policy: &str, what: PolicyView) -> Result<PlanView, Failure> {
        let policy = self.0.retention.named(policy)?;
        let what = what.check()?;
        let plan = self.write_plan(&what, &PlanTarget::Kept).await?;
        // From its name on until the others are forgotten: two previews at once would take each other's plan away.
        let _one = self.0.retention.previewing.lock().await;
        let (plan, _) = self.name_plan(plan).await?;
        let made_for = &self.0.retention.made_for;
        let mut batch = Batch::new();
        for entry in made_for.iter() {
            batch.remove(made_for, &entry?.0);
        }
        let kept = MadeFor { policy: policy.id.to_string(), saved: policy.what };
        batch.put(made_for, &plan.id().to_owned(), &kept)?;
        self.0.store.commit_async(batch).await?;
        self.forget_other_plans(plan.id()).await?;
        self.retention_plan().await?.ok_or_else(|| Failure::internal("the plan that was just made is gone"))
    }

    /// What a plan was made for; nothing where an earlier version made it.
    pub(crate) fn made_for(&self, plan: &str) -> Result<Option<MadeFor>, Failure> {
        Ok(self.0.retention.made_for.get(&plan.to_owned())?)
    }

    /// The policy that a previewed plan is for, whatever rules were tried with it.
    pub(crate) fn policy_tried(&self, plan: &str) -> Result<Option<NamedPolicy>, Failure> {
        Ok(self.made_for(plan)?.and_then(|made| self.0.retention.named(&made.policy).ok()))
    }

    /// Why nobody may carry out this plan any more. One of which nothing is known counts as changed.
    pub(crate) fn outdated(&self, made_for: Option<&MadeFor>) -> Option<PlanOutdated> {
        let Some(made) = made_for else { return Some(PlanOutdated::PolicyChanged) };
        match self.0.retention.named(&made.policy) {
            Err(_) => Some(PlanOutdated::PolicyRemoved),
            Ok(now) if now.what != made.saved => Some(PlanOutdated::PolicyChanged),
            Ok(_) => None,
        }
    }

    /// Whether holds came or went since a plan saw these.
    pub(crate) fn holds_differ(&self, seen: Option<&HoldsSeen>) -> Result<bool, Failure> {
        let now = self.0.retention.holds()?.now().seen();
        Ok(seen.is_some_and(|seen| *seen != now))
    }

    /// The plan of this id that was previewed, unless it is old by now. The id is compared with what the file holds.
    pub(crate) async fn previewed(&self, plan: &str) -> Result<SealedPlan, Failure> {
        if plan.len() != 64 || !plan.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(Failure::field("plan", "must be the 64 hex digits of a plan's hash"));
        }
        let path = self.0.retention.kept_plan_path(plan);
        if !path.is_file() {
            return Err(Failure::new(FailureCode::NotFound, "This plan is not kept any more.")
                .with_next("Preview again."));
        }
        let (app, shown) = (self.clone(), plan.to_owned());
        let plan = blocking(move || {
            let plan = app.open_plan_to_run(&path)?;
            if plan.id() == shown { Ok(plan) } else { Err(swapped(&path)) }
        })
        .await?;
        // A plan that has its run is refused for that, further on.
        let used = self.0.retention.runs.of_plan(&plan).is_some();
        match self.outdated(self.made_for(plan.id())?.as_ref()).filter(|_| !used) {
            None => Ok(plan),
            Some(PlanOutdated::PolicyChanged) => Err(old("The policy was changed since this plan was made.")),
            Some(PlanOutdated::PolicyRemoved) => Err(old("The policy of this plan was removed.")),
        }
    }

    /// A person's answer to a due run that waits, given to a plan that they were shown: it may go now, once, with the cap
    /// and pace of its policy.
    ///
    /// # Errors
    /// As [`App::retention_allow_once`]; a plan that is another policy's or was made under other rules than the saved ones,
    /// and questions of the plan that are left open.
    pub async fn retention_allow_planned(
        &self,
        id: &str,
        plan: &str,
        answers: RunOptions,
    ) -> Result<NamedPolicyView, Failure> {
        let (policy, ask) = self.waiting(id)?;
        let plan = self.previewed(plan).await?;
        let made_for = self.made_for(plan.id())?;
        if made_for.is_none_or(|made| made.policy != policy.id.to_string()) {
            return Err(old("This plan was made for another policy."));
        }
        if plan.header().policy != policy.what {
            return Err(old("This plan was made to try other rules than the saved ones."));
        }
        self.0.retention.runs.none_goes_on()?;
        if let Some(run) = self.0.retention.runs.of_plan(&plan) {
            return Err(Failure::new(FailureCode::PlanUsed, format!("The run {run} has used this plan.")));
        }
        self.look_at_clock_by_hand().await;
        questions::answered(&self.questions_before(&plan).await?, &*plan, &answers)?;
        if ask.code == ApprovalReason::ClockJump && answers.clock_confirmed {
            self.trust_clock();
        }
        self.start_answered(&policy, &ask, plan).await?;
        self.retention_policy_view(id)
    }
}

fn old(message: &str) -> Failure {
    Failure::new(FailureCode::Conflict, format!("{message} Nothing was deleted.")).with_next("Preview again.")
}
