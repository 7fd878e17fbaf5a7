use std::time::Duration;

use crate::RateLimit;

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// How the outbox waits, how much it does at once and how long it remembers.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The longest wait that the org did not name.
    pub max_wait: Duration,
    /// How many lanes may have an attempt under way.
    pub in_flight: usize,
    /// How often one conversation may be sent to, where the dialect has such a limit.
    pub per_session: Option<RateLimit>,
    /// How long delivered and discarded messages are kept with their texts.
    pub history_for: Duration,
    /// How many of them are kept, the newest.
    pub history_entries: usize,
    /// How many bytes of their texts are kept, the newest.
    pub history_bytes: u64,
    /// How long the id of a delivered or discarded message is known, also when its history is gone: within this
    /// time the same message again is not a new one.
    pub remember_for: Duration,
    /// An outbox that has nothing left to send asks the store to compact once so many entries were delivered or
    /// trimmed since it last did.
    pub compact_after: u64,
    /// Where the random part of the waits comes from: the same seed draws the same waits. None is chance.
    pub seed: Option<u64>,
}

impl Default for Options {
    /// 5 minutes, 8 lanes, no limit per conversation; a history of 7 days, 10,000 messages and 16 MiB; ids for
    /// 7 days; compaction after 1,000 entries.
    fn default() -> Self {
        Self {
            max_wait: Duration::from_secs(300),
            in_flight: 8,
            per_session: None,
            history_for: 7 * DAY,
            history_entries: 10_000,
            history_bytes: 16 << 20,
            remember_for: 7 * DAY,
            compact_after: 1_000,
            seed: None,
        }
    }
}
