use chrono::{DateTime, Utc};
use serde::Serialize;
use specta::Type;

use super::{ConnectionKind, PolicyView, ReasonCount, RunState};

/// Whose guests a certificate speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CertifiedConnectionView {
    /// Its name, as in the plan.
    pub name: String,
    /// What kind of org; `None` when the certificate names one that this version does not know.
    pub kind: Option<ConnectionKind>,
    /// Region or origin.
    pub environment: String,
}

/// Counts over every line of the plan; they add up to `listed`, `inferred` being a part of `deleted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CertifiedCountsView {
    /// Lines of the plan.
    pub listed: u32,
    /// Deleted by the run.
    pub deleted: u32,
    /// Of these, without having seen the org's yes.
    pub inferred: u32,
    /// Gone before the run asked.
    pub already_gone: u32,
    /// The org would not delete them.
    pub failed: u32,
    /// Due and without an outcome.
    pub remaining: u32,
    /// Kept, by the reason.
    pub spared: Vec<ReasonCount>,
}

/// A certificate, readable, and whether it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CertificateView {
    /// The run it speaks of.
    pub run: String,
    /// A good name for the file.
    pub file_name: String,
    /// The program that wrote it.
    pub program: String,
    /// When.
    pub issued: DateTime<Utc>,
    /// Of the key it is signed with, in groups of four.
    pub fingerprint: String,
    /// Whose guests.
    pub connection: CertifiedConnectionView,
    /// The plan's hash.
    pub plan: String,
    /// When the plan was made.
    pub plan_created_at: DateTime<Utc>,
    /// Guests older than this were due.
    pub cutoff: DateTime<Utc>,
    /// By which policy. Texts of its filter are keyed hashes, since they may name a person.
    pub policy: PolicyView,
    /// How the run ended.
    pub state: RunState,
    /// The org was asked again, and none was left that should be gone.
    pub verified: bool,
    /// When the run was started.
    pub started: DateTime<Utc>,
    /// When it ended.
    pub ended: DateTime<Utc>,
    /// Deletes at most in each start or resume.
    pub max: Option<u32>,
    /// What it came to.
    pub counts: CertifiedCountsView,
    /// How many holds the plan knew.
    pub holds: Option<u32>,
    /// What the deletes did not remove, in sentences; absent where they removed everything.
    pub not_removed: Option<String>,
    /// How many lines the audit log had.
    pub audit_lines: Option<u32>,
    /// Every byte is as it was signed, and by the key that it had to be signed with. Not so where nobody named that key: a
    /// certificate carries its own.
    pub genuine: bool,
    /// What is wrong, where it is not.
    pub problem: Option<String>,
}

/// One line of the audit log, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AuditLine {
    /// From 1.
    pub n: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// The login name.
    pub user: String,
    /// Name and version.
    pub program: String,
    /// A word for machines.
    pub action: String,
    /// A sentence for people.
    pub text: String,
    /// Stands for the guest it was done to: the start of a keyed hash.
    pub subject: Option<String>,
}

/// A window of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AuditPage {
    /// The newest first, at most 200.
    pub lines: Vec<AuditLine>,
    /// All there are.
    pub total: u32,
}

/// Whether the audit log is as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AuditCheck {
    /// Every line holds, and the head that was kept agrees.
    pub ok: bool,
    /// Lines that hold.
    pub lines: u32,
    /// The hash over them.
    pub head: String,
    /// What is wrong.
    pub problem: Option<String>,
    /// In which line, where it can be told.
    pub line: Option<u32>,
    /// When it was checked.
    pub checked_at: DateTime<Utc>,
}
