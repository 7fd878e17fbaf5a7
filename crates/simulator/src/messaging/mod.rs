//! The guest socket of web messaging: what a guest's browser speaks to, over the world that the REST side shows.

mod acts;
mod agent;
mod agent_side;
mod arrival;
mod attachments;
pub(crate) mod bot;
pub(crate) mod content;
mod control;
mod files;
pub(crate) mod frames;
mod media;
pub(crate) mod paths;
mod rate;
mod request;
mod resume;
mod say;
mod sealed;
mod session;
pub(crate) mod settings;
pub(crate) mod socket;
pub(crate) mod state;
