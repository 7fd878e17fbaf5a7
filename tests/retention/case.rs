//! One case from plan to certificate, through as many lives of the process as it takes.

use std::{path::PathBuf, sync::Arc};

use app::RetentionOrg;
use chrono::{DateTime, TimeDelta, Utc};
use genesys::{Dialect, Lane, Org, Pipeline};
use proof::{SigningKey, verify};
use retention::{
    GuestOutcome, Issuing, OrgPort, Outcome, Plan, Run, RunHistory, RunInfo, RunOptions, SealedPlan,
    clock_jump::{self, TOLERATED},
    issue, open_plan_to_run,
};
use serde_json::Value;
use testkit::{TokioClock, settings};
use tokio::runtime::{Builder, Runtime};

use crate::{
    ground::{Desk, Ground, START, plan_at},
    judge::{Before, Judged},
    network::{Happening, Network, State},
    people::{People, Sketch},
    random_case::Death,
};

/// One thread for disk work, so that whoever waits behind a write knows that it is done.
pub fn simulated() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).max_blocking_threads(1).build().unwrap()
}

/// An org with people, a console's desk, and one plan and run between them.
pub struct Case {
    pub network: Network,
    seed: u64,
    clock: TokioClock,
    lives: u64,
    plan: Option<SealedPlan>,
    /// By so many hours this computer's clock is ahead of the org's while plans are made.
    pub clock_off: i64,
    /// Plans by a wrong clock about which a person was asked, and the guests in them that were too young.
    pub asked_about_clock: usize,
    pub spared_by_asking: usize,
    /// The org's clock when the plan that ran was made.
    org_then: Option<DateTime<Utc>>,
    /// How many happenings there were when the plan was made.
    planned_at: usize,
    /// How the org lists in otherwise fair weather.
    pub manner: simulator::Weather,
    /// Plans that did not come about because the org held guests back.
    pub refused: usize,
    /// How often a death left only a part of the last write, and how often none of it.
    pub torn: u64,
}

impl Case {
    pub async fn new(desk: Arc<Desk>, seed: u64, rate: Option<u32>, sketches: &[Sketch]) -> Self {
        let options = simulator::Options { guests: 0, rate, ..simulator::Options::default() };
        let clock = TokioClock::at(START);
        let ground = Arc::new(Ground::new(&options).await);
        let people = People::come(&ground, sketches).await;
        let network = Network::new(ground, desk, people, seed);
        Self {
            network,
            seed,
            clock,
            lives: 0,
            plan: None,
            clock_off: 0,
            asked_about_clock: 0,
            spared_by_asking: 0,
            org_then: None,
            planned_at: 0,
            manner: simulator::Weather::default(),
            refused: 0,
            torn: 0,
        }
    }

    fn desk(&self) -> &Desk {
        &self.network.desk
    }

    /// A new process: nothing of the client is left from the last one.
    fn port(&mut self) -> RetentionOrg {
        self.lives += 1;
        let way = Arc::new(self.network.clone());
        let pipeline =
            Pipeline::seeded(settings(), way, Arc::new(self.clock), self.seed ^ (self.lives << 32));
        RetentionOrg::new(
            Org::over(Dialect::GuestApi, pipeline),
            self.desk().outbox.clone(),
            Arc::clone(&self.desk().holds),
            Lane::Bulk,
        )
    }

    fn folder(&self) -> PathBuf {
        self.desk().dir.path().join(format!("case-{}", self.seed))
    }

    fn runs(&self) -> PathBuf {
        self.folder().join("runs")
    }

    pub fn plan(&self) -> &SealedPlan {
        self.plan.as_ref().unwrap()
    }

    pub fn journal(&self) -> PathBuf {
        self.runs().join(self.plan().run_id().as_str()).join("journal")
    }

    /// Makes the plan, in a second process where the first dies on the way, and judges it.
    pub async fn make_plan(&mut self, policy: &model::RetentionPolicy, dies: Option<u64>) {
        let folder = self.folder();
        std::fs::create_dir_all(&folder).unwrap();
        let out = folder.join("plan.jsonl");
        let from = self.network.ground.org.now();
        let began = self.network.state().story.len();
        if let Some(steps) = dies {
            let port = self.port();
            self.die_in(steps);
            let done = tokio::select! {
                biased;
                made = self.make(&port, policy, &out) => made.map_err(|e| assert!(is_the_orgs(&e), "{e}")).ok(),
                () = self.network.died() => None,
            };
            self.after_death().await;
            if done.is_none() {
                let left = std::fs::read_dir(&folder).unwrap().count();
                assert_eq!(left, 0, "a plan that died half-way leaves nothing");
            }
        }
        let summary = self.made_at_last(policy, &out).await;
        let plan = open_plan_to_run(&out, &self.desk().seal).unwrap();
        assert_eq!((plan.id(), plan.due(), plan.spared()), (&*summary.plan, summary.due, summary.spared));
        let young = {
            let state = self.network.state();
            let before = Before::of(&state.story);
            let vanished = Before::of(&state.story[began..]).gone;
            before.judge_plan(&plan, &state.people, [from, self.network.ground.org.now()], &vanished);
            self.asks_about_clock(&plan, &state, from)
        };
        if let Some(young) = young {
            // The person sets the clock right and plans anew.
            self.asked_about_clock += 1;
            self.spared_by_asking += young;
            self.clock_off = 0;
            std::fs::remove_file(&out).unwrap();
            return Box::pin(self.make_plan(policy, None)).await;
        }
        self.org_then = Some(from);
        self.planned_at = {
            let mut state = self.network.state();
            state.step = 0;
            state.story.len()
        };
        self.plan = Some(plan);
    }

