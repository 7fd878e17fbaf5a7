//! What every run stands on: a connection's store on the disk, and a plan and a run over a way to an org.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use app::RetentionOrg;
use genesys::{Dialect, Lane, Org, Pipeline};
use model::{Clock, KeepDays, RetentionPolicy};
use outbox::Outbox;
use proof::SigningKey;
use retention::{
    Holds, Issuing, PlanSeal, Run, RunInfo, RunOptions, SealedPlan, issue, open_plan_to_run, plan,
};
use store::{DataKey, Existing, Store, WholeFile};
use tempfile::TempDir;
use tokio::time::Instant;

pub use crate::outbox::ground::load;

/// A connection's store, outbox and holds in a folder of their own.
pub struct Desk {
    dir: TempDir,
    store: Store,
    outbox: Outbox,
    holds: Arc<Holds>,
    seal: PlanSeal,
    clock: Arc<dyn Clock>,
}

/// How long the parts of a run took.
#[derive(Debug, Clone, Copy)]
pub struct Took {
    pub plan: Duration,
    pub run: Duration,
    pub certificate: Duration,
    pub due: u64,
}

impl Desk {
    pub fn new(clock: Arc<dyn Clock>) -> Result<Self, String> {
        let dir = crate::outbox::ground::scratch()?;
        let failed = |e: &dyn std::error::Error| e.to_string();
        let store = Store::open(&dir.path().join("store"), &DataKey::generate()).map_err(|e| failed(&e))?;
        let outbox = Outbox::open(&store, Arc::clone(&clock)).map_err(|e| failed(&e))?;
        let holds = Arc::new(Holds::open(&store).map_err(|e| failed(&e))?);
        let key = PlanSeal::new_key().map_err(|e| failed(&e))?;
        let seal = PlanSeal::new("bench", "bench", &key).map_err(|e| failed(&e))?;
        Ok(Self { dir, store, outbox, holds, seal, clock })
    }

    /// Whose plans are of the vendor's own API.
    pub fn of_a_live_org(self) -> Self {
        Self { seal: self.seal.in_dialect("genesys-cloud"), ..self }
    }

    pub fn port(&self, pipeline: Pipeline) -> RetentionOrg {
        self.port_to(Org::over(Dialect::GuestApi, pipeline))
    }

    pub fn port_to(&self, org: Org) -> RetentionOrg {
        RetentionOrg::new(org, self.outbox.clone(), Arc::clone(&self.holds), Lane::Bulk)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub async fn plan(
        &self,
        port: &RetentionOrg,
        policy: &RetentionPolicy,
        name: &str,
    ) -> Result<SealedPlan, String> {
        let out = self.path(name);
        let mut file = WholeFile::begin(self.dir.path()).map_err(|e| told(&e))?;
        plan(port, policy, &self.seal, self.clock.now(), &mut file, &|_| ()).await.map_err(|e| told(&e))?;
        file.publish(&out, Existing::Replace).map_err(|e| told(&e))?;
        open_plan_to_run(&out, &self.seal).map_err(|e| told(&e))
    }

    /// Plan, run and certificate.
    pub async fn all(
        &self,
        port: &RetentionOrg,
        policy: &RetentionPolicy,
    ) -> Result<(RunInfo, Took), String> {
        let began = Instant::now();
        let plan = self.plan(port, policy, "plan.jsonl").await?;
        let planned = Instant::now();
        let runs = self.path("runs");
        std::fs::create_dir_all(&runs).map_err(|e| e.to_string())?;
        let clock = Arc::clone(&self.clock);
        let run =
            Run::start(&self.store, &runs, &plan, RunOptions::default(), clock).map_err(|e| told(&e))?;
        let report = run.execute(port).await.map_err(|e| told(&e))?;
        let ran = Instant::now();
        self.certify(&runs, &report)?;
        let took =
            Took { plan: planned - began, run: ran - planned, certificate: ran.elapsed(), due: plan.due() };
        if (report.counts.deleted, report.verified) == (plan.due(), Some(true)) {
            Ok((report, took))
        } else {
            Err(format!("the run did not delete all of its {} guests: {report:?}", plan.due()))
        }
    }

    fn certify(&self, runs: &Path, report: &RunInfo) -> Result<(), String> {
        let key = SigningKey::generate().map_err(|e| told(&e))?;
        let issuing = Issuing {
            connection_kind: "test".to_owned(),
            environment: "bench".to_owned(),
            program: "bench".to_owned(),
            at: self.clock.now(),
            audit: None,
        };
        let file = std::fs::File::create(self.path("certificate.jsonl")).map_err(|e| e.to_string())?;
        let mut out = std::io::BufWriter::new(file);
        issue(&self.store, runs, &report.run, &issuing, &key, &mut out).map_err(|e| told(&e))?;
        let file = out.into_inner().map_err(|e| e.to_string())?;
        file.sync_all().map_err(|e| e.to_string())
    }
}

/// Guests older than this go.
pub fn policy(days: u16) -> Result<RetentionPolicy, String> {
    let days = KeepDays::new(days.into()).map_err(|e| e.to_string())?;
    Ok(RetentionPolicy { days, ..RetentionPolicy::default() })
}

/// An error with what caused it.
pub fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
