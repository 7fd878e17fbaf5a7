use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{AfterDoubt, ConversationId, MessageId};
use outbox::{Courier, Delivery, Found, Outgoing};

use crate::{message_id, message_number};

/// Answers by message with what was scripted, in order, then takes everything and finds nothing; keeps what it was given.
/// Every attempt takes 50 ms of tokio's time.
#[derive(Default)]
pub struct ScriptedCourier {
    after_doubt: AfterDoubt,
    answers: Mutex<HashMap<MessageId, Vec<Delivery>>>,
    looks: Mutex<HashMap<MessageId, Vec<Found>>>,
    sent: Mutex<Vec<Outgoing>>,
    looked_for: Mutex<Vec<u64>>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

impl ScriptedCourier {
    /// One whose doubts are resolved so; without this the same id is sent again.
    #[must_use]
    pub fn resolving(after_doubt: AfterDoubt) -> Self {
        Self { after_doubt, ..Self::default() }
    }

    /// Answers message `n` with these, one an attempt.
    #[must_use]
    pub fn then(self, n: u64, answers: &[Delivery]) -> Self {
        lock(&self.answers).insert(message_id(n), answers.iter().rev().cloned().collect());
        self
    }

    /// Answers looks for message `n` with these, one a look.
    #[must_use]
    pub fn finding(self, n: u64, looks: &[Found]) -> Self {
        lock(&self.looks).insert(message_id(n), looks.iter().rev().cloned().collect());
        self
    }

    /// The messages it was given to send, in order.
    #[must_use]
    pub fn sent(&self) -> Vec<Outgoing> {
        lock(&self.sent).clone()
    }

    /// Their numbers.
    #[must_use]
    pub fn numbers(&self) -> Vec<u64> {
        lock(&self.sent).iter().map(|m| message_number(m.id)).collect()
    }

    /// The numbers of the messages that it looked for, in order.
    #[must_use]
    pub fn looked_for(&self) -> Vec<u64> {
        lock(&self.looked_for).clone()
    }

    /// How many attempts were under way at once at most.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        self.most_at_once.load(Ordering::SeqCst)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Courier for ScriptedCourier {
    async fn deliver(&self, message: &Outgoing) -> Delivery {
        let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        lock(&self.sent).push(message.clone());
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        lock(&self.answers).get_mut(&message.id).and_then(Vec::pop).unwrap_or_else(Delivery::delivered)
    }

    fn after_doubt(&self, _: &ConversationId) -> AfterDoubt {
        self.after_doubt
    }

    async fn find(&self, message: &Outgoing, _sent_at: DateTime<Utc>) -> Found {
        lock(&self.looked_for).push(message_number(message.id));
        tokio::time::sleep(Duration::from_millis(50)).await;
        lock(&self.looks).get_mut(&message.id).and_then(Vec::pop).unwrap_or(Found::NotThere)
    }
}

/// Surely not sent, for a reason of the network.
#[must_use]
pub fn offline() -> Delivery {
    Delivery::NotSent { why: "offline".into(), retry_after: None }
}

/// 429 with so many seconds to wait.
#[must_use]
pub fn limited(seconds: u64) -> Delivery {
    Delivery::NotSent { why: "rate limited".into(), retry_after: Some(Duration::from_secs(seconds)) }
}

/// Cut after the message may have left.
#[must_use]
pub fn cut() -> Delivery {
    Delivery::Uncertain { why: "cut".into(), retry_after: None }
}

/// The org refuses this message.
#[must_use]
pub fn refused() -> Delivery {
    Delivery::Dead { why: "400".into() }
}
