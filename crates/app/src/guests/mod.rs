//! Guests of the org: the list, one of them, and edits.

pub(crate) mod filter;
pub(crate) mod list;
pub(crate) mod of_message;
pub(crate) mod opened;
pub(crate) mod recent;
pub(crate) mod write_once;
