//! What a connection knows of retention: its policies, holds and audit log, plans and runs, and what is going on.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use model::{Guest, GuestId, RetentionPolicy, Secret};
use parking_lot::{Mutex, RwLock};
use retention::{Holds, NamedPolicy, PlanSeal, Policies, PolicyId, VerifiedPlans};
use store::{Secrets, Store, Table};
use tokio::sync::watch;

use crate::{
    Failure,
    audit::log::Audit,
    connection::folder::private_folder,
    retention::clock_check::ClockCheck,
    retention::day_counts::Counted,
    retention::deferred::DeferredDue,
    retention::made_for::{self, MadeFor},
    retention::pending_approvals::PendingApprovals,
    retention::runs::Runs,
    views::{PlanProgressView, RunView},
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
    /// Due runs that wait for a person's answer, by policy.
    pub(crate) pending_approvals: PendingApprovals,
    /// Dues that wait for the end of quiet hours or of a limit of the org's.
    pub(crate) deferred: Mutex<BTreeMap<PolicyId, DeferredDue>>,
    /// Until when the org takes no calls, where it asked to wait for an hour or more: nothing that runs by itself asks it before.
    pub(crate) limited_until: Mutex<Option<DateTime<Utc>>>,
    pub(crate) clock_check: ClockCheck,
    pub(crate) counted: tokio::sync::Mutex<Option<Counted>>,
    pub(crate) planning: watch::Sender<Option<PlanProgressView>>,
    /// Held while a previewed plan becomes the newest one.
    pub(crate) previewing: tokio::sync::Mutex<()>,
    pub(crate) runs: Runs,
    pub(crate) plans_dir: PathBuf,
    /// Those that were looked at.
    pub(super) plans: VerifiedPlans,
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
        Ok(Self {
            policies: Arc::new(policies),
            current,
            scheduling: tokio::sync::Mutex::default(),
            holds,
            audit: Arc::new(Audit::new(dir, store, Arc::clone(&secrets))),
            secrets,
            seal: Mutex::default(),
            new_seal_key: Mutex::default(),
            pending_approvals: PendingApprovals::open(store)?,
            deferred: Mutex::default(),
            limited_until: Mutex::default(),
            clock_check: ClockCheck::open(store)?,
            counted: tokio::sync::Mutex::default(),
            planning: watch::Sender::default(),
            previewing: tokio::sync::Mutex::default(),
            runs: Runs::open(store, dir)?,
            plans_dir,
            plans: VerifiedPlans::default(),
            made_for: made_for::table(store),
            sample: Mutex::default(),
        })
    }

    /// The policies, the first one first; there is always one.
    pub(crate) fn all(&self) -> Vec<NamedPolicy> {
        self.current.read().clone()
    }

    /// What the first policy wants.
    pub(crate) fn policy(&self) -> RetentionPolicy {
        let current = self.current.read();
        current.first().map(|policy| policy.what.clone()).unwrap_or_default()
    }

    pub(crate) fn named(&self, id: &str) -> Result<NamedPolicy, Failure> {
        let id: PolicyId = id.parse::<PolicyId>()?;
        let current = self.current.read();
        let found = current.iter().find(|policy| policy.id == id).cloned();
        found.ok_or_else(|| retention::Error::NoSuchPolicy(id).into())
    }

    /// Takes what is stored as current. Blocking.
    pub(crate) fn read_policies(&self) -> Result<(), Failure> {
        let all = self.policies.list()?;
        *self.current.write() = all;
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
