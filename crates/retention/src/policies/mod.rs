//! Several named retention policies of one connection, and how strongly each may act.
//!
//! A new policy is inactive: its schedule is not armed and nothing is confirmed. A person confirms what was shown; from
//! then on the policy may act at most that strongly. Fewer days, another clock, another filter, one rule fewer that spares, a
//! higher cap, a looser brake or less quiet is stronger and waits for another confirmation; the rest is not.

mod changes;
mod policy;
mod strength;
mod table;

pub use changes::changes;
pub use policy::{Confirmation, NamedPolicy};
pub use strength::{Change, Strength, stronger};
pub use table::{ConfirmedBy, Policies};

#[cfg(test)]
mod tests;
