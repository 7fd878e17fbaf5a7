//! What reads are answered from: an index of the log, by key.

pub(crate) mod counted;
pub(crate) mod folders;
pub(crate) mod index_applier;
pub(crate) mod index_trait;
pub(crate) mod keydir;
pub(crate) mod layered;
pub(crate) mod memory;
pub(crate) mod merged_range;
pub(crate) mod replay;
mod sled;

pub(crate) use self::{
    counted::counted,
    index_applier::IndexApplier,
    index_trait::{EVERYTHING, Index, IndexKind, LiveSize},
    keydir::{KeyDir, LogIndex},
    layered::{ApplierState, LayeredIndex},
    memory::MemoryIndex,
    merged_range::MergedRange,
    replay::replay,
};

pub(crate) use self::sled::SledIndex as DiskIndex;
