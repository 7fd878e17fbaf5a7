//! A made-up dialect that differs from the contract wherever a dialect may: it proves that nothing above the ports knows the
//! contract. In memory, with no client and no wire.

mod guests;

pub use guests::{Expired, GuestsPage, ThirdDialect};
