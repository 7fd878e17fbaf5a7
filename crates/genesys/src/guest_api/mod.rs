//! The Guest API dialect (`guest-api.md`): its calls, typed, and the ports over them.

mod api;
mod by_ids;
mod conversations;
mod guests;
mod limits;
mod messages;
mod numbered_walk;
mod ports;
mod tokens;
mod walk;
mod whole_page;
mod wire;

pub use api::GuestApi;
pub use conversations::ConversationPage;
pub use guests::{GuestPage, ListGuests};
pub(crate) use limits::{LIMITS, MAX_PAGE, capabilities, permissions};
pub use walk::GuestWalk;
