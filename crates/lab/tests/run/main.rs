//! The scenario runner on an org in memory, with paused time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(
    clippy::semicolon_if_nothing_returned,
    reason = "a script that waits for ever ends with what it waits for"
)]

mod confirmed;
mod double;
mod flood;
mod load;
mod masked;
mod outcomes;
mod own_steps;
mod peer;
mod report;
mod schema;
