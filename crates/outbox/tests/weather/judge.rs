//! The org, and its log that judges.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use model::{AfterDoubt, Clock, ConversationId};
use outbox::{Courier, Delivery, Outgoing};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use tokio::time::sleep;

use crate::sky::{Sky, Wall, Weather};

/// What happened in one run or in all.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub accepted: u64,
    pub attempts: u64,
    pub repeats: u64,
    pub refused: u64,
    pub deaths: u64,
    pub pauses: u64,
    pub jumps: u64,
    pub days_offline: u64,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.attempts += other.attempts;
        self.repeats += other.repeats;
        self.refused += other.refused;
        self.deaths += other.deaths;
        self.pauses += other.pauses;
        self.jumps += other.jumps;
        self.days_offline += other.days_offline;
    }
}

#[derive(Default)]
pub struct Log {
    /// First receipts of each conversation, in order.
    pub received: HashMap<ConversationId, Vec<u64>>,
    /// The outbox was told that it has arrived.
    known: HashSet<u64>,
    pub refused: HashSet<u64>,
    pub closed: HashSet<ConversationId>,
    /// Under way now, by conversation. What was dropped counts as ended.
    under_way: HashMap<ConversationId, Arc<()>>,
    /// Until when the org asked a conversation to wait, by the wall, and how often the wall had jumped then.
    told: HashMap<ConversationId, (DateTime<Utc>, u64)>,
    /// When the last attempts of a conversation began, in one life of the process and of the wall.
    begun: HashMap<ConversationId, Vec<Duration>>,
    pub wall_jumps: u64,
    pub paused: bool,
    after_pause: usize,
    pub tally: Tally,
}

impl Log {
    /// The process died: what was under way is over, and nobody knows of earlier attempts.
    pub fn died(&mut self) {
        self.begun.clear();
        (self.paused, self.after_pause) = (false, 0);
        self.tally.deaths += 1;
    }

    /// What the org has and the outbox was never told of.
    pub fn arrived_and_not_known(&self) -> Vec<u64> {
        self.received.values().flatten().filter(|n| !self.known.contains(n)).copied().collect()
    }

    pub fn jumped(&mut self) {
        self.wall_jumps += 1;
        self.begun.clear();
        self.tally.jumps += 1;
    }

    pub fn resumed(&mut self) {
        (self.paused, self.after_pause) = (false, 0);
    }
}

pub struct Org {
    pub sky: Sky,
    pub wall: Arc<Wall>,
    pub seed: u64,
    pub in_flight: usize,
    pub two_a_second: bool,
    log: Mutex<Log>,
}

impl Org {
    pub fn new(sky: Sky, wall: Arc<Wall>, seed: u64, in_flight: usize, two_a_second: bool) -> Self {
        Self { sky, wall, seed, in_flight, two_a_second, log: Mutex::default() }
    }

    pub fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An attempt begins: whether it may.
    fn begin(&self, n: u64, lane: &ConversationId, ticket: &Arc<()>) {
        let mut log = self.log();
        log.tally.attempts += 1;
        assert!(!log.known.contains(&n), "{n} is sent again although it is known to have arrived");
        assert!(!log.refused.contains(&n), "{n} is sent again although it was refused");
        let before = log.under_way.insert(lane.clone(), Arc::clone(ticket));
        // The attempt itself holds the other end; a dropped one does not.
        assert!(before.is_none_or(|t| Arc::strong_count(&t) == 1), "two at once in {lane}");
        let at_once = log.under_way.values().filter(|t| Arc::strong_count(t) > 1).count();
        assert!(at_once <= self.in_flight, "{at_once} at once");
        if log.paused {
            log.after_pause += 1;
            assert!(log.after_pause < self.in_flight, "it goes on although all pauses");
        }
        if let Some((until, jumps)) = log.told.get(lane) {
            let early = *jumps == log.wall_jumps && self.wall.now() < *until;
            assert!(!early, "{lane} is tried before the time that the org named");
        }
        let begun = log.begun.entry(lane.clone()).or_default();
        begun.push(self.wall.elapsed());
        if let (true, [.., first, _, third]) = (self.two_a_second, begun.as_slice()) {
            assert!(*third - *first >= Duration::from_millis(999), "three within a second in {lane}");
        }
    }

