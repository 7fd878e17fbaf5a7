//! Trimming of history, forgetting of ids, compaction: in small parts, within activations. What is dead stays.

use model::MessageId;
use store::Batch;

use crate::{
    Counts, Kind,
    crash::crash_point,
    entry::{Place, Record},
    history::HistoryKey,
    outbox::Inner,
    tombstone::{Tombstone, expiry, millis},
};

/// How many messages are trimmed or ids forgotten at once: a few milliseconds of work.
pub(crate) const PART: usize = 256;

impl Inner {
    /// Whether a whole part is to be trimmed, or anything at all.
    pub(crate) fn wants_trim(&self, whole_part: bool) -> bool {
        let memory = self.memory();
        let now = self.now();
        memory.first_expiry.is_some_and(|first| first <= millis(now))
            || self.surplus(&memory, PART).len() >= if whole_part { PART } else { 1 }
    }

    fn surplus(&self, memory: &crate::memory::Memory, most: usize) -> Vec<(HistoryKey, MessageId)> {
        // While a discarded message may come back, the last one that was sent after it says that it is too late.
        let pinned = |(_, no, seq): &HistoryKey| {
            memory.tracked(*no).is_some_and(|h| {
                let others = u64::from(h.lane.entry(*seq).is_some());
                h.lane.count_of(|k| k == Kind::Discarded) > others && h.lane.sent_up_to() == Some(*seq)
            })
        };
        memory.history.surplus(self.now(), &self.options, most, pinned)
    }

    /// Trims one part of the history and forgets one part of the ids. Blocking. Returns how many were trimmed.
    pub(crate) fn trim(&self) -> Result<u64, store::Error> {
        let (refusals, found): (u64, Vec<(HistoryKey, MessageId, Place)>) = {
            let memory = self.memory();
            let place = |past: &HistoryKey| memory.tracked(past.1).map(|h| ((*h.name).clone(), past.2));
            let surplus = self.surplus(&memory, PART).into_iter();
            (memory.refusals, surplus.filter_map(|(past, id)| Some((past, id, place(&past)?))).collect())
        };
        let now = self.now();
        let mut batch = Batch::new();
        let mut rows = Vec::new();
        for (past, id, place) in found {
            let row = match expiry(past.0, now, &self.options) {
                Some(until) => self.tombstone_of(&place)?.map(|tombstone| (until, tombstone)),
                None => None,
            };
            rows.push((past, id, place, row));
        }
        let expired = self.expired(now)?;
        let mut memory = self.memory();
        if memory.refusals != refusals {
            // The lanes were numbered anew.
            return Ok(0);
        }
        let mut trimmed = Vec::new();
        for (past, id, place, row) in rows {
            // A person may have brought it back meanwhile, or a dropped activation's last part trimmed it.
            if !memory.history.contains(&past, id) {
                continue;
            }
            batch.remove(&self.records, &place);
            batch.remove(&self.texts, &place);
            if let Some((until, tombstone)) = row {
                batch.put(&self.tombstones, &id, &tombstone)?;
                batch.put(&self.expiries, &(until, id), &())?;
                memory.first_expiry = Some(memory.first_expiry.map_or(until, |first| first.min(until)));
            }
            memory.trim(&past);
            trimmed.push(id);
        }
        for (until, id) in &expired {
            batch.remove(&self.expiries, &(*until, *id));
            batch.remove(&self.tombstones, id);
        }
        // Also an empty batch: what follows then only looks again.
        let pending = self.store.commit_after(memory.refusals, batch);
        drop(memory);
        crash_point("outbox.trim.queued");
        self.settle(pending)?;
        crash_point("outbox.trim.synced");
        let first = self.first_expiry()?;
        let mut memory = self.memory();
        // Only now: until then the ids are known here, from now on the disk knows them.
        memory.forget(&trimmed, now);
        memory.first_expiry = first;
        memory.totals.trimmed += trimmed.len() as u64;
        Ok(trimmed.len() as u64)
    }

    /// What is to be kept of a message. Nothing can change it any more but a person's undo.
    fn tombstone_of(&self, place: &Place) -> Result<Option<Tombstone>, store::Error> {
        let record: Record = match self.records.get(place) {
            Ok(Some(record)) => record,
            // It goes; nothing that is kept could answer for it.
            Ok(None) | Err(store::Error::Damaged { .. } | store::Error::Form { .. }) => return Ok(None),
            Err(e) => return Err(e),
        };
        let text = crate::drain::readable(self.texts.get(place))?;
        Ok(Some(Tombstone::new(&self.store, place.clone(), record, text.as_ref())))
    }

    fn expired(&self, now: chrono::DateTime<chrono::Utc>) -> Result<Vec<(u64, MessageId)>, store::Error> {
        if self.memory().first_expiry.is_none_or(|first| first > millis(now)) {
            return Ok(Vec::new());
        }
        let from = (0, MessageId(uuid::Uuid::nil()));
        let to = (millis(now), MessageId(uuid::Uuid::max()));
        undamaged(self.expiries.range(from..=to)).take(PART).map(|item| item.map(|(key, ())| key)).collect()
    }

    /// When the first id is forgotten.
    pub(crate) fn first_expiry(&self) -> Result<Option<u64>, store::Error> {
        undamaged(self.expiries.iter()).next().map(|item| item.map(|((until, _), ())| until)).transpose()
    }

    /// Asks the store to compact when nothing is left to send and enough was. Blocking.
    pub(crate) fn compact(&self) -> Result<(), store::Error> {
        let mut memory = self.memory();
        let done = memory.totals.delivered + memory.totals.trimmed;
        let Counts { waiting, uncertain, .. } = memory.counts();
        if waiting + uncertain > 0 || done - memory.compacted_at < self.options.compact_after {
            return Ok(());
        }
        memory.compacted_at = done;
        drop(memory);
        self.store.compact()
    }
}

/// Without damaged rows: one of them keeps an id for longer than needed, which must not stop anything.
fn undamaged<T>(
    rows: impl Iterator<Item = Result<T, store::Error>>,
) -> impl Iterator<Item = Result<T, store::Error>> {
    rows.filter(|row| !matches!(row, Err(store::Error::Damaged { .. } | store::Error::Form { .. })))
}
