//! Five hundred stretches of bad weather in paused time: throttling, 5xx, cuts before and after the org took a message,
//! days offline, a machine that sleeps, clocks that jump and processes that die at any await. The judge is the org's own
//! log of what reached it.
//!
//! `INNKEEPER_SEED=n` lives one of them again; `INNKEEPER_LONG=1` makes five thousand.

mod judge;
mod life;
mod sky;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU32, Ordering},
};

use testkit::long_run;

#[test]
fn whatever_the_weather_every_message_arrives_once_known_in_order() {
    if let Ok(seed) = std::env::var("INNKEEPER_SEED") {
        // How the disk's thread and this one take turns is not in the seed, so a death may come an await later.
        for _ in 0..20 {
            println!("{:?}", life::live(seed.parse().expect("a number")));
        }
        return;
    }
    let (runs, next) = (long_run(500, 5_000), AtomicU32::new(0));
    let one_thread = || {
        let mut total = judge::Tally::default();
        loop {
            let seed = next.fetch_add(1, Ordering::SeqCst);
            if seed >= runs {
                return total;
            }
            match catch_unwind(AssertUnwindSafe(|| life::live(seed.into()))) {
                Ok(tally) => total.add(&tally),
                Err(why) => {
                    next.store(runs, Ordering::SeqCst);
                    println!("live it again with INNKEEPER_SEED={seed}");
                    std::panic::resume_unwind(why);
                }
            }
        }
    };
    let total = std::thread::scope(|scope| {
        let threads = [scope.spawn(one_thread), scope.spawn(one_thread)];
        threads.into_iter().fold(judge::Tally::default(), |mut all, thread| {
            all.add(&thread.join().unwrap_or_else(|why| std::panic::resume_unwind(why)));
            all
        })
    });
    println!("{runs} runs: {total:?}");
    let per_run = |n: u64| n / u64::from(runs);
    assert!(per_run(total.accepted) >= 8 && per_run(total.attempts) >= 15, "too little happened: {total:?}");
    for seen in [total.repeats, total.deaths, total.pauses, total.jumps, total.refused, total.days_offline] {
        assert!(seen > u64::from(runs / 100), "something never happened: {total:?}");
    }
}
