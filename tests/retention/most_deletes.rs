//! How often the delete of one guest leaves this computer when nothing comes of it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use app::{MOST_DELETES, RetentionOrg};
use async_trait::async_trait;
use bytes::Bytes;
use genesys::{Dialect, Lane, Org, Pipeline, Transport, TransportError};
use http::Method;
use model::{Clock, RetentionPolicy};
use retention::{Run, RunOptions, open_plan_to_run};
use simulator::Options;
use testkit::{Canned, InProcess, TokioClock, settings};

use crate::{
    case::simulated,
    ground::{Desk, Ground, START, plan_at},
};

/// The network to an org that never deletes the guest who is asked for first: it refuses the token, then times out itself, again
/// and again.
#[derive(Clone)]
struct Hopeless {
    network: InProcess,
    /// Deletes that left, by path.
    left: Arc<Mutex<HashMap<String, u32>>>,
    first: Arc<Mutex<Option<String>>>,
}

#[async_trait]
impl Transport for Hopeless {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        if request.method() == Method::DELETE {
            let path = request.uri().path().to_owned();
            let n = {
                let mut left = self.left.lock().unwrap();
                let n = left.entry(path.clone()).or_default();
                *n += 1;
                *n
            };
            let hopeless = self.first.lock().unwrap().get_or_insert_with(|| path.clone()) == &path;
            if hopeless {
                let status = if n % 4 == 1 { 401 } else { 408 };
                return Canned::json(status, r#"{"message":"No.","code":"no"}"#);
            }
        }
        self.network.send(request).await
    }
}

#[test]
fn the_delete_of_one_guest_leaves_as_often_as_is_written_down_and_no_oftener() {
    simulated().block_on(hopeless());
}

async fn hopeless() {
    let ground = Ground::new(&Options { guests: 60, ..Options::default() }).await;
    let network = Hopeless { network: ground.way.clone(), left: Arc::default(), first: Arc::default() };
    let clock = TokioClock::at(START);
    let desk = Desk::new();
    let pipeline = Pipeline::seeded(settings(), Arc::new(network.clone()), Arc::new(clock), 1);
    let org = Org::over(Dialect::GuestApi, pipeline);
    let org = RetentionOrg::new(org, desk.outbox.clone(), Arc::clone(&desk.holds), Lane::Bulk);
    let (out, runs) = (desk.dir.path().join("plan.jsonl"), desk.dir.path().join("runs"));
    plan_at(&org, &RetentionPolicy::default(), &desk.seal, clock.now(), &out, &|_| ()).await.unwrap();
    let plan = open_plan_to_run(&out, &desk.seal).unwrap();
    std::fs::create_dir_all(&runs).unwrap();
    let run = Run::start(&desk.store, &runs, &plan, RunOptions::default(), Arc::new(clock)).unwrap();
    let report = run.execute(&org).await.unwrap();
    assert_eq!((report.counts.failed, report.counts.deleted), (1, plan.due() - 1), "{report:?}");

    let left = network.left.lock().unwrap();
    let first = network.first.lock().unwrap().clone().unwrap();
    assert_eq!(
        left[&first], MOST_DELETES,
        "both passes, each ask of them, with its tries and a renewed token"
    );
    assert!(left.iter().all(|(path, n)| *path == first || *n == 1), "{left:?}");
    assert_eq!(MOST_DELETES, 32);
}
