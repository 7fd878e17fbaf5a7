//! `cargo xtask run`: the console in a window, or, where nobody could see one, the tour of it.

use crate::process::{Outcome, cargo, command, run as start, target};
use crate::{display, setup};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

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
        return tour(FEATURES, &[]);
    }
    setup::setup(setup::For::Running)?;
    setup::page()?;
    start(&mut cargo(&format!("build {FEATURES}")))?;
    start(&mut command(
        target().join("debug").join(format!("innkeeper-desktop{}", std::env::consts::EXE_SUFFIX)),
    ))
}

/// Where the tour leaves its report and pictures.
pub fn tour_folder() -> PathBuf {
    target().join("tour")
}

/// The desktop test on a virtual display. `build` says what is built, packages and features: cargo unites features over
/// it, so it has to be that of the builds before, or everything is built anew.
pub fn tour(build: &str, variables: &[(&str, &str)]) -> Outcome {
    let folder = tour_folder();
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(|e| format!("clearing {}: {e}", folder.display()))?;
    }
    start(&mut desktop_test(build, "--no-run"))?;
    let mut test = desktop_test(build, "-- --nocapture --test-threads=1");
    test.env("TOUR_DIR", &folder).envs(variables.iter().copied());
    let outcome = start(&mut display::virtual_display(&test));
    let report = report(&folder.join("report.json"));
    eprintln!("\nThe tour's report and pictures: {}", folder.display());
    outcome.and(report)
}

fn desktop_test(build: &str, rest: &str) -> Command {
    cargo(&format!("test {build} --test desktop {rest}"))
}

/// Prints the steps of the report; an error when it is missing, empty, or says that a step failed.
fn report(path: &Path) -> Outcome {
    let text = std::fs::read_to_string(path)
        .map_err(|e| format!("the tour left no report at {}: {e}", path.display()))?;
    let report: Value =
        serde_json::from_str(&text).map_err(|e| format!("{} is not JSON: {e}", path.display()))?;
    for step in report["steps"].as_array().into_iter().flatten() {
        let mark = if step["ok"] == true { "ok    " } else { "FAILED" };
        eprintln!("  {mark} {:>6} ms  {}", step["millis"].to_string(), step["name"].as_str().unwrap_or("?"));
    }
    is_good(&report)
}

fn is_good(report: &Value) -> Outcome {
    let steps = report["steps"].as_array().map_or(&[][..], Vec::as_slice);
    if steps.is_empty() {
        return Err("the tour's report has no step: nothing ran".into());
    }
    match steps.iter().find(|step| step["ok"] != true) {
        Some(step) => Err(format!("the tour failed at {}", step["name"])),
        None if report["ok"] != true => Err("the tour did not come to its end".into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_tour_is_good_only_when_it_ran_to_its_end_and_every_step_was_good() {
        let step = |ok: bool| json!({"name": "Find a guest", "ok": ok, "millis": 12});
        assert_eq!(is_good(&json!({"steps": [step(true)], "ok": true})), Ok(()));
        assert!(is_good(&json!({"steps": [step(true), step(false)], "ok": true})).is_err());
        assert!(is_good(&json!({"steps": [step(true)], "ok": false})).is_err());
        assert!(is_good(&json!({"steps": [], "ok": true})).is_err());
        assert!(is_good(&json!({})).is_err());
    }
}
