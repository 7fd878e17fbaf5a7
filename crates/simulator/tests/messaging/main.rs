//! The guest socket, answer by answer: in process on a clock that only the tests move, and over loopback.
#![allow(clippy::unwrap_used, reason = "a test; helpers outside of test functions too")]

#[path = "../common/mod.rs"]
mod common;

mod agent;
mod arrival;
mod bots;
mod chat;
mod files;
mod frames;
mod guest;
mod history;
mod hostile;
mod loopback;
mod refusals;
mod restart;
mod sessions;
mod weather;
mod world;
