mod load;
mod run;
mod words;

use std::path::{Path, PathBuf};

use app::{CheckedScenarios, IncludedFrom, LabChoice, Result, ScenarioProblem, Suite};
use serde_json::json;

use super::input::aside;
use crate::{
    args::{Place, Scenario},
    open::Context,
    output::{BAD_FILE, DONE, Out, line},
};

/// Looks at scenario files and runs them. A data folder is opened for the embedded org only.
pub async fn run(command: &Scenario, cx: &Context<'_>) -> Result<u8> {
    let out = cx.out;
    match command {
        Scenario::Run(args) => run::run(args, cx).await,
        Scenario::Load(args) => load::run(args, cx).await,
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

/// Reads every file before anything runs; where one has a mistake, those are told and nothing is answered.
async fn read_all(files: &[PathBuf], out: &Out) -> Result<Option<Vec<(PathBuf, Suite)>>> {
    let (mut read, mut problems) = (Vec::new(), Vec::new());
    for file in files {
        let named = file.clone();
        match aside(move || Ok(app::load_scenarios(&named))).await? {
            Ok(suite) => read.push((file.clone(), suite)),
            Err(problem) => problems.push(problem),
        }
    }
    for problem in &problems {
        tell_problem(problem, out);
    }
    Ok(problems.is_empty().then_some(read))
}

fn choice(place: &Place) -> LabChoice {
    let Place { deployment, region, origin } = place;
    LabChoice { deployment: deployment.clone(), region: region.clone(), origin: origin.clone(), file: None }
}

fn tell(file: &Path, checked: &CheckedScenarios, out: &Out) {
    let scenarios = checked.scenarios;
    let record = json!({ "file": file.to_string_lossy(), "scenarios": scenarios, "ok": true });
    out.record(&record, || {
        let word = if scenarios == 1 { "scenario" } else { "scenarios" };
        // A newline in the name of a file must not make a line of its own.
        let file = file.to_string_lossy();
        format!("{}: {scenarios} {word}, no mistake", line(&file))
    });
}

/// A mistake with its file and place.
pub fn tell_problem(problem: &ScenarioProblem, out: &Out) {
    let (row, column) = problem.place.unzip();
    let file = json!(problem.file.to_string_lossy());
    let mut place = vec![("file", file), ("line", json!(row)), ("column", json!(column))];
    if !problem.included_from.is_empty() {
        let step = |by: &IncludedFrom| json!({ "file": by.file.to_string_lossy(), "line": by.line, "column": by.column });
        place.push(("includedFrom", problem.included_from.iter().map(step).collect()));
    }
    out.failed_in_file(&problem.failure, place);
}
