//! What the retention screens and commands need: policy and schedule of the connection, plans, and what is going on.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use crate::guests::a_filter;
use chrono::{DateTime, Utc};
use model::{AgeClock, Guest, GuestId, KeepDays, RetentionPolicy};
use retention::{Eraser, Explanation, Facts, Holds, Plan, PlanSummary, Schedule};
use serde::{Deserialize, Serialize};
use store::{Batch, Store, Table};
use tokio::sync::watch;

use crate::{
    App, Failure, FailureCode,
    app::blocking,
    eraser::{self, OrgEraser},
    failure::chain,
    folder::private_folder,
    runs::Runs,
    views::{
        AgeCount, PlanGuest, PlanProgressView, PlanView, PolicyView, ReasonCount, RunView, Topic, count,
    },
};

/// The one policy and schedule a connection has until there are several; the key leaves room for their names.
pub(crate) const DEFAULT: &str = "default";

/// Calls a minute that a run may count on, for the estimate: the documented default (`guest-api.md`).
const DEFAULT_BUDGET: u32 = 300;

pub(crate) struct Retention {
    policies: Table<String, RetentionPolicy>,
    pub(crate) schedules: Table<String, Schedule>,
    policy: RwLock<RetentionPolicy>,
    pub(crate) schedule: RwLock<Schedule>,
    /// Held from reading the schedule to writing it back.
    pub(crate) scheduling: tokio::sync::Mutex<()>,
    planning: watch::Sender<Option<PlanProgressView>>,
    pub(crate) runs: Runs,
    pub(crate) holds: Arc<Holds>,
    plans_dir: PathBuf,
    /// The newest plan's sample with names, in memory only: plans on disk hold no names.
    sample: Mutex<Option<(String, HashMap<GuestId, Guest>)>>,
}

/// What is kept beside a plan's file: what the preview showed.
#[derive(Serialize, Deserialize)]
struct KeptSummary {
    summary: PlanSummary,
    reasons: Vec<(String, u64)>,
    created_at: DateTime<Utc>,
}

/// Where `retention plan` writes.
#[derive(Debug, Clone)]
pub enum PlanTarget {
    /// To a file of the caller's.
    File(PathBuf),
    /// Into the data folder, as the newest plan.
    Kept,
}

impl Retention {
    pub(crate) fn open(store: &Store, dir: &Path) -> Result<Self, Failure> {
        let policies: Table<String, RetentionPolicy> = store.table("retention-policy");
        let schedules: Table<String, Schedule> = store.table("retention-schedule");
        let policy = policies.get(&DEFAULT.to_owned())?.unwrap_or_default();
        let schedule = schedules.get(&DEFAULT.to_owned())?.unwrap_or_default();
        let plans_dir = dir.join("plans");
        private_folder(&plans_dir)?;
        let runs = Runs::open(store, dir)?;
        let planning = watch::Sender::default();
        Ok(Self {
            policies,
            schedules,
            policy: policy.into(),
            schedule: schedule.into(),
            scheduling: tokio::sync::Mutex::default(),
            planning,
            runs,
            holds: Arc::new(Holds::open(store)?),
            plans_dir,
            sample: Mutex::default(),
        })
    }

