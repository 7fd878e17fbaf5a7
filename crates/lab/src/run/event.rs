use std::sync::Arc;

use super::result::ScenarioResult;

/// What happens while scenarios run. `index` is the place of a scenario in the list of [`super::planned`].
#[derive(Debug, Clone)]
pub enum RunEvent {
    /// A scenario begins, or begins anew.
    Started {
        /// Which.
        index: usize,
        /// From 1; more than 1 for a repeat, or for the second try after disorder.
        attempt: u32,
    },
    /// A step begins.
    Step {
        /// Of which scenario.
        index: usize,
        /// Which of its steps, from 1; set-up and clean-up count too.
        step: usize,
        /// How many there are.
        of: usize,
        /// The step, in a few words, masked.
        label: String,
    },
    /// A scenario has ended. These come as they happen; [`super::InOrder`] puts them in the order of the files.
    Ended(Arc<ScenarioResult>),
}
