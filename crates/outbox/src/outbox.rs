use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use model::{Clock, GuestId, MessageId, MessageText};
use store::{Batch, Pending, Store, Table};
use tokio::sync::watch;

use crate::{
    Counts, Entry, Error, FixedWait, Options, Outgoing, Totals,
    crash::crash_point,
    entry::{Place, Record},
    lane::{Lane, Rules},
    memory::{Memory, owed},
    state::Event,
    tombstone::Tombstone,
};

/// The durable send queue of one connection. Cheap to clone. One per data folder at a time.
#[derive(Clone)]
pub struct Outbox(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) records: Table<Place, Record>,
    pub(crate) texts: Table<Place, MessageText>,
    /// What is left of trimmed messages. The table on the disk keeps the name `gone` that it has had from the start.
    pub(crate) tombstones: Table<MessageId, Tombstone>,
    /// When each tombstone is forgotten.
    pub(crate) expiries: Table<(u64, MessageId), ()>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) options: Options,
    // Locked while a change is decided and queued, never while the disk works: so memory and disk see one order.
    memory: Mutex<Memory>,
    /// One activation at a time.
    pub(crate) activation: tokio::sync::Mutex<()>,
    pub(crate) changes: watch::Sender<u64>,
}

impl Inner {
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        // Changes are installed whole, so a panic elsewhere leaves nothing half done.
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let refusals = self.store.refusals();
        if memory.refusals != refusals {
            // A full disk refused what is remembered here already, and whatever was queued behind it.
            // Where it cannot be read again, the store goes on refusing what builds on it.
            if let Ok(disk) = self.load(refusals, memory.rules) {
                memory.start_over(disk);
            }
        }
        memory
    }

    /// What the disk says.
    fn load(&self, refusals: u64, rules: Rules) -> Result<Memory, store::Error> {
        let (mut memory, now) = (Memory::new(rules), self.now());
        for item in self.records.iter() {
            let (place, record) = item?;
            memory.install(&place, record, now);
        }
        memory.first_expiry = self.first_expiry()?;
        memory.refusals = refusals;
        Ok(memory)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// What the event makes of an entry; `None` where it cannot happen. Nothing is changed yet.
    pub(crate) fn record_after(
        &self,
        memory: &Memory,
        (conversation, seq): &Place,
        event: &Event,
    ) -> Option<Record> {
        memory.lane(conversation)?.after(*seq, event, self.now(), memory.rules.max_wait)
    }

    /// Queues changed entries for the disk as one batch and installs them in memory.
    pub(crate) fn change(
        &self,
        memory: &mut Memory,
        changed: Vec<(Place, Record)>,
        text: Option<(&Place, &MessageText)>,
    ) -> Result<Pending, store::Error> {
        let mut batch = Batch::new();
        for (place, record) in &changed {
            batch.put(&self.records, place, record)?;
        }
        if let Some((place, text)) = text {
            batch.put(&self.texts, place, text)?;
        }
        Ok(self.queue(memory, changed, batch))
    }

    /// The second half of [`Inner::change`], for a batch that was sealed before.
    fn queue(&self, memory: &mut Memory, changed: Vec<(Place, Record)>, batch: Batch) -> Pending {
        let pending = self.store.commit_after(memory.refusals, batch);
        let now = self.now();
        for (place, record) in changed {
            memory.install(&place, record, now);
        }
        pending
    }

    /// The place that the message takes if nothing else comes into its conversation meanwhile, and its record and text
    /// sealed for it. Sealing is most of the work, and here nobody waits for it.
    fn seal(&self, new: &Outgoing) -> Result<(Place, Record, Batch), store::Error> {
        let next = self.memory().lane(&new.conversation_id).map_or(0, Lane::next_seq);
        let (place, record) = ((new.conversation_id.clone(), next), Record::new(new));
        let mut batch = Batch::new();
        batch.put(&self.records, &place, &record)?;
        batch.put(&self.texts, &place, &new.text)?;
        Ok((place, record, batch))
    }

    /// Waits for the disk and tells the watchers.
    pub(crate) fn settle(&self, pending: Pending) -> Result<(), store::Error> {
        pending.wait()?;
        self.tell_change();
        Ok(())
    }

    pub(crate) fn tell_change(&self) {
        self.changes.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// The entry on the disk, if it is still this message's place.
    pub(crate) fn entry(&self, id: MessageId, place: Place) -> Result<Option<Entry>, store::Error> {
        let Some(record) = self.records.get(&place)?.filter(|r| r.id == id) else { return Ok(None) };
        let text = self.texts.get(&place)?.ok_or(store::Error::Damaged("text"))?;
        Ok(Some(record.entry(place, text)))
    }

    /// What is left of a message that was trimmed. Looks at the disk only when there is any.
    pub(crate) fn tombstone(
        &self,
        memory: &Memory,
        id: MessageId,
    ) -> Result<Option<Tombstone>, store::Error> {
        if memory.first_expiry.is_some() { self.tombstones.get(&id) } else { Ok(None) }
    }
}

/// An accepted message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The entry as it stands now.
    pub entry: Entry,
    /// Whether the id was accepted before: then this is the first entry and nothing was added.
    pub repeat: bool,
}

