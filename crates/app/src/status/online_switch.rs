//! The person's switch between online and offline, as it is kept on disk.

use store::{Batch, Error, Store, Table};

const KEY: &str = "online";

pub(crate) struct OnlineSwitch(Table<String, bool>);

impl OnlineSwitch {
    pub(crate) fn open(store: &Store) -> Self {
        Self(store.table("switch"))
    }

    /// As it was left; on where nobody has touched it.
    pub(crate) fn is_on(&self) -> Result<bool, Error> {
        Ok(self.0.get(&KEY.to_owned())?.unwrap_or(true))
    }

    pub(crate) fn put(&self, batch: &mut Batch, online: bool) -> Result<(), Error> {
        batch.put(&self.0, &KEY.to_owned(), &online)
    }
}
