//! Runs scenario files: each scenario is a guest of its own who writes and waits as the file says.
//!
//! ```text
//! Suite + Target → planned (which scenarios, in which order) → run → RunEvents, live
//!                                                                └→ ScenarioResults, put in file order by InOrder
//! ```
//!
//! [`Guests`] is the port through which chats are opened; the guest client fills it, and tests fill it with a script. Whatever
//! goes wrong in one scenario ends that scenario with a reason, and the others go on. Dropping the future of [`run`] ends all.

mod attach;
mod attempt;
mod deadline;
mod event;
mod frames;
mod guests;
mod in_order;
mod mask;
mod offers;
mod options;
mod pattern;
mod pending;
mod percentile;
mod planned;
mod result;
mod runner;
mod scenario_run;
mod session;
mod steps;
mod values;
mod words;

pub(crate) use attempt::chat_options;
pub use event::RunEvent;
pub use guests::{Guest, GuestRecord, Guests, Records, Target};
pub use in_order::InOrder;
pub use mask::Mask;
pub use options::RunOptions;
pub use percentile::percentile;
pub use planned::{Planned, SuiteRun, chosen, never_disconnects, planned};
pub use result::{
    Attempt, FrameLine, Outcome, Part, ScenarioResult, Speaker, StepRecord, StepStatus, StepSummary, Totals,
    TranscriptLine,
};
pub use runner::run;