    pub(crate) fn policy(&self) -> RetentionPolicy {
        self.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn schedule(&self) -> Schedule {
        self.schedule.read().unwrap_or_else(PoisonError::into_inner).clone()
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
}

impl Default for PolicyView {
    /// 30 days from creation, open conversations spared.
    fn default() -> Self {
        Self::of(&RetentionPolicy::default())
    }
}

impl PolicyView {
    fn of(policy: &RetentionPolicy) -> Self {
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
        let filter = self.filter.map(|f| f.trim().to_owned()).filter(|f| !f.is_empty());
        if filter.as_ref().is_some_and(|f| f.len() > 4_000) {
            return Err(Failure::field("filter", "may have at most 4,000 bytes"));
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

impl App {
    pub(crate) fn eraser(&self) -> OrgEraser {
        let holds = Arc::clone(&self.0.retention.holds);
        OrgEraser::new(self.0.client.clone(), self.0.outbox.clone(), holds)
    }

    /// The saved policy of this connection.
    #[must_use]
    pub fn retention_policy(&self) -> PolicyView {
        PolicyView::of(&self.0.retention.policy())
    }

    /// Saves the policy.
    ///
    /// # Errors
    /// Bad input by field, or a failing disk.
    pub async fn retention_set_policy(&self, policy: PolicyView) -> Result<PolicyView, Failure> {
        let policy = policy.check()?;
        let retention = &self.0.retention;
        let mut batch = Batch::new();
        batch.put(&retention.policies, &DEFAULT.to_owned(), &policy)?;
        self.0.store.commit_async(batch).await?;
        let view = PolicyView::of(&policy);
        *retention.policy.write().unwrap_or_else(PoisonError::into_inner) = policy;
        self.0.notices.stale(Topic::Retention);
        self.0.notices.stale(Topic::Guests);
        Ok(view)
    }

    /// Whether this policy would let one guest go now, and why.
    ///
    /// # Errors
    /// 404, or what else the org answered.
    pub async fn retention_explain(
        &self,
        id: GuestId,
        policy: &RetentionPolicy,
    ) -> Result<Explanation, Failure> {
        let guest = self.guest(id).await?;
        let eraser = self.eraser();
        let asked = |e: retention::EraseError| {
            eraser.last_failure().unwrap_or_else(|| Failure::new(FailureCode::OrgFailed, e.to_string()))
        };
        let matching = match &policy.filter {
            Some(filter) => eraser.matching(&[id], filter).await.map_err(asked)?.contains(&id),
            None => true,
        };
        let open_conversation = eraser.with_open_conversation(&[id]).await.map_err(asked)?.contains(&id);
        let facts = Facts { open_conversation, undelivered: self.0.outbox.undelivered_for(&id), matching };
        Ok(retention::explain(policy, &guest, facts, self.0.clock.now()))
    }

    /// Makes a plan under this policy: walks every match, writes the frozen list. Deletes nothing.
    ///
    /// # Errors
    /// A filter that does not parse, an org that cannot be asked, a target that cannot be written.
    pub async fn retention_make_plan(
        &self,
        policy: &RetentionPolicy,
        target: &PlanTarget,
    ) -> Result<(Plan, PlanSummary), Failure> {
        let retention = &self.0.retention;
        let out = match target {
            PlanTarget::File(path) => path.clone(),
            PlanTarget::Kept => retention.plans_dir.join("making.jsonl"),
        };
        let tell = |p: retention::PlanProgress| {
            retention
                .planning
                .send_replace(Some(PlanProgressView { read: count(p.matched), due: count(p.due) }));
        };
        tell(retention::PlanProgress { matched: 0, due: 0, spared: 0 });
        let eraser = self.eraser();
        let connection = self.0.connection.folder();
        let made = retention::plan(&eraser, policy, &connection, self.0.clock.now(), &out, &tell).await;
        retention.planning.send_replace(None);
        let summary = made.map_err(|e| match (&e, eraser.last_failure()) {
            (retention::Error::Org { .. }, Some(failure)) => failure,
            _ => e.into(),
        })?;
        let path = match target {
            PlanTarget::File(path) => path.clone(),
            PlanTarget::Kept => retention.kept_plan_path(&summary.plan),
        };
        let plan = {
            let (kept, summary) = (matches!(target, PlanTarget::Kept), summary.clone());
            blocking(move || {
                if kept {
                    std::fs::rename(&out, &path)
                        .map_err(|e| Failure::internal(format!("the plan could not be kept: {e}")))?;
                }
                let plan = retention::open_plan(&path)?;
                if kept {
                    keep_summary(&plan, summary)?;
                }
                Ok(plan)
            })
            .await?
        };
        self.0.notices.stale(Topic::Retention);
        Ok((plan, summary))
    }

    /// Preview: makes a plan and keeps it as the newest of this connection.
    ///
    /// # Errors
    /// As [`App::retention_make_plan`].
    pub async fn retention_preview(&self, policy: PolicyView) -> Result<PlanView, Failure> {
        let policy = policy.check()?;
        let (plan, _) = self.retention_make_plan(&policy, &PlanTarget::Kept).await?;
        self.forget_other_plans(plan.id()).await?;
        self.retention_plan().await?.ok_or_else(|| Failure::internal("the plan that was just made is gone"))
    }

    /// The preview's plans serve until the next one; a run has its own copy.
    async fn forget_other_plans(&self, newest: &str) -> Result<(), Failure> {
        let (dir, newest) = (self.0.retention.plans_dir.clone(), newest.to_owned());
        blocking(move || {
            for entry in std::fs::read_dir(&dir).into_iter().flatten().flatten() {
                let name = entry.file_name();
                if !name.to_string_lossy().starts_with(&newest) {
                    // An old plan that stays behind is harmless: the newest is chosen by time.
                    drop(std::fs::remove_file(entry.path()));
                }
            }
            Ok(())
        })
        .await
    }

    /// Names for a plan's sample, asked for once a plan; what cannot be asked for now is left out.
    async fn sample_names(&self, plan: &str, ids: &[GuestId]) -> HashMap<GuestId, Guest> {
        let known = self.0.retention.sample.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, names)) = known.filter(|(of, _)| of == plan) {
            return names;
        }
        let Ok(names) = eraser::names(&self.0.client, ids).await else { return HashMap::new() };
        *self.0.retention.sample.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((plan.to_owned(), names.clone()));
        names
    }

    /// The newest plan that was previewed on this connection, with the names of its sample as they are now.
    ///
    /// # Errors
    /// A damaged plan. Names that cannot be asked for are left out.
    pub async fn retention_plan(&self) -> Result<Option<PlanView>, Failure> {
        let dir = self.0.retention.plans_dir.clone();
        let Some((plan, kept)) = blocking(move || newest_plan(&dir)).await? else { return Ok(None) };
        let ids: Vec<_> = kept.summary.sample.iter().map(|l| l.id).collect();
        let names = self.sample_names(plan.id(), &ids).await;
        let sample = kept
            .summary
            .sample
            .iter()
            .map(|l| PlanGuest {
                id: l.id.to_string(),
                name: names.get(&l.id).map(|g| g.name.clone()),
                email: names.get(&l.id).and_then(|g| g.email.clone()),
                created_time: l.created_time,
                modified_time: l.modified_time,
            })
            .collect();
        let budget = self.budget().allowed;
        let s = kept.summary;
        Ok(Some(PlanView {
            plan: s.plan,
            due: count(s.due),
            spared: count(s.spared),
            complete: s.complete,
            cutoff: s.cutoff,
            created_at: kept.created_at,
            policy: PolicyView::of(&plan.header().policy),
            oldest: s.oldest,
            newest: s.newest,
            histogram: s
                .histogram
                .iter()
                .map(|(days, n)| AgeCount { days: *days, guests: count(*n) })
                .collect(),
            sample,
            spared_reasons: kept
                .reasons
                .into_iter()
                .map(|(reason, n)| ReasonCount { reason, guests: count(n) })
                .collect(),
            estimate_seconds: estimate(s.due, if budget == 0 { DEFAULT_BUDGET } else { budget }),
            used_by: self.0.retention.runs.of_plan(&plan),
        }))
    }
}

/// One delete a guest, two calls a batch of 100 before, one list call a batch at the end, at the budget's pace.
fn estimate(due: u64, per_minute: u32) -> u32 {
    let calls = due + due.div_ceil(100) * 3;
    count(calls * 60 / u64::from(per_minute.max(1)))
}

/// A reason in a few words, as lists and tables show it.
pub(crate) fn words(reason: retention::Reason) -> &'static str {
    use retention::Reason as R;
    match reason {
        R::OpenConversation => "open conversation",
        R::Undelivered => "undelivered messages",
        R::Active => "active",
        R::TooYoung => "too young",
        R::NotMatching => "not matching any more",
        R::ChangedSincePlan => "changed since the plan",
        _ => "spared",
    }
}

fn keep_summary(plan: &Plan, summary: PlanSummary) -> Result<(), Failure> {
    let mut reasons: std::collections::BTreeMap<String, u64> = Default::default();
    for line in plan.lines()? {
        if let Some(why) = line?.why {
            *reasons.entry(words(why).to_owned()).or_default() += 1;
        }
    }
    let kept =
        KeptSummary { summary, reasons: reasons.into_iter().collect(), created_at: plan.header().created_at };
    let bytes = serde_json::to_vec(&kept).map_err(|e| Failure::internal(e.to_string()))?;
    std::fs::write(plan.path().with_extension("summary"), bytes)
        .map_err(|e| Failure::internal(format!("the preview could not be kept: {e}")))
}

fn newest_plan(dir: &Path) -> Result<Option<(Plan, KeptSummary)>, Failure> {
    let newest = std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "summary"))
        .max_by_key(|p| p.metadata().and_then(|m| m.modified()).ok());
    let Some(path) = newest else { return Ok(None) };
    let read = || -> Option<KeptSummary> { serde_json::from_slice(&std::fs::read(&path).ok()?).ok() };
    let Some(kept) = read() else { return Ok(None) };
    Ok(Some((retention::open_plan(&path.with_extension("jsonl"))?, kept)))
}

