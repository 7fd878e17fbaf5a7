//! `cargo xtask bindings`: what the page knows of the core, written from the commands themselves.

use crate::process::{Outcome, cargo, run_counting_tests};
use crate::run::TEST_FEATURES;
use crate::setup;

/// Rewrites `ui/src/ipc/bindings.ts`; the same test, without the variable, fails when that file is stale.
pub fn bindings() -> Outcome {
    setup::setup(setup::For::Running)?;
    setup::page_exists()?;
    let mut test = cargo(&format!("test --workspace {TEST_FEATURES} --lib -- bindings"));
    match run_counting_tests(test.env("UPDATE_BINDINGS", "1"))? {
        0 => Err("no test named `bindings` ran in the window's package: nothing was written".into()),
        _ => Ok(()),
    }
}
