use std::io;

/// Why a log does not hold, or could not be checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Broken {
    /// The file could not be read, which says nothing about it.
    #[error("could not read the audit log")]
    Read(#[source] io::Error),
    /// A line is not as it was written.
    #[error("line {line} {why}")]
    Line {
        /// From 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// Lines are missing at the end.
    #[error("it has {count} lines where the head counts {kept}: the end was cut off")]
    Cut {
        /// Whole lines there are.
        count: u64,
        /// Lines there were when the head was kept.
        kept: u64,
    },
    /// The chain is whole and not the one whose head was kept.
    #[error("the first {kept} lines are not those whose head was kept: the log was written anew")]
    Rewritten {
        /// Lines there were when the head was kept.
        kept: u64,
    },
}
