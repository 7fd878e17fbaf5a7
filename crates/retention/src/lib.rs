//! Who must go, and proof of who went: retention policies, plan, run, holds, certificate, audit log and schedule.
//!
//! A [`plan()`] is a frozen list of guests on disk; its id is the hash of its bytes. A [`Run`] carries one plan out
//! through the [`OrgPort`] port: before each batch it asks the org again and spares whoever changed or is on hold, and it
//! writes down what it is about to do before it does it, so a kill at any point costs nothing but a second look.
//! [`issue`] makes the signed certificate of a run and [`verify`] checks one offline; the [`AuditLog`] says who did what.
//! [`schedule`], [`quiet`], [`drift`] and [`jump`] say when a run may start. What is decided is decided by pure functions.

mod audit;
mod backoff;
mod certificate;
mod chain;
pub mod clock_jump;
pub mod decide;
pub mod drift;
mod error;
pub mod forecast;
mod holds;
mod org_port;
mod plan;
mod policies;
pub mod quiet;
mod run;
pub mod schedule;
pub mod zone;

pub use audit::{
    Action, AuditEntry, AuditHead, AuditLog, AuditVerified, Broken, Entries as AuditEntries, HeadState,
    Named, SkipCode, Subject, Who, entries, named_by_audit, verify_audit,
};
pub use certificate::{
    CertificateHeader, CertificateWriter, CertifiedConnection, CertifiedCounts, CertifiedOutcome,
    CertifiedPlan, CertifiedPolicy, CertifiedRun, Fingerprint, FingerprintError, Issued, Issuing, NotGenuine,
    SigningKey, Verified, issue, verify,
};
pub use decide::{Explanation, Facts, Reason, explain, explain_held};
pub use error::Error;
pub use holds::{
    Hold, HoldDraft, HoldId, HoldSet, HoldSubject, Holds, HoldsSeen, MAX_ENCODED_FILTER, held, holds_in,
    holds_on, id_chunks,
};
pub use org_port::{Cursor, Listed, OrgError, OrgPort, PAGE, Removed};
pub use plan::{
    Plan, PlanHeader, PlanLine, PlanLines, PlanProgress, PlanSeal, PlanSummary, SealedPlan, open_plan,
    open_plan_to_run, plan, query,
};
pub use policies::{
    Change, Confirmation, ConfirmedBy, NamedPolicy, Policies, PolicyId, Strength, changes, stronger,
};
pub use run::{
    Batch, GuestOutcome, Outcome, Run, RunControl, RunId, RunInfo, RunOptions, RunProgress, RunReport,
    RunState, cancel_run, list_runs, outcomes, outcomes_where, run_info,
};
pub use schedule::{Due, Schedule};

#[cfg(test)]
mod memory_org;