    fn receive(&self, n: u64, lane: &ConversationId) {
        let mut log = self.log();
        let received = log.received.entry(lane.clone()).or_default();
        if received.contains(&n) {
            // That it was not known to have arrived stands in `begin`.
            log.tally.repeats += 1;
            return;
        }
        assert!(received.last().is_none_or(|last| *last < n), "{lane} receives {n} after {received:?}");
        received.push(n);
    }

    fn end(&self, n: u64, lane: &ConversationId, answer: &Delivery) {
        let mut log = self.log();
        match answer {
            Delivery::Delivered { .. } => drop(log.known.insert(n)),
            Delivery::Dead { .. } => drop(log.refused.insert(n)),
            Delivery::ConversationOver { .. } => drop(log.closed.insert(lane.clone())),
            Delivery::Paused { .. } => {
                log.paused = true;
                log.tally.pauses += 1;
            }
            Delivery::NotSent { retry_after: Some(wait), .. } => {
                let until = self.wall.now() + TimeDelta::from_std(*wait).expect("short");
                let jumps = log.wall_jumps;
                log.told.insert(lane.clone(), (until, jumps));
            }
            Delivery::NotTried | Delivery::NotSent { .. } | Delivery::Uncertain { .. } => {}
        }
    }
}

fn cut() -> Delivery {
    Delivery::Uncertain { why: "cut".into(), retry_after: None }
}

fn limited(seconds: u64) -> Delivery {
    Delivery::NotSent { why: "429".into(), retry_after: Some(Duration::from_secs(seconds)) }
}

fn offline() -> Delivery {
    Delivery::NotSent { why: "offline".into(), retry_after: None }
}

/// Whether the org took the message, and what the outbox is told.
fn fate(weather: Weather, chance: &mut SmallRng) -> (bool, Delivery) {
    let one_in = |n: u32, chance: &mut SmallRng| chance.random_ratio(1, n);
    match weather {
        Weather::Fine => (true, Delivery::delivered()),
        Weather::Throttled if one_in(3, chance) => (true, Delivery::delivered()),
        Weather::Throttled => (false, limited(chance.random_range(1..40))),
        Weather::ServerErrors => {
            (one_in(2, chance), Delivery::Uncertain { why: "503".into(), retry_after: None })
        }
        Weather::CutBefore => (false, if one_in(2, chance) { cut() } else { offline() }),
        Weather::CutAfter => (true, cut()),
        Weather::Offline => (false, offline()),
        Weather::Denied => (false, Delivery::Paused { why: "401".into() }),
        Weather::Storm => match chance.random_range(0..20) {
            0 => (false, Delivery::Dead { why: "400".into() }),
            1 if one_in(4, chance) => (false, Delivery::ConversationOver { why: "410".into() }),
            n => {
                use Weather::{CutAfter, CutBefore, Denied, Fine, Offline, ServerErrors, Throttled};
                let kinds = [Fine, Fine, Throttled, ServerErrors, CutBefore, CutAfter, Offline, Denied];
                fate(kinds[n % 8], chance)
            }
        },
    }
}

#[async_trait]
impl Courier for Org {
    fn after_doubt(&self, _: &ConversationId) -> AfterDoubt {
        AfterDoubt::SameIdAgain
    }

    async fn deliver(&self, message: &Outgoing) -> Delivery {
        let n = u64::try_from(message.id.0.as_u128()).expect("a number of ours");
        let lane = &message.conversation_id;
        assert_eq!(message.text.as_str(), format!("{lane} {n}"), "the text belongs to the id");
        let ticket = Arc::new(());
        self.begin(n, lane, &ticket);
        let at = self.wall.elapsed();
        let mut chance =
            SmallRng::seed_from_u64(self.seed ^ (n << 40) ^ u64::try_from(at.as_millis()).expect("short"));
        let weather = self.sky.now(at);
        if weather == Weather::Offline {
            self.end(n, lane, &offline());
            return offline();
        }
        let latency = Duration::from_millis(chance.random_range(20..400));
        sleep(latency / 2).await;
        let (takes, mut answer) = fate(weather, &mut chance);
        let (closed, has) = {
            let log = self.log();
            (log.closed.contains(lane), log.received.get(lane).is_some_and(|r| r.contains(&n)))
        };
        if closed {
            answer = Delivery::ConversationOver { why: "410".into() };
        } else if has && matches!(answer, Delivery::Dead { .. }) {
            // What the org has it does not refuse: the repeat is answered as the first.
            answer = Delivery::delivered();
        } else if takes {
            self.receive(n, lane);
        }
        sleep(latency / 2).await;
        self.end(n, lane, &answer);
        answer
    }
}
