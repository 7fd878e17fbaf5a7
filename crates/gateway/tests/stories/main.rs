//! Stories of a web chat page before the real door: loopback sockets, a real store, and the simulated org, whose ledger
//! judges.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod away;
mod client;
mod crowd;
mod hostile;
mod live;
mod request_guard;
mod secrets;
mod sessions;
mod setting;
mod statuses;
mod tls;
