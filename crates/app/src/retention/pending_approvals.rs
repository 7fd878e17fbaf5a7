//! Scheduled runs that did not start because a person has to answer a question first: what is kept of them, and the words.

use std::collections::BTreeMap;

use parking_lot::{RwLock, RwLockReadGuard};
use retention::{Change, PolicyId, approval::PendingApproval, clock_jump::ClockOff, drift::Unusual};
use store::{Batch, Store, Table};

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
        self.of(policy).is_some_and(|known| known.is_same_as(ask))
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
        let mut current = self.current.write();
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
        self.current.read()
    }
}

/// In words, with what it means for the guests.
pub(crate) fn drifted(unusual: Unusual) -> String {
    format!("{} Nothing was deleted.", too_many(unusual))
}

pub(crate) fn too_many(Unusual { usual, planned }: Unusual) -> String {
    format!("{planned} guests would be deleted, where {usual} are usual.")
}

pub(crate) fn jumped(off: ClockOff) -> String {
    format!("{} Nothing was deleted.", clock_off(off))
}

pub(crate) fn clock_off(off: ClockOff) -> String {
    let whom = if off.by_the_org { "the org's clock" } else { "what it should show by now" };
    let taken = if off.seconds < 0 { "younger" } else { "older" };
    let off = off_by(off);
    format!("This computer's clock is {off} {whom}, so guests could be taken for {taken} than they are.")
}

pub(crate) fn made_by_a_wrong_clock(off: ClockOff) -> String {
    let whom = if off.by_the_org { "the org's clock" } else { "what this computer's clock shows now" };
    let what = if off.seconds < 0 { "its list may be an old one" } else { "guests in it may be too young" };
    let off = off_by(off);
    format!("This plan was made by a clock that was {off} {whom}, so {what}.")
}

fn off_by(ClockOff { seconds, .. }: ClockOff) -> String {
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
