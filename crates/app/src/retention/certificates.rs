//! The certificate of a run: issued once, kept in the run's folder, checked wherever it is looked at.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use model::AgeClock;
use parking_lot::Mutex;
use proof::{Action, CertificateHeader, CertifiedCounts, Fingerprint, NotGenuine, SigningKey, Verified};
use retention::{Issuing, RunId};
use serde_json::Value;
use store::{Secrets, WholeFile};

use crate::{
    App, Existing, Failure, FailureCode,
    app::blocking,
    audit::commands::program,
    failure::io_errors::Cause,
    retention::plans::words,
    retention::run_views::state_of,
    views::{
        CertificateView, CertifiedConnectionView, CertifiedCountsView, PolicyView, ReasonCount, Topic, count,
    },
};

/// The name of the signing key in the connection's secret store.
const SIGNING_KEY: &str = "certificate-key";

/// In the run's folder.
const FILE: &str = "certificate.jsonl";

/// As much of a file as tells whether it is meant to be a certificate at all.
const BEGINNING: u64 = 64 << 10;

/// What `retention verify` found.
#[derive(Debug, Clone, PartialEq)]
pub struct CertificateChecked {
    /// What it says.
    pub certificate: CertificateView,
    /// The hash over everything, in hex.
    pub head: String,
    /// Whether each guest of the plan at hand was found in it.
    pub against_plan: bool,
    /// Whether it was asked for the signer. A certificate carries its own key, so without that it only vouches for itself.
    pub signer_checked: bool,
}

/// Checks a certificate without a folder, a key or the network. With the plan each guest too, with a signer that it is this
/// key and no other.
///
/// # Errors
/// [`FailureCode::NotGenuine`] naming the line; [`FailureCode::BadFile`] for a file that is no certificate or cannot be
/// read, [`FailureCode::PlanChanged`] for a plan that does not hold; a signer that is no fingerprint, by field.
pub fn verify_certificate(
    file: &Path,
    plan: Option<&Path>,
    signer: Option<&str>,
) -> Result<CertificateChecked, Failure> {
    let signer = signer
        .map(str::parse::<Fingerprint>)
        .transpose()
        .map_err(|e| Failure::field("signer", e.to_string()))?;
    check(file, || File::open(file), plan, signer.as_ref())
}

/// `open` begins it anew each time; `file` is what it is called.
fn check(
    file: &Path,
    mut open: impl FnMut() -> io::Result<File>,
    plan: Option<&Path>,
    signer: Option<&Fingerprint>,
) -> Result<CertificateChecked, Failure> {
    let unreadable = |e: &io::Error| {
        let words = Cause::of(e).words;
        let message = format!("The certificate {} cannot be read: {words}.", file.display());
        Failure::new(FailureCode::BadFile, message)
    };
    let mut beginning = Vec::new();
    open().and_then(|f| f.take(BEGINNING).read_to_end(&mut beginning)).map_err(|e| unreadable(&e))?;
    if !is_meant_as_one(&beginning) {
        let message = format!("{} is no certificate.", file.display());
        return Err(Failure::new(FailureCode::BadFile, message));
    }
    let plan = plan.map(retention::open_plan).transpose().map_err(|e| match e {
        retention::Error::File { path, source, .. } => {
            let words = Cause::of(&source).words;
            let message = format!("The plan {} cannot be read: {words}.", path.display());
            Failure::new(FailureCode::BadFile, message)
        }
        other => other.into(),
    })?;
    let reader = BufReader::new(open().map_err(|e| unreadable(&e))?);
    match proof::verify(reader, plan.as_ref().map(|plan| plan as _), signer) {
        Ok(Verified { header, head, against_plan }) => {
            let signer_checked = signer.is_some();
            let certificate = CertificateView { genuine: signer_checked, ..view(&header) };
            Ok(CertificateChecked { certificate, head, against_plan, signer_checked })
        }
        Err(NotGenuine::Read(e)) => Err(unreadable(&e)),
        Err(NotGenuine::Plan(e)) => Err(match e.downcast::<retention::Error>() {
            Ok(error) => (*error).into(),
            Err(other) => Failure::new(FailureCode::Internal, other.to_string()),
        }),
        Err(e) => Err(Failure::new(FailureCode::NotGenuine, format!("The certificate does not hold: {e}."))),
    }
}

