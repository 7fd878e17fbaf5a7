//! Tools for tests, never part of a release: clocks that tests move, a transport into an in-process router with
//! trouble on demand, a canned org for the client's own tests, sockets whose other end a test holds, couriers and folders for the outbox, disks that fail or lose power, a tiny third dialect,
//! guests to tell stories about, what a hostile page, org or file may hand in, and programs that nothing of a machine leads.

mod canned;
mod clocks;
mod couriers;
mod dice;
mod faulty_fs;
mod folders;
pub mod hostile;
mod in_process;
mod outbox_folder;
mod people;
mod recording_fs;
mod sockets;
pub mod third_dialect;
mod variables;

pub use canned::{Canned, Seen};
pub use clocks::{ManualClock, TokioClock, WallClock};
pub use couriers::{ScriptedCourier, cut, limited, offline, refused};
pub use dice::{Dice, long_run};
pub use faulty_fs::{FaultyFs, Operation};
pub use folders::{copy_folder, files_below, quick_folder, temp_dir};
pub use in_process::{InProcess, Trouble};
pub use outbox_folder::{OutboxFolder, message, message_id, message_number};
pub use people::{guest, guest_api, guest_id, new_guest, seeded_guest_api, settings, text};
pub use recording_fs::{Image, RecordingFs};
pub use sockets::{ScriptedConnection, ScriptedSockets};
pub use variables::{PROGRAM_VARIABLES, without_program_variables, without_variables_and_keychain};
