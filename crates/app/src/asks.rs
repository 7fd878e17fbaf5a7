//! Scheduled runs that did not start because a person has to say something first.

use std::sync::PoisonError;

use chrono::{DateTime, Utc};
use retention::{Action, Change, NamedPolicy, PolicyId, SkipCode};
use serde::{Deserialize, Serialize};
use store::{Batch, Table};

use crate::{
    App, Failure, FailureCode,
    views::{AskCode, AskView, NamedPolicyView, NoticeView, Topic, count},
};

/// A due run that waits for a person's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ask {
    pub(crate) code: AskCode,
    pub(crate) message: String,
    pub(crate) since: DateTime<Utc>,
    pub(crate) due_at: DateTime<Utc>,
    /// Guests that the plan would have deleted.
    pub(crate) due: Option<u64>,
}

/// Reads what is asked. One whose id this version does not know is left out.
pub(crate) fn all(
    table: &Table<String, Ask>,
) -> Result<std::collections::BTreeMap<PolicyId, Ask>, store::Error> {
    let mut asks = std::collections::BTreeMap::new();
    for entry in table.iter() {
        let (id, ask) = entry?;
        if let Ok(id) = id.parse::<PolicyId>() {
            asks.insert(id, ask);
        }
    }
    Ok(asks)
}

/// In words, and what it means.
pub(crate) fn drifted(usual: u64, now: u64) -> String {
    format!("{now} guests would go, where {usual} are usual. Nothing was deleted.")
}

pub(crate) fn jumped(seconds: i64, by_the_org: bool) -> String {
    let hours = seconds.unsigned_abs() / 3_600;
    let way = if seconds < 0 { "behind" } else { "ahead of" };
    let whom = if by_the_org { "the org's clock" } else { "what it should show by now" };
    format!(
        "This computer's clock is {hours} hours {way} {whom}, so guests could be taken for older than they are. Nothing \
         was deleted."
    )
}

pub(crate) fn not_confirmed(name: &str, waiting: &[Change]) -> String {
    let fields: Vec<&str> = waiting.iter().map(|change| change.field.as_str()).collect();
    match fields.as_slice() {
        ["confirmation"] => format!("Nobody has confirmed the policy {name:?} yet. Nothing was deleted."),
        _ => format!(
            "The policy {name:?} is stronger than what was confirmed ({}). Nothing was deleted.",
            fields.join(", ")
        ),
    }
}

impl App {
    pub(crate) fn ask_of(&self, policy: &PolicyId) -> Option<AskView> {
        let asks = self.0.retention.asks.read().unwrap_or_else(PoisonError::into_inner);
        asks.get(policy).map(|ask| AskView {
            code: ask.code,
            message: ask.message.clone(),
            since: ask.since,
            due: ask.due.map(count),
        })
    }

    pub(crate) fn ask(&self, policy: &PolicyId) -> Option<Ask> {
        self.0.retention.asks.read().unwrap_or_else(PoisonError::into_inner).get(policy).cloned()
    }

    /// Keeps the question, says it in the audit log, the program's log and the status. Once for one due.
    pub(crate) async fn put_ask(&self, policy: &NamedPolicy, ask: Ask) -> Result<(), Failure> {
        let id = &policy.id;
        if self
            .ask(id)
            .is_some_and(|known| (known.code, known.due_at, known.due) == (ask.code, ask.due_at, ask.due))
        {
            return Ok(());
        }
        let retention = &self.0.retention;
        let mut batch = Batch::new();
        batch.put(&retention.asks_table, &id.to_string(), &ask)?;
        self.0.store.commit_async(batch).await?;
        let code = match ask.code {
            AskCode::Drift => SkipCode::Drift,
            AskCode::ClockJump => SkipCode::ClockJump,
            AskCode::NotConfirmed => SkipCode::NotConfirmed,
        };
        tracing::warn!(policy = %id, code = ?ask.code, why = ask.message, "the scheduled run was skipped");
        retention.asks.write().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), ask);
        self.record(None, Action::RunSkipped { policy: id.clone(), code }).await;
        self.0.notices.stale(Topic::Retention);
        Ok(())
    }

    pub(crate) async fn forget_ask(&self, policy: &PolicyId) -> Result<(), Failure> {
        if self.ask(policy).is_none() {
            return Ok(());
        }
        let retention = &self.0.retention;
        let mut batch = Batch::new();
        batch.remove(&retention.asks_table, &policy.to_string());
        self.0.store.commit_async(batch).await?;
        retention.asks.write().unwrap_or_else(PoisonError::into_inner).remove(policy);
        self.0.notices.stale(Topic::Retention);
        Ok(())
    }

    /// What a person is told of the questions that are open.
    pub(crate) fn ask_notices(&self) -> Vec<NoticeView> {
        let asks = self.0.retention.asks.read().unwrap_or_else(PoisonError::into_inner);
        let notice = |(id, ask): (&PolicyId, &Ask)| {
            let next = match ask.code {
                AskCode::NotConfirmed => "Confirm the policy under Retention; it runs at its next time.",
                _ => "Allow the run or make a preview under Retention.",
            };
            NoticeView {
                id: format!("retention-ask-{id}-{}", ask.due_at.timestamp()),
                title: "A scheduled run waits for your word".to_owned(),
                message: format!("{} {next}", ask.message),
                paths: Vec::new(),
            }
        };
        asks.iter().map(notice).collect()
    }

    /// A person's answer: the run that waits may go now, once. It is planned anew; where by then far more guests are due
    /// than were shown, it is asked again.
    ///
    /// # Errors
    /// Nothing waits, [`FailureCode::NotConfirmed`], [`FailureCode::ConfirmationNeeded`], a run that goes on, a read-only
    /// connection, or what the org answered.
    pub async fn retention_allow_once(&self, id: &str) -> Result<NamedPolicyView, Failure> {
        self.may_write()?;
        self.may_delete()?;
        let policy = self.0.retention.named(id)?;
        let Some(ask) = self.ask(&policy.id) else {
            let message = format!("No run of the policy {:?} waits for an answer.", policy.name);
            return Err(Failure::new(FailureCode::NotFound, message).with_next("Run it by hand instead."));
        };
        if let Some(failure) = Self::not_confirmed(&policy) {
            return Err(failure);
        }
        if !policy.schedule.is_armed() {
            return Err(Failure::field("policy", "has its schedule switched off; switch it on first"));
        }
        self.run_allowed(&policy, &ask).await?;
        self.retention_policy_view(id)
    }
}
