//! How much is gone when a log is damaged: from what is left of it and from what was written elsewhere about its end.

use super::clean_shutdown::CleanShutdown;
use crate::log::{HighWaterMark, Scan};

/// What was acknowledged and is not in the log any more.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Loss {
    pub(crate) changes: u64,
    pub(crate) estimated: bool,
}

impl Loss {
    pub(crate) fn of(
        scan: &Scan,
        newest: Option<u64>,
        clean: Option<&CleanShutdown>,
        mark: Option<HighWaterMark>,
    ) -> Self {
        let told = [mark.map(|m| (m.generation, m.end)), clean.map(|c| (c.generation, c.end()))];
        let told = told.into_iter().flatten().max_by_key(|(generation, end)| (*generation, end.frames));
        let Some(newest) = newest else {
            let changes = told.map_or(1, |(_, end)| end.changes.max(1));
            return Self { changes, estimated: true };
        };
        match told {
            Some((generation, end)) if generation == newest => {
                let missing = end.changes.saturating_sub(scan.counted_to());
                Self { changes: scan.lost + missing, estimated: false }
            }
            // A whole newer generation is gone; what it had beyond this one is not known.
            Some((generation, end)) if generation > newest => {
                Self { changes: end.changes.max(1), estimated: true }
            }
            // Neither header nor mark says how far it went.
            _ if scan.head.is_none() => Self { changes: scan.lost.max(1), estimated: true },
            _ => Self { changes: scan.lost, estimated: false },
        }
    }

    pub(crate) fn is_none(&self) -> bool {
        self.changes == 0
    }
}
