//! The audit log of the open connection.

pub(crate) mod commands;
pub(crate) mod log;
pub(crate) mod sentences;
