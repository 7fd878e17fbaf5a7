//! What reads are answered from: an index of the log, by key.

pub(crate) mod engine;
pub(crate) mod folders;
pub(crate) mod index_applier;
pub(crate) mod keydir;
pub(crate) mod layered;
pub(crate) mod merged_range;
pub(crate) mod replay;
