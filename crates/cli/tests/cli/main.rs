//! The shipped binary against a real simulator: what scripts rely on, and that a kill costs nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod kill;
mod outbox;
mod stories;
mod support;
