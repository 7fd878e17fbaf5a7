//! Chats: starting one, writing in it, sessions, and what the chat gateway needs.

pub(crate) mod chats;
pub(crate) mod conversation;
pub(crate) mod say_lines;
pub(crate) mod sessions;
pub(crate) mod successor;
mod ways;
pub(crate) mod web_sessions;
