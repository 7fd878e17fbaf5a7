//! Scenario files: YAML in the format of the `ovotech/genesys-web-messaging-tester` command line, with steps of our own.
//!
//! [`parse`] reads one file into what stands there ([`ScenarioFile`]); [`load`] also follows its includes and fills in its
//! variables ([`Suite`]); [`to_yaml`] writes a file that [`parse`] reads as the same. Whatever is wrong is a [`Mistake`] with
//! its file, line and column. Every byte may be hostile: size, depth, and what aliases and includes multiply have limits.

mod confine;
mod core_schema;
mod fill;
mod iso_time;
mod load;
mod model;
mod parse;
mod place;
mod read;
mod schema;
mod steps;
mod values;
mod variables;
mod write;
mod yaml;

pub use load::{Suite, load};
pub use model::{
    Action, Config, Include, Pick, RESERVED_ATTRIBUTES, Scenario, ScenarioFile, Setting, Step, WrittenStep,
};
pub use parse::{MAX_FILE_BYTES, parse};
pub use place::{Mistake, Place};
pub use schema::{SCHEMA, schema};
pub use variables::literal;
pub use write::to_yaml;
