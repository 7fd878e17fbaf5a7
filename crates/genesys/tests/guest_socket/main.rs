//! Guests of web messaging: against recorded frames, a scripted org and the simulator, under a paused clock.
#![allow(clippy::unwrap_used, reason = "tests; helpers outside of test functions too")]

mod common;
mod credentials;
mod cuts;
mod files;
mod honest_org;
mod hostile;
mod known;
mod lives;
mod mark;
mod network;
mod recorded;
mod simulator;
mod trouble;
