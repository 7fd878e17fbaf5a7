use std::{collections::BTreeMap, time::Duration};

use parking_lot::Mutex;
use serde::Serialize;

use crate::run::{Mask, percentile};

/// How many different reasons are kept.
const MOST_REASONS: usize = 20;

/// How many characters of a reason are kept.
const LONGEST_REASON: usize = 200;

/// What came of a load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadResult {
    /// How many guests were to come.
    pub guests: u32,
    /// How many messages were to be written.
    pub messages: u64,
    /// How many of these the org has echoed.
    pub delivered: u64,
    /// How many it has not.
    pub lost: u64,
    /// How many came back more than once, counted by the copies.
    pub doubled: u64,
    /// Half of the echoes came within so long.
    pub p50_millis: Option<u64>,
    /// 95 of 100.
    pub p95_millis: Option<u64>,
    /// 99 of 100.
    pub p99_millis: Option<u64>,
    /// Guests who connected.
    pub connected: u32,
    /// Guests who gave up, and messages that were refused, by their reasons.
    pub reasons: BTreeMap<String, u64>,
    /// Nobody reached the org.
    #[serde(skip)]
    pub unreachable: bool,
}

/// How far a load has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LoadProgress {
    /// Guests who connected.
    pub connected: u32,
    /// Messages that are on their way or arrived.
    pub sent: u64,
    /// Messages that arrived.
    pub delivered: u64,
}

/// Counts what all guests do.
pub struct Tally {
    guests: u32,
    planned: u64,
    /// An org may repeat what was written to it in its reasons.
    mask: Mask,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    progress: LoadProgress,
    doubled: u64,
    not_reached: u32,
    millis: Vec<u64>,
    reasons: BTreeMap<String, u64>,
}

impl Tally {
    pub fn new(guests: u32, planned: u64, mask: Mask) -> Self {
        Self { guests, planned, mask, counts: Mutex::default() }
    }

    pub fn connected(&self) {
        self.counts.lock().progress.connected += 1;
    }

    pub fn sent(&self) {
        self.counts.lock().progress.sent += 1;
    }

    pub fn delivered(&self, after: Option<Duration>) {
        let mut counts = self.counts.lock();
        counts.progress.delivered += 1;
        if let Some(after) = after {
            counts.millis.push(u64::try_from(after.as_millis()).unwrap_or(u64::MAX));
        }
    }

    pub fn doubled(&self) {
        self.counts.lock().doubled += 1;
    }

    pub fn not_reached(&self) {
        self.counts.lock().not_reached += 1;
    }

    pub fn refused(&self, code: u32, text: &str) {
        self.gave_up(&format!("refused with code {code}: {text}"));
    }

    pub fn gave_up(&self, why: &str) {
        let why: String = self.mask.text(why).chars().take(LONGEST_REASON).collect();
        let reasons = &mut self.counts.lock().reasons;
        if reasons.len() < MOST_REASONS || reasons.contains_key(&why) {
            *reasons.entry(why).or_default() += 1;
        } else {
            *reasons.entry("other reasons".into()).or_default() += 1;
        }
    }

    pub fn progress(&self) -> LoadProgress {
        self.counts.lock().progress
    }

    pub fn result(&self) -> LoadResult {
        let mut counts = self.counts.lock();
        let LoadProgress { connected, delivered, .. } = counts.progress;
        LoadResult {
            guests: self.guests,
            messages: self.planned,
            delivered,
            lost: self.planned.saturating_sub(delivered),
            doubled: counts.doubled,
            p50_millis: percentile(&mut counts.millis, 0.5),
            p95_millis: percentile(&mut counts.millis, 0.95),
            p99_millis: percentile(&mut counts.millis, 0.99),
            connected,
            reasons: counts.reasons.clone(),
            unreachable: connected == 0 && counts.not_reached == self.guests,
        }
    }
}
