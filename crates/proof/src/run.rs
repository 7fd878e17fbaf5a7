//! What a run came to, in the words of the audit log and the certificate.

use serde::{Deserialize, Serialize};

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RunState {
    /// Being carried out right now.
    Running,
    /// Stopped by a person or by the cap; can be resumed.
    Paused,
    /// Its process went away in the middle; can be resumed.
    Interrupted,
    /// Every due guest has an outcome.
    Finished,
    /// Stopped by a person for good.
    Cancelled,
    /// The org would not go on (no permission, not reachable); can be resumed.
    Failed,
}

/// Why a guest is spared. Several can hold at once; the first in this order is the one written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SpareReason {
    /// A hold keeps the guest: it beats everything else.
    Hold,
    /// A conversation is open and the policy spares those.
    OpenConversation,
    /// A conversation has no end, the org does not confirm that it goes on, and the policy spares open ones.
    Unclear,
    /// The outbox still holds messages for this guest.
    Undelivered,
    /// The guest is `active` and the policy spares those.
    Active,
    /// Younger than the cut-off.
    TooYoung,
    /// The policy's filter does not match (any more).
    NotMatching,
    /// The version is not the plan's: someone wrote to the guest since.
    ChangedSincePlan,
}
