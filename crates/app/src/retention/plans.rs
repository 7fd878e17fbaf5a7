//! Plans: making one, keeping the newest for the preview, and why one guest is in it or not.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use genesys::Lane;
use model::{Guest, GuestId, RetentionPolicy};
use proof::Action;
use retention::{Facts, OrgPort, Plan, PlanSeal, PlanSummary, SealedPlan, SpareReason};
use serde::{Deserialize, Serialize};
use store::WholeFile;

use crate::{
    App, Existing, Failure, FailureCode, Output,
    app::blocking,
    views::{
        AgeCount, Explanation, PlanGuest, PlanProgressView, PlanView, PolicyView, ReasonCount, Topic, count,
    },
};

/// Calls a minute that a run may count on, for the estimate: the documented default (`guest-api.md`).
const DEFAULT_BUDGET: u32 = 300;

/// What is kept beside a plan's file: what the preview showed.
#[derive(Serialize, Deserialize)]
struct KeptSummary {
    summary: PlanSummary,
    reasons: Vec<(String, u64)>,
    created_at: DateTime<Utc>,
}

/// Where a plan goes.
#[derive(Debug, Clone)]
pub enum PlanTarget {
    /// To a file that a person named.
    Named {
        /// Its name.
        file: PathBuf,
        /// What happens to one that is there.
        existing: Existing,
    },
    /// Into the data folder, as the newest plan.
    Kept,
    /// Into the data folder, for a policy's own run.
    Due(PathBuf),
}

/// A plan that is written and has no name yet.
pub(crate) struct Unnamed {
    out: Draft,
    target: PlanTarget,
    summary: PlanSummary,
    seal: Arc<PlanSeal>,
}

/// What a plan is written into.
enum Draft {
    Named(Output),
    Own(WholeFile),
}

impl Draft {
    fn file(&mut self) -> &mut WholeFile {
        match self {
            Self::Named(output) => output.file(),
            Self::Own(file) => file,
        }
    }
}

impl App {
    /// Whether a saved policy would let one guest go now, and why; the first one unless another is named.
    ///
    /// # Errors
    /// No such policy, 404, or what else the org answered.
    pub async fn retention_explain(&self, id: GuestId, policy: Option<&str>) -> Result<Explanation, Failure> {
        let what = match policy {
            None => self.0.retention.policy(),
            Some(id) => self.0.retention.named(id)?.what,
        };
        self.retention_explain_under(id, &what).await
    }

    /// Whether this policy would let one guest go now, and why; holds are told first.
    ///
    /// # Errors
    /// 404, or what else the org answered.
    pub async fn retention_explain_under(
        &self,
        id: GuestId,
        policy: &RetentionPolicy,
    ) -> Result<Explanation, Failure> {
        let guest = self.guest(id).await?;
        let org = self.retention_org(Lane::Person)?.for_a_look();
        let asked = |e| org.told(&e);
        let matching = match &policy.filter {
            Some(filter) => org.matching(&[id], filter).await.map_err(asked)?.contains(&id),
            None => true,
        };
        let chats = org.open_conversations(&[id]).await.map_err(asked)?;
        let holds = retention::holds_on(&org, &org.holds(), id).await.map_err(asked)?;
        let facts = Facts {
            open_conversation: chats.open.contains(&id),
            unclear_conversation: chats.unclear.contains(&id),
            undelivered: self.0.outbox.undelivered_for(&id),
            matching,
        };
        let retention::Explanation { due, why } =
            retention::explain(policy, &guest, facts, &holds, self.0.clock.now());
        Ok(Explanation { due, why })
    }

    /// Makes a plan under this policy: walks every match, writes the frozen list. Deletes nothing.
    ///
    /// # Errors
    /// A filter that does not parse, an org that cannot be asked, a target that cannot be written.
    pub async fn retention_make_plan(
        &self,
        policy: &RetentionPolicy,
        target: &PlanTarget,
    ) -> Result<(SealedPlan, PlanSummary), Failure> {
        let plan = self.write_plan(policy, target).await?;
        self.name_plan(plan).await
    }

