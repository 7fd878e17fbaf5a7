//! The local socket on which a second process asks the one that holds the data folder.

pub(crate) mod holder_socket;
pub(crate) mod local_socket;
