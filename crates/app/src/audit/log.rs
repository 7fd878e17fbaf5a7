//! The audit log of the open connection: a line for everything that was done, the head of its chain with the secrets.
//!
//! A log that takes no line stops nobody: it is told in the window, on the command line and in the program's log, and stays
//! as it is until a person sets it aside.

use std::{
    fs::File,
    io::{self, BufReader},
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use model::{GuestId, Secret};
use parking_lot::Mutex;
use proof::{Action, AuditHead, AuditLog, Broken, Subject, Who};
use retention::{PolicyId, RunId};
use store::{Secrets, Store};

use crate::{
    Failure, Result,
    audit::sentences,
    failure::chain,
    views::{AuditCheck, AuditPage, NoticeView, count},
};

/// The name of the head in the connection's secret store.
const HEAD: &str = "audit-head";

pub(crate) struct Audit {
    path: PathBuf,
    store: Store,
    secrets: Arc<dyn Secrets>,
    held: Mutex<OpenLog>,
    /// Why it takes no line.
    problem: Mutex<Option<String>>,
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
            problem: Mutex::default(),
        }
    }

    /// Adds a line. Its head is kept with the secrets at once; that of an edit by hand with the next line or at the end of
    /// the program, since a keychain is slow and a person waits.
    pub(super) fn append(
        &self,
        at: DateTime<Utc>,
        who: Who,
        subject: Option<GuestId>,
        action: Action,
    ) -> Result<AuditHead> {
        let may_wait = matches!(action, Action::GuestEdited { .. });
        let mut held = self.held.lock();
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

    fn open(&self, held: &mut OpenLog) -> Result<()> {
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

    fn kept(&self) -> Result<Option<AuditHead>> {
        let kept = self.secrets.get(HEAD)?;
        Ok(kept.map(|text| text.expose().parse::<AuditHead>()).transpose()?)
    }

    /// Where the log stands.
    pub(super) fn head(&self) -> Result<AuditHead> {
        let mut held = self.held.lock();
        self.open(&mut held)?;
        Ok(held.log.as_ref().expect("opened in the line above").head())
    }

    /// What the newest line about a certificate of this run says of it; `None` where none does.
    pub(super) fn certificate_head(&self, of: &RunId) -> Result<Option<String>> {
        let entries = self.reader()?.into_iter().flat_map(proof::entries);
        let heads = entries.filter_map(|entry| match entry.ok()?.action {
            Action::CertificateIssued { run, head, .. } if run == *of => Some(head),
            _ => None,
        });
        Ok(heads.last().flatten())
    }

    pub(super) fn check(&self, at: DateTime<Utc>) -> Result<AuditCheck> {
        // The head first: a line that is added meanwhile leaves the log ahead of it, which is no tampering.
        let kept = self.kept()?;
        let checked = match self.reader()? {
            Some(file) => proof::verify_audit(file, kept.as_ref(), Some(&self.store)),
            None => proof::verify_audit(io::empty(), kept.as_ref(), Some(&self.store)),
        };
        let head = String::new();
        let unchecked = AuditCheck { ok: false, lines: 0, head, problem: None, line: None, checked_at: at };
        let check = match checked {
            Ok(whole) => {
                AuditCheck { ok: true, lines: count(whole.head.count), head: whole.head.hash, ..unchecked }
            }
            Err(Broken::Read(e)) => {
                return Err(Failure::of_file(format!("{} cannot be read", self.path.display()), &e));
            }
            Err(broken) => {
                let (lines, line) = match &broken {
                    Broken::Line { line, .. } => (line - 1, Some(count(*line))),
                    Broken::Cut { count, .. } => (*count, None),
                    _ => (0, None),
                };
                AuditCheck { lines: count(lines), problem: Some(broken.to_string()), line, ..unchecked }
            }
        };
        self.tell(check.problem.clone());
        Ok(check)
    }

    pub(super) fn set_aside(&self, at: DateTime<Utc>, who: Who) -> Result<()> {
        let mut held = self.held.lock();
        let log = AuditLog::set_aside(&self.path, &self.store, at, who)?;
        let head = log.head();
        *held = OpenLog { log: Some(log), unkept: Some(head), broken: false };
        self.keep_head(&mut held);
        self.tell(None);
        Ok(())
    }

    pub(super) fn page(
        &self,
        offset: u32,
        limit: u32,
        policy_name: impl Fn(&PolicyId) -> String,
    ) -> Result<AuditPage> {
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
            .map(|(entry, number)| sentences::line(entry, number, &policy_name))
            .collect();
        page.reverse();
        Ok(AuditPage { lines: page, total: count(total as u64) })
    }

    pub(super) fn reader(&self) -> Result<Option<BufReader<File>>> {
        match File::open(&self.path) {
            Ok(file) => Ok(Some(BufReader::new(file))),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Failure::of_file(format!("{} cannot be read", self.path.display()), &e)),
        }
    }

    pub(crate) fn problem(&self) -> Option<String> {
        self.problem.lock().clone()
    }

    fn tell(&self, problem: Option<String>) {
        *self.problem.lock() = problem;
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
}

impl Drop for Audit {
    fn drop(&mut self) {
        let mut held = std::mem::take(&mut *self.held.lock());
        self.keep_head(&mut held);
    }
}
