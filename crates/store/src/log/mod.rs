//! The one file that is synced: its format, how it is written in groups, and how it is read again.

pub(crate) mod commit_queue;
pub(crate) mod format;
pub(crate) mod generations;
pub(crate) mod high_water_mark;
pub(crate) mod log_file;
pub(crate) mod position;
pub(crate) mod record_log_v1;
pub(crate) mod scan;
pub(crate) mod value_file;
pub(crate) mod writer;

pub(crate) use self::{
    commit_queue::{Pending, Request},
    format::{Body, Changes, Extent, FileHead},
    high_water_mark::HighWaterMark,
    log_file::LogFile,
    position::{Found, Position},
    record_log_v1::Version1,
    scan::{FileReader, FrameReader, Scan},
    value_file::{ValueFile, ValueRef},
    writer::{Sink, Wake, Writer},
};
