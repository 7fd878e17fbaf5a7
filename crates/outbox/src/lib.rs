//! The durable send queue: a message is on the disk before it is acknowledged, and it stays there, in its order,
//! until the org has it.
//!
//! 1. [`Outbox::accept`] answers after the disk. The same id again is the same entry.
//! 2. Per conversation (its *lane*) strictly in the order of acceptance; between lanes free.
//! 3. An entry is marked `Sending` on the disk before it is sent. Whatever ends in between finds it again as
//!    `Uncertain`, and asking is sending the same id again: the org answers a repeat with the first result.
//! 4. The network never kills an entry. Only the org's refusal does, and only a person discards.
//! 5. Decisions are pure (`state`, `lane`); the disk and the clock are at the edge.
//!
//! The outbox does not know how a message travels: that is the [`Courier`].

mod compact_entry;
mod courier;
mod crash;
mod drain;
mod entry;
mod error;
mod history;
mod interventions;
mod lane;
mod memory;
mod options;
mod outbox;
mod pace;
mod read;
mod rejections;
mod scheduler;
mod state;
mod tombstone;
mod trim;
mod wake;

pub use courier::{Courier, Delivery, Outgoing};
pub use crash::CRASH_POINTS;
pub use drain::DrainReport;
pub use entry::Entry;
pub use error::Error;
pub use interventions::InTime;
pub use memory::{Counts, Totals};
pub use options::Options;
pub use outbox::{Accepted, Accepting, Outbox};
pub use pace::RateLimit;
pub use read::{EntryFilter, EntryPage, LaneFilter, LaneKind, LanePage, LaneState, LaneSummary};
pub use rejections::Rejection;
pub use state::{Kind, State};
pub use wake::Wake;
