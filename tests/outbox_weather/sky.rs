//! What happens when in one life, and the clock under it.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use model::Clock;
use testkit::{Dice, TokioClock};

/// When every life begins, on both clocks.
pub const BEGINS: &str = "2026-11-22T12:00:00Z";

/// This computer's wall clock: it runs with tokio's and jumps.
pub struct Wall {
    clock: TokioClock,
    jumped: AtomicI64,
}

impl Wall {
    pub fn new() -> Self {
        Self { clock: TokioClock::at(BEGINS), jumped: AtomicI64::new(0) }
    }

    /// By so many seconds, backwards too.
    pub fn jump(&self, seconds: i64) {
        self.jumped.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Wall {
    fn now(&self) -> DateTime<Utc> {
        self.clock.now() + TimeDelta::seconds(self.jumped.load(Ordering::SeqCst))
    }
}

/// What becomes of requests and frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    Fine,
    /// Asked too often.
    Throttled,
    /// The org fails.
    Failing,
    /// Cut before the org takes anything.
    CutBefore,
    /// Cut after the org took it.
    CutAfter,
    /// Nobody answers.
    Silent,
    /// Answers come late.
    Late,
    /// What resolves a doubt fails: the sign-in, the history.
    Blind,
    /// No connection is made.
    Away,
    /// All of it by turns.
    Storm,
}

impl Weather {
    const BAD: [Self; 9] = [
        Self::Throttled,
        Self::Failing,
        Self::CutBefore,
        Self::CutAfter,
        Self::Silent,
        Self::Late,
        Self::Blind,
        Self::Away,
        Self::Storm,
    ];
}

/// Something that happens at a time.
#[derive(Debug, Clone)]
pub enum Event {
    /// The weather changes.
    Weather(Weather),
    /// A guest writes.
    Write { lane: usize, text: String },
    /// This computer's clock jumps by so many seconds, as after a sleep or when it is set.
    Jump(i64),
    /// A person switches the console offline or online again.
    Switch(bool),
    /// The program dies after its delivery has gone on by so many steps, and is started again.
    Death(u32),
    /// A person looks at what waits for them.
    PersonLooks,
}

/// A whole life.
pub struct Sky {
    pub lanes: usize,
    /// In the order of time, from the beginning.
    pub events: Vec<(Duration, Event)>,
    pub seed: u64,
}

impl Sky {
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9).wrapping_add(1));
        let lanes = 1 + dice.below(3) as usize;
        let mut events: Vec<(Duration, Event)> = Vec::new();
        let mut end = Duration::ZERO;
        for _ in 0..2 + dice.below(4) {
            let weather = Weather::BAD[dice.below(9) as usize];
            events.push((end, Event::Weather(weather)));
            end += Duration::from_millis(5_000 + dice.below(85_000));
            if dice.below(3) == 0 {
                events.push((end, Event::Weather(Weather::Fine)));
                end += Duration::from_millis(2_000 + dice.below(10_000));
            }
        }
        let at = |dice: &mut Dice| end.mul_f64(dice.below(1_000) as f64 / 1_000.0);
        for n in 0..6 + dice.below(8) {
            let lane = dice.below(lanes as u64) as usize;
            // Guests say the same again, and then a text tells less of which message it is.
            let text = if dice.below(5) == 0 { format!("{lane}: yes") } else { format!("{lane}: text {n}") };
            events.push((at(&mut dice), Event::Write { lane, text }));
        }
        for _ in 0..dice.below(3) {
            events.push((at(&mut dice), Event::Death(dice.below(60) as u32)));
        }
        if dice.below(3) == 0 {
            let seconds = [-7_200, -90, 45, 600, 40_000][dice.below(5) as usize];
            events.push((at(&mut dice), Event::Jump(seconds)));
        }
        if dice.below(4) == 0 {
            let off = at(&mut dice);
            events.push((off, Event::Switch(false)));
            events.push((off + Duration::from_millis(dice.below(40_000)), Event::Switch(true)));
        }
        for _ in 0..3 {
            events.push((at(&mut dice), Event::PersonLooks));
        }
        events.sort_by_key(|(at, _)| *at);
        let last = events.last().map_or(end, |(at, _)| end.max(*at));
        events.push((last, Event::Weather(Weather::Fine)));
        Self { lanes, events, seed }
    }

    /// How often the computer's clock jumps.
    pub fn jumps(&self) -> u64 {
        self.events.iter().filter(|(_, event)| matches!(event, Event::Jump(_))).count() as u64
    }
}
