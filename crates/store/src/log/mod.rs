//! The one file that is synced: its format, how it is written in groups, and how it is read again.

pub(crate) mod commit_queue;
pub(crate) mod format;
pub(crate) mod high_water_mark;
pub(crate) mod log_file;
pub(crate) mod position;
pub(crate) mod record_log;
pub(crate) mod scan;
pub(crate) mod writer;
