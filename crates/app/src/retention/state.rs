//! What a connection knows of retention: its policies, holds and audit log, plans and runs, and what is going on.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use chrono::{DateTime, Utc};
use genesys::Lane;
use model::{AgeClock, Guest, GuestId, KeepDays, RetentionPolicy, Secret};
use retention::{Holds, NamedPolicy, PlanSeal, Policies, PolicyId};
use store::{Secrets, Store, Table};
use tokio::sync::watch;

use crate::{
    App, Failure, FailureCode,
    audit::log::Audit,
    connection::folder::private_folder,
    failure::chain,
    guests::list::a_filter,
    retention::clock_check::ClockCheck,
    retention::eraser::RetentionOrg,
    retention::forecast::Counted,
    retention::pending_approvals::PendingApproval,
    retention::previews::{self, MadeFor},
    retention::runs::Runs,
    system::io_errors::Cause,
    views::{PlanProgressView, PolicyView, RunView},
};

pub(crate) struct Retention {
    pub(crate) policies: Arc<Policies>,
    /// As they are stored: every guest that is shown asks for the first one.
    current: RwLock<Vec<NamedPolicy>>,
    /// Held from reading a policy to having written it back.
    pub(crate) scheduling: tokio::sync::Mutex<()>,
    /// Why they cannot be read, where they cannot: nothing is planned or deleted then.
    holds: Result<Arc<Holds>, Failure>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) secrets: Arc<dyn Secrets>,
    /// Of this connection's plans, once it was needed: a keychain is slow.
    pub(crate) seal: Mutex<Option<Arc<PlanSeal>>>,
    /// The key of that seal, until the first plan under it is made and the key is kept.
    pub(crate) new_seal_key: Mutex<Option<Secret>>,
    /// Due runs that wait for a person's word, by policy.
    pub(crate) pending_approvals: RwLock<BTreeMap<PolicyId, PendingApproval>>,
    pub(crate) asks_table: Table<String, PendingApproval>,
    /// Dues that wait for the end of quiet hours.
    pub(crate) hushed: Mutex<BTreeMap<PolicyId, DateTime<Utc>>>,
    pub(crate) clock_check: ClockCheck,
    pub(crate) counted: tokio::sync::Mutex<Option<Counted>>,
    pub(crate) planning: watch::Sender<Option<PlanProgressView>>,
    /// Held while a previewed plan becomes the newest one.
    pub(crate) previewing: tokio::sync::Mutex<()>,
    pub(crate) runs: Runs,
    pub(crate) plans_dir: PathBuf,
    /// By plan: the policy that it was made for.
    pub(crate) made_for: Table<String, MadeFor>,
    /// The newest plan's sample with names, in memory only: plans on disk hold no names.
    pub(crate) sample: Mutex<Option<(String, HashMap<GuestId, Guest>)>>,
}

impl Retention {
    /// Blocking.
    pub(crate) fn open(
        store: &Store,
        dir: &Path,
        secrets: Arc<dyn Secrets>,
        holds: Result<Arc<Holds>, Failure>,
    ) -> Result<Self, Failure> {
        let policies = Policies::open(store);
        let current = policies.list()?.into();
        let plans_dir = dir.join("plans");
        private_folder(&plans_dir)?;
        let asks_table: Table<String, PendingApproval> = store.table("retention-ask");
        Ok(Self {
            policies: Arc::new(policies),
            current,
            scheduling: tokio::sync::Mutex::default(),
            holds,
            audit: Arc::new(Audit::new(dir, store, Arc::clone(&secrets))),
            secrets,
            seal: Mutex::default(),
            new_seal_key: Mutex::default(),
            pending_approvals: crate::retention::pending_approvals::all(&asks_table)?.into(),
            asks_table,
            hushed: Mutex::default(),
            clock_check: ClockCheck::open(store)?,
            counted: tokio::sync::Mutex::default(),
            planning: watch::Sender::default(),
            previewing: tokio::sync::Mutex::default(),
            runs: Runs::open(store, dir)?,
            plans_dir,
            made_for: previews::table(store),
            sample: Mutex::default(),
        })
    }

