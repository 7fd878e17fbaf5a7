//! The audit log of the open connection: a line for everything that was done, the head of its chain with the secrets.
//!
//! A log that takes no line stops nobody: it is told in the window, on the command line and in the program's log, and stays
//! as it is until a person sets it aside.

use std::{
    fs::File,
    io::{self, BufReader},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use chrono::{DateTime, Utc};
use model::{GuestId, Secret};
use proof::{Action, AuditHead, AuditLog, Broken, Subject, Who};
use retention::RunId;
use store::{Secrets, Store};

use crate::{
    App, Failure,
    app::blocking,
    audit::sentences,
    failure::chain,
    system::login::login_name,
    views::{AuditCheck, AuditPage, NoticeView, Topic, count},
};

/// The name of the head in the connection's secret store.
const HEAD: &str = "audit-head";

/// Lines in one window of the list at most.
const MOST_LINES: u32 = 200;

pub(crate) struct Audit {
    path: PathBuf,
    store: Store,
    secrets: Arc<dyn Secrets>,
    held: Mutex<OpenLog>,
    /// Why it takes no line.
    problem: RwLock<Option<String>>,
}

#[derive(Default)]
struct OpenLog {
    /// Opened, which checks all of it, by the first line that is added.
    log: Option<AuditLog>,
    /// A head that is not with the secrets yet.
    unkept: Option<AuditHead>,
    /// It was found broken, and is not checked again with every line.
    broken: bool,
}

impl Audit {
    pub(crate) fn new(dir: &Path, store: &Store, secrets: Arc<dyn Secrets>) -> Self {
        Self {
            path: dir.join(AuditLog::FILE),
            store: store.clone(),
            secrets,
            held: Mutex::default(),
            problem: RwLock::default(),
        }
    }

    /// Adds a line. Its head is kept with the secrets at once; that of an edit by hand with the next line or at the end of
    /// the program, since a keychain is slow and a person waits.
    fn append(
        &self,
        at: DateTime<Utc>,
        who: Who,
        subject: Option<GuestId>,
        action: Action,
    ) -> Result<AuditHead, Failure> {
        let may_wait = matches!(action, Action::GuestEdited { .. });
        let mut held = self.lock();
        self.open(&mut held)?;
        let log = held.log.as_mut().expect("opened in the line above");
        let subject = subject.map(|id| Subject::guest(&self.store, id));
        let head = match log.append(at, who, subject, action) {
            Ok(head) => head,
            Err(error) => {
                // After a failed write nobody knows what is on the disk; opening again finds out.
                held.log = None;
                return Err(error.into());
            }
        };
        held.unkept = Some(head.clone());
        if !may_wait {
            self.keep_head(&mut held);
        }
        Ok(head)
    }

    fn open(&self, held: &mut OpenLog) -> Result<(), Failure> {
        if held.broken {
            let why = self.problem().unwrap_or_default();
            return Err(Failure::new(crate::FailureCode::AuditBroken, why));
        }
        if held.log.is_none() {
            match AuditLog::open(&self.path, &self.store, self.kept()?.as_ref()) {
                Ok(log) => held.log = Some(log),
                Err(error) => {
                    held.broken = matches!(error, proof::Error::Broken { .. });
                    self.tell(Some(chain(&error)));
                    return Err(error.into());
                }
            }
            self.tell(None);
        }
        Ok(())
    }

    /// Puts the newest head with the secrets. A log that is ahead of its head is no tampering, so this may fail.
    fn keep_head(&self, held: &mut OpenLog) {
        let Some(head) = held.unkept.take() else { return };
        if let Err(error) = self.secrets.set(HEAD, &Secret::new(head.to_string())) {
            tracing::warn!(%error, "the head of the audit log could not be kept with the secrets");
            held.unkept = Some(head);
        }
    }

    fn kept(&self) -> Result<Option<AuditHead>, Failure> {
        let kept = self.secrets.get(HEAD)?;
        Ok(kept.map(|text| text.expose().parse::<AuditHead>()).transpose()?)
    }

    /// Where the log stands.
    fn head(&self) -> Result<AuditHead, Failure> {
        let mut held = self.lock();
        self.open(&mut held)?;
        Ok(held.log.as_ref().expect("opened in the line above").head())
    }

    /// What the newest line about a certificate of this run says of it; `None` where none does.
    fn certificate_head(&self, of: &RunId) -> Result<Option<String>, Failure> {
        let entries = self.reader()?.into_iter().flat_map(proof::entries);
        let heads = entries.filter_map(|entry| match entry.ok()?.action {
            Action::CertificateIssued { run, head, .. } if run == *of => Some(head),
            _ => None,
        });
        Ok(heads.last().flatten())
    }

    fn check(&self, at: DateTime<Utc>) -> Result<AuditCheck, Failure> {
        // The head first: a line that is added meanwhile leaves the log ahead of it, which is no tampering.
        let kept = self.kept()?;
        let checked = match self.reader()? {
            Some(file) => proof::verify_audit(file, kept.as_ref(), Some(&self.store)),
            None => proof::verify_audit(io::empty(), kept.as_ref(), Some(&self.store)),
        };
        let broken = |lines, problem, line| AuditCheck {
            ok: false,
            lines,
            head: String::new(),
            problem: Some(problem),
            line,
            checked_at: at,
        };
        let check = match checked {
            Ok(whole) => AuditCheck {
                ok: true,
                lines: count(whole.head.count),
                head: whole.head.hash,
                problem: None,
                line: None,
                checked_at: at,
            },
            Err(Broken::Read(e)) => {
                return Err(Failure::of_file(format!("{} cannot be read", self.path.display()), &e));
            }
            Err(e @ Broken::Line { line, .. }) => broken(count(line - 1), e.to_string(), Some(count(line))),
            Err(e @ Broken::Cut { count: whole, .. }) => broken(count(whole), e.to_string(), None),
            Err(e) => broken(0, e.to_string(), None),
        };
        self.tell(check.problem.clone());
        Ok(check)
    }

    fn set_aside(&self, at: DateTime<Utc>, who: Who) -> Result<(), Failure> {
        let mut held = self.lock();
        let log = AuditLog::set_aside(&self.path, &self.store, at, who)?;
        let head = log.head();
        *held = OpenLog { log: Some(log), unkept: Some(head), broken: false };
        self.keep_head(&mut held);
        self.tell(None);
        Ok(())
    }

    fn page(&self, offset: u32, limit: u32) -> Result<AuditPage, Failure> {
        let lines = |file: BufReader<File>| proof::entries(file);
        let Some(file) = self.reader()? else { return Ok(AuditPage { lines: Vec::new(), total: 0 }) };
        let total = lines(file).count();
        let last = total.saturating_sub(offset as usize);
        let first = last.saturating_sub(limit as usize);
        let part = self.reader()?.into_iter().flat_map(lines);
        let numbers = (1u64..).skip(first);
        let mut page: Vec<_> = part
            .skip(first)
            .take(last - first)
            .zip(numbers)
            .map(|(entry, number)| sentences::line(entry, number))
            .collect();
        page.reverse();
        Ok(AuditPage { lines: page, total: count(total as u64) })
    }

    fn reader(&self) -> Result<Option<BufReader<File>>, Failure> {
        match File::open(&self.path) {
            Ok(file) => Ok(Some(BufReader::new(file))),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Failure::of_file(format!("{} cannot be read", self.path.display()), &e)),
        }
    }

    pub(crate) fn problem(&self) -> Option<String> {
        self.problem.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn tell(&self, problem: Option<String>) {
        *self.problem.write().unwrap_or_else(PoisonError::into_inner) = problem;
    }

    /// What a person is told of a log that takes no line.
    pub(crate) fn notice(&self) -> Option<NoticeView> {
        let problem = self.problem()?;
        Some(NoticeView {
            id: "audit-broken".to_owned(),
            title: "The audit log does not hold".to_owned(),
            message: format!(
                "{problem}. Nothing is added to it any more; everything else goes on. Check it under Activity, or with \
                 `innkeeper audit verify`; a person may then set it aside."
            ),
            paths: vec![self.path.display().to_string()],
        })
    }

    fn lock(&self) -> MutexGuard<'_, OpenLog> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        let mut held = std::mem::take(&mut *self.lock());
        self.keep_head(&mut held);
    }
}

