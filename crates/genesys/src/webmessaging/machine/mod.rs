//! What a chat does next: frames, commands and time in; frames, events and deadlines out. Pure: no I/O, no clock, and what is
//! random comes from a seed that is handed in.
//!
//! ```text
//! Connecting → Configuring → Ready ⇄ (read-only) → Resetting → Configuring …
//!      ↑  ↖______________↙      |
//!   Backoff ←──── lost ─────────+          Offline: by hand, until online      Ended: for good
//! ```

mod asked;
mod backoff;
mod commands;
mod connection;
mod files;
mod messages;
mod rate;
mod receive;
mod resume;
mod seen;
mod send;
mod shared_rate;
mod state;
mod step;
mod upload;
mod walk;

pub(crate) use shared_rate::SharedWindow;
pub(crate) use state::{Limits, Machine};
pub(crate) use step::{Effect, Input, Now};
pub(crate) use walk::PAGE;

#[cfg(test)]
mod tests;
