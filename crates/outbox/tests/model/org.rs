//! The org of the model: answers by a seed, and keeps its own truth of what it received.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use model::AfterDoubt;
use outbox::{Courier, Delivery, Outgoing};
use rand::{Rng, SeedableRng, rngs::SmallRng};

use crate::Mood;

/// What was seen at the door, in order.
#[derive(Debug, Clone)]
pub enum Seen {
    Begin { n: u64, text: String },
    End { n: u64, answer: Delivery },
}

#[derive(Default)]
pub struct Truth {
    /// Every receipt, repeats too.
    pub received: Vec<u64>,
    /// Whether a message may have arrived without the outbox knowing.
    unsure: HashMap<u64, bool>,
    seen: Vec<Seen>,
    seed: u64,
    mood: Option<Mood>,
}

#[derive(Default)]
pub struct Org(Mutex<Truth>);

impl Org {
    pub fn truth(&self) -> MutexGuard<'_, Truth> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn mood(&self, seed: u64, mood: Mood) {
        let mut truth = self.truth();
        (truth.seed, truth.mood) = (seed, Some(mood));
    }

    pub fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.truth().seen)
    }
}

impl Truth {
    fn receive(&mut self, n: u64) {
        self.received.push(n);
    }
}

fn why() -> String {
    "trouble".to_owned()
}

#[async_trait]
impl Courier for Org {
    fn after_doubt(&self) -> AfterDoubt {
        AfterDoubt::SameIdAgain
    }

    async fn deliver(&self, message: &Outgoing) -> Delivery {
        let n = u64::try_from(message.id.0.as_u128()).expect("a number of ours");
        let (pause, fate, mood, before) = {
            let mut truth = self.truth();
            let before = truth.unsure.insert(n, true) == Some(true);
            assert!(!truth.received.contains(&n) || before, "{n} is sent again without need");
            truth.seen.push(Seen::Begin { n, text: message.text.as_str().to_owned() });
            let tries = truth.seen.len() as u64;
            let mut chance = SmallRng::seed_from_u64(truth.seed ^ (n << 20) ^ tries);
            (chance.random_range(0..40), chance.random_range(0..12), truth.mood, before)
        };
        // Processed at some time before the answer, or before nobody waits for it any more.
        tokio::time::sleep(Duration::from_millis(pause / 2)).await;
        let mood = mood.unwrap_or(Mood::Good);
        let processed = mood == Mood::Good || (mood == Mood::Bad && fate <= 5);
        if processed {
            self.truth().receive(n);
        }
        tokio::time::sleep(Duration::from_millis(pause / 2)).await;
        let answer = match (mood, fate) {
            (Mood::Good, _) | (Mood::Bad, 0..5) => Delivery::delivered(),
            (Mood::Denies, _) => Delivery::Paused { why: why() },
            (Mood::Bad, 5) => Delivery::Uncertain { why: why(), retry_after: None },
            (Mood::Bad, 6) => {
                Delivery::Uncertain { why: why(), retry_after: Some(Duration::from_secs(30 + pause)) }
            }
            (Mood::Bad, 7) => Delivery::NotSent { why: why(), retry_after: None },
            (Mood::Bad, 8) => {
                Delivery::NotSent { why: why(), retry_after: Some(Duration::from_secs(30 + pause)) }
            }
            (Mood::Bad, 9 | 10) => Delivery::Dead { why: why() },
            (Mood::Bad, _) => Delivery::ConversationOver { why: why() },
        };
        let mut truth = self.truth();
        let unsure = match answer {
            Delivery::Delivered { .. } => false,
            Delivery::Uncertain { .. } => true,
            _ => before,
        };
        truth.unsure.insert(n, unsure);
        truth.seen.push(Seen::End { n, answer: answer.clone() });
        answer
    }
}
