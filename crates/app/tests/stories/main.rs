//! What a person and a script do with the app, against the simulator: chats and the outbox.

#![allow(clippy::unwrap_used, reason = "tests; helpers outside of test functions too")]

mod chat;
mod console;
mod outbox;
