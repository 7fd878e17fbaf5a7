//! Durable acceptance beside the disk's own limit, in turns, so that both meet the same disk.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use outbox::{Outbox, Outgoing};
use tokio::time::Instant;

use super::{
    ground::{self, TEXT, median, ms, percentile},
    raw::{Alone, Shared},
};
use crate::report::Row;

/// Every round is one of each; an odd number, so that the median is one of them.
const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(700);
/// The rest of each caller after each call, on average, where they do not call as fast as they can.
const REST: Duration = Duration::from_millis(50);
/// So long that sled cannot stay behind.
const LONG: Duration = Duration::from_secs(10);
/// Callers at the same time.
const MANY: u64 = 64;
const ONE_TARGET: f64 = 0.38;
const MANY_TARGET: f64 = 0.28;
const P99_TARGET: f64 = 10.0;

/// What a round of one kind came to.
struct Ran {
    /// Acknowledgements in a second.
    rate: f64,
    /// How long each caller waited.
    waits: Vec<Duration>,
}

pub fn measure() -> Result<Vec<Row>, String> {
    let dir = ground::scratch()?;
    let (store, outbox) = ground::open(&dir.path().join("store"))?;
    let mut alone = Alone::new(&dir.path().join("alone"))?;
    let shared = Shared::new(&dir.path().join("shared"))?;
    let (bytes, accepted) = ([b'x'; TEXT], AtomicU64::new(0));
    let lanes: Vec<Outgoing> = (0..=MANY).map(|lane| ground::message(0, lane)).collect();
    let accept = |lane: u64| accept(&outbox, &lanes, &accepted, lane);
    let (mut one, mut many) = (Vec::new(), Vec::new());
    let (mut syncs, mut p50s, mut p99s, mut p99_ratios) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut raw_p99_ratios = Vec::new();
    // The first round is for warming up.
    for round in 0..=ROUNDS {
        let mut each_sync = Vec::new();
        // Otherwise the index of the round before would take the processor away from the bare disk.
        store.settle();
        let raw_one = by_one(ROUND, || alone.append(&bytes).map(|sync| each_sync.push(sync)))?;
        let ours_one = by_one(ROUND, || accept(MANY))?;
        store.settle();
        let mut raw_many = by_many(ROUND, |_| shared.append(&bytes))?;
        let mut ours_many = by_many(ROUND, accept)?;
        if round == 0 {
            continue;
        }
        let (sync, p99) = (percentile(&mut each_sync, 50), percentile(&mut ours_many.waits, 99));
        syncs.push(sync);
        p50s.push(percentile(&mut ours_many.waits, 50));
        p99s.push(p99);
        p99_ratios.push(p99.as_secs_f64() / sync.as_secs_f64());
        raw_p99_ratios.push(percentile(&mut raw_many.waits, 99).as_secs_f64() / sync.as_secs_f64());
        one.push((ours_one.rate, raw_one.rate));
        many.push((ours_many.rate, raw_many.rate));
    }
    store.settle();
    let (mut raw_rested, mut rested) = (paced(|_| shared.append(&bytes))?, paced(accept)?);
    store.settle();
    let raw_long = by_many(LONG, |_| shared.append(&bytes))?;
    let mut long = by_many(LONG, accept)?;
    let ended = Instant::now();
    store.settle();
    let behind = ended.elapsed();
    drop((outbox, store));
    let rate = |of: &[(f64, f64)], ours: bool| {
        format!("{:.0}/s", median(of.iter().map(|(a, b)| if ours { *a } else { *b }).collect()))
    };
    let ratio = |of: &[(f64, f64)]| median(of.iter().map(|(ours, raw)| ours / raw).collect());
    let (one_ratio, many_ratio, p99_ratio) = (ratio(&one), ratio(&many), median(p99_ratios));
    let held = |what: &str, figure: f64, least: f64| {
        Row::held(what, format!("{figure:.2}"), format!("≥ {least}"), figure >= least)
    };
    Ok(vec![
        Row::told(format!("append and fdatasync of {TEXT} bytes, 1 writer"), rate(&one, false)),
        Row::told("durable accept, 1 writer", rate(&one, true)),
        held("  as a share of the disk's limit", one_ratio, ONE_TARGET),
        Row::told(format!("append, {MANY} callers share an fdatasync"), rate(&many, false)),
        Row::told(format!("durable accept, {MANY} writers"), rate(&many, true)),
        held("  as a share of the disk's limit", many_ratio, MANY_TARGET),
        Row::told("one fdatasync, median", ms(percentile(&mut syncs, 50))),
        Row::told(format!("accept with {MANY} writers, p50"), ms(percentile(&mut p50s, 50))),
        Row::told(format!("accept with {MANY} writers, p99"), ms(percentile(&mut p99s, 50))),
        Row::held(
            "  p99 in fdatasyncs",
            format!("{p99_ratio:.1}"),
            format!("≤ {P99_TARGET}"),
            p99_ratio <= P99_TARGET,
        ),
        Row::told("  the same of the bare append, 64 callers", format!("{:.1}", median(raw_p99_ratios))),
        Row::told(
            format!("accept, {MANY} writers that rest {} ms on average, p50 and p99", REST.as_millis()),
            format!("{}, {}", ms(percentile(&mut rested.waits, 50)), ms(percentile(&mut rested.waits, 99))),
        ),
        Row::told("  that is", format!("{:.0}/s", rested.rate)),
        Row::told(
            "  the same of the bare append",
            format!(
                "{}, {}",
                ms(percentile(&mut raw_rested.waits, 50)),
                ms(percentile(&mut raw_rested.waits, 99))
            ),
        ),
        Row::told(
            format!("durable accept, {MANY} writers, for {} s without a rest", LONG.as_secs()),
            format!("{:.0}/s", long.rate),
        ),
        Row::told("  as a share of the disk's limit", format!("{:.2}", long.rate / raw_long.rate)),
        Row::told(
            "  p99 and longest",
            format!("{}, {}", ms(percentile(&mut long.waits, 99)), ms(percentile(&mut long.waits, 100))),
        ),
        Row::told("  after which sled has it all in", ms(behind)),
        Row::told("rounds, each of the four for", format!("{ROUNDS} x {} ms", ROUND.as_millis())),
    ])
}