/// A changed byte can spoil one of these words, not two: what has two of them is a certificate that does not hold, and what
/// has none was never one.
fn is_meant_as_one(beginning: &[u8]) -> bool {
    let words = ["innkeeper-certificate", "\"publicKey\":", "\"fingerprint\":", "\"counts\":", "\"cutoff\":"];
    let has = |word: &&str| beginning.windows(word.len()).any(|part| part == word.as_bytes());
    words.iter().filter(|word| has(word)).count() >= 2
}

fn view(header: &CertificateHeader) -> CertificateView {
    let CertifiedCounts { listed, deleted, inferred, already_gone, spared, failed, remaining } =
        &header.counts;
    CertificateView {
        run: header.run.id.to_string(),
        file_name: format!("certificate-{}.jsonl", header.run.id),
        program: header.program.clone(),
        issued: header.issued,
        fingerprint: header.fingerprint.to_string(),
        connection: CertifiedConnectionView {
            name: header.connection.name.clone(),
            kind: serde_json::from_value(Value::String(header.connection.kind.clone())).ok(),
            environment: header.connection.environment.clone(),
        },
        plan: header.plan.id.clone(),
        plan_created_at: header.plan.created_at,
        cutoff: header.plan.cutoff,
        policy: PolicyView {
            days: header.policy.days.into(),
            from_last_activity: header.policy.clock == AgeClock::LastActivity,
            filter: header.policy.filter.clone(),
            spare_open_conversations: header.policy.spare_open_conversations,
            spare_active: header.policy.spare_active,
        },
        state: state_of(header.run.state),
        verified: header.run.verified,
        started: header.run.started,
        ended: header.run.ended,
        max: header.run.max.map(count),
        counts: CertifiedCountsView {
            listed: count(*listed),
            deleted: count(*deleted),
            inferred: count(*inferred),
            already_gone: count(*already_gone),
            failed: count(*failed),
            remaining: count(*remaining),
            spared: spared
                .iter()
                .map(|(why, n)| ReasonCount { reason: words(*why).to_owned(), guests: count(*n) })
                .collect(),
        },
        holds: header.plan.holds.as_ref().map(|holds| count(holds.count)),
        not_removed: header.not_removed.as_ref().map(ToString::to_string),
        audit_lines: header.audit.as_ref().map(|head| count(head.count)),
        genuine: true,
        problem: None,
    }
}

/// The first line alone, for a certificate that does not hold.
fn header_of(file: &Path) -> Option<CertificateHeader> {
    let mut line = String::new();
    BufReader::new(File::open(file).ok()?.take(BEGINNING)).read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}

/// The key of this connection; made and kept at the first certificate.
fn signing_key(secrets: &dyn Secrets) -> Result<SigningKey, Failure> {
    if let Some(kept) = secrets.get(SIGNING_KEY)? {
        return Ok(SigningKey::from_secret(&kept)?);
    }
    let key = SigningKey::generate()?;
    secrets.set(SIGNING_KEY, &key.to_secret())?;
    Ok(key)
}

/// A run that has ended, and the key that its certificate must be signed with: that of its folder and no other.
struct Kept {
    run: RunId,
    path: PathBuf,
    signer: Fingerprint,
}

impl App {
    /// The certificate of a run that has ended, issued when it is asked for the first time and again when the run went on
    /// since; otherwise the one that was kept, checked by the key of this folder and by the audit log.
    ///
    /// # Errors
    /// No such run, one that has not ended, a failing disk, a secret store that keeps no key; [`FailureCode::NotGenuine`] for a
    /// kept certificate that does not hold or was signed by another key.
    pub async fn retention_certificate(&self, run: &str) -> Result<CertificateView, Failure> {
        let (app, run) = (self.clone(), run.parse::<RunId>()?);
        blocking(move || {
            let kept = app.kept_certificate(run)?;
            app.check_kept(&kept, || File::open(&kept.path))
        })
        .await
    }

