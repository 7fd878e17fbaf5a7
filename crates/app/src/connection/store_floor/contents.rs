//! What is in a store, and what the audit log beside it says must be in it.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::PathBuf,
    sync::Arc,
};

use outbox::Outbox;
use proof::{Named, named_by_audit};
use retention::{HoldId, Holds, RunId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::Table;
use uuid::Uuid;

use crate::{Failure, views::RunOrigin};

/// What a store holds that must not be lost unseen.
pub(crate) struct Contents {
    /// How it is called, such as `store of the connection "lab"`.
    pub(crate) label: String,
    pub(crate) dir: PathBuf,
    /// Holds that are kept in it, or why they cannot be read.
    pub(crate) holds: Option<Result<Arc<Holds>, Failure>>,
    pub(crate) outbox: Option<Outbox>,
    /// Its folder's audit log, and what must know the holds and runs that the log names.
    pub(crate) audit: Option<Audited>,
}

/// An audit log and what its lines speak of.
pub(crate) struct Audited {
    pub(crate) path: PathBuf,
    /// Where the holds are that the log names; `None` where they are not all there, and nothing is deleted for that reason.
    pub(crate) holds: Option<Arc<Holds>>,
    /// Their store was made just now: then the whole log tells what should be in it.
    pub(crate) holds_are_new: bool,
    pub(crate) runs: Table<String, RunOrigin>,
}

/// What the audit log names and the store does not know.
#[derive(Default)]
pub(super) struct Lacks {
    /// The log has lines.
    pub(super) lines: bool,
    pub(super) holds: Vec<HoldId>,
    /// A run.
    pub(super) runs: bool,
    /// A hold that was removed is here again.
    pub(super) back: bool,
}

/// How many of something, and which: a hash over their sorted ids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counted {
    pub(crate) count: u64,
    hash: String,
}

impl Counted {
    fn of(mut ids: Vec<Uuid>) -> Self {
        ids.sort_unstable();
        let mut digest = Sha256::new();
        ids.iter().for_each(|id| digest.update(id.as_bytes()));
        let hash = digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self { count: ids.len() as u64, hash }
    }
}

impl Contents {
    /// Holds and waiting messages on the disk; `None` where they cannot be read.
    pub(super) fn count(&self) -> Option<(Counted, Counted)> {
        let holds = match &self.holds {
            Some(holds) => holds.as_ref().ok()?.kept().ok()?.into_iter().map(|id| id.0).collect(),
            None => Vec::new(),
        };
        let messages = self.outbox.as_ref().map(Outbox::undelivered).unwrap_or_default();
        Some((Counted::of(holds), Counted::of(messages.into_iter().map(|id| id.0).collect())))
    }

    pub(super) fn audit_bytes(&self) -> u64 {
        let log = self.audit.as_ref().map(|audited| std::fs::metadata(&audited.path));
        log.and_then(Result::ok).map_or(0, |file| file.len())
    }

    /// What the audit log names behind so many bytes. `runs`: also runs, which folders of older versions need not know.
    pub(super) fn lacks(&self, from: u64, runs: bool) -> Lacks {
        let Some(audited) = &self.audit else { return Lacks::default() };
        let named = audited.named(if audited.holds_are_new { 0 } else { from });
        let mut lacks = Lacks { lines: named.lines > 0, ..Lacks::default() };
        let is_unknown = |run: &RunId| matches!(audited.runs.get(&run.to_string()), Ok(None));
        lacks.runs = runs && named.runs.iter().any(is_unknown);
        // Holds that cannot be read let nothing be deleted, and say so themselves.
        let Some(holds) = &audited.holds else { return lacks };
        let Ok(kept) = holds.kept().map(BTreeSet::from_iter) else { return lacks };
        let was_removed = |id: &HoldId| holds.was_removed(*id).unwrap_or(true);
        lacks.back = named.removed.iter().any(|id| kept.contains(id) && !was_removed(id));
        lacks.holds = named.holds.into_iter().filter(|id| !kept.contains(id) && !was_removed(id)).collect();
        lacks
    }
}

impl Audited {
    fn named(&self, from: u64) -> Named {
        let open = || -> std::io::Result<File> {
            let mut file = File::open(&self.path)?;
            // Another log may lie there by now: only behind a whole line does a line begin.
            let mut end = [0];
            let begins_there = from > 0
                && file.seek(SeekFrom::Start(from - 1)).is_ok()
                && file.read_exact(&mut end).is_ok()
                && end == *b"\n";
            if !begins_there {
                file.rewind()?;
            }
            Ok(file)
        };
        // One that cannot be read is told by its own check.
        open().map(|file| named_by_audit(BufReader::new(file))).unwrap_or_default()
    }
}
