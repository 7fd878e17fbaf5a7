//! The client of the org.
//!
//! One [`Client`] is one connection: it signs in, keeps to the rate budget, repeats what may be repeated, and turns
//! every way in which the org can fail into one [`Error`]. What it speaks is the Guest API contract
//! (`guest_api/`); where its bytes go is a port ([`Transport`]), so that the same client runs over the network and
//! against a router in process under a paused clock.
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
//! - After [`Client::set_online`]`(false)` nothing leaves this machine; what waits returns at once.
//! - No error, log line or record carries a token, a secret, a header, a body or a query.

mod guest_api;
mod pipeline;
mod region;

pub use guest_api::{
    ConversationPage, Deletion, GuestPage, GuestWalk, ListGuests, NewGuest, Organization, OutgoingMessage,
    Place, Sort, SortField, TokenInfo, span_filter,
};
pub use pipeline::{
    Budget, Cause, Client, Error, FieldError, Lane, OrgReply, RequestRecord, ReqwestTransport, Sent,
    Settings, Transport, TransportError, timeouts,
};
pub use region::{Endpoints, REGIONS};
