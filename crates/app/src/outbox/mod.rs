//! The outbox of the open connection: delivering it, reading it, and what a person does to it.

pub(crate) mod bulk;
pub(crate) mod courier;
pub(crate) mod drain;
pub(crate) mod entries;
pub(crate) mod export;
pub(crate) mod read;
pub(crate) mod session_limit;
pub(crate) mod set_session_limit;
pub(crate) mod unattended;