    /// The policies, the first one first; there is always one.
    pub(crate) fn all(&self) -> Vec<NamedPolicy> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the first policy wants.
    pub(crate) fn policy(&self) -> RetentionPolicy {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.first().map(|policy| policy.what.clone()).unwrap_or_default()
    }

    pub(crate) fn named(&self, id: &str) -> Result<NamedPolicy, Failure> {
        let id: PolicyId = id.parse::<PolicyId>()?;
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let found = current.iter().find(|policy| policy.id == id).cloned();
        found.ok_or_else(|| retention::Error::NoSuchPolicy(id).into())
    }

    /// Takes what is stored as current. Blocking.
    pub(crate) fn read_policies(&self) -> Result<(), Failure> {
        let all = self.policies.list()?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = all;
        Ok(())
    }

    pub(crate) fn holds(&self) -> Result<&Arc<Holds>, Failure> {
        self.holds.as_ref().map_err(Clone::clone)
    }

    pub(crate) fn planning(&self) -> Option<PlanProgressView> {
        self.planning.borrow().clone()
    }

    pub(crate) fn current_run(&self) -> Option<RunView> {
        self.runs.current()
    }

    /// Changes whenever a plan or a run gets further.
    pub(crate) fn changes(&self) -> (watch::Receiver<Option<PlanProgressView>>, watch::Receiver<u64>) {
        (self.planning.subscribe(), self.runs.changes())
    }

    pub(crate) fn kept_plan_path(&self, plan: &str) -> PathBuf {
        self.plans_dir.join(format!("{plan}.jsonl"))
    }

    /// Where the plans of a policy's own runs are made, apart from what a person previews.
    pub(crate) fn due_plan_path(&self, policy: &PolicyId) -> Result<PathBuf, Failure> {
        let dir = self.plans_dir.join("due");
        private_folder(&dir)?;
        Ok(dir.join(format!("{policy}.jsonl")))
    }
}

impl App {
    /// What asks the org for retention, with the holds of this org.
    pub(crate) fn eraser(&self, lane: Lane) -> Result<RetentionOrg, Failure> {
        let holds = Arc::clone(self.0.retention.holds()?);
        let eraser = RetentionOrg::new(self.0.org.clone(), self.0.outbox.clone(), holds, lane);
        Ok(eraser.by_clock(self.0.org_clock))
    }
}

impl Default for PolicyView {
    /// 30 days from creation, open conversations spared.
    fn default() -> Self {
        Self::of(&RetentionPolicy::default())
    }
}

impl PolicyView {
    pub(crate) fn of(policy: &RetentionPolicy) -> Self {
        Self {
            days: policy.days.get().into(),
            from_last_activity: policy.clock == AgeClock::LastActivity,
            filter: policy.filter.as_ref().map(ToString::to_string),
            spare_open_conversations: policy.spare_open_conversations,
            spare_active: policy.spare_active,
        }
    }

    /// Checks what a person entered.
    ///
    /// # Errors
    /// Bad input by field.
    pub fn check(self) -> Result<RetentionPolicy, Failure> {
        let days = KeepDays::new(self.days.into()).map_err(|e| Failure::field("days", e.to_string()))?;
        let filter = self.filter.map(|f| f.trim().to_owned());
        match filter.as_ref().map(String::len) {
            // A value that got lost on the way must not come to mean everyone.
            Some(0) => return Err(Failure::field("filter", "is empty; leave it out to mean everyone")),
            Some(n) if n > 4_000 => return Err(Failure::field("filter", "may have at most 4,000 bytes")),
            _ => {}
        }
        Ok(RetentionPolicy {
            days,
            clock: if self.from_last_activity { AgeClock::LastActivity } else { AgeClock::Created },
            filter: filter.map(|f| a_filter(&f)).transpose()?,
            spare_open_conversations: self.spare_open_conversations,
            spare_active: self.spare_active,
        })
    }
}