    /// Asks the org and writes the plan; it has no name yet. What cannot be written is refused before the org is asked.
    pub(crate) async fn write_plan(
        &self,
        policy: &RetentionPolicy,
        target: &PlanTarget,
    ) -> Result<Unnamed, Failure> {
        let retention = &self.0.retention;
        let (mut out, seal) = {
            let (app, target) = (self.clone(), target.clone());
            blocking(move || Ok((app.begin_plan(&target)?, app.seal_to_make()?))).await?
        };
        let tell = |p: retention::PlanProgress| {
            let so_far = PlanProgressView { read: count(p.read), due: count(p.due), spared: count(p.spared) };
            retention.planning.send_replace(Some(so_far));
        };
        let org = self.retention_org(Lane::Bulk)?;
        if let Some(filter) = &policy.filter {
            self.0.org.can.must_test(filter)?;
        }
        tell(retention::PlanProgress::default());
        let made = retention::plan(&org, policy, &seal, self.0.clock.now(), out.file(), &tell).await;
        retention.planning.send_replace(None);
        let summary = made.map_err(|e| match (&e, org.last_failure(), &out) {
            (retention::Error::Org { .. }, Some(failure), _) => self.told_with_time(failure),
            (retention::Error::File { source, .. }, _, Draft::Named(out)) => out.failed(source),
            _ => e.into(),
        })?;
        Ok(Unnamed { out, target: target.clone(), summary, seal })
    }

    fn begin_plan(&self, target: &PlanTarget) -> Result<Draft, Failure> {
        let own = |folder: &Path| WholeFile::begin(folder).map(Draft::Own).map_err(|e| not_kept(&e));
        match target {
            PlanTarget::Named { file, existing } => self.0.folder.output(file, *existing).map(Draft::Named),
            PlanTarget::Kept => own(&self.0.retention.plans_dir),
            PlanTarget::Due(path) => own(path.parent().unwrap_or(Path::new("."))),
        }
    }

    /// Gives a plan its name, once the key of its seal is kept.
    pub(crate) async fn name_plan(&self, plan: Unnamed) -> Result<(SealedPlan, PlanSummary), Failure> {
        let Unnamed { out, target, summary, seal } = plan;
        let plan = {
            let (app, summary) = (self.clone(), summary.clone());
            blocking(move || {
                app.keep_seal()?;
                let kept = matches!(target, PlanTarget::Kept);
                let path = match (out, target) {
                    (Draft::Named(output), _) => output.publish()?,
                    (Draft::Own(file), target) => {
                        let path = match target {
                            PlanTarget::Due(path) => path,
                            _ => app.0.retention.kept_plan_path(&summary.plan),
                        };
                        file.publish(&path, Existing::Replace).map_err(|e| not_kept(&e))?;
                        path
                    }
                };
                let plan = app.open_plan_to_run(&path)?;
                if plan.id() != summary.plan {
                    return Err(swapped(&path));
                }
                if kept {
                    keep_summary(&plan, summary, &seal)?;
                }
                Ok(plan)
            })
            .await?
        };
        let PlanSummary { plan: id, due, spared, .. } = summary.clone();
        self.record(None, Action::PlanMade { plan: id, due, spared }).await;
        self.0.notices.stale(Topic::Retention);
        Ok((plan, summary))
    }

    /// As [`App::retention_preview_for`], for the first policy.
    ///
    /// # Errors
    /// As [`App::retention_make_plan`].
    pub async fn retention_preview(&self, what: PolicyView) -> Result<PlanView, Failure> {
        let first = self.0.retention.all().into_iter().next();
        let first = first.ok_or_else(|| Failure::internal("there is no policy"))?;
        self.retention_preview_for(first.id.as_str(), what).await
    }

