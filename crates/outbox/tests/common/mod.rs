//! A clock to move, a courier that does as told, and a folder.

#![allow(dead_code, reason = "each story takes what it needs")]

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{AfterDoubt, Clock, GuestId, MessageId, MessageText};
use outbox::{Courier, Delivery, Options, Outbox, Outgoing};
use store::{DataKey, Store};
use tempfile::TempDir;
use uuid::Uuid;

/// Wall time in seconds that only a test moves.
pub struct HandClock(AtomicI64);

impl HandClock {
    pub fn seconds(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    pub fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0.load(Ordering::SeqCst), 0).expect("a time in this century")
    }
}

/// A data folder with its key and clock; the outbox can be opened again and again.
pub struct House {
    pub dir: TempDir,
    pub key: DataKey,
    pub clock: Arc<HandClock>,
}

impl House {
    pub fn new() -> Self {
        Self::at(tempfile::tempdir().expect("a temporary folder"))
    }

    /// In memory where the system has such a place: for tests that open hundreds of folders and cut no power.
    pub fn quick() -> Self {
        Self::at(quick_folder())
    }

    fn at(dir: TempDir) -> Self {
        Self { dir, key: DataKey::generate(), clock: Arc::new(HandClock(AtomicI64::new(1_800_000_000))) }
    }

    pub fn store(&self) -> Store {
        Store::open(self.dir.path(), &self.key).expect("the store opens")
    }

    pub fn outbox(&self) -> Outbox {
        self.outbox_with(Options::default())
    }

    pub fn outbox_with(&self, options: Options) -> Outbox {
        let clock: Arc<HandClock> = Arc::clone(&self.clock);
        Outbox::open_with(&self.store(), clock, options).expect("the outbox opens")
    }
}

pub fn quick_folder() -> TempDir {
    let memory = std::path::Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a temporary folder")
}

/// More of everything where a person asks for the long run.
pub fn long_run(short: u32, long: u32) -> u32 {
    if std::env::var_os("INNKEEPER_LONG").is_some_and(|v| v == "1") { long } else { short }
}

pub fn id(n: u64) -> MessageId {
    MessageId(Uuid::from_u128(n.into()))
}

/// Message `n` of a conversation; its text says so.
pub fn message(conversation: &str, n: u64) -> Outgoing {
    Outgoing {
        id: id(n),
        conversation_id: conversation.parse().expect("a conversation id"),
        guest_id: GuestId(Uuid::nil()),
        text: text(&format!("{conversation} {n}")),
        written_at: DateTime::from_timestamp(1_800_000_000, 0).expect("a time"),
    }
}

pub fn text(text: &str) -> MessageText {
    MessageText::new(text.to_owned()).expect("a text")
}

/// Answers by message id with what was scripted, in order, then `Delivered`; keeps what it was given.
#[derive(Default)]
pub struct Script {
    answers: Mutex<HashMap<MessageId, Vec<Delivery>>>,
    pub seen: Mutex<Vec<Outgoing>>,
    at_once: AtomicUsize,
    pub most_at_once: AtomicUsize,
}

impl Script {
    pub fn then(self, n: u64, answers: &[Delivery]) -> Self {
        self.answers.lock().expect("no panic").insert(id(n), answers.iter().rev().cloned().collect());
        self
    }

    /// The numbers of the messages it was given, in order.
    pub fn numbers(&self) -> Vec<u64> {
        let seen = self.seen.lock().expect("no panic");
        seen.iter().map(|m| u64::try_from(m.id.0.as_u128()).expect("a small number")).collect()
    }
}

#[async_trait]
impl Courier for Script {
    fn after_doubt(&self) -> AfterDoubt {
        AfterDoubt::SameIdAgain
    }

    async fn deliver(&self, message: &Outgoing) -> Delivery {
        let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        self.seen.lock().expect("no panic").push(message.clone());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().expect("no panic");
        answers.get_mut(&message.id).and_then(Vec::pop).unwrap_or(Delivery::delivered())
    }
}

pub fn offline() -> Delivery {
    Delivery::NotSent { why: "offline".into(), retry_after: None }
}

pub fn limited(seconds: u64) -> Delivery {
    let retry_after = Some(std::time::Duration::from_secs(seconds));
    Delivery::NotSent { why: "rate limited".into(), retry_after }
}

pub fn cut() -> Delivery {
    Delivery::Uncertain { why: "cut".into(), retry_after: None }
}

pub fn refused() -> Delivery {
    Delivery::Dead { why: "400".into() }
}
