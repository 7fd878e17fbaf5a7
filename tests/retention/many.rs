//! Many due guests at the org's limit, in weather, over three lives of the process: from plan to certificate.

use std::{collections::HashSet, path::Path, sync::Arc, time::Duration};

use app::RetentionOrg;
use genesys::{Dialect, Lane, Org, Pipeline};
use model::{Clock, GuestId, RetentionPolicy};
use proof::{NotGenuine, SigningKey, verify};
use retention::{Issuing, Run, RunId, RunOptions, RunState, issue, open_plan_to_run};
use simulator::{Kind, Options, Simulator};
use testkit::{InProcess, TokioClock, settings};
use tokio::time::{Instant, timeout};

use crate::{
    case::simulated,
    ground::{Desk, START, by_api, plan_at, start},
};

/// Two of three are older than 30 days.
fn guests() -> u64 {
    // As many as fit an ordinary run of the tests; a hundred thousand take a debug build minutes.
    testkit::long_run(7_000, 151_000)
}

const WEATHER: &str = r#"{"seed":7,"rules":[
    {"when":{"path":"/api/*"},"share":0.002,"do":"429"},
    {"when":{"path":"/api/*"},"share":0.002,"do":"502"},
    {"when":{"path":"/api/*"},"share":0.002,"do":"reset-after"},
    {"when":{"path":"/api/*"},"share":0.002,"do":"reset-before"},
    {"when":{"path":"/api/*"},"share":0.0001,"do":"stall"},
    {"when":{"path":"/api/*"},"share":0.0002,"do":"expire-token"}]}"#;

#[test]
fn many_guests_go_from_plan_to_certificate_at_the_limit_and_each_is_accounted_for() {
    simulated().block_on(many());
}

async fn many() {
    let options = Options {
        guests: guests(),
        now: Some(start()),
        weather: WEATHER.parse().unwrap(),
        ..Options::default()
    };
    let org = Simulator::new(&options).unwrap();
    let way = InProcess::new(org.router());
    let clock = TokioClock::at(START);
    let desk = Desk::new();
    let port = |seed| {
        let pipeline = Pipeline::seeded(settings(), Arc::new(way.clone()), Arc::new(clock), seed);
        RetentionOrg::new(
            Org::over(Dialect::GuestApi, pipeline),
            desk.outbox.clone(),
            Arc::clone(&desk.holds),
            Lane::Bulk,
        )
    };
    let began = Instant::now();
    let (out, runs) = (desk.dir.path().join("plan.jsonl"), desk.dir.path().join("runs"));
    let policy = RetentionPolicy::default();
    plan_at(&port(1), &policy, &desk.seal, clock.now(), &out, &|_| ()).await.unwrap();
    let plan = open_plan_to_run(&out, &desk.seal).unwrap();
    assert!(plan.due() > guests() * 6 / 10, "{} due", plan.due());
    std::fs::create_dir_all(&runs).unwrap();

    let run = Run::start(&desk.store, &runs, &plan, RunOptions::default(), Arc::new(clock)).unwrap();
    let third = Duration::from_secs(60) * u32::try_from(plan.due() / 900).unwrap();
    assert!(timeout(third, run.execute(&port(2))).await.is_err(), "it dies in the middle");
    let id = plan.run_id();
    let resume = || async {
        // What was under way on the disk comes to its end first.
        tokio::task::spawn_blocking(|| ()).await.unwrap();
        Run::resume(&desk.store, &runs, &id, None, "guest-api", Arc::new(clock)).unwrap()
    };
    assert!(timeout(third, resume().await.execute(&port(3))).await.is_err(), "it dies again");
    let report = resume().await.execute(&port(4)).await.unwrap();
    assert_eq!(
        (report.state, report.verified, report.counts.failed),
        (RunState::Finished, Some(true), 0),
        "{report:?}"
    );
    assert_eq!((report.counts.deleted, report.counts.already_gone), (plan.due(), 0), "{report:?}");

    let due: HashSet<GuestId> =
        plan.lines().unwrap().map(|l| l.unwrap()).filter(|l| l.due).map(|l| l.id).collect();
    let mut deleted = HashSet::new();
    for entry in org.ledger().iter().filter(|e| e.kind == Kind::Deleted) {
        assert!(by_api(entry) && deleted.insert(GuestId(entry.guest_id.unwrap())));
    }
    assert!(deleted == due, "{} were deleted, {} were due", deleted.len(), due.len());
    // At the limit: each of the three lives begins a window of its own.
    let best = Duration::from_millis(200) * u32::try_from(plan.due()).unwrap();
    assert!(began.elapsed() < best.mul_f64(1.15) + third / 10, "{:?} for {best:?}", began.elapsed());
    certified(&desk, &runs, &plan, &id, &report);
}

fn certified(desk: &Desk, runs: &Path, plan: &retention::Plan, id: &RunId, report: &retention::RunInfo) {
    let key = SigningKey::generate().unwrap();
    let issuing = Issuing {
        connection_kind: "test".to_owned(),
        environment: "in process".to_owned(),
        program: "a test".to_owned(),
        at: start(),
        audit: None,
    };
    let mut bytes = Vec::new();
    let issued = issue(&desk.store, runs, id, &issuing, &key, &mut bytes).unwrap();
    assert_eq!(
        (issued.header.counts.listed, issued.header.counts.deleted),
        (plan.total(), report.counts.deleted)
    );
    verify(&bytes[..], Some(plan), Some(&key.fingerprint())).unwrap();
    let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
    let middle = lines.len() / 2;
    for without in [1, middle, lines.len() - 2] {
        let dropped = [&lines[..without], &lines[without + 1..]].concat().concat();
        assert!(matches!(verify(&dropped[..], None, None), Err(NotGenuine::Line { .. })), "line {without}");
    }
}
