//! A tiny third dialect in memory, which differs from the contract wherever a dialect may: what the seam promises must hold
//! for it as for the first.

mod guests;
mod messages;

pub use guests::{Expired, GuestsPage, ThirdDialect};
pub use messages::{Messages, Mood};
