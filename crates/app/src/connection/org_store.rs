//! What is open of an org: the store of its holds.

use std::sync::Arc;

use retention::Holds;
use store::{Secrets, Store};

use crate::{Failure, OrgKey, connection::store_floor::StoreFloor};

/// What is open of an org, shared by all its open connections.
pub(crate) struct OrgStore {
    pub(crate) key: OrgKey,
    /// The store that holds its holds, and nothing else.
    pub(crate) store: Store,
    pub(crate) secrets: Arc<dyn Secrets>,
    /// Why they cannot be read, where they cannot.
    pub(crate) holds: Result<Arc<Holds>, Failure>,
    /// What is remembered of the store.
    pub(crate) floor: Arc<StoreFloor>,
}
