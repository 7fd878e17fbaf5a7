//! Dues that wait.

use chrono::{DateTime, Utc};
use proof::SkipCode;

/// A due that was not started yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeferredDue {
    /// When it was due.
    pub(crate) due_at: DateTime<Utc>,
    /// What it waits for.
    pub(crate) waits_for: DeferredBy,
}

/// What keeps a due from being started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeferredBy {
    /// Quiet hours.
    Quiet,
    /// The org, which asked to wait for hours.
    OrgLimit,
}

impl From<DeferredBy> for SkipCode {
    fn from(by: DeferredBy) -> Self {
        match by {
            DeferredBy::Quiet => Self::Quiet,
            DeferredBy::OrgLimit => Self::OrgLimit,
        }
    }
}
