//! Tools for tests, never part of a release: clocks that tests move, a transport into an in-process router with
//! trouble on demand, a canned org for the client's own tests, guests to tell stories about, and what a hostile page, org
//! or file may hand in.

mod canned;
mod clocks;
pub mod hostile;
mod in_process;
mod people;
pub mod third_dialect;

pub use canned::{Canned, Seen};
pub use clocks::{ManualClock, TokioClock};
pub use in_process::{InProcess, Trouble};
pub use people::{guest, guest_api, guest_id, new_guest, seeded_guest_api, settings, text};

/// An empty folder that disappears with the value.
///
/// # Panics
/// When the platform has no room for one: no test can go on then.
#[must_use]
pub fn temp_dir() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("innkeeper-test-").tempdir().expect("a test needs a temporary folder")
}
