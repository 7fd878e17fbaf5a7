//! Scheduled runs that did not start because a person has to say something first.

use std::sync::PoisonError;

use chrono::{DateTime, Utc};
use proof::{Action, SkipCode};
use retention::{
    Change, NamedPolicy, PolicyId,
    clock_jump::{Jump, TOLERATED},
};
use serde::{Deserialize, Serialize};
use store::{Batch, Table};

use crate::{
    App, Failure, FailureCode,
    views::{AskCode, AskView, NamedPolicyView, NoticeView, Topic, count},
};

/// A due run that waits for a person's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PendingApproval {
    pub(crate) code: AskCode,
    pub(crate) message: String,
    pub(crate) since: DateTime<Utc>,
    pub(crate) due_at: DateTime<Utc>,
    /// Guests that the plan would have deleted.
    pub(crate) due: Option<u64>,
    /// Seconds by which the clock was ahead: asked about, or in a question about a number, answered for already. Absent in
    /// questions of before this was kept.
    #[serde(default)]
    pub(crate) off: Option<i64>,
}

impl PendingApproval {
    fn is_the_same(&self, other: &PendingApproval) -> bool {
        (self.code, self.due_at, self.due) == (other.code, other.due_at, other.due)
            && (self.code != AskCode::ClockJump || other.is_answered_by(self))
    }

    /// Whether a person who answers `shown` has answered this question about the clock too: it is as wrong as it was then,
    /// give or take what is tolerated anyway.
    pub(crate) fn is_answered_by(&self, shown: &PendingApproval) -> bool {
        let near = |before: i64, now: i64| before.abs_diff(now) <= TOLERATED.num_seconds().unsigned_abs();
        let both = shown.off.zip(self.off);
        match shown.code {
            AskCode::ClockJump => both.is_none_or(|(before, now)| near(before, now)),
            // It has one where the clock was answered for before the number was asked about.
            AskCode::Drift => both.is_some_and(|(before, now)| near(before, now)),
            AskCode::NotConfirmed => false,
        }
    }
}

/// The question that a clock which cannot be believed puts.
pub(crate) fn about_clock(
    jump: Jump,
    since: DateTime<Utc>,
    due_at: DateTime<Utc>,
) -> Option<PendingApproval> {
    let Jump::Ask { seconds, by_the_org } = jump else { return None };
    let message = jumped(seconds, by_the_org);
    Some(PendingApproval { code: AskCode::ClockJump, message, since, due_at, due: None, off: Some(seconds) })
}

/// What a change of a policy makes of the question that its last due left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    /// It stands.
    Stands,
    /// It is answered, or is about another policy by now.
    Answered,
    /// This one waits from here on.
    Waits(PendingApproval),
}

impl Asked {
    pub(crate) fn answered_if(answered: bool) -> Self {
        if answered { Self::Answered } else { Self::Stands }
    }
}

/// Reads what is asked. One whose id this version does not know is left out.
pub(crate) fn all(
    table: &Table<String, PendingApproval>,
) -> Result<std::collections::BTreeMap<PolicyId, PendingApproval>, store::Error> {
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
    format!("{} Nothing was deleted.", unusual(usual, now))
}

pub(crate) fn unusual(usual: u64, now: u64) -> String {
    format!("{now} guests would go, where {usual} are usual.")
}

pub(crate) fn jumped(seconds: i64, by_the_org: bool) -> String {
    format!("{} Nothing was deleted.", clock_off(seconds, by_the_org))
}

pub(crate) fn clock_off(seconds: i64, by_the_org: bool) -> String {
    let whom = if by_the_org { "the org's clock" } else { "what it should show by now" };
    let off = off_by(seconds);
    let taken = if seconds < 0 { "younger" } else { "older" };
    format!("This computer's clock is {off} {whom}, so guests could be taken for {taken} than they are.")
}

pub(crate) fn made_by_a_wrong_clock(seconds: i64, by_the_org: bool) -> String {
    let whom = if by_the_org { "the org's clock" } else { "what this computer's clock shows now" };
    let off = off_by(seconds);
    let what = if seconds < 0 { "its list may be an old one" } else { "guests in it may be too young" };
    format!("This plan was made by a clock that was {off} {whom}, so {what}.")
}

