use std::fmt;

use chrono::{DateTime, Utc};
use model::{Guest, GuestId, RetentionPolicy, Revision};
use proof::{HoldsSeen, NotRemoved, SpareReason};
use serde::{Deserialize, Serialize};

/// The first line of a plan. Later versions may add fields; unknown ones are kept out of the way.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanHeader {
    /// `innkeeper-plan`.
    pub kind: String,
    /// 2; 1 for a plan of before there were seals.
    pub version: u32,
    /// Who is due and who is spared; the run obeys this copy.
    pub policy: RetentionPolicy,
    /// Guests older than this are due.
    pub cutoff: DateTime<Utc>,
    /// When the plan was made.
    pub created_at: DateTime<Utc>,
    /// The name of the connection whose guests these are.
    pub connection: String,
    /// The org whose guests these are: the origin of its API and the OAuth client. Absent in version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<String>,
    /// In which dialect the org was asked: what ids, times and revisions mean. Absent in version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<String>,
    /// 32 random bytes in hex: the key for the keyed hashes that stand for guest ids where the plan is not at hand.
    pub hash_key: String,
    /// What the org's own clock showed when the plan was made; absent where the org showed none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_clock: Option<DateTime<Utc>>,
    /// The holds that were applied; absent in plans of before there were holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<HoldsSeen>,
    /// Which guests are in no list and so not in the plan; absent where the org lists everyone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_listed: Option<String>,
    /// What the deletes leave in the org; absent where they remove everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_removed: Option<NotRemoved>,
}

impl fmt::Debug for PlanHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The hash key would undo the keyed hashes, so it stays out of logs.
        f.debug_struct("PlanHeader")
            .field("connection", &self.connection)
            .field("policy", &self.policy)
            .field("cutoff", &self.cutoff)
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}

/// One guest of a plan: due, or spared with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanLine {
    /// The guest.
    pub id: GuestId,
    /// The revision that the plan saw; a run deletes this one and no other. A version is stored as a number.
    #[serde(rename = "version")]
    pub revision: Revision,
    /// The guest's `createdTime`.
    pub created_time: DateTime<Utc>,
    /// The guest's `modifiedTime`.
    pub modified_time: DateTime<Utc>,
    /// Whether the run will delete the guest.
    pub due: bool,
    /// Why not, when it will not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<SpareReason>,
}

impl PlanLine {
    pub(crate) fn new(guest: &Guest, why: Option<SpareReason>) -> Self {
        Self {
            id: guest.id,
            revision: guest.revision.clone(),
            created_time: guest.created_time,
            modified_time: guest.modified_time,
            due: why.is_none(),
            why,
        }
    }

    pub(crate) fn key(&self) -> PlanKey {
        PlanKey { created_time: self.created_time, id: self.id }
    }
}

/// A guest's place in the order of a plan: by `createdTime`, ties by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PlanKey {
    pub created_time: DateTime<Utc>,
    pub id: GuestId,
}

impl From<&Guest> for PlanKey {
    fn from(guest: &Guest) -> Self {
        Self { created_time: guest.created_time, id: guest.id }
    }
}
