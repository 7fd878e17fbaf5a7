use std::{collections::BTreeSet, io::BufRead};

use super::{Action, entries};
use crate::{HoldId, RunId};

/// What the lines of an audit log name that a store of the same folder must know: a line is written after the store has
/// what it speaks of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Lines, those that cannot be read too.
    pub lines: u64,
    /// Holds whose last line says that they were added.
    pub holds: BTreeSet<HoldId>,
    /// Holds whose last line says that they were removed.
    pub removed: BTreeSet<HoldId>,
    /// Runs that were started.
    pub runs: BTreeSet<RunId>,
}

/// Reads what a log names, from any line on. What a person accepted as lost is named by no line before that one. The chain
/// is not checked: a line too many asks a person, one too few is the head's business.
pub fn named_by_audit(reader: impl BufRead) -> Named {
    let mut named = Named::default();
    for entry in entries(reader) {
        named.lines += 1;
        match entry.map(|entry| entry.action) {
            Ok(Action::HoldAdded { hold }) => {
                named.removed.remove(&hold);
                named.holds.insert(hold);
            }
            Ok(Action::HoldRemoved { hold }) => {
                named.holds.remove(&hold);
                named.removed.insert(hold);
            }
            Ok(Action::RunStarted { run, .. }) => drop(named.runs.insert(run)),
            Ok(Action::LossAccepted { .. }) => named = Named { lines: named.lines, ..Named::default() },
            _ => {}
        }
    }
    named
}
