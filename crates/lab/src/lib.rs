//! Guest simulation: scenario files, in which a tester writes down what a guest says and what has to come back ([`scenario`]),
//! their runner ([`run`]), what is written about a run ([`report`]), and many guests at once ([`load`]).
//!
//! Knows neither a connection nor a window; who calls it hands in where the guests go.

pub mod doctor;
mod error;
pub mod load;
pub mod report;
pub mod run;
pub mod scenario;

pub use error::Error;
