//! `cargo xtask bench PART`: an optimised build of `benches`, run on one part.

use crate::process::{Outcome, cargo, run};

/// Hands the words on to the benches. What is measured includes the command line, so it is built the same way.
pub fn bench(words: &[&str]) -> Outcome {
    run(&mut cargo("build --release --locked --bin innkeeper --package cli"))?;
    run(cargo("run --release --locked --package bench --").args(words))
}