fn unless_broken<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) if failure.code == crate::FailureCode::AuditBroken => Ok(None),
        Err(failure) => Err(failure),
    }
}

pub(crate) fn program() -> String {
    format!("innkeeper {}", env!("CARGO_PKG_VERSION"))
}

fn who() -> Who {
    Who { user: login_name(), program: program() }
}

impl App {
    /// Adds a line to the audit log. One that takes none is told, and stops nothing.
    pub(crate) async fn record(&self, subject: Option<GuestId>, action: Action) -> Option<AuditHead> {
        let (audit, at) = (Arc::clone(&self.0.retention.audit), self.0.clock.now());
        let added = blocking(move || audit.append(at, who(), subject, action)).await;
        match added {
            Ok(head) => {
                self.0.notices.stale(Topic::Audit);
                Some(head)
            }
            Err(failure) => {
                tracing::error!(code = ?failure.code, message = failure.message, "the audit log took no line");
                self.0.notices.status_changed();
                None
            }
        }
    }

    /// Where the audit log stands; `None` for one that does not hold. Blocking.
    pub(crate) fn audit_head(&self) -> Result<Option<AuditHead>, Failure> {
        unless_broken(self.0.retention.audit.head())
    }

    /// Adds a line before something else is done. One that does not hold takes none and stops nobody; a disk that fails
    /// does. Blocking.
    pub(crate) fn record_first(&self, action: Action) -> Result<(), Failure> {
        let added = self.0.retention.audit.append(self.0.clock.now(), who(), None, action);
        unless_broken(added)?;
        self.0.notices.stale(Topic::Audit);
        Ok(())
    }