    /// Whether a person is asked about the clocks before a run of the plan, with our clock right by then. They must be where
    /// the org showed that ours was wrong, or where it comes from the future; and not where all was right. How many guests of
    /// it are too young.
    fn asks_about_clock(&self, plan: &Plan, state: &State, org_then: DateTime<Utc>) -> Option<usize> {
        let (header, now) = (plan.header(), model::Clock::now(&self.clock));
        assert_eq!(header.org_clock.is_some(), state.shows_clock);
        let org_now = state.shows_clock.then(|| self.network.ground.org.now());
        let asks = clock_jump::of_plan(header.created_at, header.org_clock, now, org_now).is_err();
        let off = TimeDelta::hours(self.clock_off);
        if off > TOLERATED || (state.shows_clock && off < -TOLERATED) {
            assert!(asks, "made by a clock that was off by {off}, and nobody is asked");
        }
        assert!(!asks || off.abs() > TOLERATED, "asked about a clock that was off by {off}");
        let before = Before::of(&state.story);
        let latest = header.policy.cutoff(org_then);
        let due = plan.lines().unwrap().map(|line| line.unwrap()).filter(|line| line.due);
        let young = due.filter(|line| {
            let person = state.people.of(line.id);
            person.is_some_and(|person| !before.is_due(&header.policy, person, latest))
        });
        asks.then(|| young.count())
    }

    /// An org that refuses a fresh token too ends a plan, which leaves nothing; a person then tries again.
    /// So does one that counts guests and holds them back.
    async fn made_at_last(
        &mut self,
        policy: &model::RetentionPolicy,
        out: &std::path::Path,
    ) -> retention::PlanSummary {
        for _ in 0..40 {
            let port = self.port();
            match self.make(&port, policy, out).await {
                Ok(summary) => return summary,
                Err(why) => {
                    assert!(is_the_orgs(&why), "{why:?}");
                    self.refused += usize::from(matches!(why, retention::Error::Incomplete { .. }));
                }
            }
            assert_eq!(
                std::fs::read_dir(self.folder()).unwrap().count(),
                0,
                "a plan that ended half-way leaves nothing"
            );
        }
        panic!("no plan comes about");
    }

    async fn make(
        &self,
        port: &dyn OrgPort,
        policy: &model::RetentionPolicy,
        out: &std::path::Path,
    ) -> Result<retention::PlanSummary, retention::Error> {
        let now = model::Clock::now(&self.clock) + TimeDelta::hours(self.clock_off);
        plan_at(port, policy, &self.desk().seal, now, out, &|_| ()).await
    }

    fn die_in(&self, points: u64) {
        let mut state = self.network.state();
        state.kill_at = Some(state.step + points);
    }

    /// What was under way on the disk comes to its end, as it does on a machine whose process was killed.
    async fn after_death(&self) {
        tokio::task::spawn_blocking(|| ()).await.unwrap();
        self.network.revive();
    }

    /// One process: starts the run or resumes it, and dies on the way when that comes before the end.
    pub async fn live(&mut self, options: RunOptions, death: Option<Death>) -> Option<RunInfo> {
        let port = self.port();
        let (store, clock) = (self.desk().store.clone(), Arc::new(self.clock));
        let length = |journal: &PathBuf| std::fs::metadata(journal).map_or(0, |m| m.len());
        let journal = self.journal();
        self.network.state().length = length(&journal);
        let run = if journal.exists() {
            Run::resume(&store, &self.runs(), &self.plan().run_id(), None, "guest-api", clock).unwrap()
        } else {
            std::fs::create_dir_all(self.runs()).unwrap();
            let run = Run::start(&store, &self.runs(), self.plan(), options, clock).unwrap();
            self.network.state().length = length(&journal);
            run
        };
        {
            let mut state = self.network.state();
            state.journal = Some(journal.clone());
            state.control = Some(run.control());
        }
        if let Some(death) = death {
            self.die_in(death.at);
        }
        let report = tokio::select! {
            biased;
            report = run.execute(&port) => Some(report.unwrap()),
            () = self.network.died() => None,
        };
        self.after_death().await;
        if let (None, Some(death)) = (&report, death) {
            self.tear(&journal, death.left);
        }
        report
    }

