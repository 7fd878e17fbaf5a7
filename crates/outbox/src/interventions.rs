//! What a person can do to entries. All of it blocks, answers whether it was in time, and has the same effect when it is
//! done twice. Under an id that the outbox does not know it is [`Error::UnknownEntry`].

use std::sync::MutexGuard;

use model::{MessageId, MessageText};

use crate::{
    Error, Kind, Outbox,
    crash::crash_point,
    entry::{Place, Record, text_bytes},
    lane::Lane,
    memory::Memory,
    state::Event,
};

/// Whether what a person asked for came in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InTime {
    /// It was done.
    Yes,
    /// Too late: nothing was changed.
    No,
    /// Done here, but an earlier attempt may have reached the org.
    Perhaps,
}

/// What becomes of a conversation's order when a dead entry goes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// It is kept: [`Error::OutOfOrder`] for a dead entry that later ones of its conversation overtook.
    Kept,
    /// The message may be read after what the guest wrote later: that is the person's choice.
    GivenUp,
}

impl Outbox {
    /// Sends an entry, or looks for it in the history, as soon as its conversation allows, whatever it waits for. `No` while
    /// it is being sent, and for delivered and discarded ones; `Perhaps` when an earlier attempt may have reached the org. It never
    /// sends twice what may have arrived:
    /// [`Error::NeedsDecision`] for one that only [`Outbox::mark_delivered`], [`Outbox::send_again`] or
    /// [`Outbox::discard`] can help.
    pub fn retry(&self, id: MessageId, order: Order) -> Result<InTime, Error> {
        let Known::Entry(place) = self.find(id)? else { return Ok(InTime::No) };
        let memory = self.0.memory();
        let Some(record) = self.0.record_after(&memory, &place, &Event::Retry) else {
            let undecided = memory.entry(&place).is_some_and(|entry| entry.progress().needs_person());
            return if undecided { Err(Error::NeedsDecision(id)) } else { Ok(InTime::No) };
        };
        order.check(&memory, &place, id)?;
        let perhaps = memory.entry(&place).is_some_and(|entry| entry.progress().may_have_arrived());
        // The one in front has to go first.
        let head = memory.lane(&place.0).and_then(Lane::head).map(|(seq, _)| (place.0.clone(), seq));
        let head = head.filter(|head| *head < place).and_then(|head| {
            let record = self.0.record_after(&memory, &head, &Event::Retry)?;
            Some((head, record))
        });
        let changed = [(place, record)].into_iter().chain(head).collect();
        let answer = self.write(memory, changed, None)?;
        Ok(if perhaps && answer == InTime::Yes { InTime::Perhaps } else { answer })
    }

    /// A person says of an uncertain entry that the org has it: it counts as delivered, and its conversation goes on. `No`
    /// where an attempt of the outbox will find that out, while one is under way, and when it is not uncertain.
    pub fn mark_delivered(&self, id: MessageId) -> Result<InTime, Error> {
        self.decide(id, &Event::MarkDelivered)
    }

    /// A person wants an uncertain entry sent again, also though the org may then have it twice. `No` as with
    /// [`Outbox::mark_delivered`].
    pub fn send_again(&self, id: MessageId) -> Result<InTime, Error> {
        self.decide(id, &Event::SendAgain)
    }

    /// Whether it is dead and was overtaken: a retry of it is out of order. One that is not known is not.
    #[must_use]
    pub fn is_overtaken(&self, id: MessageId) -> bool {
        let memory = self.0.memory();
        memory.place(id).is_some_and(|place| overtaken(&memory, &place))
    }

    /// Takes an entry out. `No` while it is being sent and when it is delivered; `Perhaps` when an earlier attempt
    /// may have reached the org.
    pub fn discard(&self, id: MessageId) -> Result<InTime, Error> {
        let done = |unsure| if unsure { InTime::Perhaps } else { InTime::Yes };
        let place = match self.find(id)? {
            Known::Entry(place) => place,
            Known::Trimmed { discarded } => return Ok(discarded.map_or(InTime::No, done)),
        };
        let memory = self.0.memory();
        let Some(before) = memory.entry(&place) else { return Ok(InTime::No) };
        let done = done(before.progress().may_have_arrived());
        if before.state().kind() == Kind::Discarded {
            return Ok(done);
        }
        let answer = self.apply(memory, place, &Event::Discard)?;
        Ok(if answer == InTime::Yes { done } else { answer })
    }

