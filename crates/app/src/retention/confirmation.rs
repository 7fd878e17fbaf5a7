//! What a person confirms: that a policy may act by itself as it is stored, and that its schedule is on.

use chrono::{DateTime, Utc};
use genesys::Lane;
use model::{Selection, Total};
use proof::Action;
use retention::{NamedPolicy, PolicyId, approval::ApprovalReason, changes};

use crate::{
    App, Failure, FailureCode,
    retention::pending_approvals::{self, Asked},
    views::{CONFIRM_OVER, ConnectionKind, NamedPolicyView, count},
};

/// Another time for a schedule; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct ScheduleChange {
    /// Five fields.
    pub cron: Option<String>,
    /// IANA.
    pub zone: Option<String>,
}

impl ScheduleChange {
    /// The policy switched on, at that time.
    fn on(self, policy: &NamedPolicy, now: DateTime<Utc>) -> Result<NamedPolicy, Failure> {
        let mut policy = policy.clone();
        let given = |new: Option<String>, old: &str| new.unwrap_or_else(|| old.to_owned()).trim().to_owned();
        let cron = given(self.cron, policy.schedule.cron());
        let zone = given(self.zone, policy.schedule.zone());
        if (policy.schedule.cron(), policy.schedule.zone()) != (cron.as_str(), zone.as_str()) {
            policy.schedule.change(&cron, &zone, now)?;
        }
        policy.schedule.arm(now);
        policy.quiet = policy.quiet.beside(&policy.schedule);
        Ok(policy)
    }
}

impl App {
    /// Keeps that a person confirmed the policy as strong as it is stored. `due` is the number of guests that they
    /// were shown.
    pub async fn retention_policy_confirm(&self, id: &str, due: u32) -> Result<NamedPolicyView, Failure> {
        self.may_write()?;
        let _held = self.0.retention.scheduling.lock().await;
        let policy = self.0.retention.named(id)?;
        let asked = self.question_when_confirmed(&policy.id);
        self.store_policy(policy.clone(), Some(due), asked).await?;
        self.record(None, Action::PolicyConfirmed { policy: policy.id, due: due.into() }).await;
        self.retention_policy_view(id)
    }

    /// What becomes of the policy's question when a person confirms it.
    fn question_when_confirmed(&self, id: &PolicyId) -> Asked {
        let ask = self.0.retention.pending_approvals.of(id);
        Asked::answered_if(ask.is_some_and(|ask| ask.code == ApprovalReason::NotConfirmed))
    }

    /// How many guests are due under a policy, for a person who confirms it: asks the org. On a production connection `said` has to be
    /// that number where it is large, which says that the person has seen how many guests it is about.
    ///
    /// # Errors
    /// There is no such policy, a read-only connection, [`FailureCode::ConfirmationNeeded`], or what the org answered.
    pub async fn retention_due_for_word(&self, id: &str, said: Option<u32>) -> Result<u32, Failure> {
        self.may_write()?;
        let due = self.retention_count_due(id).await?;
        let production = self.0.connection.kind == ConnectionKind::Production;
        if production && due > CONFIRM_OVER && said != Some(due) {
            let message = format!("{due} guests of a production org are due under the policy {id}.");
            return Err(Failure::new(FailureCode::ConfirmationNeeded, message)
                .with_next(format!("Confirm their number: --confirm {due}.")));
        }
        Ok(due)
    }

