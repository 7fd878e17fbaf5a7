use std::sync::{Arc, LazyLock};

use chrono::{DateTime, Utc};
use model::{GuestId, MessageId};

use crate::{State, entry::Record, state::Progress};

/// A record as memory keeps it, in 72 bytes: a long queue is mostly entries that were never tried.
#[derive(Debug)]
pub(crate) struct CompactEntry {
    pub(crate) seq: u64,
    pub(crate) id: MessageId,
    guest_id: GuestId,
    pub(crate) written_at: DateTime<Utc>,
    bytes: u32,
    edited: bool,
    /// `None` where it is [`NEVER_TRIED`]. Shared where many were refused for one reason.
    progress: Option<Arc<Progress>>,
}

static NEVER_TRIED: LazyLock<Progress> = LazyLock::new(Progress::new);

impl CompactEntry {
    pub(crate) fn new(seq: u64, record: Record) -> Self {
        let Record { id, guest_id, written_at, bytes, edited, progress } = record;
        let progress = (progress != *NEVER_TRIED).then(|| Arc::new(progress));
        Self { seq, id, guest_id, written_at, bytes, edited, progress }
    }

    /// The same progress as another's is kept once.
    pub(crate) fn share(&mut self, other: &Self) {
        if self.progress.is_some() && self.progress == other.progress {
            self.progress.clone_from(&other.progress);
        }
    }

    pub(crate) fn progress(&self) -> &Progress {
        self.progress.as_deref().unwrap_or(&NEVER_TRIED)
    }

    pub(crate) fn state(&self) -> &State {
        &self.progress().state
    }

    pub(crate) fn record(&self) -> Record {
        Record {
            id: self.id,
            guest_id: self.guest_id,
            written_at: self.written_at,
            bytes: self.bytes,
            edited: self.edited,
            progress: self.progress().clone(),
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
