//! What the org knows: guests, conversations, messages. Changes come in as [`Change`]s, the same from a request
//! and from the change log.

mod attribute;
mod candidates;
pub(crate) mod change_log;
mod contact_record;
mod contact_schema;
mod contacts;
mod conversations;
mod filter;
mod generate;
mod guest;
mod guest_sessions;
mod guests;
mod list;
mod matches;
mod ordered;
mod search;
mod state;

pub(crate) use contact_record::{ContactKind, ContactRecord, Note};
pub(crate) use contact_schema::ContactSchema;
pub(crate) use contacts::{ContactSort, ListContacts, seeded_phone};
pub(crate) use conversations::{Conversation, States};
pub(crate) use filter::GuestFilter;
pub(crate) use generate::mix;
pub(crate) use guest::{Guest, GuestView};
pub(crate) use guests::Sort;
pub(crate) use list::ListGuests;
pub(crate) use state::{Change, Message, World};