    /// Where the certificate of a run is kept; issues it where there is none for how the run ended. Blocking.
    fn kept_certificate(&self, run: RunId) -> Result<Kept, Failure> {
        // Two at once would leave the log's newest line on one and the file of the other.
        static ISSUING: Mutex<()> = Mutex::new(());
        let _one = ISSUING.lock();
        let runs = &self.0.retention.runs.dir;
        let info = retention::run_info(&self.0.store, runs, &run)?;
        let Some(ended) = info.ended else { return Err(retention::Error::RunNotOver(run).into()) };
        let path = runs.join(run.as_str()).join(FILE);
        let key = signing_key(&*self.0.retention.secrets)?;
        let kept = Kept { run, path, signer: key.fingerprint() };
        let of_before = header_of(&kept.path).is_some_and(|header| header.run.ended != ended);
        if of_before {
            // One that is not ours stays as it is, to be seen.
            self.check_kept(&kept, || File::open(&kept.path))?;
        }
        if of_before || !kept.path.exists() {
            self.issue(&kept, &key)?;
            self.0.notices.stale(Topic::Retention);
        }
        Ok(kept)
    }

    /// The line in the audit log comes before the certificate has its name, so that none is without one.
    fn issue(&self, kept: &Kept, key: &SigningKey) -> Result<(), Failure> {
        let connection = &self.0.connection;
        let kind = serde_json::to_value(connection.kind).unwrap_or_default();
        let issuing = Issuing {
            connection_kind: kind.as_str().unwrap_or_default().to_owned(),
            environment: connection.environment.label().to_owned(),
            program: program(),
            at: self.0.clock.now(),
            audit: self.audit_head()?,
        };
        let (store, runs) = (&self.0.store, &self.0.retention.runs.dir);
        let (run, signer) = (kept.run.clone(), kept.signer);
        let failed =
            |e: io::Error| Failure::of_file("The certificate could not be kept in the data folder", &e);
        let folder = kept.path.parent().unwrap_or(Path::new("."));
        let mut out = WholeFile::begin(folder).map_err(failed)?;
        let head = Some(retention::issue(store, runs, &run, &issuing, key, &mut out)?.head);
        self.record_first(Action::CertificateIssued { run, signer, head })?;
        out.publish(&kept.path, Existing::Replace).map_err(failed)
    }

    /// Whether the file is the certificate that this folder issued for the run. The key in the file says nothing: whoever
    /// changes a certificate can sign it with a key of their own.
    fn check_kept(
        &self,
        kept: &Kept,
        open: impl FnMut() -> io::Result<File>,
    ) -> Result<CertificateView, Failure> {
        let refused = |message: String| {
            Failure::new(FailureCode::NotGenuine, message)
                .with_next("Keep the run's folder as it is and find out who touched it.")
        };
        let plan = kept.path.with_file_name("plan.jsonl");
        let checked = check(&kept.path, open, Some(&plan), Some(&kept.signer)).map_err(|failure| {
            match failure.code {
                FailureCode::NotGenuine | FailureCode::BadFile => refused(failure.message),
                _ => failure,
            }
        })?;
        if checked.certificate.run != kept.run.as_str() {
            return Err(refused(format!(
                "The certificate kept for the run {} is that of another run.",
                kept.run
            )));
        }
        match self.certificate_head(&kept.run)? {
            Some(head) if head != checked.head => Err(refused(format!(
                "The certificate kept for the run {} is not the one that the audit log says was issued last.",
                kept.run
            ))),
            _ => Ok(checked.certificate),
        }
    }

    /// Writes the certificate of a run to a file that a person named; answers where it lies. What was written is checked
    /// before it counts.
    ///
    /// # Errors
    /// As [`App::retention_certificate`]; a file that cannot be written, by field: then none was issued either.
    pub async fn retention_certificate_save(
        &self,
        run: &str,
        file: PathBuf,
        existing: Existing,
    ) -> Result<PathBuf, Failure> {
        let (app, run) = (self.clone(), run.parse::<RunId>()?);
        blocking(move || {
            let mut out = app.folder().output(&file, existing)?;
            let kept = app.kept_certificate(run)?;
            let unreadable =
                |e: io::Error| Failure::of_file("The certificate that is kept cannot be read", &e);
            let mut from = File::open(&kept.path).map_err(unreadable)?;
            io::copy(&mut from, &mut out).map_err(|e| out.failed(&e))?;
            app.check_kept(&kept, || out.file().written())?;
            out.publish()
        })
        .await
    }
}
