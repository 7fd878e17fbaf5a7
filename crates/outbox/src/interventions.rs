//! What a person can do to entries. All of it blocks, answers whether it was in time, and has the same effect when it is
//! done twice.

use model::{MessageId, MessageText};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Kind, Outbox, State,
    compact_entry::CompactEntry,
    crash::crash_point,
    entry::{Place, text_bytes},
    memory::Memory,
    state::Event,
};

/// Whether a person's word came in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum InTime {
    /// It was done.
    Yes,
    /// Too late: nothing was changed.
    No,
    /// Done here, but an earlier attempt may have reached the org.
    Perhaps,
}

impl Outbox {
    /// Sends an entry, or looks for it in the history, as soon as its conversation allows, whatever it waits for. `No` while
    /// it is being sent, and for delivered and discarded ones. It never sends twice what may have arrived: see
    /// [`Outbox::send_again`].
    ///
    /// # Errors
    /// [`Error::OutOfOrder`] for a dead one that later ones of its conversation overtook; [`Error::NeedsDecision`] for one
    /// that only [`Outbox::mark_delivered`], [`Outbox::send_again`] or [`Outbox::discard`] can help;
    /// [`Error::UnknownEntry`], [`Error::Change`].
    pub fn retry(&self, id: MessageId) -> Result<InTime, Error> {
        self.retry_in(id, Order::Kept)
    }

    /// As [`Outbox::retry`], also where the message is then read after what the guest wrote later: that is the person's
    /// choice.
    ///
    /// # Errors
    /// [`Error::UnknownEntry`], [`Error::Change`].
    pub fn retry_out_of_order(&self, id: MessageId) -> Result<InTime, Error> {
        self.retry_in(id, Order::GivenUp)
    }

    fn retry_in(&self, id: MessageId, order: Order) -> Result<InTime, Error> {
        let Known::Entry(place) = self.place(id)? else { return Ok(InTime::No) };
        let mut memory = self.0.memory();
        let Some(record) = self.0.record_after(&memory, &place, &Event::Retry) else {
            let entry = memory.lane(&place.0).and_then(|l| l.entry(place.1));
            return if entry.is_some_and(CompactEntry::needs_person) {
                Err(Error::NeedsDecision { id })
            } else {
                Ok(InTime::No)
            };
        };
        order.check(&memory, &place, id)?;
        let mut changed = vec![(place.clone(), record)];
        // The one in front has to go first.
        let head =
            memory.lane(&place.0).and_then(crate::lane::Lane::head).map(|(seq, _)| (place.0.clone(), seq));
        if let Some(head) = head.filter(|h| *h < place)
            && let Some(record) = self.0.record_after(&memory, &head, &Event::Retry)
        {
            changed.push((head, record));
        }
        let pending = self.0.change(&mut memory, changed, None);
        drop(memory);
        self.settle(pending)?;
        Ok(InTime::Yes)
    }

    /// A person says of an uncertain entry that the org has it: it counts as delivered, and its conversation goes on. `No`
    /// where an attempt of the outbox will find that out, while one is under way, and when it is not uncertain.
    ///
    /// # Errors
    /// [`Error::UnknownEntry`], [`Error::Change`].
    pub fn mark_delivered(&self, id: MessageId) -> Result<InTime, Error> {
        self.decide(id, &Event::MarkDelivered)
    }

    /// A person wants an uncertain entry sent again, also though the org may then have it twice. `No` as with
    /// [`Outbox::mark_delivered`].
    ///
    /// # Errors
    /// [`Error::UnknownEntry`], [`Error::Change`].
    pub fn send_again(&self, id: MessageId) -> Result<InTime, Error> {
        self.decide(id, &Event::SendAgain)
    }

    fn decide(&self, id: MessageId, decision: &Event) -> Result<InTime, Error> {
        let Known::Entry(place) = self.place(id)? else { return Ok(InTime::No) };
        let mut memory = self.0.memory();
        let Some(record) = self.0.record_after(&memory, &place, decision) else { return Ok(InTime::No) };
        let pending = self.0.change(&mut memory, vec![(place, record)], None);
        drop(memory);
        self.settle(pending)?;
        Ok(InTime::Yes)
    }

    /// Whether it is dead and was overtaken: a retry of it is out of order. One that is not known is not.
    #[must_use]
    pub fn is_overtaken(&self, id: MessageId) -> bool {
        let memory = self.0.memory();
        memory.place(id).is_some_and(|place| overtaken(&memory, &place))
    }

