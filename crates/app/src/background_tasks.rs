//! The tasks of an open connection, which end with it.

use parking_lot::Mutex;
use tokio::task::AbortHandle;

#[derive(Default)]
pub(crate) struct BackgroundTasks(Mutex<Vec<AbortHandle>>);

impl BackgroundTasks {
    pub(crate) fn add(&self, tasks: impl IntoIterator<Item = AbortHandle>) {
        self.0.lock().extend(tasks);
    }

    pub(crate) fn abort(&self) {
        self.0.lock().iter().for_each(AbortHandle::abort);
    }
}
