//! Disks for tests: one that fails on demand, and one that remembers what a power cut would leave.

mod faulty;
mod recording;

pub use faulty::{FaultyFs, Operation};
pub use recording::{Image, RecordingFs};
