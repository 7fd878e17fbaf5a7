use std::path::PathBuf;

/// What opening a folder had to do beyond opening it: see [`crate::Store::recovery`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovery {
    /// The index was built anew from the log: the program before had not closed the folder, or the index was
    /// damaged. Nothing is lost by that.
    pub rebuilt_index: bool,
    /// The log was written anew: it was damaged, or its tail or all of it was missing.
    pub rebuilt_journal: bool,
    /// Damaged files and folders, kept under new names with the date of their last change (UTC).
    pub set_aside: Vec<PathBuf>,
    /// Acknowledged changes (writes and removals of one key) that could not be brought back.
    pub changes_lost: u64,
    /// Whether `changes_lost` is exact; else it is what is known, and at least 1.
    pub loss_is_estimated: bool,
    /// There was no store; this opening made it.
    pub made: bool,
    /// The store is no later state of the one whose position was given: it was lost and is another, or an older copy was
    /// put back. See [`crate::Store::open_above`].
    pub behind: bool,
    /// The store was found exactly at the position that was given.
    pub unmoved: bool,
}

impl Recovery {
    /// Whether a person should be told: something was damaged or lost.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        self.changes_lost > 0 || !self.set_aside.is_empty()
    }
}