impl From<retention::Error> for Failure {
    fn from(error: retention::Error) -> Self {
        use retention::Error as E;
        let text = chain(&error);
        let code = match &error {
            E::PlanChanged { .. } => FailureCode::PlanChanged,
            E::PlanNotOurs { .. } => {
                return Failure::new(FailureCode::PlanChanged, format!("{text}."))
                    .with_next("Make a new plan on this connection.");
            }
            E::PlanUsed { .. } => FailureCode::PlanUsed,
            E::RunCancelled(_) => FailureCode::PlanUsed,
            E::File { .. } => return Failure::field("file", text),
            E::NoSuchRun(_) => FailureCode::NotFound,
            E::RunBusy(_) => FailureCode::RunActive,
            E::Schedule { field, given, allowed } => {
                return Failure::field(field, format!("cannot be {given:?}: {allowed}"));
            }
            E::Invalid { field, why } => return Failure::field(field, why.clone()),
            E::NoSuchPolicy(_) => FailureCode::NotFound,
            E::HoldExists(_) => return Failure::field("id", text),
            E::RunNotOver(_) => FailureCode::RunActive,
            E::Holds { source, .. } | E::Policies { source, .. } => {
                let cause = Failure::from(source.clone());
                return Failure { message: text, ..cause };
            }
            E::Org { source: retention::OrgError::Stop { .. }, .. } => FailureCode::Forbidden,
            E::Org { source: retention::OrgError::Failed { .. }, .. } => FailureCode::InvalidInput,
            E::Org { .. } => FailureCode::Unreachable,
            E::Incomplete { .. } => FailureCode::Incomplete,
            E::PageOrder => FailureCode::OrgFailed,
            _ => return by_cause(&error, text),
        };
        match error {
            E::PlanUsed { run } => {
                Failure::new(code, text).with_next(format!("Resume the run {run}, or make a new plan."))
            }
            E::NoSuchPolicy(_) => Failure::new(code, text)
                .with_next("See the list of policies (`innkeeper retention policy list`)."),
            E::RunNotOver(run) => Failure::new(code, text)
                .with_next(format!("Resume the run {run} or cancel it, then ask again.")),
            _ => Failure::new(code, text),
        }
    }
}

impl From<proof::Error> for Failure {
    fn from(error: proof::Error) -> Self {
        use proof::Error as E;
        let text = chain(&error);
        match &error {
            E::File { .. } => Failure::field("file", text),
            E::Broken { .. } => Failure::new(FailureCode::AuditBroken, text),
            E::Head => Failure::field("head", "must be a count, a colon and 64 hex digits"),
            _ => by_cause(&error, text),
        }
    }
}

impl From<proof::IdError> for Failure {
    fn from(error: proof::IdError) -> Self {
        let field = match error {
            proof::IdError::Run { .. } => "run",
            proof::IdError::Hold => "id",
            proof::IdError::Policy => "policy",
        };
        Failure::field(field, error.to_string())
    }
}

/// A failure of the disk or the system is told as such; anything else is ours, and goes to the log too.
fn by_cause(error: &(dyn std::error::Error + 'static), text: String) -> Failure {
    match Cause::among(error).filter(|cause| cause.code != FailureCode::Internal) {
        Some(cause) => Failure::new(cause.code, text).with_next(cause.next),
        None => {
            tracing::error!(error = text, "retention failed");
            Failure::new(FailureCode::Internal, text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_got_lost_never_comes_to_mean_everyone() {
        let with =
            |filter: Option<&str>| PolicyView { filter: filter.map(str::to_owned), ..PolicyView::default() };
        assert_eq!(with(None).check().unwrap().filter, None);
        assert!(with(Some("active = true")).check().unwrap().filter.is_some());
        for lost in ["", " ", "\t\n"] {
            let refused = with(Some(lost)).check().unwrap_err();
            assert_eq!(
                (refused.code, refused.fields[0].field.as_str()),
                (FailureCode::InvalidInput, "filter"),
                "{lost:?}"
            );
            assert_eq!(a_filter(lost).unwrap_err().fields[0].field, "filter");
        }
    }
}
