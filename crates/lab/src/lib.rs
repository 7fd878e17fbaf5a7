//! Guest simulation. So far: scenario files, in which a tester writes down what a guest says and what has to come back.
//!
//! Knows neither an org nor a window; who calls it hands in the environment.

pub mod doctor;
mod error;
pub mod scenario;

pub use error::Error;
