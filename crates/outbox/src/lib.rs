//! The durable send queue: a message is on the disk before it is acknowledged, and it stays there, in its order,
//! until the org has it.
//!
//! 1. [`Outbox::accept`] answers after the disk. The same id again is the same entry.
//! 2. Per conversation (its *lane*) strictly in the order of acceptance; between lanes free.
//! 3. An entry is marked `Sending` on the disk before it is sent. Whatever ends in between finds it again as
//!    `Uncertain`. What follows is a property of the way in which it was sent (`model::AfterDoubt`): the same id again,
//!    where the org answers a repeat with the first result; a look in the guest's history; or a person.
//! 4. The network never costs a message. Only the org's refusal makes one dead, and only a person discards one.
//! 5. Decisions are pure (`state`, `doubt`, `lane`); the disk and the clock are at the edge.
//!
//! The outbox does not know how a message travels: that is the [`Courier`].

mod compact_entry;
mod courier;
mod crash;
mod doubt;
mod drain;
mod entry;
mod error;
mod history;
mod interventions;
mod lane;
mod memory;
mod options;
mod outbox;
mod outcome;
mod pace;
mod read;
mod scheduler;
mod state;
mod tombstone;
mod trim;
mod wake;

pub use courier::{Courier, Delivery, Found, OrgIds, Outgoing};
pub use crash::CRASH_POINTS;
pub use drain::DrainReport;
pub use entry::Entry;
pub use error::Error;
pub use interventions::{InTime, Order};
pub use memory::{Counts, Totals};
pub use options::Options;
pub use outbox::{Accepted, Accepting, Outbox};
pub use pace::{FixedWait, RateLimit};
pub use read::{EntryFilter, EntryPage, LaneFilter, LaneKind, LanePage, LaneSummary};
pub use state::{Kind, State};
pub use wake::Wake;
