//! The dialect of a live org: against answers written from the facts, and against orgs of one function that behave as the vendor
//! may.
#![allow(clippy::unwrap_used, reason = "a test; helpers outside of test functions too")]

mod access;
mod bulk;
mod chats;
mod common;
mod edit;
mod hostile;
mod recorded;
mod scan;
mod search;
mod simulator;
