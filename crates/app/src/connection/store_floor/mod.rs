//! What is remembered of a store outside of it, with the secrets: how far it had come, and how many holds and waiting messages
//! it held. At the next opening it tells whether the store was lost, or an older one put back.
//!
//! It may lag and never leads: only what is synced is remembered, at an orderly end and every few seconds while something
//! changes. So a kill or a power cut raises no alarm, and no message waits for the secret store. Once there is an alarm, it is
//! remembered instead, whatever is written to the store later, until a person accepts the loss.

mod contents;
mod floor;
mod record;
#[cfg(test)]
mod tests;
mod witness;

pub(crate) use contents::{Audited, Contents};
pub(crate) use floor::StoreFloor;
pub(crate) use record::{Alarm, Cause, Remembered, STORE_FLOOR};
pub(crate) use witness::Witness;
