//! The orgs of the model, behind a door that keeps what passed: one that knows a repeat by its id, and the third dialect.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{AfterDoubt, ConversationId};
use outbox::{Courier, Delivery, Found, Outgoing};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use testkit::{
    ManualClock, message_number,
    third_dialect::{Messages, Mood},
};

/// What was seen at the door, in order.
#[derive(Debug, Clone)]
pub enum Seen {
    Send { n: u64, text: String },
    Answer { n: u64, answer: Delivery },
    Look { n: u64 },
    Found { n: u64, found: Found },
}

pub struct Org {
    inner: Inner,
    seen: Mutex<Vec<Seen>>,
    /// How often a person said of a message that it goes again although it may have arrived.
    told_again: Mutex<HashMap<u64, usize>>,
}

enum Inner {
    KnowsRepeats(KnowsRepeats),
    Third(Messages),
}

impl Org {
    pub fn new(after_doubt: AfterDoubt, clock: ManualClock) -> Self {
        let inner = match after_doubt {
            AfterDoubt::SameIdAgain => Inner::KnowsRepeats(KnowsRepeats::default()),
            _ => Inner::Third(Messages::new(after_doubt, clock)),
        };
        Self { inner, seen: Mutex::default(), told_again: Mutex::default() }
    }

    pub fn mood(&self, seed: u64, mood: Mood) {
        match &self.inner {
            Inner::KnowsRepeats(org) => {
                let mut truth = lock(&org.0);
                (truth.seed, truth.mood) = (seed, Some(mood));
            }
            Inner::Third(org) => org.mood(seed, mood),
        }
    }

    pub fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut lock(&self.seen))
    }

    /// Every receipt in order, repeats too.
    pub fn received(&self) -> Vec<u64> {
        match &self.inner {
            Inner::KnowsRepeats(org) => lock(&org.0).received.clone(),
            Inner::Third(org) => org.received().into_iter().map(message_number).collect(),
        }
    }

    pub fn tell_again(&self, n: u64) {
        *lock(&self.told_again).entry(n).or_default() += 1;
    }

    /// Where repeats are not known by their id: how often it may be there at most.
    fn may_have(&self, n: u64) -> usize {
        1 + lock(&self.told_again).get(&n).copied().unwrap_or_default()
    }

    pub fn has_no_silent_repeat(&self) {
        if let Inner::Third(_) = self.inner {
            let received = self.received();
            for n in &received {
                let times = received.iter().filter(|m| *m == n).count();
                assert!(times <= self.may_have(*n), "{n} was received {times} times");
            }
        }
    }

    fn courier(&self) -> &dyn Courier {
        match &self.inner {
            Inner::KnowsRepeats(org) => org,
            Inner::Third(org) => org,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Courier for Org {
    async fn deliver(&self, message: &Outgoing) -> Delivery {
        let n = message_number(message.id);
        let text = message.text.as_str().to_owned();
        lock(&self.seen).push(Seen::Send { n, text });
        let answer = self.courier().deliver(message).await;
        self.has_no_silent_repeat();
        lock(&self.seen).push(Seen::Answer { n, answer: answer.clone() });
        answer
    }

    fn after_doubt(&self, conversation: &ConversationId) -> AfterDoubt {
        self.courier().after_doubt(conversation)
    }

    async fn find(&self, message: &Outgoing, sent_at: DateTime<Utc>) -> Found {
        let n = message_number(message.id);
        lock(&self.seen).push(Seen::Look { n });
        let found = self.courier().find(message, sent_at).await;
        lock(&self.seen).push(Seen::Found { n, found: found.clone() });
        found
    }
}

#[derive(Default)]
struct Truth {
    received: Vec<u64>,
    /// Whether a message may have arrived without the outbox knowing.
    unsure: HashMap<u64, bool>,
    tries: u64,
    seed: u64,
    mood: Option<Mood>,
}

/// Answers by a seed, and answers a repeat as it answered the first.
#[derive(Default)]
struct KnowsRepeats(Mutex<Truth>);

fn why() -> String {
    "trouble".to_owned()
}

#[async_trait]
impl Courier for KnowsRepeats {
    async fn deliver(&self, message: &Outgoing) -> Delivery {
        let n = message_number(message.id);
        let (pause, fate, mood, before) = {
            let mut truth = lock(&self.0);
            let before = truth.unsure.insert(n, true) == Some(true);
            assert!(!truth.received.contains(&n) || before, "{n} is sent again without need");
            truth.tries += 1;
            let mut chance = SmallRng::seed_from_u64(truth.seed ^ (n << 20) ^ truth.tries);
            (chance.random_range(0..40), chance.random_range(0..12), truth.mood, before)
        };
        // Processed at some time before the answer, or before nobody waits for it any more.
        tokio::time::sleep(Duration::from_millis(pause / 2)).await;
        let mood = mood.unwrap_or(Mood::Good);
        let processed = mood == Mood::Good || (mood == Mood::Bad && fate <= 5);
        if processed {
            lock(&self.0).received.push(n);
        }
        tokio::time::sleep(Duration::from_millis(pause / 2)).await;
        let told = Some(Duration::from_secs(30 + pause));
        let answer = match (mood, fate) {
            (Mood::Good, _) | (Mood::Bad, 0..5) => Delivery::delivered(),
            (Mood::Denies, _) => Delivery::Paused { why: why() },
            (Mood::Bad, 5) => Delivery::Uncertain { why: why(), retry_after: None },
            (Mood::Bad, 6) => Delivery::Uncertain { why: why(), retry_after: told },
            (Mood::Bad, 7) => Delivery::NotSent { why: why(), retry_after: None },
            (Mood::Bad, 8) => Delivery::NotSent { why: why(), retry_after: told },
            (Mood::Bad, 9 | 10) => Delivery::Dead { why: why() },
            (Mood::Bad, _) => Delivery::ConversationOver { why: why() },
        };
        let unsure = match answer {
            Delivery::Delivered { .. } => false,
            Delivery::Uncertain { .. } => true,
            _ => before,
        };
        lock(&self.0).unsure.insert(n, unsure);
        answer
    }

    fn after_doubt(&self, _: &ConversationId) -> AfterDoubt {
        AfterDoubt::SameIdAgain
    }
}
