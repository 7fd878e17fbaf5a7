//! Adding lines to the audit log of the open connection, and reading and checking it.

use std::sync::Arc;

use model::GuestId;
use proof::{Action, AuditHead, Who};
use retention::{PolicyId, RunId};

use crate::{
    App, Failure, Result,
    app::blocking,
    audit::sentences,
    system::login::login_name,
    views::{AuditCheck, AuditPage, Topic},
};

const MOST_LINES: u32 = 200;

fn unless_broken<T>(answer: Result<T>) -> Result<Option<T>> {
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
    pub(crate) fn audit_head(&self) -> Result<Option<AuditHead>> {
        unless_broken(self.0.retention.audit.head())
    }

    /// Adds a line before something else is done. One that does not hold takes none and stops nobody; a disk that fails
    /// does. Blocking.
    pub(crate) fn record_first(&self, action: Action) -> Result<()> {
        let added = self.0.retention.audit.append(self.0.clock.now(), who(), None, action);
        unless_broken(added)?;
        self.0.notices.stale(Topic::Audit);
        Ok(())
    }

    /// The head of the newest certificate that was issued for a run, where the log holds and knows it. Blocking.
    pub(crate) fn certificate_head(&self, run: &RunId) -> Result<Option<String>> {
        match self.audit_head()? {
            Some(_) => self.0.retention.audit.certificate_head(run),
            None => Ok(None),
        }
    }

    /// A window of the audit log, the newest line first.
    pub async fn audit_page(&self, offset: u32, limit: u32) -> Result<AuditPage> {
        if limit > MOST_LINES {
            return Err(Failure::field("limit", "may be at most 200"));
        }
        let audit = Arc::clone(&self.0.retention.audit);
        let policies = self.0.retention.all();
        let name = move |id: &PolicyId| {
            let known = policies.iter().find(|policy| policy.id == *id);
            known.map_or_else(|| id.to_string(), |policy| format!("{:?}", policy.name))
        };
        blocking(move || audit.page(offset, limit, name)).await
    }

    /// Hands every line of the audit log to `each`, the oldest first; memory does not grow with their number.
    pub async fn audit_lines(
        &self,
        mut each: impl FnMut(crate::views::AuditLine) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let audit = Arc::clone(&self.0.retention.audit);
        blocking(move || {
            let entries = audit.reader()?.into_iter().flat_map(proof::entries);
            (1u64..)
                .zip(entries)
                .try_for_each(|(number, entry)| each(sentences::line(entry, number, PolicyId::to_string)))
        })
        .await
    }

    /// Checks every line of the audit log, and the head that was kept.
    pub async fn audit_verify(&self) -> Result<AuditCheck> {
        let (audit, at) = (Arc::clone(&self.0.retention.audit), self.0.clock.now());
        let check = blocking(move || audit.check(at)).await?;
        self.0.notices.status_changed();
        Ok(check)
    }

    /// Keeps a broken log under another name and begins a new one, whose first line says so. One that holds stays.
    pub async fn audit_set_aside(&self) -> Result<AuditCheck> {
        if !self.audit_verify().await?.ok {
            let (audit, at) = (Arc::clone(&self.0.retention.audit), self.0.clock.now());
            blocking(move || audit.set_aside(at, who())).await?;
            self.0.notices.stale(Topic::Audit);
        }
        self.audit_verify().await
    }
}
