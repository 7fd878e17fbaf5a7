use std::{
    fs::File,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use crate::{
    index::LayeredIndex,
    log::{Position, Writer},
    opening::Recovery,
    seal::Sealer,
    storage::Storage,
};

/// What the clones of a store and its tables share.
pub(crate) struct StoreInner {
    /// `None` only while it is dropped.
    pub(crate) index: Option<Arc<LayeredIndex>>,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) writer: Writer<Storage>,
    pub(crate) recovery: Recovery,
    pub(crate) position: Arc<Mutex<Position>>,
    pub(crate) dir: PathBuf,
    /// Released last: see `drop`.
    pub(crate) _lock: File,
}

impl StoreInner {
    pub(crate) fn index(&self) -> &Arc<LayeredIndex> {
        self.index.as_ref().expect("it is there until this is dropped")
    }
}

impl Drop for StoreInner {
    fn drop(&mut self) {
        // The writer's is the last hold on the index then, and it closes it in order.
        self.index = None;
        self.writer.stop();
    }
}
