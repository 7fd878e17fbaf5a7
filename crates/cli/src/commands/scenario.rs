use std::path::{Path, PathBuf};

use app::{CheckedScenarios, Result, ScenarioProblem};
use serde_json::json;

use super::input::aside;
use crate::{
    args::Scenario,
    output::{BAD_FILE, DONE, Out},
};

/// Looks at scenario files. Opens no data folder.
pub async fn run(command: &Scenario, out: &Out) -> Result<u8> {
    match command {
        Scenario::Check { files } => check(files, out).await,
        Scenario::Schema => {
            let schema = app::scenario_schema();
            out.record(&schema, || format!("{schema:#}"));
            Ok(DONE)
        }
    }
}

/// Every file is looked at; those with a mistake are told last, since an error is the last line.
async fn check(files: &[PathBuf], out: &Out) -> Result<u8> {
    let mut problems = Vec::new();
    for file in files {
        let named = file.clone();
        // On a thread of its own: a file may be a pipe that nobody writes to.
        match aside(move || Ok(app::check_scenarios(&named))).await? {
            Ok(checked) => tell(file, &checked, out),
            Err(problem) => problems.push(problem),
        }
    }
    for problem in &problems {
        tell_problem(problem, out);
    }
    Ok(if problems.is_empty() { DONE } else { BAD_FILE })
}

fn tell(file: &Path, checked: &CheckedScenarios, out: &Out) {
    let scenarios = checked.scenarios;
    let record = json!({ "file": file.to_string_lossy(), "scenarios": scenarios, "ok": true });
    out.record(&record, || {
        let word = if scenarios == 1 { "scenario" } else { "scenarios" };
        format!("{}: {scenarios} {word}, no mistake", file.display())
    });
}

fn tell_problem(problem: &ScenarioProblem, out: &Out) {
    let (line, column) = problem.place.unzip();
    let file = json!(problem.file.to_string_lossy());
    out.failed_in_file(&problem.failure, [("file", file), ("line", json!(line)), ("column", json!(column))]);
}
