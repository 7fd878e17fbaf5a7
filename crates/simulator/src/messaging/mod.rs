//! The guest socket of web messaging: what a guest's browser speaks to, over the world that the REST side shows.

pub(crate) mod bot;
pub(crate) mod content;
