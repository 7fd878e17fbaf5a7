use store::{Store, Table};
use uuid::Uuid;

/// What was taken over already, in the store of the org's holds.
pub(super) struct Taken {
    /// Every hold that was taken over: one that a person removed since does not come back.
    pub(super) holds: Table<Uuid, bool>,
    /// Every folder that was read to its end, with what its reader noted.
    pub(super) folders: Table<String, String>,
}

impl Taken {
    pub(super) fn of(store: &Store) -> Self {
        Self { holds: store.table("hold-taken"), folders: store.table("hold-folder") }
    }
}
