//! Cutting a connection from the side of the weather.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// A handle on one connection, for the weather.
#[derive(Clone, Default)]
pub(crate) struct CutHandle(Arc<AtomicBool>);

impl CutHandle {
    /// Nothing is written on this connection any more; the next attempt closes it.
    pub(crate) fn cut(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
