//! Which delivered and discarded messages are still kept with their texts, by the time at which they were over.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use model::MessageId;

use crate::{Options, scheduler::LaneNo};

/// A message that is over: when, and where it is.
pub(crate) type HistoryKey = (DateTime<Utc>, LaneNo, u64);

#[derive(Debug, Default)]
pub(crate) struct History {
    past: BTreeMap<HistoryKey, (MessageId, u32)>,
    bytes: u64,
}

impl History {
    pub(crate) fn add(&mut self, past: HistoryKey, id: MessageId, bytes: u32) {
        if let Some((_, before)) = self.past.insert(past, (id, bytes)) {
            self.bytes = self.bytes.saturating_sub(before.into());
        }
        self.bytes = self.bytes.saturating_add(bytes.into());
    }

    pub(crate) fn remove(&mut self, past: &HistoryKey) -> bool {
        let Some((_, bytes)) = self.past.remove(past) else { return false };
        self.bytes = self.bytes.saturating_sub(bytes.into());
        true
    }

    pub(crate) fn contains(&self, past: &HistoryKey, id: MessageId) -> bool {
        self.past.get(past).is_some_and(|(of, _)| *of == id)
    }

    /// What has to go by age or size, the oldest first, at most `most`. Those that `pinned` says have to stay.
    pub(crate) fn surplus(
        &self,
        now: DateTime<Utc>,
        options: &Options,
        most: usize,
        pinned: impl Fn(&HistoryKey) -> bool,
    ) -> Vec<(HistoryKey, MessageId)> {
        let cutoff = TimeDelta::from_std(options.history_for).ok().and_then(|d| now.checked_sub_signed(d));
        let (mut entries, mut bytes) = (self.past.len(), self.bytes);
        let mut surplus = Vec::new();
        // Few are pinned; the bound keeps a look at them short.
        for (past, (id, size)) in self.past.iter().take(most.saturating_mul(4)) {
            let old = cutoff.is_some_and(|cutoff| past.0 <= cutoff);
            let over = entries > options.history_entries || bytes > options.history_bytes;
            if surplus.len() == most || !(old || over) {
                break;
            }
            // One that has to stay is kept beside the others, not in the place of a newer one.
            if !pinned(past) {
                surplus.push((*past, *id));
            }
            entries -= 1;
            bytes = bytes.saturating_sub((*size).into());
        }
        surplus
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    fn history(n: u32) -> History {
        let mut history = History::default();
        for i in 0..n {
            history.add((at(i.into()), 0, i.into()), MessageId(Uuid::from_u128(i.into())), 10);
        }
        history
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn seqs(surplus: &[(HistoryKey, MessageId)]) -> Vec<u64> {
        surplus.iter().map(|(past, _)| past.2).collect()
    }

    #[test]
    fn the_oldest_go_by_age_by_number_and_by_size_and_no_more_than_asked() {
        let history = history(6);
        let all = Options::default();
        assert_eq!(seqs(&history.surplus(at(100), &all, 9, |_| false)), [0; 0]);
        let young = Options { history_for: Duration::from_secs(98), ..all };
        assert_eq!(seqs(&history.surplus(at(100), &young, 9, |_| false)), [0, 1, 2]);
        let few = Options { history_entries: 2, ..all };
        assert_eq!(seqs(&history.surplus(at(100), &few, 9, |_| false)), [0, 1, 2, 3]);
        let small = Options { history_bytes: 45, ..all };
        assert_eq!(seqs(&history.surplus(at(100), &small, 9, |_| false)), [0, 1]);
        assert_eq!(seqs(&history.surplus(at(100), &few, 3, |_| false)), [0, 1, 2]);
        assert_eq!(seqs(&history.surplus(at(100), &few, 9, |p| p.2 == 1)), [0, 2, 3], "one has to stay");
    }

    #[test]
    fn what_was_over_in_the_future_of_a_clock_set_back_is_not_old() {
        let young = Options { history_for: Duration::from_secs(1), ..Options::default() };
        assert_eq!(seqs(&history(3).surplus(at(-1_000), &young, 9, |_| false)), [0; 0]);
    }
}
