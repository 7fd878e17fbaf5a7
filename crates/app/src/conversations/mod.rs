//! Conversations of the org, where its API shows them: the list, one of them, and its attributes.

pub(crate) mod edit;
pub(crate) mod list;
pub(crate) mod window;
