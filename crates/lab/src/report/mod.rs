//! What is written about a run: JUnit XML for CI, JSON, and one HTML page for people.
//!
//! All are made of results whose texts are masked already, and all escape what they are given.

mod heading;
mod html;
mod json;
mod junit;
mod page_parts;
mod visible;

pub use heading::{Heading, NotRun, WhyNotRun};
pub use html::html;
pub use json::json;
pub use junit::junit;
