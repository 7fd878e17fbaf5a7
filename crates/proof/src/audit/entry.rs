use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use model::GuestId;
use serde::{Deserialize, Serialize};
use store::Store;

use crate::{Chain, Error, Fingerprint, HoldId, PolicyId, RunId, RunState, hex, unhex};

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// From 1, without gaps.
    pub n: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub who: Who,
    /// The guest it was done to, where it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// What.
    #[serde(flatten)]
    pub action: Action,
    /// The hash over all lines before, in hex.
    pub prev: String,
    /// HMAC-SHA256 over `prev` and this line without its `mac`.
    pub mac: String,
}

/// The user of the operating system, and the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Who {
    /// The login name.
    pub user: String,
    /// Such as `innkeeper 0.1.0`.
    pub program: String,
}

/// A guest without a name: a keyed hash, the same for the same guest in one folder, under a key of that folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subject(String);

impl Subject {
    /// Stands for this guest in the log of this store's folder.
    #[must_use]
    pub fn guest(store: &Store, id: GuestId) -> Self {
        Self(hex(&store.keyed_hash("audit-guest", id.0.as_bytes())))
    }

    /// 64 hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What was done. Ids, counts and names of fields only: never a text that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Action {
    /// A plan was made.
    PlanMade {
        /// Its id.
        plan: String,
        /// Guests it would delete.
        due: u64,
        /// Guests it spares.
        spared: u64,
    },
    /// A run was started.
    RunStarted {
        /// The run.
        run: RunId,
        /// Its plan.
        plan: String,
        /// Whether the schedule started it, not a person.
        scheduled: bool,
    },
    /// A run was resumed.
    RunResumed {
        /// The run.
        run: RunId,
    },
    /// A run ended: finished, paused, cancelled or failed.
    RunEnded {
        /// The run.
        run: RunId,
        /// How.
        state: RunState,
        /// Guests it deleted.
        deleted: u64,
        /// Guests that were gone before.
        already_gone: u64,
        /// Guests kept.
        spared: u64,
        /// Guests the org would not delete.
        failed: u64,
        /// Due guests without an outcome.
        remaining: u64,
        /// Whether the org was asked again and agreed.
        verified: bool,
    },
    /// A scheduled run did not start.
    RunSkipped {
        /// The policy whose turn it was.
        policy: PolicyId,
        /// Such as `drift`, `clockJump`, `quiet` or `notConfirmed`.
        code: SkipCode,
    },
    /// A certificate was written.
    CertificateIssued {
        /// Of this run.
        run: RunId,
        /// Signed by this key.
        signer: Fingerprint,
        /// The hash over all of its lines but the last, in hex; absent in lines of before this was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        head: Option<String>,
    },
    /// A hold was added.
    HoldAdded {
        /// The hold.
        hold: HoldId,
    },
    /// A hold was removed.
    HoldRemoved {
        /// The hold.
        hold: HoldId,
    },
    /// A policy was added or changed.
    PolicyChanged {
        /// The policy.
        policy: PolicyId,
        /// The fields that are others now.
        fields: Vec<String>,
    },
    /// A person confirmed how strongly a policy may act.
    PolicyConfirmed {
        /// The policy.
        policy: PolicyId,
        /// Guests that were due then.
        due: u64,
    },
    /// A policy was removed.
    PolicyRemoved {
        /// The policy.
        policy: PolicyId,
    },
    /// A policy's schedule was armed on this connection.
    ConnectionArmed {
        /// The policy.
        policy: PolicyId,
    },
    /// And disarmed.
    ConnectionDisarmed {
        /// The policy.
        policy: PolicyId,
    },
    /// A guest's record was edited by hand.
    GuestEdited {
        /// Attributes and fields that changed.
        fields: u64,
    },
    /// A guest whom the org would let expire is kept from then on, by hand.
    GuestPromoted,
    /// Many guests' records were edited at once.
    GuestsEdited {
        /// How many.
        guests: u64,
    },
    /// A guest was deleted by hand.
    GuestDeleted,
    /// A delete by hand was refused, because of a hold.
    DeleteRefused {
        /// The first hold that keeps the guest.
        hold: HoldId,
    },
    /// A person accepted that a store was lost, or that an older one was put back.
    LossAccepted {
        /// Holds that are missing.
        holds: u64,
        /// Waiting messages that are missing.
        messages: u64,
    },
    /// The log before this one was broken and set aside; this is the first line of another.
    LogSetAside {
        /// Lines of it that were whole.
        lines: u64,
        /// The hash over these.
        hash: String,
    },
    /// What a later version wrote.
    #[serde(other)]
    Unknown,
}

/// Why a scheduled run did not start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum SkipCode {
    /// Far more guests than usual.
    Drift,
    /// The clock jumped.
    ClockJump,
    /// It was too late, quiet hours had begun.
    Quiet,
    /// The policy is stronger than what was confirmed.
    NotConfirmed,
    /// The connection is read-only, or the run is not allowed.
    NotAllowed,
    /// A store was lost and nobody has accepted that yet.
    LossNotAccepted,
    /// It was too late when the org took calls again: it had asked to wait for hours.
    OrgLimit,
}

/// Where a log stands: as many lines, and the hash over them. As text `count:hash`, for the secret store.
///
/// ```
/// let head: proof::AuditHead = format!("3:{}", "0a".repeat(32)).parse().unwrap();
/// assert_eq!(head.count, 3);
/// assert!("3:0a".parse::<proof::AuditHead>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditHead {
    /// Lines.
    pub count: u64,
    /// The hash over all of them, in hex.
    pub hash: String,
}

impl AuditHead {
    pub(super) fn new(count: u64, chain: &Chain) -> Self {
        Self { count, hash: chain.hex() }
    }
}

impl fmt::Display for AuditHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.count, self.hash)
    }
}

impl FromStr for AuditHead {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let parsed = text.split_once(':').and_then(|(count, hash)| {
            let hash = unhex::<32>(hash).map(|_| hash.to_owned())?;
            Some(Self { count: count.parse().ok()?, hash })
        });
        parsed.ok_or(Error::Head)
    }
}
