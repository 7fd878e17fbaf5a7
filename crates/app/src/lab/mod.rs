//! The chat lab: guests of the socket, played by hand or from a file, and what is left of them afterwards.

pub(crate) mod chat;
pub(crate) mod chat_line;
pub(crate) mod clean;
pub(crate) mod deployment_check;
pub(crate) mod doctor;
pub(crate) mod load;
pub(crate) mod notes;
pub(crate) mod org;
pub(crate) mod reports;
pub(crate) mod rest_records;
pub(crate) mod scenario_run;
pub(crate) mod target;
#[cfg(test)]
mod target_tests;
pub(crate) mod variables;
