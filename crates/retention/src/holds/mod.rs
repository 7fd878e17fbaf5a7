//! Holds: guests that are not deleted, whatever a policy or a person asks for.
//!
//! A hold names one guest or everyone who matches a filter. Only a person removes it; after its date it still holds and is
//! overdue. A plan spares who is on hold, a run asks again before each batch (and, for holds on one guest, before each
//! delete), and a delete by hand asks [`holds_on`].

mod held;
mod hold;
mod set;
mod table;
mod take_over;

pub use held::{held, holds_on};
pub use hold::{Hold, HoldDraft, HoldSubject};
pub use set::HoldSet;
pub use table::{Holds, holds_in};

#[cfg(test)]
mod tests;
