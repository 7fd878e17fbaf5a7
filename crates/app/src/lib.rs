//! The application: one use-case per command, for the window and the command line alike.
//!
//! A [`DataFolder`] is what lies on disk and who holds it; an [`App`] is one open [`Connection`]: the client, the
//! store, the outbox and the background work wired together. Every public function checks its input, does one
//! thing, and answers with a view or a [`Failure`] written for people. Nothing here knows a window, a terminal or
//! the simulator: who starts the program hands in how to start the embedded org ([`StartEmbedded`]).
//!
//! Background work (delivering the outbox, carrying on a run, the schedule) is an activation without input: it
//! reads what to do from the store, so a restart and the happy path are the same code.

mod activity;
mod app;
mod asks;
mod audit;
mod audit_words;
mod background;
mod bound;
mod certificates;
mod chat;
mod chat_again;
mod choice;
mod client_secrets;
mod clock;
mod confirm;
mod connection_contents;
mod connection_edits;
#[cfg(test)]
mod connection_tests;
mod connections;
mod courier;
mod damage;
mod eraser;
mod exports;
mod failure;
mod floor;
mod folder;
mod forecast;
mod former;
mod given_text;
mod guests;
mod holder;
mod holder_socket;
mod holds;
mod key;
mod login;
mod loss;
mod notices;
mod once;
mod org;
mod org_key;
#[cfg(test)]
mod org_tests;
mod org_words;
mod outbox;
mod outputs;
mod plan_seal;
mod plans;
mod policies;
mod previews;
mod questions;
mod rest;
mod retention;
mod run_history;
mod run_views;
mod run_waits;
mod runs;
mod say_lines;
mod schedule;
mod sessions;
mod start;
mod steering;
mod system_words;
mod trust;
mod undo;
mod variables;
pub mod views;
mod wall;
mod way;
mod web_sessions;

pub use ::retention::zone::{here as zone_here, time_in};
pub use app::{App, EmbeddedOrg, OrgClock, StartEmbedded};
pub use certificates::{CertificateChecked, verify_certificate};
pub use choice::Choice;
pub use clock::SystemClock;
pub use confirm::ScheduleChange;
pub use connection_contents::ConnectionContents;
pub use connection_edits::{CheckedEdit, EditQuestion};
pub use connections::{Connection, Connections, Environment};
#[doc(hidden)]
pub use eraser::RetentionOrg;
pub use exports::ExportName;
pub use failure::{Failure, FailureCode, FieldProblem};
#[doc(hidden)]
pub use folder::CRASH_POINTS as FOLDER_CRASH_POINTS;
pub use folder::DataFolder;
pub use given_text::plain_text;
pub use guests::{AttributeEdit, GuestSelection, a_filter};
pub use holder::{HolderAnswer, HolderRequest, ask_holder};
pub use key::KeyRotation;
pub use login::login_name;
pub use org_key::OrgKey;
pub use outbox::{DrainSummary, EntryStream, SessionLimit};
pub use outputs::{Existing, Output};
pub use plans::PlanTarget;
pub use questions::ClockOff;
pub use runs::{RunOptions, RunStep};
pub use say_lines::{SayLine, SayLines};
pub use start::start;
pub use undo::Undo;
pub use variables::{EnvironmentVariables, passphrase, variable};
pub use web_sessions::{GOOD_FOR, WebSaid};
