//! When something is tried next.

use std::sync::{PoisonError, RwLock};

use chrono::{DateTime, Utc};

/// When something that failed or waits is tried next; nothing where nothing waits.
#[derive(Default)]
pub(crate) struct NextTry(RwLock<Option<DateTime<Utc>>>);

impl NextTry {
    pub(crate) fn get(&self) -> Option<DateTime<Utc>> {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers whether that is another time than before.
    pub(crate) fn set(&self, at: Option<DateTime<Utc>>) -> bool {
        std::mem::replace(&mut *self.0.write().unwrap_or_else(PoisonError::into_inner), at) != at
    }
}
