//! The dialect of a live org (`platform.md`): external contacts, analytics, conversations and permissions, typed, and the ports
//! over them. Nothing here keeps a guest: what is remembered between calls is how many contacts one bulk call takes, whether the
//! org serves bulk calls at all, and whether it refuses a question about a month.

mod access;
mod analytics;
mod answers;
mod api;
mod bulk;
mod contact;
mod contacts;
mod conversations;
mod edit;
mod fetch;
mod last_word;
mod limits;
mod message_content;
mod message_text;
mod open_conversations;
mod participants;
mod ports;
mod recent;
mod records;
mod remove;
mod scan;
mod schema;
mod search_walk;
mod transcript;

pub(crate) use access::permissions;
pub use api::Platform;
pub(crate) use limits::capabilities;
