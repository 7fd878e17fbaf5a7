use std::sync::Arc;

use chrono::{DateTime, Utc};
use model::{GuestId, MessageId};

use crate::{
    State,
    doubt::Doubt,
    entry::Record,
    state::{Progress, may_have_arrived, moves, needs_person},
};

/// A record as memory keeps it, in 72 bytes: a long queue is mostly entries that were never tried.
#[derive(Debug)]
pub(crate) struct CompactEntry {
    pub(crate) seq: u64,
    id: MessageId,
    pub(crate) guest_id: GuestId,
    pub(crate) written_at: DateTime<Utc>,
    bytes: u32,
    attempts: u32,
    maybe_sent: bool,
    edited: bool,
    /// `None` is `Queued` without a doubt. Shared where many were refused for one reason.
    rest: Option<Arc<Rest>>,
}

/// What differs from the ordinary in few entries of a long queue.
#[derive(Debug, PartialEq, Eq)]
struct Rest {
    state: State,
    doubt: Doubt,
}

static QUEUED: State = State::Queued;

impl CompactEntry {
    pub(crate) fn new(seq: u64, record: Record) -> Self {
        let Record { id, guest_id, written_at, bytes, edited, progress } = record;
        let Progress { state, attempts, maybe_sent, doubt } = progress;
        let ordinary = state == State::Queued && doubt.is_default();
        let rest = (!ordinary).then(|| Arc::new(Rest { state, doubt }));
        Self { seq, id, guest_id, written_at, bytes, attempts, maybe_sent, edited, rest }
    }

    /// The same state as another's is kept once.
    pub(crate) fn share(&mut self, other: &Self) {
        if self.rest.is_some() && self.rest == other.rest {
            self.rest.clone_from(&other.rest);
        }
    }

    pub(crate) fn state(&self) -> &State {
        self.rest.as_ref().map_or(&QUEUED, |rest| &rest.state)
    }

    fn doubt(&self) -> Doubt {
        self.rest.as_ref().map_or_else(Doubt::default, |rest| rest.doubt.clone())
    }

    /// Whether nothing happens to it until a person decides.
    pub(crate) fn needs_person(&self) -> bool {
        self.rest.as_ref().is_some_and(|rest| needs_person(&rest.state, &rest.doubt))
    }

    pub(crate) fn moves(&self) -> bool {
        moves(self.state())
    }

    /// Whether the org has it, or perhaps.
    pub(crate) fn may_have_arrived(&self) -> bool {
        may_have_arrived(self.state(), self.maybe_sent, &self.doubt())
    }

    pub(crate) fn id(&self) -> MessageId {
        self.id
    }

    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }

    pub(crate) fn record(&self) -> Record {
        Record {
            id: self.id,
            guest_id: self.guest_id,
            written_at: self.written_at,
            bytes: self.bytes,
            edited: self.edited,
            progress: Progress {
                state: self.state().clone(),
                attempts: self.attempts,
                maybe_sent: self.maybe_sent,
                doubt: self.doubt(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiting_entry_costs_little_memory() {
        assert!(size_of::<CompactEntry>() <= 72, "{}", size_of::<CompactEntry>());
    }
}