    /// Leaves only a part of the last write, where no request left since: a process that dies while it writes.
    fn tear(&mut self, journal: &PathBuf, left: f64) {
        let state = self.network.state();
        let (from, to) = (state.length_before, state.length);
        drop(state);
        if from < to {
            let keep = from + ((to - from) as f64 * left) as u64;
            std::fs::OpenOptions::new().write(true).open(journal).unwrap().set_len(keep).unwrap();
            self.torn += u64::from(keep < to);
        }
    }

    /// Lives on in fair weather until everyone has an outcome.
    pub async fn live_to_the_end(&mut self, options: RunOptions) -> RunInfo {
        for _ in 0..200 {
            self.network.state().trouble = 0.0;
            self.network.ground.org.set_weather(self.manner.clone());
            if let Some(report) = self.live(options, None).await
                && (report.counts.remaining, report.counts.failed) == (0, 0)
            {
                return report;
            }
        }
        panic!("it does not come to an end: {:?}", self.outcomes());
    }

    pub fn outcomes(&self) -> Vec<GuestOutcome> {
        let run = self.plan().run_id();
        let history = RunHistory::new(&self.desk().store, &self.runs());
        history.outcomes(&run, |_| true, 0, usize::MAX).unwrap().0
    }

    /// What happened, the journal and the certificate all say the same, and it is right.
    pub fn judge(&self, report: &RunInfo) -> Judged {
        self.network.hear();
        let state = self.network.state();
        let (before, since) = state.story.split_at(self.planned_at);
        let judged = Judged::of(since, &Before::of(before), self.plan(), &state.people);
        let outcomes = self.outcomes();
        let org_then = self.org_then.unwrap();
        let policy = &self.plan().header().policy;
        Before::of(before).judge_ages(policy, &state.people, &judged.deleted, org_then);
        judged.judge_books(self.plan(), &outcomes, report);
        assert!(state.most_deleting <= 2, "{} deletes at once", state.most_deleting);
        self.judge_certificate(report, &outcomes);
        judged
    }

    /// Lets the guests of this case off their holds: those of the next one match the same filters.
    pub fn desk_release(&self) {
        self.desk().release_all();
    }

    pub fn deaths(&self) -> usize {
        self.network.state().story.iter().filter(|h| matches!(h, Happening::Died)).count()
    }

    fn judge_certificate(&self, report: &RunInfo, outcomes: &[GuestOutcome]) {
        let key = SigningKey::generate().unwrap();
        let issuing = Issuing {
            connection_kind: "test".to_owned(),
            environment: "in process".to_owned(),
            program: "a test".to_owned(),
            at: model::Clock::now(&self.clock),
            audit: None,
        };
        let mut bytes = Vec::new();
        issue(&self.desk().store, &self.runs(), &report.run, &issuing, &key, &mut bytes).unwrap();
        let verified = verify(&bytes[..], Some(&**self.plan()), Some(&key.fingerprint())).unwrap();
        assert!(verified.against_plan);
        let (run, counts) = (&verified.header.run, &verified.header.counts);
        assert_eq!((run.state, Some(run.verified)), (report.state, report.verified));
        let spared: u64 = counts.spared.values().sum();
        assert_eq!(
            (counts.deleted, counts.already_gone, spared, counts.failed, counts.remaining),
            (
                report.counts.deleted,
                report.counts.already_gone,
                report.counts.spared,
                report.counts.failed,
                report.counts.remaining
            )
        );
        let text = String::from_utf8(bytes).unwrap();
        let lines = text.lines().skip(1).take(outcomes.len());
        for (line, told) in lines.zip(outcomes) {
            let line: Value = serde_json::from_str(line).unwrap();
            let inferred = told.outcome == Some(Outcome::Deleted { inferred: true });
            assert_eq!(line["outcome"], word(told.outcome.as_ref()), "{line} {told:?}");
            assert_eq!(line["inferred"].as_bool().unwrap_or(false), inferred, "{line} {told:?}");
        }
    }
}

/// What the org answers may end a plan.
fn is_the_orgs(error: &retention::Error) -> bool {
    matches!(error, retention::Error::Org { .. } | retention::Error::Incomplete { .. })
}

/// As the certificate's format has it, and not as the code says it.
fn word(outcome: Option<&Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::Deleted { .. }) => "deleted",
        Some(Outcome::AlreadyGone) => "alreadyGone",
        Some(Outcome::Spared { .. }) => "spared",
        other => panic!("{other:?} in a run that is over"),
    }
}
