use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use proof::HoldId;
use store::{Batch, Store, Table};
use uuid::Uuid;

use super::{Hold, HoldSet, taken::Taken};
use crate::Error;

/// The table of the holds.
const HOLDS: &str = "retention-hold";

/// The holds of one org, in the store's table `retention-hold`.
pub struct Holds {
    store: Store,
    table: Table<Uuid, Hold>,
    /// Ids of holds that were removed, written with the removal: so that one the audit log names and that is not here was
    /// removed, or else lost.
    removed: Table<Uuid, bool>,
    pub(super) taken: Taken,
    current: RwLock<HoldSet>,
    /// Held from reading to having written.
    writing: Mutex<()>,
}

impl Holds {
    /// Reads them all. Blocking.
    ///
    /// # Errors
    /// [`Error::Holds`] when one of them cannot be read: to go on without it could delete whom it keeps.
    pub fn open(store: &Store) -> Result<Self, Error> {
        let current = HoldSet::new(holds_in(store)?).into();
        let (table, removed, taken) =
            (store.table(HOLDS), store.table("retention-hold-removed"), Taken::of(store));
        Ok(Self { store: store.clone(), table, removed, taken, current, writing: Mutex::default() })
    }

    /// What holds now.
    #[must_use]
    pub fn now(&self) -> HoldSet {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The holds whose last day is over, and which still hold.
    #[must_use]
    pub fn overdue(&self, now: DateTime<Utc>) -> Vec<Hold> {
        self.now().list().iter().filter(|hold| hold.is_overdue(now)).cloned().collect()
    }

    /// Adds a hold; returns once it is on disk and [`Holds::now`] has it. The same hold again is the same one. Blocking.
    ///
    /// # Errors
    /// [`Error::HoldExists`] when the id names another hold, [`Error::Holds`].
    pub fn add(&self, hold: Hold) -> Result<(), Error> {
        let _writing = self.writing();
        let mut holds = self.now().list().to_vec();
        if let Some(known) = holds.iter().find(|known| known.id == hold.id) {
            // The time of adding is this side's, so a repeat may bring another.
            let same = Hold { added_at: known.added_at, ..hold.clone() } == *known;
            return if same { Ok(()) } else { Err(Error::HoldExists(hold.id)) };
        }
        let mut batch = Batch::new();
        let failed = |source| Error::Holds { doing: "keep", source };
        self.put(&mut batch, &hold).map_err(failed)?;
        holds.push(hold);
        self.commit(batch, holds).map_err(failed)
    }

    /// Removes a hold by a person's word, and returns it; one that is not there is fine. Blocking.
    ///
    /// # Errors
    /// [`Error::Holds`]; the hold holds on then.
    pub fn remove(&self, id: HoldId) -> Result<Option<Hold>, Error> {
        let _writing = self.writing();
        let mut holds = self.now().list().to_vec();
        let Some(place) = holds.iter().position(|hold| hold.id == id) else { return Ok(None) };
        let mut batch = Batch::new();
        let failed = |source| Error::Holds { doing: "remove", source };
        batch.remove(&self.table, &id.0);
        batch.put(&self.removed, &id.0, &true).map_err(failed)?;
        let hold = holds.remove(place);
        self.commit(batch, holds).map_err(failed)?;
        Ok(Some(hold))
    }

    /// The ids of the holds on the disk. Blocking.
    ///
    /// # Errors
    /// [`Error::Holds`].
    pub fn kept(&self) -> Result<Vec<HoldId>, Error> {
        let ids = self.table.iter().map(|entry| entry.map(|(id, _)| HoldId(id)));
        ids.collect::<Result<_, _>>().map_err(|source| Error::Holds { doing: "read", source })
    }

    /// Whether a hold of this id was removed here at any time. Holds that an older version removed are not known. Blocking.
    ///
    /// # Errors
    /// [`Error::Holds`].
    pub fn was_removed(&self, id: HoldId) -> Result<bool, Error> {
        let found = self.removed.get(&id.0).map_err(|source| Error::Holds { doing: "read", source })?;
        Ok(found.is_some())
    }

    pub(super) fn writing(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, batch: &mut Batch, hold: &Hold) -> Result<(), store::Error> {
        batch.put(&self.table, &hold.id.0, hold)
    }

    /// Writes the batch; `all` is what holds once it is on the disk.
    pub(super) fn commit(&self, batch: Batch, all: Vec<Hold>) -> Result<(), store::Error> {
        self.store.commit(batch)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = HoldSet::new(all);
        Ok(())
    }
}

/// The holds that an earlier version kept in this store. Blocking.
///
/// # Errors
/// [`Error::Holds`] when one of them cannot be read.
pub fn holds_in(store: &Store) -> Result<Vec<Hold>, Error> {
    let table: Table<Uuid, Hold> = store.table(HOLDS);
    let all = table.iter().map(|entry| entry.map(|(_, hold)| hold)).collect::<Result<_, _>>();
    all.map_err(|source| Error::Holds { doing: "read", source })
}

impl std::fmt::Debug for Holds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Holds").field("now", &self.now()).finish_non_exhaustive()
    }
}