    /// The head of the newest certificate that was issued for a run, where the log holds and knows it. Blocking.
    pub(crate) fn certificate_head(&self, run: &RunId) -> Result<Option<String>, Failure> {
        match self.audit_head()? {
            Some(_) => self.0.retention.audit.certificate_head(run),
            None => Ok(None),
        }
    }

    /// A window of the audit log, the newest line first.
    ///
    /// # Errors
    /// More than 200 lines asked for, a disk that does not read.
    pub async fn audit_page(&self, offset: u32, limit: u32) -> Result<AuditPage, Failure> {
        if limit > MOST_LINES {
            return Err(Failure::field("limit", "may be at most 200"));
        }
        let audit = Arc::clone(&self.0.retention.audit);
        blocking(move || audit.page(offset, limit)).await
    }

    /// Hands every line of the audit log to `each`, the oldest first; memory does not grow with their number.
    ///
    /// # Errors
    /// A disk that does not read, or what `each` failed with.
    pub async fn audit_lines(
        &self,
        mut each: impl FnMut(crate::views::AuditLine) -> Result<(), Failure> + Send + 'static,
    ) -> Result<(), Failure> {
        let audit = Arc::clone(&self.0.retention.audit);
        blocking(move || {
            let entries = audit.reader()?.into_iter().flat_map(proof::entries);
            (1u64..).zip(entries).try_for_each(|(number, entry)| each(sentences::line(entry, number)))
        })
        .await
    }

    /// Checks every line of the audit log, and the head that was kept.
    ///
    /// # Errors
    /// A disk or a secret store that does not read. A broken log is an answer.
    pub async fn audit_verify(&self) -> Result<AuditCheck, Failure> {
        let (audit, at) = (Arc::clone(&self.0.retention.audit), self.0.clock.now());
        let check = blocking(move || audit.check(at)).await?;
        self.0.notices.status_changed();
        Ok(check)
    }

    /// Keeps a broken log under another name and begins a new one, whose first line says so. One that holds stays.
    ///
    /// # Errors
    /// A failing disk.
    pub async fn audit_set_aside(&self) -> Result<AuditCheck, Failure> {
        if !self.audit_verify().await?.ok {
            let (audit, at) = (Arc::clone(&self.0.retention.audit), self.0.clock.now());
            blocking(move || audit.set_aside(at, who())).await?;
            self.0.notices.stale(Topic::Audit);
        }
        self.audit_verify().await
    }
}