/// The next message of a lane: the lane's own, with an id of its own.
fn accept(outbox: &Outbox, lanes: &[Outgoing], accepted: &AtomicU64, lane: u64) -> Result<(), String> {
    let n = accepted.fetch_add(1, Ordering::Relaxed);
    let message = lanes.get(lane as usize).ok_or("no such lane")?;
    let new = Outgoing { id: ground::message_id(n), ..message.clone() };
    outbox.accept(new).map(drop).map_err(|e| e.to_string())
}

fn by_one(time: Duration, once: impl FnMut() -> Result<(), String>) -> Result<Ran, String> {
    calls(time, Duration::ZERO, once)
}

fn by_many(time: Duration, once: impl Fn(u64) -> Result<(), String> + Sync) -> Result<Ran, String> {
    callers(time, Duration::ZERO, once)
}

/// Callers who do not come again at once: what one of them waits when the others are there, but not all in line.
fn paced(once: impl Fn(u64) -> Result<(), String> + Sync) -> Result<Ran, String> {
    callers(LONG, REST, once)
}

/// One call after the other, with a rest of nothing to twice `rest` after each.
#[expect(
    clippy::disallowed_methods,
    reason = "a caller is a thread of its own, and its rest is what is measured"
)]
fn calls(
    time: Duration,
    rest: Duration,
    mut once: impl FnMut() -> Result<(), String>,
) -> Result<Ran, String> {
    let began = Instant::now();
    let mut waits = Vec::new();
    while began.elapsed() < time {
        let called = Instant::now();
        once()?;
        waits.push(called.elapsed());
        if !rest.is_zero() {
            std::thread::sleep(rest.mul_f64(rand::random_range(0.0..2.0)));
        }
    }
    Ok(Ran { rate: waits.len() as f64 / began.elapsed().as_secs_f64(), waits })
}

fn callers(
    time: Duration,
    rest: Duration,
    once: impl Fn(u64) -> Result<(), String> + Sync,
) -> Result<Ran, String> {
    let began = Instant::now();
    let all: Result<Vec<Ran>, String> = std::thread::scope(|scope| {
        let once = &once;
        let threads: Vec<_> =
            (0..MANY).map(|lane| scope.spawn(move || calls(time, rest, || once(lane)))).collect();
        threads.into_iter().map(|t| t.join().map_err(|_| "a writer panicked".to_owned())?).collect()
    });
    let waits: Vec<Duration> = all?.into_iter().flat_map(|ran| ran.waits).collect();
    Ok(Ran { rate: waits.len() as f64 / began.elapsed().as_secs_f64(), waits })
}
