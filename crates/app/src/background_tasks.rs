//! The tasks of an open connection, which end with it.

use std::sync::{Mutex, PoisonError};

use tokio::task::AbortHandle;

#[derive(Default)]
pub(crate) struct BackgroundTasks(Mutex<Vec<AbortHandle>>);

impl BackgroundTasks {
    pub(crate) fn add(&self, tasks: impl IntoIterator<Item = AbortHandle>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(tasks);
    }

    /// Ends all of them.
    pub(crate) fn abort(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(AbortHandle::abort);
    }
}
