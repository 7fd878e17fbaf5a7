//! Scheduled runs that did not start because a person has to say something first.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock, RwLockReadGuard},
};

use chrono::{DateTime, Utc};
use retention::{Change, PolicyId, clock_jump::TOLERATED};
use serde::{Deserialize, Serialize};
use store::{Batch, Store, Table};

use crate::views::AskCode;

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
    seconds: i64,
    by_the_org: bool,
    since: DateTime<Utc>,
    due_at: DateTime<Utc>,
) -> PendingApproval {
    let message = jumped(seconds, by_the_org);
    PendingApproval { code: AskCode::ClockJump, message, since, due_at, due: None, off: Some(seconds) }
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

/// The due runs of a connection that wait for a person's answer, by policy.
pub(crate) struct PendingApprovals {
    current: RwLock<BTreeMap<PolicyId, PendingApproval>>,
    table: Table<String, PendingApproval>,
}

impl PendingApprovals {
    /// Reads those that are on disk. One whose policy id this version does not know is left out.
    pub(crate) fn open(store: &Store) -> Result<Self, store::Error> {
        let table: Table<String, PendingApproval> = store.table("retention-ask");
        let mut current = BTreeMap::new();
        for entry in table.iter() {
            let (id, ask) = entry?;
            if let Ok(id) = id.parse::<PolicyId>() {
                current.insert(id, ask);
            }
        }
        Ok(Self { current: current.into(), table })
    }

    /// The one of a policy.
    pub(crate) fn of(&self, policy: &PolicyId) -> Option<PendingApproval> {
        self.read().get(policy).cloned()
    }

    /// All of them.
    pub(crate) fn all(&self) -> BTreeMap<PolicyId, PendingApproval> {
        self.read().clone()
    }

    /// Whether this very question is asked already.
    pub(crate) fn is_asked(&self, policy: &PolicyId, ask: &PendingApproval) -> bool {
        self.of(policy).is_some_and(|known| known.is_the_same(ask))
    }

    /// Writes what becomes of a question with whatever else is in the batch; [`PendingApprovals::became`] once that is on
    /// disk.
    pub(crate) fn put_in(
        &self,
        policy: &PolicyId,
        asked: &Asked,
        batch: &mut Batch,
    ) -> Result<(), store::Error> {
        match asked {
            Asked::Stands => {}
            Asked::Answered if self.of(policy).is_none() => {}
            Asked::Answered => batch.remove(&self.table, &policy.to_string()),
            Asked::Waits(ask) => batch.put(&self.table, &policy.to_string(), ask)?,
        }
        Ok(())
    }

    /// Takes up what was written; answers whether anything changed.
    pub(crate) fn became(&self, policy: &PolicyId, asked: Asked) -> bool {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        match asked {
            Asked::Stands => false,
            Asked::Answered => current.remove(policy).is_some(),
            Asked::Waits(ask) => {
                current.insert(policy.clone(), ask);
                true
            }
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<PolicyId, PendingApproval>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// In words, and what it means.
pub(crate) fn drifted(usual: u64, now: u64) -> String {
    format!("{} Nothing was deleted.", unusual(usual, now))
}

pub(crate) fn unusual(usual: u64, now: u64) -> String {
    format!("{now} guests would be deleted, where {usual} are usual.")
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