    /// Brings a discarded entry back to its old place. `No` when a later one of its conversation was sent already.
    pub fn undo_discard(&self, id: MessageId) -> Result<InTime, Error> {
        let Known::Entry(place) = self.find(id)? else { return Ok(InTime::No) };
        let memory = self.0.memory();
        match memory.entry(&place).map(|entry| entry.state().kind()) {
            Some(Kind::Discarded) => self.apply(memory, place, &Event::Undo),
            Some(_) => Ok(InTime::Yes),
            None => Ok(InTime::No),
        }
    }

    /// Changes the text; a dead entry goes again with it. `No` once it was or may have been sent: the org would take
    /// the new text for a repeat of the old one.
    pub fn edit(&self, id: MessageId, text: &MessageText, order: Order) -> Result<InTime, Error> {
        let Known::Entry(place) = self.find(id)? else { return Ok(InTime::No) };
        let memory = self.0.memory();
        let Some(mut record) = self.0.record_after(&memory, &place, &Event::Edit) else {
            return Ok(InTime::No);
        };
        order.check(&memory, &place, id)?;
        record.edited = true;
        record.bytes = text_bytes(text);
        self.write(memory, vec![(place.clone(), record)], Some((&place, text)))
    }

    fn decide(&self, id: MessageId, decision: &Event) -> Result<InTime, Error> {
        match self.find(id)? {
            Known::Entry(place) => self.apply(self.0.memory(), place, decision),
            Known::Trimmed { .. } => Ok(InTime::No),
        }
    }

    fn apply(&self, memory: MutexGuard<'_, Memory>, place: Place, event: &Event) -> Result<InTime, Error> {
        match self.0.record_after(&memory, &place, event) {
            Some(record) => self.write(memory, vec![(place, record)], None),
            None => Ok(InTime::No),
        }
    }

    fn write(
        &self,
        mut memory: MutexGuard<'_, Memory>,
        changed: Vec<(Place, Record)>,
        text: Option<(&Place, &MessageText)>,
    ) -> Result<InTime, Error> {
        let pending = self.0.change(&mut memory, changed, text);
        drop(memory);
        crash_point("outbox.change.queued");
        pending.and_then(|pending| self.0.settle(pending)).map_err(Error::Change)?;
        crash_point("outbox.change.synced");
        Ok(InTime::Yes)
    }

    fn find(&self, id: MessageId) -> Result<Known, Error> {
        let memory = self.0.memory();
        if let Some(place) = memory.place(id) {
            return Ok(Known::Entry(place));
        }
        let tombstone = self.0.tombstone(&memory, id).map_err(Error::Change)?;
        let discarded = tombstone.ok_or(Error::UnknownEntry(id))?.discarded();
        Ok(Known::Trimmed { discarded })
    }
}

impl Order {
    fn check(self, memory: &Memory, place: &Place, id: MessageId) -> Result<(), Error> {
        if self == Self::Kept && overtaken(memory, place) { Err(Error::OutOfOrder(id)) } else { Ok(()) }
    }
}

/// Whether it is dead and a later one is with the org, or perhaps. One that a person sent again against the order moves,
/// and is not asked about twice.
fn overtaken(memory: &Memory, place: &Place) -> bool {
    let dead = memory.entry(place).is_some_and(|entry| entry.state().kind() == Kind::Dead);
    dead && memory.lane(&place.0).is_some_and(|lane| lane.is_overtaken(place.1))
}

/// What is known under an id.
enum Known {
    /// An entry.
    Entry(Place),
    /// It was trimmed. Some if a person took it out: whether the org may have it all the same.
    Trimmed { discarded: Option<bool> },
}
