//! Stories across crates: the application with its real store on disk, against the simulated org over real HTTP on
//! loopback. The org's ledger judges, never the client.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod clocks;
mod desk;
mod edits;
mod holds;
mod loss;
mod messages;
mod outbox;
mod pasted;
mod previews;
mod proof;
mod purge;
mod schedules;
mod trust;
mod waits;
