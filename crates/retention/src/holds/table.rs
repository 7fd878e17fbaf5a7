use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use proof::HoldId;
use store::{Batch, Store, Table};
use uuid::Uuid;

use super::{Hold, HoldSet};
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
    /// Every hold that was taken over from another folder: one that a person removed since does not come back.
    pub(super) taken: Table<Uuid, bool>,
    /// Every folder that was taken over to its end, with what was noted of it.
    pub(super) folders: Table<String, String>,
    current: RwLock<HoldSet>,
    /// Held from reading to having written.
    writing: Mutex<()>,
}

impl Holds {
    /// Reads them all. Blocking.
    ///
    /// # Errors
    /// [`Error::Table`] when one of them cannot be read: to go on without it could delete whom it keeps.
    pub fn open(store: &Store) -> Result<Self, Error> {
        let current = HoldSet::new(holds_in(store)?).into();
        Ok(Self {
            store: store.clone(),
            table: store.table(HOLDS),
            removed: store.table("retention-hold-removed"),
            taken: store.table("hold-taken"),
            folders: store.table("hold-folder"),
            current,
            writing: Mutex::default(),
        })
    }

    /// What holds now.
    #[must_use]
    pub fn now(&self) -> HoldSet {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds a hold and answers it as it is kept, once it is on disk and [`Holds::now`] has it. The same hold again is the same
    /// one. Blocking.
    ///
    /// # Errors
    /// [`Error::HoldExists`] when the id names another hold, [`Error::Table`].
    pub fn add(&self, hold: Hold) -> Result<Hold, Error> {
        let _writing = self.writing();
        let mut holds = self.now().list().to_vec();
        if let Some(known) = holds.iter().find(|known| known.id == hold.id) {
            // The time of adding is this side's, so a repeat may bring another.
            let hold = Hold { added_at: known.added_at, ..hold };
            return if hold == *known { Ok(hold) } else { Err(Error::HoldExists(hold.id)) };
        }
        let mut batch = Batch::new();
        self.put(&mut batch, &hold).map_err(failed("keep"))?;
        holds.push(hold.clone());
        self.commit(batch, holds).map_err(failed("keep"))?;
        Ok(hold)
    }

    /// Removes a hold because a person asked for it, and returns it; one that is not there is fine. Blocking.
    ///
    /// # Errors
    /// [`Error::Table`]; the hold stays then.
    pub fn remove(&self, id: HoldId) -> Result<Option<Hold>, Error> {
        let _writing = self.writing();
        let mut holds = self.now().list().to_vec();
        let Some(place) = holds.iter().position(|hold| hold.id == id) else { return Ok(None) };
        let mut batch = Batch::new();
        batch.remove(&self.table, &id.0);
        batch.put(&self.removed, &id.0, &true).map_err(failed("remove"))?;
        let hold = holds.remove(place);
        self.commit(batch, holds).map_err(failed("remove"))?;
        Ok(Some(hold))
    }

    /// The ids of the holds on the disk. Blocking.
    pub fn kept(&self) -> Result<Vec<HoldId>, Error> {
        let ids = self.table.iter().map(|entry| entry.map(|(id, _)| HoldId(id)));
        ids.collect::<Result<_, _>>().map_err(failed("read"))
    }

    /// Whether a hold of this id was removed here at any time. Holds that an older version removed are not known. Blocking.
    pub fn was_removed(&self, id: HoldId) -> Result<bool, Error> {
        let found = self.removed.get(&id.0).map_err(failed("read"))?;
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
/// [`Error::Table`] when one of them cannot be read.
pub fn holds_in(store: &Store) -> Result<Vec<Hold>, Error> {
    let table: Table<Uuid, Hold> = store.table(HOLDS);
    let all = table.iter().map(|entry| entry.map(|(_, hold)| hold)).collect::<Result<_, _>>();
    all.map_err(failed("read"))
}

pub(super) fn failed(doing: &'static str) -> impl Fn(store::Error) -> Error {
    move |source| Error::Table { doing, what: "holds", source }
}