fn off_by(seconds: i64) -> String {
    let hours = seconds.unsigned_abs() / 3_600;
    format!("{hours} hours {}", if seconds < 0 { "behind" } else { "ahead of" })
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
        let asks = self.0.retention.pending_approvals.read().unwrap_or_else(PoisonError::into_inner);
        asks.get(policy).map(|ask| AskView {
            code: ask.code,
            message: ask.message.clone(),
            since: ask.since,
            due: ask.due.map(count),
        })
    }

    pub(crate) fn ask(&self, policy: &PolicyId) -> Option<PendingApproval> {
        self.0.retention.pending_approvals.read().unwrap_or_else(PoisonError::into_inner).get(policy).cloned()
    }

    /// Keeps the question, says it in the audit log, the program's log and the status. Once for one due.
    pub(crate) async fn put_ask(&self, policy: &NamedPolicy, ask: PendingApproval) -> Result<(), Failure> {
        let id = &policy.id;
        if self.is_asked(id, &ask) {
            return Ok(());
        }
        let mut batch = Batch::new();
        self.put_ask_in(id, &Asked::Waits(ask.clone()), &mut batch)?;
        self.0.store.commit_async(batch).await?;
        self.tell_ask(id, ask).await;
        Ok(())
    }

    /// Keeps the question and that nothing runs for its due, in one: neither is lost without the other.
    pub(crate) async fn skip_and_ask(
        &self,
        policy: &NamedPolicy,
        ask: PendingApproval,
    ) -> Result<(), Failure> {
        let is_known = self.is_asked(&policy.id, &ask);
        {
            let _held = self.0.retention.scheduling.lock().await;
            let mut policy = self.0.retention.named(policy.id.as_str())?;
            policy.schedule.skipped(ask.due_at);
            self.store_policy(policy, Asked::Waits(ask.clone())).await?;
        }
        if !is_known {
            self.tell_ask(&policy.id, ask).await;
        }
        Ok(())
    }

    fn is_asked(&self, policy: &PolicyId, ask: &PendingApproval) -> bool {
        self.ask(policy).is_some_and(|known| known.is_the_same(ask))
    }

    async fn tell_ask(&self, id: &PolicyId, ask: PendingApproval) {
        let code = match ask.code {
            AskCode::Drift => SkipCode::Drift,
            AskCode::ClockJump => SkipCode::ClockJump,
            AskCode::NotConfirmed => SkipCode::NotConfirmed,
        };
        tracing::warn!(policy = %id, code = ?ask.code, why = ask.message, "the scheduled run was skipped");
        self.ask_became(id, Asked::Waits(ask));
        self.record(None, Action::RunSkipped { policy: id.clone(), code }).await;
        self.0.notices.stale(Topic::Retention);
    }

    /// Writes what becomes of a question with whatever else is in the batch; [`App::ask_became`] once that is on disk.
    pub(crate) fn put_ask_in(
        &self,
        policy: &PolicyId,
        asked: &Asked,
        batch: &mut Batch,
    ) -> Result<(), Failure> {
        let table = &self.0.retention.asks_table;
        match asked {
            Asked::Stands => {}
            Asked::Answered if self.ask(policy).is_none() => {}
            Asked::Answered => batch.remove(table, &policy.to_string()),
            Asked::Waits(ask) => batch.put(table, &policy.to_string(), ask)?,
        }
        Ok(())
    }

    pub(crate) fn ask_became(&self, policy: &PolicyId, asked: Asked) {
        let mut asks = self.0.retention.pending_approvals.write().unwrap_or_else(PoisonError::into_inner);
        match asked {
            Asked::Stands => return,
            Asked::Answered if asks.remove(policy).is_none() => return,
            Asked::Answered => {}
            Asked::Waits(ask) => drop(asks.insert(policy.clone(), ask)),
        }
        drop(asks);
        self.0.notices.stale(Topic::Retention);
    }

    /// What a person is told of the questions that are open.
    pub(crate) fn ask_notices(&self) -> Vec<NoticeView> {
        let asks = self.0.retention.pending_approvals.read().unwrap_or_else(PoisonError::into_inner);
        let notice = |(id, ask): (&PolicyId, &PendingApproval)| {
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
        let (policy, ask) = self.waiting(id)?;
        self.run_allowed(&policy, &ask).await?;
        self.retention_policy_view(id)
    }

    /// The policy with the question that it waits on, where a person may answer it by letting the run go.
    pub(crate) fn waiting(&self, id: &str) -> Result<(NamedPolicy, PendingApproval), Failure> {
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
        Ok((policy, ask))
    }
}
