use std::num::{NonZeroU32, NonZeroU64};

use chrono::{DateTime, Utc};
use model::RetentionPolicy;
use proof::PolicyId;
use serde::{Deserialize, Serialize};

use super::{Change, Strength, stronger};
use crate::{Error, Schedule, drift::Brake, entered::one_line, quiet::QuietHours};

const LONGEST_NAME: usize = 60;

/// One policy with all that belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedPolicy {
    /// Its id.
    pub id: PolicyId,
    /// What people call it.
    pub name: String,
    /// Who is due, and who is spared.
    pub what: RetentionPolicy,
    /// When; it acts by itself only while this is armed.
    pub schedule: Schedule,
    /// When not.
    pub quiet: QuietHours,
    /// Deletes at most, in each run.
    pub cap: Option<NonZeroU64>,
    /// Deletes a minute at most.
    pub pace: Option<NonZeroU32>,
    /// When a plan is so far from usual that a person is asked; never when absent.
    pub brake: Option<Brake>,
    /// What a person confirmed. Only a [`ConfirmedBy`](super::ConfirmedBy) writes it.
    pub confirmed: Option<Confirmation>,
}

/// A person's confirmation of how strongly a policy may act.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Confirmation {
    /// At most this.
    pub strength: Strength,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// Guests that were due and shown then.
    pub due: u64,
}

impl NamedPolicy {
    /// A new one with the defaults of the contract: inactive, nothing confirmed.
    #[must_use]
    pub fn new(id: PolicyId, name: &str) -> Self {
        let schedule = Schedule::default();
        Self {
            id,
            name: name.to_owned(),
            what: RetentionPolicy::default(),
            quiet: QuietHours::default().beside(&schedule),
            schedule,
            cap: None,
            pace: None,
            brake: Some(Brake::default()),
            confirmed: None,
        }
    }

    /// How strongly it would act.
    #[must_use]
    pub fn strength(&self) -> Strength {
        let quiet = self.quiet.clone().beside(&self.schedule);
        Strength { what: self.what.clone(), quiet, cap: self.cap, brake: self.brake }
    }

    /// Whether it may act by itself: armed, and no stronger than what was confirmed. Ask right before each start.
    ///
    /// # Errors
    /// What a person has to confirm first; empty when it is only not armed.
    pub fn may_act(&self) -> Result<(), Vec<Change>> {
        let waiting = self.waiting();
        if self.schedule.is_armed() && waiting.is_empty() { Ok(()) } else { Err(waiting) }
    }

    /// What makes it stronger than what was confirmed.
    #[must_use]
    pub fn waiting(&self) -> Vec<Change> {
        match &self.confirmed {
            Some(confirmed) => stronger(&confirmed.strength, &self.strength()),
            None => vec![Change::nothing_confirmed()],
        }
    }

    /// What makes a plan stronger than what was confirmed, for a scheduled run of that plan: must be empty.
    #[must_use]
    pub fn beyond(&self, plan: &RetentionPolicy) -> Vec<Change> {
        let Some(confirmed) = &self.confirmed else { return vec![Change::nothing_confirmed()] };
        stronger(&confirmed.strength, &Strength { what: plan.clone(), ..confirmed.strength.clone() })
    }

    /// The name without spaces around it.
    pub(super) fn checked_name(&self) -> Result<String, Error> {
        one_line("name", &self.name, LONGEST_NAME)
    }
}
