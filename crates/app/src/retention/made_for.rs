//! What a previewed plan was made for.

use model::RetentionPolicy;
use serde::{Deserialize, Serialize};
use store::{Store, Table};

/// Kept beside the newest plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct MadeFor {
    /// The policy's id.
    pub(crate) policy: String,
    /// Its saved rules then; the plan may have been made to try others.
    pub(super) saved: RetentionPolicy,
}

/// By plan.
pub(crate) fn table(store: &Store) -> Table<String, MadeFor> {
    store.table("plan-made-for")
}
