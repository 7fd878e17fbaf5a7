//! What the org promises, rule by rule, in process and on a clock that only the tests move.
#![allow(clippy::unwrap_used, reason = "a test; helpers outside of test functions too")]

#[path = "../common/mod.rs"]
mod common;

mod answers;
mod callers;
mod change_log;
mod control;
mod list;
mod messages;
mod rate;
mod weather;
