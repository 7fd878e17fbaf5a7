//! An org whose list says of everybody that nobody is there: another tenant's, or an index that is empty.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use app::RetentionOrg;
use async_trait::async_trait;
use bytes::Bytes;
use genesys::{Dialect, Lane, Org, Pipeline, Transport, TransportError};
use model::{Clock, RetentionPolicy};
use retention::{Run, RunOptions, RunState, open_plan_to_run};
use simulator::{Kind, Options};
use testkit::{Canned, InProcess, TokioClock, settings};

use crate::{
    case::simulated,
    ground::{Desk, Ground, START, plan_at},
};

/// The way to the org, on which every list is empty while it lies.
#[derive(Clone)]
struct Emptied {
    way: InProcess,
    lies: Arc<AtomicBool>,
}

#[async_trait]
impl Transport for Emptied {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        if self.lies.load(Ordering::SeqCst) && request.uri().path() == "/api/v2/guests" {
            return Canned::json(200, r#"{"entities":[],"total":0}"#);
        }
        self.way.send(request).await
    }
}

#[test]
fn a_list_that_is_empty_makes_nobody_gone_who_is_there_when_asked_for_alone() {
    simulated().block_on(emptied());
}

async fn emptied() {
    let ground = Ground::new(&Options { guests: 60, ..Options::default() }).await;
    let way = Emptied { way: ground.way.clone(), lies: Arc::default() };
    let clock = TokioClock::at(START);
    let desk = Desk::new();
    let pipeline = Pipeline::seeded(settings(), Arc::new(way.clone()), Arc::new(clock), 1);
    let port = RetentionOrg::new(
        Org::over(Dialect::GuestApi, pipeline),
        desk.outbox.clone(),
        Arc::clone(&desk.holds),
        Lane::Bulk,
    );
    let (out, runs) = (desk.dir.path().join("plan.jsonl"), desk.dir.path().join("runs"));
    plan_at(&port, &RetentionPolicy::default(), &desk.seal, clock.now(), &out, &|_| ()).await.unwrap();
    let plan = open_plan_to_run(&out, &desk.seal).unwrap();
    assert!(plan.due() > 20, "{} due", plan.due());
    std::fs::create_dir_all(&runs).unwrap();

    way.lies.store(true, Ordering::SeqCst);
    let run = Run::start(&desk.store, &runs, &plan, RunOptions::default(), Arc::new(clock)).unwrap();
    let report = run.execute(&port).await.unwrap();
    assert_eq!(
        (report.state, report.counts.already_gone, report.counts.deleted),
        (RunState::Failed, 0, 0),
        "{report:?}"
    );
    assert_eq!(report.counts.remaining, plan.due(), "{report:?}");
    assert!(report.why.as_ref().is_some_and(|why| why.contains("leaves guest")), "{report:?}");
    assert!(ground.org.ledger().iter().all(|entry| entry.kind != Kind::Deleted));

    // The list is whole again: the same run goes on, and everyone is deleted by it.
    way.lies.store(false, Ordering::SeqCst);
    tokio::task::spawn_blocking(|| ()).await.unwrap();
    let run = Run::resume(&desk.store, &runs, &plan.run_id(), None, "guest-api", Arc::new(clock)).unwrap();
    let report = run.execute(&port).await.unwrap();
    assert_eq!(
        (report.state, report.verified, report.counts.already_gone),
        (RunState::Finished, Some(true), 0),
        "{report:?}"
    );
    assert_eq!(report.counts.deleted, plan.due(), "{report:?}");
}
