//! The Guest API dialect (`guest-api.md`): the calls, typed.

mod conversations;
mod guests;
mod messages;
mod numbered_walk;
mod tokens;
mod walk;
mod whole_page;
mod wire;

pub use conversations::ConversationPage;
pub use guests::{Deletion, GuestPage, ListGuests, NewGuest, Sort, SortField};
pub use messages::OutgoingMessage;
pub use tokens::{Organization, TokenInfo};
pub use walk::{GuestWalk, Place, span_filter};

/// The longest page the org gives; over it is 400.
pub(crate) const MAX_PAGE: u32 = 100;
