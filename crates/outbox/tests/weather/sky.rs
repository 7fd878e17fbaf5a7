//! The weather of one run and the clocks under it.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use model::Clock;
use rand::{Rng, rngs::SmallRng, seq::IndexedRandom};
use tokio::time::Instant;

/// Wall time runs with the paused clock and jumps when it is told to.
pub struct Wall {
    began: Instant,
    jumped_ms: AtomicI64,
}

impl Wall {
    pub fn new() -> Self {
        Self { began: Instant::now(), jumped_ms: AtomicI64::new(0) }
    }

    pub fn jump(&self, seconds: i64) {
        self.jumped_ms.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    /// Since the run began, whatever the wall says.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

impl Clock for Wall {
    fn now(&self) -> DateTime<Utc> {
        let base = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let run = TimeDelta::from_std(self.elapsed()).expect("a month at most");
        base + run + TimeDelta::milliseconds(self.jumped_ms.load(Ordering::SeqCst))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    Fine,
    Throttled,
    ServerErrors,
    CutBefore,
    CutAfter,
    Offline,
    Denied,
    /// All of them, and refusals.
    Storm,
}

/// Something that happens to the machine.
#[derive(Debug, Clone, Copy)]
pub enum Blow {
    /// It sleeps: the wall clock is ahead, no timer moved.
    Suspend(i64),
    SetBack(i64),
    /// The process dies at this await of its next activation.
    Death(u32),
}

/// What happens when, from the beginning of the run.
#[derive(Debug)]
pub struct Sky {
    pub phases: Vec<(Duration, Weather)>,
    pub blows: Vec<(Duration, Blow)>,
    pub days_offline: bool,
}

impl Sky {
    pub fn draw(chance: &mut SmallRng) -> Self {
        use Weather::{CutAfter, CutBefore, Denied, Fine, Offline, ServerErrors, Storm, Throttled};
        let kinds = [Fine, Throttled, ServerErrors, CutBefore, CutAfter, Offline, Denied, Storm, Storm];
        let days_offline = chance.random_ratio(1, 20);
        let mut phases = Vec::new();
        let mut end = Duration::ZERO;
        for _ in 0..chance.random_range(2..6) {
            end += Duration::from_secs(chance.random_range(5..900));
            phases.push((end, *kinds.choose(chance).expect("not empty")));
        }
        if days_offline {
            end += Duration::from_secs(chance.random_range(86_400..140_000));
            phases.push((end, Offline));
        }
        let blows = (0..chance.random_range(0..4)).map(|_| {
            let blow = match chance.random_range(0..5) {
                0 => Blow::Suspend(chance.random_range(60..40_000)),
                1 => Blow::SetBack(chance.random_range(1..7_200)),
                _ => Blow::Death(chance.random_range(1..40)),
            };
            (end.mul_f64(chance.random()), blow)
        });
        let mut blows: Vec<_> = blows.collect();
        blows.sort_by_key(|(at, _)| *at);
        Self { phases, blows, days_offline }
    }

    pub fn now(&self, at: Duration) -> Weather {
        self.phases.iter().find(|(end, _)| at < *end).map_or(Weather::Fine, |(_, weather)| *weather)
    }

    /// When the last bad weather ends.
    pub fn clears(&self) -> Duration {
        self.phases.last().map_or(Duration::ZERO, |(end, _)| *end)
    }

    /// When the weather changes next.
    pub fn next_change(&self, at: Duration) -> Option<Duration> {
        self.phases.iter().map(|(end, _)| *end).find(|end| *end > at)
    }
}
