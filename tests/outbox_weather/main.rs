//! The outbox in bad weather, end to end and from one source in both dialects: the real application with its store on disk, the
//! real client, and the simulator behind a network in memory, under a paused clock. Guests write while requests and frames are
//! throttled, refused, delayed, answered by nobody and cut before and after the org took them, while the computer is offline, its
//! clock jumps and the program dies. The org's ledger judges.
//!
//! `INNKEEPER_SEED=n` lives one of them again; `INNKEEPER_LONG=1` makes ten times as many.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod judge;
mod life;
mod sky;
mod way;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering},
};

use testkit::long_run;

use crate::{judge::Tally, way::Way};

/// Lives of one way.
const LIVES: (u64, u64) = (60, 600);

fn lives(way: Way) -> (u64, Tally) {
    if let Ok(seed) = std::env::var("INNKEEPER_SEED") {
        let tally = life::live(way, seed.parse().expect("a number"));
        println!("{way:?}: {tally:?}");
        return (0, tally);
    }
    let (lives, next) = (long_run(LIVES.0, LIVES.1), AtomicU64::new(1));
    let one_thread = || {
        let mut all = Tally::default();
        loop {
            let seed = next.fetch_add(1, Ordering::SeqCst);
            if seed > lives {
                return all;
            }
            match catch_unwind(AssertUnwindSafe(|| life::live(way, seed))) {
                Ok(tally) => all.add(&tally),
                Err(why) => {
                    next.store(lives + 1, Ordering::SeqCst);
                    println!("live it again with INNKEEPER_SEED={seed}");
                    std::panic::resume_unwind(why);
                }
            }
        }
    };
    let tally = std::thread::scope(|scope| {
        let threads = [scope.spawn(one_thread), scope.spawn(one_thread)];
        threads.into_iter().fold(Tally::default(), |mut all, thread| {
            all.add(&thread.join().unwrap_or_else(|why| std::panic::resume_unwind(why)));
            all
        })
    });
    println!("{way:?}, {lives} lives: {tally:?}");
    (lives, tally)
}

/// What has to happen in so many lives for them to have shown anything.
fn must_have_happened(lives: u64, what: &[(&str, u64, u64)]) {
    for (name, times, least) in what {
        assert!(*times >= lives * least / 10, "{name} only {times} times in {lives} lives");
    }
}

#[test]
fn over_the_guest_api_every_message_is_taken_once_in_order_whatever_the_weather() {
    let (lives, tally) = lives(Way::GuestApi);
    must_have_happened(
        lives,
        &[
            ("written", tally.written, 60),
            ("asked for again by its id", tally.repeats, 5),
            ("died", tally.deaths, 5),
            ("jumped", tally.jumps, 3),
        ],
    );
    assert_eq!((tally.sent_again, tally.by_person), (0, 0), "the same id again settles everything");
}

#[test]
fn by_the_guest_socket_every_message_is_taken_once_in_order_or_a_person_was_asked() {
    let (lives, tally) = lives(Way::GuestSocket);
    must_have_happened(
        lives,
        &[
            ("written", tally.written, 60),
            ("taken and not confirmed", tally.taken_unconfirmed, 5),
            ("absent twice and sent again", tally.sent_again, 5),
            ("died", tally.deaths, 5),
            ("jumped", tally.jumps, 3),
            ("histories read", tally.readings, 20),
        ],
    );
}
