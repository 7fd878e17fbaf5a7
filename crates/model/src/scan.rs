use serde::{Deserialize, Serialize};

use crate::{GuestId, Revision};

/// The place of a walk over an org's guests. Made by a dialect and read by no one else. The org may forget it: a walk that
/// goes on from an expired one is told so and begins again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScanCursor(String);

impl ScanCursor {
    /// From the text that a dialect keeps it as.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text that the dialect made it from.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How many an org says there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// So many.
    Exact(u64),
    /// So many were counted, and there may be more.
    AtLeast(u64),
    /// It does not say.
    Unknown,
}

impl Total {
    /// There are at least so many.
    #[must_use]
    pub fn at_least(self) -> u64 {
        match self {
            Self::Exact(total) | Self::AtLeast(total) => total,
            Self::Unknown => 0,
        }
    }

    /// The number, where the org says it exactly.
    #[must_use]
    pub fn exact(self) -> Option<u64> {
        match self {
            Self::Exact(total) => Some(total),
            Self::AtLeast(_) | Self::Unknown => None,
        }
    }
}

/// The order in which a walk over an org's guests hands them out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanOrder {
    /// By `createdTime`, ties by id: the order of a plan.
    Created,
    /// None that can be relied on; a plan is then sorted on disk.
    None,
}

/// A guest to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doomed {
    /// Who.
    pub id: GuestId,
    /// Only while they are still this one; absent where that was just looked at or does not matter, and then whoever they are.
    pub revision: Option<Revision>,
}
