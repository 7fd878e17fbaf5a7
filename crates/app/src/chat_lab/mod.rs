//! The chat lab: guests of web messaging who are played by hand, each over a socket of their own.
//!
//! [`Record`](record::Record) is what is known of one chat, decided from its events alone; [`LiveChat`](live::LiveChat) is the
//! chat at work; [`ChatLab`](state::ChatLab) holds all of them. The use-cases stand beside them.

pub(crate) mod acts;
pub(crate) mod agent;
pub(crate) mod by_socket;
pub(crate) mod content;
pub(crate) mod deliver;
pub(crate) mod deliveries;
pub(crate) mod files;
pub(crate) mod find;
pub(crate) mod follow;
pub(crate) mod frames;
pub(crate) mod keep;
pub(crate) mod live;
pub(crate) mod org_ids;
pub(crate) mod pages;
pub(crate) mod played;
pub(crate) mod record;
pub(crate) mod restore;
pub(crate) mod rows;
pub(crate) mod save;
#[cfg(test)]
mod saved_tests;
pub(crate) mod scenario;
pub(crate) mod session;
pub(crate) mod start;
pub(crate) mod state;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod words;
