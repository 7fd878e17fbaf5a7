use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use model::{Clock, ConversationId, GuestId, MessageId, MessageText};
use store::{Batch, Pending, Store, Table};
use tokio::sync::watch;

use crate::{
    Counts, Entry, Error, Outgoing,
    entry::{Place, Record},
    memory::Memory,
    state::Event,
};

/// How the outbox waits and how much it does at once.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The longest wait that the org did not name.
    pub max_wait: Duration,
    /// How many lanes may have an attempt under way.
    pub in_flight: usize,
}

impl Default for Options {
    /// 5 minutes, 8 lanes.
    fn default() -> Self {
        Self { max_wait: Duration::from_secs(300), in_flight: 8 }
    }
}

/// The durable send queue of one connection. Cheap to clone. One per data folder at a time.
#[derive(Clone)]
pub struct Outbox(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) records: Table<Place, Record>,
    pub(crate) texts: Table<Place, MessageText>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) options: Options,
    // Held while a change is decided and queued, never while the disk works: so memory and disk see one order.
    memory: Mutex<Memory>,
    /// One activation at a time.
    pub(crate) activation: tokio::sync::Mutex<()>,
    pub(crate) changes: watch::Sender<u64>,
}

impl Inner {
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        // Changes are installed whole, so a panic elsewhere leaves nothing half done.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// What the event makes of an entry; `None` where it cannot happen. Nothing is changed yet.
    pub(crate) fn plan(&self, memory: &Memory, (conversation, seq): &Place, event: &Event) -> Option<Record> {
        memory.lane(conversation)?.after(*seq, event, self.now(), self.options.max_wait)
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
        let pending = self.store.commit_later(batch);
        for (place, record) in changed {
            memory.install(&place, record);
        }
        Ok(pending)
    }

    /// Waits for the disk and tells the watchers.
    pub(crate) fn settle(&self, pending: Pending) -> Result<(), store::Error> {
        pending.wait()?;
        self.changes.send_modify(|n| *n = n.wrapping_add(1));
        Ok(())
    }

    pub(crate) fn entry(&self, place: Place) -> Result<Option<Entry>, store::Error> {
        let Some(record) = self.records.get(&place)? else { return Ok(None) };
        let text = self.texts.get(&place)?.ok_or(store::Error::Damaged { table: "text" })?;
        Ok(Some(record.entry(place, text)))
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
    place: Place,
    pending: Pending,
    repeat: bool,
}

impl Accepting {
    /// Blocks until the message is on the disk.
    ///
    /// # Errors
    /// [`Error::Accept`], [`Error::IdTaken`].
    pub fn wait(self) -> Result<Accepted, Error> {
        let Self { inner, new, place, pending, repeat } = self;
        let failed = |source| Error::Accept { source };
        if !repeat {
            inner.settle(pending).map_err(failed)?;
            return Ok(Accepted { entry: Record::new(&new).entry(place, new.text), repeat });
        }
        // The first acceptance is on the disk too when this returns: batches go in order.
        pending.wait().map_err(failed)?;
        let record = inner.records.get(&place).map_err(failed)?;
        let edited = record.is_some_and(|r| r.edited);
        let entry = inner.entry(place).map_err(failed)?;
        let entry = entry.ok_or(failed(store::Error::Damaged { table: "entry" }))?;
        let same = entry.conversation_id == new.conversation_id
            && entry.guest_id == new.guest_id
            && (edited || entry.text == new.text);
        if same { Ok(Accepted { entry, repeat }) } else { Err(Error::IdTaken { id: new.id }) }
    }
}

impl Outbox {
    /// Reads the outbox of a store. What was being sent when the last process ended is now uncertain and due.
    /// Blocking.
    ///
    /// # Errors
    /// [`Error::Open`].
    pub fn open(store: &Store, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        Self::open_with(store, clock, Options::default())
    }

    /// [`Outbox::open`] with other waits or more lanes at once.
    ///
    /// # Errors
    /// [`Error::Open`].
    pub fn open_with(store: &Store, clock: Arc<dyn Clock>, options: Options) -> Result<Self, Error> {
        let open = |source| Error::Open { source };
        let mut memory = Memory::default();
        let records = store.table::<Place, Record>("entry");
        for item in records.iter() {
            let (place, record) = item.map_err(open)?;
            memory.install(&place, record);
        }
        let inner = Inner {
            store: store.clone(),
            records,
            texts: store.table("text"),
            clock,
            options,
            memory: Mutex::new(memory),
            activation: tokio::sync::Mutex::default(),
            changes: watch::Sender::new(0),
        };
        if let Some(pending) = inner.lose_sending().map_err(open)? {
            inner.settle(pending).map_err(open)?;
        }
        Ok(Self(Arc::new(inner)))
    }

    /// Takes a message over: on the disk when it returns. The same id again returns the same entry. Blocking.
    ///
    /// # Errors
    /// [`Error::Accept`] (not accepted), [`Error::IdTaken`].
    pub fn accept(&self, new: Outgoing) -> Result<Accepted, Error> {
        self.accept_later(new)?.wait()
    }

    /// Puts a message in line and returns at once, so that many can share one sync. Their order in a conversation
    /// is the order of these calls.
    ///
    /// # Errors
    /// [`Error::Accept`].
    pub fn accept_later(&self, new: Outgoing) -> Result<Accepting, Error> {
        let inner = Arc::clone(&self.0);
        let mut memory = self.0.memory();
        if let Some(place) = memory.places.get(&new.id).cloned() {
            let pending = inner.store.commit_later(Batch::new());
            drop(memory);
            return Ok(Accepting { inner, new, place, pending, repeat: true });
        }
        let seq = memory.lane(&new.conversation_id).map_or(0, crate::lane::Lane::next_seq);
        let place = (new.conversation_id.clone(), seq);
        let added = vec![(place.clone(), Record::new(&new))];
        let pending = inner.change(&mut memory, added, Some((&place, &new.text)));
        drop(memory);
        let pending = pending.map_err(|source| Error::Accept { source })?;
        Ok(Accepting { inner, new, place, pending, repeat: false })
    }

    /// Everything, delivered ones too, by conversation and place. Blocking.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        self.collect(self.0.records.iter())
    }

    /// Everything of one conversation in its order, delivered ones too. Blocking.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn conversation(&self, id: &ConversationId) -> Result<Vec<Entry>, Error> {
        self.collect(self.0.records.range((id.clone(), 0)..=(id.clone(), u64::MAX)))
    }

    /// One entry. Blocking.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn entry(&self, id: MessageId) -> Result<Option<Entry>, Error> {
        let place = self.0.memory().places.get(&id).cloned();
        place.map_or(Ok(None), |place| self.0.entry(place).map_err(|source| Error::Read { source }))
    }

    fn collect(
        &self,
        records: impl Iterator<Item = Result<(Place, Record), store::Error>>,
    ) -> Result<Vec<Entry>, Error> {
        let read = |source| Error::Read { source };
        records
            .map(|item| {
                let (place, record) = item.map_err(read)?;
                let text = self.0.texts.get(&place).map_err(read)?;
                let text = text.ok_or(read(store::Error::Damaged { table: "text" }))?;
                Ok(record.entry(place, text))
            })
            .collect()
    }

    /// How many entries stand where.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.0.memory().counts
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

    /// A number that rises after every change that is on the disk.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }
}
