//! The desktop test: its stories in two parts side by side, each on a virtual display and a session bus of its own.
//!
//! Within a part the stories run one after the other, because a window holds a name on its session bus. Most of their time
//! is waiting for a clock of the console, so two parts need little more processor time than one.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::display::virtual_display;
use crate::process::{Outcome, cargo, run, run_side_by_side, target};

/// Some of the modules of `tests/desktop`, whose stories run one after the other on one display.
struct Part {
    /// Stands before each line of its output.
    name: &'static str,
    modules: &'static [&'static str],
    /// Where the search for a free display begins: far apart, so that two parts never try the same one at once.
    first_display: u16,
}

/// The split, so that both take about the same time.
const PARTS: [Part; 2] = [
    Part {
        name: "states",
        modules: &["states", "canary", "inputs", "keyboard", "live_org", "long_outbox", "notice", "tray"],
        first_display: 100,
    },
    Part {
        name: "tour",
        modules: &["tour", "chat_lab", "hostile", "interrupted", "reach"],
        first_display: 200,
    },
];

/// Where the tour leaves its report and pictures.
fn folder() -> PathBuf {
    target().join("tour")
}

/// The desktop test on virtual displays. `build` says what is built, packages and features: cargo unites features over
/// it, so it has to be that of the builds before, or everything is built anew.
pub fn desktop(build: &str, variables: &[(&str, &str)]) -> Outcome {
    let folder = folder();
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(|e| format!("clearing {}: {e}", folder.display()))?;
    }
    run(&mut cargo(&format!("test {build} --test desktop --no-run")))?;
    let commands = PARTS.iter().map(|part| {
        let mut test = test_of(part, build);
        test.env("TOUR_DIR", &folder).envs(variables.iter().copied());
        (part.name, virtual_display(&test, part.first_display))
    });
    let passed = run_side_by_side(commands.collect());
    let report = report();
    eprintln!("\nThe tour's report and pictures: {}", folder.display());
    for (part, passed) in PARTS.iter().zip(passed) {
        match passed {
            Ok(0) => return Err(format!("no story of {} ran", part.name)),
            Ok(_) => {}
            Err(why) => return Err(format!("{}: {why}", part.name)),
        }
    }
    report
}

fn test_of(part: &Part, build: &str) -> Command {
    let mut test = cargo(&format!("test {build} --test desktop -- --nocapture --test-threads=1"));
    test.args(filters(part));
    test
}

/// What is in the path of each test of the part, and of no other.
fn filters(part: &Part) -> impl Iterator<Item = String> {
    part.modules.iter().map(|module| format!("{module}::"))
}

/// Prints the steps of the report; an error when it is missing, empty, or says that a step failed.
fn report() -> Outcome {
    let path = folder().join("report.json");
    let text = std::fs::read_to_string(&path)
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
    use crate::process::root;
    use serde_json::json;

    /// `module::name` of each story that the window is needed for.
    fn stories() -> Vec<String> {
        let files = std::fs::read_dir(root().join("tests/desktop")).expect("the stories are there");
        let mut stories = Vec::new();
        for file in files {
            let path = file.expect("the folder is readable").path();
            let module = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).expect("the sources are readable");
            let names = text.split("async fn ").skip(1).filter_map(|rest| rest.split('(').next());
            let names = names.filter(|name| name.ends_with("_in_the_real_window"));
            stories.extend(names.map(|name| format!("{module}::{name}")));
        }
        stories
    }

    #[test]
    fn every_story_of_the_window_runs_in_exactly_one_part() {
        let stories = stories();
        assert!(stories.len() >= 15, "{stories:?}");
        let runs = |part: &Part, story: &str| filters(part).any(|filter| story.contains(&filter));
        for story in &stories {
            let parts: Vec<_> = PARTS.iter().filter(|part| runs(part, story)).map(|part| part.name).collect();
            assert_eq!(parts.len(), 1, "{story} runs in {parts:?}");
        }
        for filter in PARTS.iter().flat_map(filters) {
            assert!(stories.iter().any(|story| story.starts_with(&filter)), "there is no story in {filter}");
        }
    }

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
