//! Stories of a run, told over the org in memory.

mod certificate;
mod control;
mod deletes;
mod history;
mod holds;
mod index;
mod kills;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

use chrono::{DateTime, Utc};
use model::GuestId;
use store::{DataKey, Store};
use tempfile::TempDir;

use proof::{RunId, RunState};

use super::{GuestOutcome, Outcome, Run, RunHistory, RunInfo, RunOptions};
use crate::{
    Error, SealedPlan,
    memory_org::{FixedClock, MemoryOrg, now, plan_at, seal, seal_for},
    open_plan_to_run,
};

/// One store for all tests: a run needs only its key.
fn store() -> Store {
    static SHARED: LazyLock<(TempDir, Store)> = LazyLock::new(|| {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), &DataKey::generate()).unwrap();
        (dir, store)
    });
    SHARED.1.clone()
}

/// The runs of a story as a program sees them that was just started.
fn history(story: &Story) -> RunHistory {
    RunHistory::new(&store(), &story.runs())
}

/// An org in memory, its plan and the folder of its runs.
struct Story {
    memory_org: Arc<MemoryOrg>,
    dir: TempDir,
    plan: SealedPlan,
}

impl Story {
    async fn of(memory_org: MemoryOrg) -> Self {
        Self::made_at(memory_org, now()).await
    }

    async fn made_at(memory_org: MemoryOrg, at: DateTime<Utc>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("plan.jsonl");
        let seal = seal_for(&memory_org);
        plan_at(&memory_org, &memory_org.policy, &seal, at, &out, &|_| ()).await.unwrap();
        memory_org.org().step = 0;
        Self { memory_org: Arc::new(memory_org), plan: open_plan_to_run(&out, &seal).unwrap(), dir }
    }

    fn runs(&self) -> PathBuf {
        self.dir.path().join("runs")
    }

    fn run(&self) -> RunId {
        self.plan.run_id()
    }

    fn start(&self, options: RunOptions) -> Run {
        self.wired(Run::start(&store(), &self.runs(), &self.plan, options, Arc::new(FixedClock)).unwrap())
    }

    fn resume(&self) -> Run {
        let dialect = crate::OrgPort::abilities(&*self.memory_org).dialect;
        let clock = Arc::new(FixedClock);
        self.wired(Run::resume(&store(), &self.runs(), &self.run(), None, dialect, clock).unwrap())
    }

    fn wired(&self, mut run: Run) -> Run {
        run.journal.crash_points = Some(Arc::clone(&self.memory_org));
        self.memory_org.org().control = Some(run.control());
        run
    }

    async fn execute(&self, run: Run) -> RunInfo {
        run.execute(&*self.memory_org).await.unwrap()
    }

    fn outcomes(&self) -> Vec<GuestOutcome> {
        history(self).outcomes(&self.run(), |_| true, 0, usize::MAX).unwrap().0
    }

    fn outcome(&self, id: GuestId) -> Option<Outcome> {
        self.outcomes().into_iter().find(|o| o.id == id).unwrap().outcome
    }

    /// What must hold after any run: no rule broken, nobody deleted twice, the journal is the org's.
    fn audit(&self, report: &RunInfo) {
        let org = self.memory_org.org();
        assert_eq!(org.violations, Vec::<String>::new());
        assert!(org.most_in_flight <= 2, "{} in flight", org.most_in_flight);
        let deleted: std::collections::BTreeSet<_> = org.deleted.iter().copied().collect();
        assert_eq!(deleted.len(), org.deleted.len(), "someone was deleted twice");
        let sum = report.counts.deleted
            + report.counts.already_gone
            + report.counts.spared
            + report.counts.failed
            + report.counts.remaining;
        assert_eq!(sum, self.plan.total());
        let vanished = org.vanished.clone();
        let there: std::collections::BTreeSet<_> = org.guests.values().map(|g| g.id).collect();
        drop(org);
        let mut counts = [0; 5];
        for GuestOutcome { id, outcome, .. } in self.outcomes() {
            let slot = match &outcome {
                Some(Outcome::Deleted { inferred }) => {
                    assert!(
                        deleted.contains(&id) || (*inferred && vanished.contains(&id)),
                        "{id} {outcome:?}"
                    );
                    0
                }
                Some(Outcome::AlreadyGone) => {
                    assert!(vanished.contains(&id), "{id} {outcome:?}");
                    1
                }
                Some(Outcome::Spared { .. }) => {
                    assert!(there.contains(&id) || vanished.contains(&id), "{id} {outcome:?}");
                    2
                }
                // A failed guest may be gone after a kill; the next activation finds out, which the stories check.
                Some(Outcome::Failed { .. }) => 3,
                None => 4,
            };
            counts[slot] += 1;
        }
        let reported = [
            report.counts.deleted,
            report.counts.already_gone,
            report.counts.spared,
            report.counts.failed,
            report.counts.remaining,
        ];
        assert_eq!(counts, reported);
    }
}

fn refused(result: Result<Run, Error>) -> Error {
    result.expect_err("the run must not start")
}

fn files_below(path: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(path).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Holds by compiling: a run can be carried out on any thread.
#[expect(dead_code, reason = "a check at compile time")]
fn a_run_may_be_spawned(
    run: Run,
    memory_org: &MemoryOrg,
) -> impl Future<Output = Result<RunInfo, Error>> + Send {
    run.execute(memory_org)
}