    /// The preview's plans serve until the next one; a run has its own copy.
    pub(crate) async fn forget_other_plans(&self, newest: &str) -> Result<(), Failure> {
        let (dir, newest) = (self.0.retention.plans_dir.clone(), newest.to_owned());
        blocking(move || {
            for entry in std::fs::read_dir(&dir).into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                // A name with a dot in front is that of a plan which is being written.
                if !name.starts_with(&newest) && !name.starts_with('.') {
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
        let known = self.0.retention.sample.lock().clone();
        if let Some((_, names)) = known.filter(|(of, _)| of == plan) {
            return names;
        }
        let Ok(names) = self.0.org.guests.fetch(Lane::Person, ids).await else { return HashMap::new() };
        *self.0.retention.sample.lock() = Some((plan.to_owned(), names.clone()));
        names
    }

    /// The newest plan that was previewed on this connection, with the names of its sample as they are now.
    ///
    /// # Errors
    /// A damaged plan. Names that cannot be asked for are left out.
    pub async fn retention_plan(&self) -> Result<Option<PlanView>, Failure> {
        let dir = self.0.retention.plans_dir.clone();
        let app = self.clone();
        let Some((plan, kept)) = blocking(move || app.newest_plan(&dir)).await? else { return Ok(None) };
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
        let budget = self.0.org.pipeline.budget().borrow().allowed;
        let used_by = self.0.retention.runs.of_plan(&plan);
        let made_for = self.made_for(plan.id())?;
        let questions = if used_by.is_some() { Vec::new() } else { self.run_questions(&plan).await? };
        let s = kept.summary;
        Ok(Some(PlanView {
            plan: s.plan,
            due: count(s.due),
            spared: count(s.spared),
            held: kept
                .reasons
                .iter()
                .find(|(reason, _)| reason == words(SpareReason::Hold))
                .map_or(0, |(_, n)| count(*n)),
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
            outdated: if used_by.is_some() { None } else { self.outdated(made_for.as_ref()) },
            used_by,
            questions,
            made_for: made_for.map_or_else(String::new, |made| made.policy),
            holds_changed: self.holds_differ(plan.header().holds.as_ref())?,
            not_listed: plan.header().not_listed.clone(),
            not_removed: plan.header().not_removed.as_ref().map(ToString::to_string),
        }))
    }
}

/// One delete a guest, two calls a batch of 100 before, one list call a batch at the end, at the budget's pace.
fn estimate(due: u64, per_minute: u32) -> u32 {
    let calls = due + due.div_ceil(100) * 3;
    count(calls * 60 / u64::from(per_minute.max(1)))
}

/// A reason in a few words, as lists and tables show it.
pub(crate) fn words(reason: retention::SpareReason) -> &'static str {
    use retention::SpareReason as R;
    match reason {
        R::Hold => "on hold",
        R::OpenConversation => "open conversation",
        R::Unclear => "open or not: the org does not say",
        R::Undelivered => "undelivered messages",
        R::Active => "active",
        R::TooYoung => "too young",
        R::NotMatching => "not matching any more",
        R::ChangedSincePlan => "changed since the plan",
    }
}

/// The file of a plan holds another plan than the one that is meant.
pub(crate) fn swapped(path: &Path) -> Failure {
    let message = format!("The file {} holds another plan than the one that was shown.", path.display());
    Failure::new(FailureCode::PlanChanged, message)
}

fn not_kept(error: &std::io::Error) -> Failure {
    Failure::of_file("The plan could not be kept in the data folder", error)
}

/// Beside the plan: a line with the seal, then what the preview showed.
fn keep_summary(plan: &Plan, summary: PlanSummary, seal: &PlanSeal) -> Result<(), Failure> {
    let mut reasons: std::collections::BTreeMap<String, u64> = Default::default();
    for why in plan.spared_lines().iter().flatten() {
        *reasons.entry(words(*why).to_owned()).or_default() += 1;
    }
    let kept =
        KeptSummary { summary, reasons: reasons.into_iter().collect(), created_at: plan.header().created_at };
    let json = serde_json::to_string(&kept).map_err(|e| Failure::internal(e.to_string()))?;
    let text = format!("{}\n{json}", seal.over_summary(json.as_bytes()));
    let write = || {
        let mut options = store::private::options();
        let path = plan.path().with_extension("summary");
        let mut file = options.write(true).create(true).truncate(true).open(path)?;
        std::io::Write::write_all(&mut file, text.as_bytes())
    };
    write().map_err(|e| not_kept(&e))
}

impl App {
    /// The newest plan that was previewed, with what was shown of it. One without a seal was kept by an earlier version and
    /// cannot be run any more, so it is not shown either. Blocking.
    fn newest_plan(&self, dir: &Path) -> Result<Option<(Plan, KeptSummary)>, Failure> {
        let newest = std::fs::read_dir(dir)
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| e.path())
            .filter(|p| p.extension().is_some_and(|e| e == "summary"))
            .max_by_key(|p| p.metadata().and_then(|m| m.modified()).ok());
        let Some(path) = newest else { return Ok(None) };
        let Some(seal) = self.seal_to_run()? else { return Ok(None) };
        let read = || -> Option<KeptSummary> {
            let text = std::fs::read_to_string(&path).ok()?;
            let (mac, json) = text.split_once('\n')?;
            seal.holds_summary(json.as_bytes(), mac).then(|| serde_json::from_str(json).ok()).flatten()
        };
        let Some(kept) = read() else { return Ok(None) };
        let file = self.0.retention.kept_plan_path(&kept.summary.plan);
        let plan = self.0.retention.plans.look(&file)?;
        plan.check_seal(&seal)?;
        if plan.id() == kept.summary.plan { Ok(Some((plan, kept))) } else { Err(swapped(&file)) }
    }
}
