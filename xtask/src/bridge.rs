//! `cargo xtask bridge`: the real core for the page in a browser (CONTRIBUTING.md).

use crate::process::{Outcome, cargo, command, run, target};
use crate::run::TEST_FEATURES;
use crate::setup;
use std::path::PathBuf;

/// Builds the bridge and stays until it ends.
pub fn bridge() -> Outcome {
    setup::setup(setup::For::Running)?;
    setup::page_exists()?;
    run(&mut command(built()?))
}

/// The bridge's binary, built the way the tests build it: the desktop test brings the binaries of its package along.
pub fn built() -> Result<PathBuf, String> {
    run(&mut cargo(&format!("test --workspace {TEST_FEATURES} --test desktop --no-run")))?;
    Ok(target().join("debug").join(format!("innkeeper-bridge{}", std::env::consts::EXE_SUFFIX)))
}
