//! What is known of the stores of a connection: its own, and that of its org's holds.

use std::sync::Arc;

use crate::{
    Failure,
    connection::{org_store::OrgStore, store_floor::StoreFloor},
    views::NoticeView,
};

pub(crate) struct StoreStatus {
    /// Store and secrets of the org's holds; why they do not open, where they do not.
    pub(crate) org: Result<Arc<OrgStore>, Failure>,
    /// What else opening the folders had to say.
    pub(crate) opening: Vec<NoticeView>,
    /// One for each store that must not be lost unseen.
    pub(crate) floors: Vec<Arc<StoreFloor>>,
}
