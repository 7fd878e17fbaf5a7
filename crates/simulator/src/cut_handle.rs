//! What the org knows of a connection, and how the weather cuts it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// A handle on one connection.
#[derive(Clone)]
pub(crate) struct CutHandle {
    cut: Arc<AtomicBool>,
    private: bool,
}

impl CutHandle {
    /// One of a connection; `private` where nobody on a network can read along.
    pub(crate) fn of(private: bool) -> Self {
        Self { cut: Arc::default(), private }
    }

    /// Whether nobody on a network can read along.
    pub(crate) fn is_private(&self) -> bool {
        self.private
    }

    /// Nothing is written on this connection any more; the next attempt closes it.
    pub(crate) fn cut(&self) {
        self.cut.store(true, Ordering::Release);
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Acquire)
    }
}
