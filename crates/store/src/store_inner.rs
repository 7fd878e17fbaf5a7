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

/// What the clones of a store and its tables share. The order of the fields is that in which they are dropped: the writer's
/// is the last hold on the index then, and it closes it in order; the lock is released last.
pub(crate) struct StoreInner {
    pub(crate) index: Arc<LayeredIndex>,
    pub(crate) writer: Writer<Storage>,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) recovery: Recovery,
    pub(crate) position: Arc<Mutex<Position>>,
    pub(crate) dir: PathBuf,
    pub(crate) _lock: File,
}
