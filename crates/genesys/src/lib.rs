//! The client of the org.
//!
//! One [`Org`] is one org over one connection: a [`Pipeline`] that knows no API, what the org can do ([`Capabilities`]), and the
//! ports through which it is asked ([`Guests`], [`Conversations`], [`Access`], [`Sessions`], [`Chat`]). A dialect implements the
//! ports: `guest_api/` speaks the contract of `guest-api.md`. Every way in which the org can fail becomes one [`Error`]. Where
//! the bytes go is a port, too ([`Transport`]), so that the same code runs over the network and against a router in process
//! under a paused clock.
//!
//! A call goes through one path (`pipeline/call.rs`):
//!
//! ```text
//! offline? → token (sign_in) → turn in the rate budget, and does the org answer? (admission, budget, breaker)
//!          → transport → request log → 401: one renewed token → error (error_body) → again? (retry) → typed answer
//! ```
//!
//! What decides is pure and returns durations: `budget`, `breaker`, `retry` and `sign_in` are functions of state,
//! time and a jitter roll. Only `admission.rs` and `call.rs` sleep.
//!
//! What holds:
//! - [`Error::perhaps_processed`] is exact: `false` means that the org surely did nothing.
//! - A message is sent once per call. Its repetition belongs to the outbox, which knows what is at stake.
//! - An org that does not answer is asked by one machine at a time; a person is never held up.
//! - Dropping a call's future at any moment gives back its place in the queue, its turn and its try.
//! - After [`Pipeline::set_online`]`(false)` nothing leaves this machine; what waits returns at once.
//! - No error, log line or record carries a token, a secret, a header, a body or a query.

mod capabilities;
pub mod guest_api;
mod org;
mod pipeline;
pub mod platform;
mod ports;
mod schema;
pub mod webmessaging;

pub use capabilities::{AttributeRules, Capabilities, Limits, SessionCheck, TotalAbility};
pub use org::{ASSUMED_LIMITS, Dialect, Org};
pub use pipeline::{
    BodySent, Budget, Endpoints, Error, ExtraRoots, ExtraRootsError, FieldError, Lane, MOST_SENDS, OrgReply,
    Pipeline, REGIONS, Region, RequestRecord, ReqwestTransport, Sent, Settings, Transport, TransportError,
    reachability, timeouts, wait_words,
};
pub use ports::{
    Access, Applied, Author, Chat, ChatAttributes, ChatMessage, ChatNow, ChatQuestion, ChatSummary, ChatWalk,
    ConversationCount, ConversationRecord, ConversationRecords, Conversations, Found, GuestWithFields,
    Guests, NewGuest, OpenAmong, Organization, OutgoingMessage, PageAt, Permission, RecentChats, Removed,
    Scan, Search, Sessions, Sort, SortField, TokenInfo, Walk, WalkPage,
};
pub use schema::{Choice, ContactSchema, FieldType, GuestFields, OwnField, OwnText, SchemaField};
