use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use model::{AgeClock, GuestId};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::{AuditHead, Chain, Fingerprint, RunId, RunState, SpareReason, hex, unhex};

/// Longest header line in bytes: a policy's filter has at most 4,000.
pub(super) const LONGEST_HEADER: u64 = 64 << 10;
pub(super) const LONGEST_LINE: u64 = 1 << 10;

/// The first line: whose guests, by which policy, what came of them, and who vouches for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateHeader {
    /// `innkeeper-certificate`.
    pub kind: String,
    /// Of the format: 1.
    pub version: u32,
    /// Name and version of the program that wrote it.
    pub program: String,
    /// When it was written.
    pub issued: DateTime<Utc>,
    /// The Ed25519 key that the signature is checked with, in hex.
    pub public_key: String,
    /// SHA-256 of that key.
    pub fingerprint: Fingerprint,
    /// Whose guests these were.
    pub connection: CertifiedConnection,
    /// What was to be done.
    pub plan: CertifiedPlan,
    /// By which rule.
    pub policy: CertifiedPolicy,
    /// What was done.
    pub run: CertifiedRun,
    /// What it came to.
    pub counts: CertifiedCounts,
    /// What the deletes did not remove, absent where a delete removes all that the org has of a guest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_removed: Option<NotRemoved>,
    /// Where the audit log stood, absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<AuditHead>,
}

/// What the delete of a guest leaves in the org.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotRemoved {
    /// In sentences.
    pub what: String,
    /// Conversations that the org counted when the plan was made, of all guests; absent where it did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversations: Option<Counted>,
}

/// A number that the org told of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counted {
    /// How many there were.
    pub count: u64,
    /// Of so many days before it was asked.
    pub last_days: u32,
}

impl std::fmt::Display for NotRemoved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { what, conversations } = self;
        match conversations {
            Some(Counted { count, last_days }) => {
                write!(
                    f,
                    "{what} The org counts {count} conversations of the last {last_days} days, of all guests."
                )
            }
            None => write!(f, "{what} How many conversations there are the org does not say."),
        }
    }
}

/// The connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertifiedConnection {
    /// Its name, as in the plan.
    pub name: String,
    /// `simulator`, `development`, `test` or `production`.
    pub kind: String,
    /// The region or origin of the org.
    pub environment: String,
}

/// The plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertifiedPlan {
    /// SHA-256 over its header and its guests' lines, in hex.
    pub id: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Guests older than this were due.
    pub cutoff: DateTime<Utc>,
    /// Guests it set out to delete.
    pub due: u64,
    /// Guests it spared itself.
    pub spared: u64,
    /// The holds it knew, absent in plans of before there were holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<HoldsSeen>,
}

/// Which holds a plan or a run knew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HoldsSeen {
    /// How many.
    pub count: u64,
    /// A hash over all of them, in hex: another one means that a hold was added, removed or changed.
    pub hash: String,
}

/// The policy, as the plan has it, with the people taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertifiedPolicy {
    /// Guests older than this many days were due.
    pub days: u16,
    /// What the age was counted from.
    pub clock: AgeClock,
    /// The filter. Each quoted text that is no time stands there as `#` and a keyed hash, since it may name a person;
    /// the plan has it in clear, and `verify` with the plan compares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Whether guests with an open conversation were spared.
    pub spare_open_conversations: bool,
    /// Whether `active` guests were spared.
    pub spare_active: bool,
}

/// The run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertifiedRun {
    /// Its id.
    pub id: RunId,
    /// How it ended: finished, paused, cancelled or failed.
    pub state: RunState,
    /// Whether the org, asked again, listed none of the guests that count as deleted or gone.
    pub verified: bool,
    /// When it was started, the first time.
    pub started: DateTime<Utc>,
    /// When it ended.
    pub ended: DateTime<Utc>,
    /// Deletes at most in each start or resume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
}

/// Counts over every line of the plan: `deleted + already_gone + spared + failed + remaining = listed`, where `spared`
/// is the sum over its reasons and `inferred` a part of `deleted`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertifiedCounts {
    /// Lines of the plan.
    pub listed: u64,
    /// Deleted by this run.
    pub deleted: u64,
    /// Of these, without having seen the org's yes.
    pub inferred: u64,
    /// Gone before this run asked.
    pub already_gone: u64,
    /// Kept, by the reason, by the plan or by the run.
    pub spared: BTreeMap<SpareReason, u64>,
    /// The org would not delete them.
    pub failed: u64,
    /// Due and without an outcome.
    pub remaining: u64,
}

impl CertificateHeader {
    /// What a certificate says that it is.
    pub const KIND: &str = "innkeeper-certificate";
    /// Of the format.
    pub const VERSION: u32 = 1;
}