impl From<retention::Error> for Failure {
    fn from(error: retention::Error) -> Self {
        use retention::Error as E;
        let text = chain(&error);
        let code = match &error {
            E::PlanChanged { .. } => FailureCode::PlanChanged,
            E::PlanUsed { .. } => FailureCode::PlanUsed,
            E::RunCancelled(_) => FailureCode::PlanUsed,
            E::File { .. } => return Failure::field("file", text),
            E::NoSuchRun(_) => FailureCode::NotFound,
            E::RunBusy(_) => FailureCode::RunActive,
            E::RunId { .. } => return Failure::field("run", text),
            E::Schedule { field, given, allowed } => {
                return Failure::field(field, format!("cannot be {given:?}: {allowed}"));
            }
            E::Org { source: retention::EraseError::Stop { .. }, .. } => FailureCode::Forbidden,
            E::Org { source: retention::EraseError::Failed { .. }, .. } => FailureCode::InvalidInput,
            E::Org { .. } => FailureCode::Unreachable,
            _ => FailureCode::Internal,
        };
        if code == FailureCode::Internal {
            tracing::error!(error = text, "retention failed");
        }
        match error {
            E::PlanUsed { run } => {
                Failure::new(code, text).with_next(format!("Resume the run {run}, or make a new plan."))
            }
            _ => Failure::new(code, text),
        }
    }
}
