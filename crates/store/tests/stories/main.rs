//! The store on a real disk: what it keeps, what it finds again after damage, kills and power cuts, and what it refuses.
//!
//! One program for all of them: it is linked once, and long tests of one file run beside those of the others.

#![allow(clippy::unwrap_used, reason = "all of it is test")]

mod behind;
mod common;
mod crash_points;
mod damage;
mod disk;
mod floor;
mod full_disk;
mod lock;
mod model;
mod old_folders;
mod power_cut;
mod record_log;
mod rotation;
mod secrets;
