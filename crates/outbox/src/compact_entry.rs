use std::sync::Arc;

use chrono::{DateTime, Utc};
use model::{GuestId, MessageId};

use crate::{
    State,
    entry::Record,
    state::{Progress, moves},
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
    /// `None` is `Queued`. Shared where many were refused for one reason.
    state: Option<Arc<State>>,
}

static QUEUED: State = State::Queued;

impl CompactEntry {
    pub(crate) fn new(seq: u64, record: Record) -> Self {
        let Record { id, guest_id, written_at, bytes, edited, progress } = record;
        let Progress { state, attempts, maybe_sent } = progress;
        let state = (state != State::Queued).then(|| Arc::new(state));
        Self { seq, id, guest_id, written_at, bytes, attempts, maybe_sent, edited, state }
    }

    /// The same state as another's is kept once.
    pub(crate) fn share(&mut self, other: &Self) {
        if self.state.is_some() && self.state == other.state {
            self.state.clone_from(&other.state);
        }
    }

    pub(crate) fn state(&self) -> &State {
        self.state.as_deref().unwrap_or(&QUEUED)
    }

    pub(crate) fn moves(&self) -> bool {
        moves(self.state())
    }

    /// Whether it is being sent, or an attempt may have reached the org. A refusal after an uncertain attempt says that
    /// the first one never arrived.
    pub(crate) fn perhaps_went(&self) -> bool {
        let refused = match self.state() {
            State::Dead { .. } => true,
            State::Discarded { was, .. } => matches!(**was, State::Dead { .. }),
            _ => false,
        };
        *self.state() == State::Sending || (self.maybe_sent && !refused)
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
