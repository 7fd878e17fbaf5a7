//! `cargo xtask run`: the console in a window, or, where nobody could see one, the tour of it.

use crate::desktop::desktop;
use crate::process::{Outcome, cargo, command, run as start, target};
use crate::{display, setup};

/// Embeds the page in the binary; without it the window would look for a development server.
const FEATURES: &str = "--locked --features custom-protocol";

/// The same for tests and checks, with the bridge on which the page's stories run. What a person uses is never built so.
pub const TEST_FEATURES: &str = "--locked --features custom-protocol,bridge";

/// Sets up, builds, and opens the window or performs the tour.
pub fn run() -> Outcome {
    if !display::is_there() {
        setup::setup(setup::For::Testing)?;
        setup::page()?;
        eprintln!("xtask: no display here: performing the main job in the real window on a virtual one");
        if let Some(why) = display::refusal() {
            return Err(why);
        }
        return desktop(FEATURES, &[]);
    }
    setup::setup(setup::For::Running)?;
    setup::page()?;
    start(&mut cargo(&format!("build {FEATURES}")))?;
    start(&mut command(
        target().join("debug").join(format!("innkeeper-desktop{}", std::env::consts::EXE_SUFFIX)),
    ))
}
