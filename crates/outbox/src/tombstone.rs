//! Messages whose text is trimmed and whose id is still known.

use chrono::{DateTime, TimeDelta, Utc};
use model::{ConversationId, MessageText};
use serde::{Deserialize, Serialize};
use store::Store;

use crate::{
    Entry, Options, OrgIds, Outgoing, State,
    entry::{Place, Record},
};

/// What is left of a delivered or discarded message. It answers for itself: its place may be another's by now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tombstone {
    conversation_id: ConversationId,
    seq: u64,
    record: Record,
    /// A keyed hash: recognises the text without keeping it.
    text: [u8; 32],
}

impl Tombstone {
    pub(crate) fn new(store: &Store, place: Place, record: Record, text: Option<&MessageText>) -> Self {
        let (conversation_id, seq) = place;
        // Reasons and the org's ids go: what is left has a small, fixed size.
        let mut record = record;
        let may_have_arrived = record.progress.may_have_arrived();
        if let State::Delivered { org, .. } = &mut record.progress.state {
            *org = OrgIds::default();
        }
        if let State::Discarded { was, .. } = &mut record.progress.state {
            record.progress.maybe_sent = may_have_arrived;
            **was = State::Queued;
        }
        Self { conversation_id, seq, record, text: text.map_or([0; 32], |t| hash(store, t)) }
    }

    /// The entry, if it is this message again.
    pub(crate) fn answers(self, store: &Store, new: &Outgoing) -> Option<Entry> {
        let same = self.conversation_id == new.conversation_id
            && self.record.guest_id == new.guest_id
            && (self.record.edited || self.text == hash(store, &new.text));
        same.then(|| self.record.entry((self.conversation_id, self.seq), new.text.clone()))
    }

    /// Whether a person took it out, and whether the org may have it all the same.
    pub(crate) fn discarded(&self) -> Option<bool> {
        let discarded = matches!(self.record.progress.state, State::Discarded { .. });
        discarded.then_some(self.record.progress.maybe_sent)
    }
}

/// When the id of a message that was over at `at` is forgotten, in milliseconds since 1970; `None` when that is past.
pub(crate) fn expiry(at: DateTime<Utc>, now: DateTime<Utc>, options: &Options) -> Option<u64> {
    let until = at.checked_add_signed(TimeDelta::from_std(options.remember_for).ok()?)?;
    (until > now).then(|| millis(until))
}

pub(crate) fn millis(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp_millis()).unwrap_or(0)
}

fn hash(store: &Store, text: &MessageText) -> [u8; 32] {
    store.keyed_hash("outbox/text", text.as_str().as_bytes())
}
