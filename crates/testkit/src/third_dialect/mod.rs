//! A tiny third dialect in memory: what the seam promises must hold for it as for the first.

mod messages;
pub use messages::{Messages, Mood};