/// A message in line for the disk: see [`Outbox::accept_later`].
#[must_use = "a message is accepted only once `wait` has said so"]
pub struct Accepting {
    inner: Arc<Inner>,
    new: Outgoing,
    status: IdStatus,
}

/// What is known of the id of a message that is to be accepted.
enum IdStatus {
    /// It is new.
    New { place: Place, pending: Pending },
    /// Its id is in the outbox or its history. The pending write is an empty one, behind the first acceptance.
    Repeat { place: Place, pending: Pending },
    /// Its id is all that is left.
    Tombstone(Box<Tombstone>),
}

impl Accepting {
    /// Blocks until the message is on the disk. [`Error::IdTaken`] where its id is another message's.
    pub fn wait(self) -> Result<Accepted, Error> {
        let Self { inner, new, status } = self;
        let tombstone = match status {
            IdStatus::New { place, pending } => {
                inner.settle(pending).map_err(Error::Accept)?;
                crash_point("outbox.accept.synced");
                return Ok(Accepted { entry: Record::new(&new).entry(place, new.text), repeat: false });
            }
            IdStatus::Repeat { place, pending } => {
                // The first acceptance is on the disk too when this returns: batches go in order.
                pending.wait().map_err(Error::Accept)?;
                let edited = inner.records.get(&place).map_err(Error::Accept)?.is_some_and(|r| r.edited);
                match inner.entry(new.id, place).map_err(Error::Accept)? {
                    Some(entry) => {
                        let same = entry.conversation_id == new.conversation_id
                            && entry.guest_id == new.guest_id
                            && (edited || entry.text == new.text);
                        let taken = Error::IdTaken(new.id);
                        return if same { Ok(Accepted { entry, repeat: true }) } else { Err(taken) };
                    }
                    // It was trimmed in this moment.
                    None => inner.tombstones.get(&new.id).map_err(Error::Accept)?,
                }
            }
            IdStatus::Tombstone(tombstone) => Some(*tombstone),
        };
        let tombstone = tombstone.ok_or(Error::Accept(store::Error::Damaged("entry")))?;
        let entry = tombstone.answers(&inner.store, &new).ok_or(Error::IdTaken(new.id))?;
        Ok(Accepted { entry, repeat: true })
    }
}

impl Outbox {
    /// Reads the outbox of a store. What was being sent when the last process ended is now uncertain and due.
    /// Blocking.
    pub fn open(store: &Store, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        Self::open_with(store, clock, Options::default())
    }

    /// [`Outbox::open`] with other waits or more lanes at once.
    pub fn open_with(store: &Store, clock: Arc<dyn Clock>, options: Options) -> Result<Self, Error> {
        let rules = Rules { max_wait: options.max_wait, per_session: options.per_session };
        let mut inner = Inner {
            store: store.clone(),
            records: store.table("entry"),
            texts: store.table("text"),
            tombstones: store.table("gone"),
            expiries: store.table("expiry"),
            clock,
            options,
            memory: Mutex::new(Memory::new(rules)),
            activation: tokio::sync::Mutex::default(),
            changes: watch::Sender::new(0),
        };
        inner.memory = Mutex::new(inner.load(store.refusals(), rules).map_err(Error::Open)?);
        if let Some(pending) = inner.lose_sending().map_err(Error::Open)? {
            inner.settle(pending).map_err(Error::Open)?;
        }
        Ok(Self(Arc::new(inner)))
    }

