use std::{io::Write, path::Path};

use chrono::{DateTime, Utc};
use proof::{
    AuditHead, CertificateHeader, CertificateWriter, CertifiedConnection, CertifiedCounts, CertifiedOutcome,
    CertifiedPolicy, CertifiedRun, KeyedHash, Planned, PlannedError, PlannedGuest, RunId, RunState,
    SigningKey,
};
use store::Store;

use super::{Outcome, certified_outcomes::certified_outcomes};
use crate::{Error, Plan};

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
    /// The hash over all of its lines but the last, in hex; what [`Verified`](proof::Verified) tells of it.
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
        kind: CertificateHeader::KIND.to_owned(),
        version: CertificateHeader::VERSION,
        program: issuing.program.clone(),
        issued: issuing.at,
        public_key: proof::hex(&key.public_key()),
        fingerprint: key.fingerprint(),
        connection: CertifiedConnection {
            name: planned.connection.clone(),
            kind: issuing.connection_kind.clone(),
            environment: issuing.environment.clone(),
        },
        plan: outcomes.plan.as_certified(),
        policy: CertifiedPolicy::of(&planned.policy, &hash),
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

impl From<&Outcome> for CertifiedOutcome {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Deleted { inferred: false } => Self::Deleted,
            Outcome::Deleted { inferred: true } => Self::DeletedInferred,
            Outcome::AlreadyGone => Self::AlreadyGone,
            Outcome::Spared { why } => Self::Spared(*why),
            // The org's words stay out: they may quote a person.
            Outcome::Failed { perhaps_done: false, .. } => Self::Failed,
            Outcome::Failed { perhaps_done: true, .. } => Self::FailedPerhaps,
        }
    }
}

impl Planned for Plan {
    fn as_certified(&self) -> proof::CertifiedPlan {
        let header = self.header();
        proof::CertifiedPlan {
            id: self.id().to_owned(),
            created_at: header.created_at,
            cutoff: header.cutoff,
            due: self.due(),
            spared: self.spared(),
            holds: header.holds.clone(),
        }
    }

    fn policy(&self) -> &model::RetentionPolicy {
        &self.header().policy
    }

    fn connection(&self) -> &str {
        &self.header().connection
    }

    fn hash_key(&self) -> &str {
        &self.header().hash_key
    }

    fn guests(
        &self,
    ) -> Result<Box<dyn Iterator<Item = Result<PlannedGuest, PlannedError>> + '_>, PlannedError> {
        let guest = |line: Result<crate::PlanLine, Error>| {
            line.map(|line| PlannedGuest { id: line.id, spared: line.why }).map_err(Into::into)
        };
        Ok(Box::new(self.lines()?.map(guest)))
    }
}