    /// Switches a policy's schedule on, at another time or in another zone where they are given, and takes that for a
    /// person's confirmation of the policy as it is then. First everything is checked and the org is asked; then it is one
    /// write: what is refused, and what is cut off, changes nothing.
    ///
    /// # Errors
    /// Bad input by field, [`FailureCode::ConfirmationNeeded`], a read-only connection, what the org answered, a failing
    /// disk.
    pub async fn retention_schedule_on(
        &self,
        id: &str,
        change: ScheduleChange,
        said: Option<u32>,
    ) -> Result<NamedPolicyView, Failure> {
        self.may_write()?;
        let shown = self.0.retention.named(id)?;
        // A time that cannot be is told before the org is asked.
        change.clone().on(&shown, self.0.clock.now())?;
        let due = self.retention_due_for_word(id, said).await?;
        let _held = self.0.retention.scheduling.lock().await;
        let stored = self.0.retention.named(id)?;
        if !changes(&shown, &stored).is_empty() {
            return Err(Failure::field("policy", "was changed meanwhile; look at it again"));
        }
        let policy = change.on(&stored, self.0.clock.now())?;
        let fields: Vec<String> = changes(&stored, &policy).into_iter().map(|change| change.field).collect();
        let asked =
            if fields.is_empty() { self.question_when_confirmed(&stored.id) } else { Asked::Answered };
        self.store_policy(policy, Some(due), asked).await?;
        let policy = stored.id;
        if !fields.is_empty() {
            self.record(None, Action::PolicyChanged { policy: policy.clone(), fields }).await;
        }
        self.record(None, Action::PolicyConfirmed { policy: policy.clone(), due: due.into() }).await;
        if !stored.schedule.is_armed() {
            self.record(None, Action::ConnectionArmed { policy }).await;
        }
        self.retention_policy_view(id)
    }

    /// Switches a policy's schedule on or off on this connection.
    pub async fn retention_schedule_arm(&self, id: &str, armed: bool) -> Result<NamedPolicyView, Failure> {
        if armed {
            self.may_write()?;
        }
        let _held = self.0.retention.scheduling.lock().await;
        let mut policy = self.0.retention.named(id)?;
        if policy.schedule.is_armed() != armed {
            let id = policy.id.clone();
            if armed {
                policy.schedule.arm(self.0.clock.now());
            } else {
                policy.schedule.disarm();
            }
            self.store_policy(policy, None, Asked::answered_if(!armed)).await?;
            let action = match armed {
                true => Action::ConnectionArmed { policy: id },
                false => Action::ConnectionDisarmed { policy: id },
            };
            self.record(None, action).await;
        }
        self.retention_policy_view(id)
    }

    /// How many guests match a policy by age and filter right now, for the person who confirms it. Some of them may be
    /// spared; a preview says who.
    pub async fn retention_count_due(&self, id: &str) -> Result<u32, Failure> {
        let what = self.0.retention.named(id)?.what;
        let due = retention::query(&what, what.cutoff(self.0.clock.now()));
        Ok(count(self.count_matching(Lane::Person, due).await?))
    }

    /// How many guests match: as the org counts them, or by reading them all where it does not count with a filter.
    async fn count_matching(&self, lane: Lane, selection: Selection) -> Result<u64, Failure> {
        let guests = &self.0.org.guests;
        match guests.count(lane, Some(&selection)).await? {
            Total::Unknown => {}
            total => return Ok(total.at_least()),
        }
        let mut scan = guests.scan(lane, Some(selection), None)?;
        let mut matching = 0;
        while let Some(page) = scan.pages.next_page().await? {
            matching += page.guests.iter().filter(|guest| scan.selects(guest)).count() as u64;
        }
        Ok(matching)
    }

    /// Whether the org is there and lets guests be read: asked before a person's plan is used up, so that an org that is away
    /// leaves it as it was.
    pub(crate) async fn org_answers(&self) -> Result<(), Failure> {
        Ok(self.0.org.access.ping(Lane::Person).await?)
    }

    /// What stands in the way of a policy that a person wants to act by itself now.
    pub(crate) fn not_confirmed(policy: &NamedPolicy) -> Option<Failure> {
        let waiting = policy.waiting();
        (!waiting.is_empty()).then(|| {
            let message = pending_approvals::not_confirmed(&policy.name, &waiting);
            Failure::new(FailureCode::NotConfirmed, message)
        })
    }
}
