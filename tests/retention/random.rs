//! Random worlds, policies, holds, events, weather, deaths: the deleted are the plan minus what the rules spare.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use retention::{Outcome, SpareReason};

use crate::{
    case::{Case, simulated},
    ground::Desk,
    random_case::RandomCase,
};

/// What the cases met, so that a proof of nothing is noticed.
type Met = BTreeMap<String, u64>;

async fn live(random: &RandomCase, desk: &Arc<Desk>) -> Met {
    let mut case = Case::new(Arc::clone(desk), random.seed, random.rate, &random.sketches).await;
    for event in &random.before {
        case.network.happen(*event).await;
    }
    let org = case.network.ground.org.clone();
    org.set_weather(random.weather.parse().unwrap());
    case.manner = random.manner.parse().unwrap();
    case.network.state().trouble = random.trouble.min(0.05);
    case.network.state().shows_clock = random.shows_clock;
    case.clock_off = random.clock_off;
    case.make_plan(&random.policy, random.plan_dies).await;
    {
        let mut state = case.network.state();
        state.trouble = random.trouble;
        for (point, event) in &random.during {
            state.events.entry(*point).or_default().push(*event);
        }
    }
    for death in &random.deaths {
        case.live(random.options, Some(*death)).await;
    }
    let report = case.live_to_the_end(random.options).await;
    let judged = case.judge(&report);
    case.desk_release();
    let mut met = Met::new();
    let mut meet = |what: &str, n: usize| *met.entry(what.to_owned()).or_default() += n as u64;
    meet("deaths", case.deaths());
    meet("torn writes", usize::try_from(case.torn).unwrap());
    meet("deletes that landed late", judged.landed.len());
    meet("guests deleted", judged.deleted.len());
    meet("plans refused as incomplete", case.refused);
    let struck = org.ledger();
    let struck = |trouble: &str| {
        let is = |e: &&simulator::Entry| e.trouble.as_deref().is_some_and(|t| t.starts_with(trouble));
        struck.iter().filter(is).count()
    };
    for trouble in ["short", "withhold", "vanish"] {
        meet(&format!("lists under {trouble}"), struck(trouble));
    }
    meet("plans by a wrong clock that asked", case.asked_about_clock);
    meet("guests in them that were too young", case.spared_by_asking);
    for told in case.outcomes() {
        match told.outcome {
            Some(Outcome::Deleted { inferred: true }) => meet("inferred", 1),
            Some(Outcome::AlreadyGone) => meet("already gone", 1),
            Some(Outcome::Spared { why }) => meet(&format!("{why:?}"), 1),
            _ => {}
        }
    }
    let by_run = |reason: SpareReason| {
        let lines = case.plan().lines().unwrap().map(|l| l.unwrap());
        lines
            .zip(case.outcomes())
            .filter(|(line, told)| line.due && told.outcome == Some(Outcome::Spared { why: reason }))
            .count()
    };
    for reason in [
        SpareReason::Hold,
        SpareReason::Undelivered,
        SpareReason::OpenConversation,
        SpareReason::ChangedSincePlan,
    ] {
        meet(&format!("{reason:?} by the run"), by_run(reason));
    }
    met
}

/// Says which case it was when the test fails on it.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("that was seed {0}; live it again with INNKEEPER_SEED={0}", self.0);
        }
    }
}

/// Lived in every run: those that found a mistake once, and two in which a guest comes to match the policy's filter no more.
const OF_NOTE: [u64; 8] = [465, 553, 836, 1_058, 2_490, 3_746, 5_044, 9_977];

#[test]
fn the_org_deletes_the_plan_minus_what_the_rules_spare_whatever_happens() {
    let seeds: Vec<u64> = match std::env::var("INNKEEPER_SEED") {
        Ok(seed) => vec![seed.parse().expect("INNKEEPER_SEED is a whole number")],
        Err(_) if std::env::var_os("INNKEEPER_LONG").is_some() => (0..10_000).collect(),
        Err(_) => (0..300).chain(OF_NOTE).collect(),
    };
    let (next, met) = (AtomicUsize::new(0), Mutex::new(Met::new()));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                let desk = Arc::new(Desk::new());
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
                    let _named = Named(seed);
                    let one = simulated().block_on(live(&RandomCase::of(seed), &desk));
                    let mut met = met.lock().unwrap();
                    one.into_iter().for_each(|(what, n)| *met.entry(what).or_default() += n);
                }
            });
        }
    });
    let met = met.into_inner().unwrap();
    println!("{met:#?}");
    if seeds.len() >= 300 {
        for what in [
            "deaths",
            "torn writes",
            "deletes that landed late",
            "guests deleted",
            "plans refused as incomplete",
            "lists under short",
            "lists under withhold",
            "lists under vanish",
            "plans by a wrong clock that asked",
            "guests in them that were too young",
            "inferred",
            "already gone",
            "Active",
            "NotMatching",
            "Hold by the run",
            "Undelivered by the run",
            "OpenConversation by the run",
            "ChangedSincePlan by the run",
        ] {
            assert!(met.get(what).is_some_and(|n| *n > 0), "no case met {what}: {met:#?}");
        }
    }
}
