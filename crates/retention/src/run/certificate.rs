use std::{io::Write, path::Path};

use chrono::{DateTime, Utc};
use proof::{
    AuditHead, CertificateHeader, CertificateWriter, CertifiedConnection, CertifiedCounts, CertifiedPolicy,
    CertifiedRun, KeyedHash, Planned, PlannedError, PlannedGuest, RunId, RunState, SigningKey,
};
use store::Store;

use super::{folder::RunFolder, journal::RunJournal, ledger::Ledger};
use crate::{Error, Plan, open_plan};

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

/// Writes the certificate of a run that has ended, in whatever state, from the run's folder. A few bytes of memory a guest.
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
    let folder = RunFolder::of(runs_dir, run);
    if !folder.exists() {
        return Err(Error::NoSuchRun(run.clone()));
    }
    // Held while it is read: a resume in between would make half of it old.
    let _lease = folder.lease()?.ok_or_else(|| Error::RunNotOver(run.clone()))?;
    let plan = open_plan(&folder.plan())?;
    let ledger = Ledger::replay(run, RunJournal::read(&folder, run, store)?)?;
    ledger.must_be_of(&plan)?;
    let end = ledger.end.as_ref().ok_or_else(|| Error::RunNotOver(run.clone()))?;
    let planned = plan.header();
    let mut counts = CertifiedCounts::default();
    for (n, by_plan) in (0..).zip(plan.spared_lines()) {
        counts.add(ledger.certified(n, *by_plan));
    }
    let hash = KeyedHash::new(&planned.hash_key).ok_or_else(|| Error::PlanChanged {
        path: plan.path().to_owned(),
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
        plan: plan.as_certified(),
        policy: CertifiedPolicy::of(&planned.policy, &hash),
        run: CertifiedRun {
            id: run.clone(),
            state: end.state,
            // What is left of a run that has not ended was not asked for yet.
            verified: end.verified && end.state == RunState::Finished,
            started: ledger.start.at,
            ended: end.at,
            max: ledger.options.max,
        },
        counts,
        not_removed: planned.not_removed.clone(),
        audit: issuing.audit.clone(),
    };
    let mut certificate =
        CertificateWriter::new(out, &header, &planned.hash_key, key).map_err(Error::Certificate)?;
    for (n, line) in (0..).zip(plan.lines()?) {
        let line = line?;
        certificate.line(line.id, ledger.certified(n, line.why)).map_err(Error::Certificate)?;
    }
    let head = certificate.head();
    certificate.finish().map_err(Error::Certificate)?;
    Ok(Issued { header, head })
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
