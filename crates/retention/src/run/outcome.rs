use chrono::{DateTime, Utc};
use model::GuestId;
use proof::{CertifiedOutcome, SpareReason};
use serde::{Deserialize, Serialize};

/// What became of one guest of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Outcome {
    /// This run deleted the guest.
    Deleted {
        /// True when nobody saw the org's yes: the guest is gone, and this run had asked for the delete before a kill
        /// or before an answer that got lost.
        inferred: bool,
    },
    /// The guest was gone before this run asked.
    AlreadyGone,
    /// The guest was kept.
    Spared {
        /// Why.
        why: SpareReason,
    },
    /// The org would not delete the guest, after all tries. Asked again at the end of the run and on resume.
    Failed {
        /// The org's last answer, shortened.
        why: String,
        /// Whether one of the tries may have worked all the same.
        perhaps_done: bool,
    },
}

impl Outcome {
    /// A failure; the reason is cut to 160 bytes so that a journal record stays small.
    pub(super) fn failed(why: &str, perhaps_done: bool) -> Self {
        let end = (0..=160.min(why.len())).rev().find(|&i| why.is_char_boundary(i)).unwrap_or(0);
        Self::Failed { why: why[..end].to_owned(), perhaps_done }
    }
}

impl From<&Outcome> for CertifiedOutcome {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Deleted { inferred: false } => Self::Deleted,
            Outcome::Deleted { inferred: true } => Self::DeletedInferred,
            Outcome::AlreadyGone => Self::AlreadyGone,
            Outcome::Spared { why } => Self::Spared(*why),
            // The org's words stay out of certificates: they may quote a person.
            Outcome::Failed { perhaps_done: false, .. } => Self::Failed,
            Outcome::Failed { perhaps_done: true, .. } => Self::FailedPerhaps,
        }
    }
}

/// One guest of a run's plan and what became of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GuestOutcome {
    /// The guest's place in the plan, from 0.
    pub line: u64,
    /// The guest.
    pub id: GuestId,
    /// The guest's `createdTime`, from the plan.
    pub created_time: DateTime<Utc>,
    /// The guest's `modifiedTime`, from the plan.
    pub modified_time: DateTime<Utc>,
    /// Absent while the guest remains.
    #[serde(flatten)]
    pub outcome: Option<Outcome>,
}