    /// Takes an entry out. `No` while it is being sent and when it is delivered; `Perhaps` when an earlier attempt
    /// may have reached the org.
    ///
    /// # Errors
    /// [`Error::UnknownEntry`], [`Error::Change`].
    pub fn discard(&self, id: MessageId) -> Result<InTime, Error> {
        let place = match self.place(id)? {
            Known::Entry(place) => place,
            Known::Trimmed { discarded: Some(unsure) } => {
                return Ok(if unsure { InTime::Perhaps } else { InTime::Yes });
            }
            Known::Trimmed { discarded: None } => return Ok(InTime::No),
        };
        let mut memory = self.0.memory();
        let Some(before) = memory.lane(&place.0).and_then(|l| l.get(place.1)) else { return Ok(InTime::No) };
        let unsure = before.progress.may_have_arrived();
        if before.progress.state.kind() != Kind::Discarded {
            let Some(record) = self.0.record_after(&memory, &place, &Event::Discard) else {
                return Ok(InTime::No);
            };
            let pending = self.0.change(&mut memory, vec![(place, record)], None);
            drop(memory);
            self.settle(pending)?;
        }
        Ok(if unsure { InTime::Perhaps } else { InTime::Yes })
    }

    /// Brings a discarded entry back to its old place. `No` when a later one of its conversation was sent already.
    ///
    /// # Errors
    /// [`Error::UnknownEntry`], [`Error::Change`].
    pub fn undo_discard(&self, id: MessageId) -> Result<InTime, Error> {
        let Known::Entry(place) = self.place(id)? else { return Ok(InTime::No) };
        let mut memory = self.0.memory();
        match memory.lane(&place.0).and_then(|l| l.get(place.1)).map(|r| r.progress.state) {
            Some(State::Discarded { .. }) => {}
            Some(_) => return Ok(InTime::Yes),
            None => return Ok(InTime::No),
        }
        let Some(record) = self.0.record_after(&memory, &place, &Event::Undo) else { return Ok(InTime::No) };
        let pending = self.0.change(&mut memory, vec![(place, record)], None);
        drop(memory);
        self.settle(pending)?;
        Ok(InTime::Yes)
    }

    /// Changes the text; a dead entry goes again with it. `No` once it was or may have been sent: the org would take
    /// the new text for a repeat of the old one.
    ///
    /// # Errors
    /// [`Error::OutOfOrder`] for a dead one that later ones of its conversation overtook; [`Error::UnknownEntry`],
    /// [`Error::Change`].
    pub fn edit(&self, id: MessageId, text: &MessageText) -> Result<InTime, Error> {
        self.edit_in(id, text, Order::Kept)
    }

    /// As [`Outbox::edit`], also where the message is then read after what the guest wrote later.
    ///
    /// # Errors
    /// [`Error::UnknownEntry`], [`Error::Change`].
    pub fn edit_out_of_order(&self, id: MessageId, text: &MessageText) -> Result<InTime, Error> {
        self.edit_in(id, text, Order::GivenUp)
    }

    fn edit_in(&self, id: MessageId, text: &MessageText, order: Order) -> Result<InTime, Error> {
        let Known::Entry(place) = self.place(id)? else { return Ok(InTime::No) };
        let mut memory = self.0.memory();
        let Some(mut record) = self.0.record_after(&memory, &place, &Event::Edit) else {
            return Ok(InTime::No);
        };
        order.check(&memory, &place, id)?;
        record.edited = true;
        record.bytes = text_bytes(text);
        let pending = self.0.change(&mut memory, vec![(place.clone(), record)], Some((&place, text)));
        drop(memory);
        self.settle(pending)?;
        Ok(InTime::Yes)
    }

    fn place(&self, id: MessageId) -> Result<Known, Error> {
        let memory = self.0.memory();
        if let Some(place) = memory.place(id) {
            return Ok(Known::Entry(place));
        }
        match self.0.tombstone(&memory, id).map_err(|source| Error::Change { source })? {
            Some(tombstone) => Ok(Known::Trimmed { discarded: tombstone.discarded() }),
            None => Err(Error::UnknownEntry { id }),
        }
    }

    fn settle(&self, pending: Result<store::Pending, store::Error>) -> Result<(), Error> {
        crash_point("outbox.change.queued");
        pending.and_then(|p| self.0.settle(p)).map_err(|source| Error::Change { source })?;
        crash_point("outbox.change.synced");
        Ok(())
    }
}

/// What becomes of a conversation's order when a dead entry goes again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Kept,
    GivenUp,
}

impl Order {
    fn check(self, memory: &Memory, place: &Place, id: MessageId) -> Result<(), Error> {
        if self == Self::Kept && overtaken(memory, place) { Err(Error::OutOfOrder { id }) } else { Ok(()) }
    }
}

/// Whether it is dead and a later one is with the org, or perhaps. One that a person sent again against the order moves,
/// and is not asked about twice.
fn overtaken(memory: &Memory, (conversation, seq): &Place) -> bool {
    memory.lane(conversation).is_some_and(|lane| {
        let dead = lane.entry(*seq).is_some_and(|entry| entry.state().kind() == Kind::Dead);
        dead && lane.is_overtaken(*seq)
    })
}

/// What is known under an id.
enum Known {
    /// An entry.
    Entry(Place),
    /// It was trimmed. Some if a person took it out: whether the org may have it all the same.
    Trimmed { discarded: Option<bool> },
}