    /// Takes a message over: on the disk when it returns. The same id again returns the same entry; after an error
    /// the message was not accepted. Blocking.
    pub fn accept(&self, new: Outgoing) -> Result<Accepted, Error> {
        self.accept_later(new)?.wait()
    }

    /// Puts a message in line and returns at once, so that many can share one sync. Their order in a conversation
    /// is the order of these calls.
    pub fn accept_later(&self, new: Outgoing) -> Result<Accepting, Error> {
        let inner = Arc::clone(&self.0);
        let sealed = inner.seal(&new).map_err(Error::Accept)?;
        let mut memory = self.0.memory();
        let status = if let Some(place) = memory.place(new.id) {
            IdStatus::Repeat { place, pending: inner.store.commit_after(memory.refusals, Batch::new()) }
        } else if let Some(tombstone) = inner.tombstone(&memory, new.id).map_err(Error::Accept)? {
            IdStatus::Tombstone(Box::new(tombstone))
        } else {
            let seq = memory.lane(&new.conversation_id).map_or(0, Lane::next_seq);
            let (place, record, batch) = sealed;
            let (place, pending) = if place.1 == seq {
                (place.clone(), inner.queue(&mut memory, vec![(place, record)], batch))
            } else {
                let place = (place.0, seq);
                let added = vec![(place.clone(), record)];
                let queued = inner.change(&mut memory, added, Some((&place, &new.text)));
                (place, queued.map_err(Error::Accept)?)
            };
            crash_point("outbox.accept.queued");
            IdStatus::New { place, pending }
        };
        drop(memory);
        Ok(Accepting { inner, new, status })
    }

    /// How many entries stand where.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.0.memory().counts()
    }

    /// What messages wait for that no other wait shortens: a time that the org named before a second reading of a history.
    #[must_use]
    pub fn fixed_wait(&self) -> Option<FixedWait> {
        let (memory, now) = (self.0.memory(), self.0.now());
        memory.lanes(None).filter_map(|tracked| tracked.lane.fixed_wait(now, &memory.rules)).max()
    }

    /// How many conversations stand still until a person decides about their first message.
    #[must_use]
    pub fn undecided(&self) -> u64 {
        let memory = self.0.memory();
        let waits = |lane: &Lane| lane.head().is_some_and(|(_, head)| head.progress().needs_person());
        memory.lanes(None).filter(|tracked| waits(&tracked.lane)).count() as u64
    }

    /// What happened since it was opened; unlike [`Outbox::counts`] never less than before.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.0.memory().totals
    }

    /// Other cap for the waits that the org did not name, from now on: a person who watches a drain waits less long.
    pub fn cap_waits(&self, max_wait: Duration) {
        let mut memory = self.0.memory();
        let rules = Rules { max_wait, ..memory.rules };
        memory.set_rules(rules, self.0.now());
        drop(memory);
        self.0.tell_change();
    }

    /// Why the whole outbox pauses, if it does. Opening it again lifts a pause as well; the reason stays with the
    /// entry that met it.
    #[must_use]
    pub fn paused(&self) -> Option<String> {
        self.0.memory().paused.clone()
    }

    /// Whether a message of this guest is neither delivered nor discarded; dead ones count, a person may still
    /// send them.
    #[must_use]
    pub fn undelivered_for(&self, guest: &GuestId) -> bool {
        self.0.memory().owes(guest)
    }

    /// The ids of all messages that are neither delivered nor discarded, dead ones too, in no order that means anything. Of
    /// those that are being accepted some are not on the disk yet.
    #[must_use]
    pub fn undelivered(&self) -> Vec<MessageId> {
        let memory = self.0.memory();
        let entries = memory.lanes(None).flat_map(|tracked| tracked.lane.entries_from(0));
        entries.filter(|entry| owed(entry.state().kind())).map(|entry| entry.id).collect()
    }

    /// A number that rises after every change that is on the disk.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }
}
