use std::{io::Write, path::Path};

use chrono::{DateTime, Utc};
use store::Store;

use super::{
    CertificateHeader, CertificateWriter, CertifiedConnection, CertifiedCounts, CertifiedOutcome,
    CertifiedPlan, CertifiedRun, SigningKey,
    file::{KIND, KeyedHash, VERSION},
    text::certified,
};
use crate::{AuditHead, Error, RunId, RunState, chain::hex, run::certified_outcomes};

/// What a certificate says that the run's folder does not know.
#[derive(Debug, Clone)]
pub struct Issuing {
    /// `simulator`, `development`, `test` or `production`.
    pub connection_kind: String,
    /// The region or origin of the org.
    pub environment: String,
    /// Name and version of the program.
    pub program: String,
    /// Now.
    pub at: DateTime<Utc>,
    /// Where the audit log stands. The entry that the certificate is issued comes after it, since that names the head.
    pub audit: Option<AuditHead>,
}

/// A certificate that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// What it says.
    pub header: CertificateHeader,
    /// The hash over all of its lines but the last, in hex; what [`Verified`](super::Verified) tells of it.
    pub head: String,
}

/// Writes the certificate of a run that has ended, in whatever state, from the run's folder. A byte of memory a guest.
/// Blocking; write to a temporary name and rename, since half of it is nothing.
///
/// # Errors
/// [`Error::NoSuchRun`], [`Error::RunNotOver`] while it goes on or after a kill (resume or cancel it first), [`Error::PlanChanged`] when the
/// run's copy of the plan was touched, [`Error::Journal`], [`Error::Certificate`] when `out` fails.
pub fn issue(
    store: &Store,
    runs_dir: &Path,
    run: &RunId,
    issuing: &Issuing,
    key: &SigningKey,
    out: impl Write,
) -> Result<Issued, Error> {
    let outcomes = certified_outcomes(store, runs_dir, run)?;
    let planned = outcomes.plan.header();
    let outcome = |n: usize, why| match (outcomes.outcomes.get(n), why) {
        (Some(CertifiedOutcome::Remaining) | None, Some(why)) => CertifiedOutcome::Spared(why),
        (Some(outcome), _) => *outcome,
        (None, None) => CertifiedOutcome::Remaining,
    };
    let mut counts = CertifiedCounts::default();
    for (n, line) in outcomes.plan.lines()?.enumerate() {
        counts.add(outcome(n, line?.why));
    }
    let hash = KeyedHash::new(&planned.hash_key).ok_or_else(|| Error::PlanChanged {
        path: outcomes.plan.path().to_owned(),
        line: Some(1),
        why: "this line has no hash key of 64 hex digits".to_owned(),
    })?;
    let header = CertificateHeader {
        kind: KIND.to_owned(),
        version: VERSION,
        program: issuing.program.clone(),
        issued: issuing.at,
        public_key: hex(&key.public_key()),
        fingerprint: key.fingerprint(),
        connection: CertifiedConnection {
            name: planned.connection.clone(),
            kind: issuing.connection_kind.clone(),
            environment: issuing.environment.clone(),
        },
        plan: CertifiedPlan {
            id: outcomes.plan.id().to_owned(),
            created_at: planned.created_at,
            cutoff: planned.cutoff,
            due: outcomes.plan.due(),
            spared: outcomes.plan.spared(),
            holds: planned.holds.clone(),
        },
        policy: certified(&planned.policy, &hash),
        run: CertifiedRun {
            id: run.clone(),
            state: outcomes.state,
            // What is left of a run that has not ended was not asked for yet.
            verified: outcomes.verified && outcomes.state == RunState::Finished,
            started: outcomes.started,
            ended: outcomes.ended,
            max: outcomes.options.max,
        },
        counts,
        audit: issuing.audit.clone(),
    };
    let mut certificate =
        CertificateWriter::new(out, &header, &planned.hash_key, key).map_err(Error::Certificate)?;
    for (n, line) in outcomes.plan.lines()?.enumerate() {
        let line = line?;
        certificate.line(line.id, outcome(n, line.why)).map_err(Error::Certificate)?;
    }
    let head = certificate.head();
    certificate.finish().map_err(Error::Certificate)?;
    Ok(Issued { header, head })
}