impl CertifiedCounts {
    /// Counts one more guest.
    pub fn add(&mut self, outcome: CertifiedOutcome) {
        use CertifiedOutcome as O;
        self.listed += 1;
        match outcome {
            O::Deleted => self.deleted += 1,
            O::DeletedInferred => {
                self.deleted += 1;
                self.inferred += 1;
            }
            O::AlreadyGone => self.already_gone += 1,
            O::Spared(why) => *self.spared.entry(why).or_default() += 1,
            O::Failed | O::FailedPerhaps => self.failed += 1,
            O::Remaining | O::RemainingPerhaps => self.remaining += 1,
        }
    }
}

/// What became of one guest, in one byte: a million guests are a megabyte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CertifiedOutcome {
    /// Deleted by this run.
    Deleted,
    /// Deleted by this run, though nobody saw the org's yes.
    DeletedInferred,
    /// Gone before this run asked.
    AlreadyGone,
    /// Kept.
    Spared(SpareReason),
    /// The org would not delete the guest.
    Failed,
    /// As [`CertifiedOutcome::Failed`], but one of the tries may have worked.
    FailedPerhaps,
    /// Nothing was done.
    Remaining,
    /// The run was stopped before it was known whether the delete had worked.
    RemainingPerhaps,
}

/// A guest's line as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct OutcomeLine {
    /// From 0, in the order of the plan.
    pub n: u64,
    pub guest: String,
    pub outcome: OutcomeKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<SpareReason>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub inferred: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub perhaps_done: bool,
    /// The first digits of the hash over all lines before.
    pub prev: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum OutcomeKind {
    Deleted,
    AlreadyGone,
    Spared,
    Failed,
    Remaining,
}

impl OutcomeLine {
    pub fn new(n: u64, guest: String, outcome: CertifiedOutcome, before: &Chain) -> Self {
        let (outcome, why, inferred, perhaps_done) = outcome.in_file();
        Self { n, guest, outcome, why, inferred, perhaps_done, prev: prev(before) }
    }

    /// `None` for a line that contradicts itself.
    pub fn outcome(&self) -> Option<CertifiedOutcome> {
        use CertifiedOutcome as O;
        let stands = (self.outcome, self.why, self.inferred, self.perhaps_done);
        let plain = [
            O::Deleted,
            O::DeletedInferred,
            O::AlreadyGone,
            O::Failed,
            O::FailedPerhaps,
            O::Remaining,
            O::RemainingPerhaps,
        ];
        plain.into_iter().chain(self.why.map(O::Spared)).find(|outcome| outcome.in_file() == stands)
    }
}

impl CertifiedOutcome {
    /// The kind, why the guest was spared, whether the delete was inferred, and whether one may have worked.
    fn in_file(self) -> (OutcomeKind, Option<SpareReason>, bool, bool) {
        match self {
            Self::Deleted => (OutcomeKind::Deleted, None, false, false),
            Self::DeletedInferred => (OutcomeKind::Deleted, None, true, false),
            Self::AlreadyGone => (OutcomeKind::AlreadyGone, None, false, false),
            Self::Spared(why) => (OutcomeKind::Spared, Some(why), false, false),
            Self::Failed => (OutcomeKind::Failed, None, false, false),
            Self::FailedPerhaps => (OutcomeKind::Failed, None, false, true),
            Self::Remaining => (OutcomeKind::Remaining, None, false, false),
            Self::RemainingPerhaps => (OutcomeKind::Remaining, None, false, true),
        }
    }
}

pub(super) fn prev(before: &Chain) -> String {
    hex(&before.bytes()[..8])
}

/// The closing line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Closing {
    /// Guests' lines.
    pub lines: u64,
    /// The hash over the header and all of them.
    pub head: String,
    /// Ed25519, by the key in the header.
    pub signature: String,
}

/// What the signature is over. The words in front keep it from being mistaken for a signature of anything else.
pub(super) fn signed_message(head: &Chain, lines: u64) -> Vec<u8> {
    let mut message = b"innkeeper-certificate 1\n".to_vec();
    message.extend_from_slice(&lines.to_be_bytes());
    message.extend_from_slice(head.bytes());
    message
}

/// Stands for guests without naming them: HMAC-SHA256 under the plan's hash key.
#[derive(Clone)]
pub struct KeyedHash(Hmac<Sha256>);

impl KeyedHash {
    /// From the hash key of the plan; `None` when that is not 64 hex digits.
    #[must_use]
    pub fn new(hash_key: &str) -> Option<Self> {
        let key = unhex::<32>(hash_key)?;
        Some(Self(Hmac::new_from_slice(&key).expect("HMAC takes a key of any length")))
    }

    /// What stands for a guest.
    #[must_use]
    pub fn guest(&self, id: GuestId) -> String {
        hex(&self.of("guest\n", id.0.as_bytes()))
    }

    /// What stands for a text: 16 hex digits, which are enough to compare with.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        hex(&self.of("text\n", text.as_bytes())[..8])
    }

    fn of(&self, kind: &str, bytes: &[u8]) -> [u8; 32] {
        self.0.clone().chain_update(kind).chain_update(bytes).finalize().into_bytes().into()
    }
}
