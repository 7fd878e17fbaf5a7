//! When something is tried next.

use chrono::{DateTime, Utc};
use parking_lot::Mutex;

/// When something that failed or waits is tried next; nothing where nothing waits.
#[derive(Default)]
pub(crate) struct NextTry(Mutex<Option<DateTime<Utc>>>);

impl NextTry {
    pub(crate) fn get(&self) -> Option<DateTime<Utc>> {
        *self.0.lock()
    }

    /// Answers whether that is another time than before.
    pub(crate) fn set(&self, at: Option<DateTime<Utc>>) -> bool {
        std::mem::replace(&mut *self.0.lock(), at) != at
    }
}
