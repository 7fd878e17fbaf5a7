//! What proves itself later: the hash chain, the one text of a JSON value, the audit log and the certificate of a run.
//!
//! [`AuditLog`] says who did what, [`verify_audit`] checks one. [`CertificateWriter`] writes the signed certificate of a run,
//! [`verify`] checks one offline, alone or beside the [`Planned`] guests. Both files name guests by keyed hashes only.

mod audit;
mod canonical;
mod certificate;
mod chain;
mod error;
mod fingerprint;
mod hex;
mod ids;
mod read_line;
mod run;

pub use audit::{
    Action, AuditEntry, AuditHead, AuditLog, AuditVerified, Broken, Entries as AuditEntries, HeadState,
    Named, SkipCode, Subject, Who, entries, named_by_audit, verify_audit,
};
pub use canonical::{NotCanonical, canonical};
pub use certificate::{
    CertificateHeader, CertificateWriter, CertifiedConnection, CertifiedCounts, CertifiedOutcome,
    CertifiedPlan, CertifiedPolicy, CertifiedRun, Counted, HoldsSeen, KeyedHash, NotGenuine, NotRemoved,
    Planned, PlannedError, PlannedGuest, SigningKey, Verified, verify,
};
pub use chain::Chain;
pub use error::Error;
pub use fingerprint::{Fingerprint, FingerprintError};
pub use hex::{hex, unhex};
pub use ids::{HoldId, IdError, PolicyId, RunId};
pub use run::{RunState, SpareReason};
