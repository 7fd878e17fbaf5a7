use std::path::PathBuf;

use app::{IncludedFrom, LabChoice, Result, ScenarioProblem, Suite};
use serde_json::json;

use crate::{args::Place, commands::input::aside, output::Out};

/// Reads every file before anything runs; where one has a mistake, those are told and nothing is answered.
pub async fn read_all(files: &[PathBuf], out: &Out) -> Result<Option<Vec<(PathBuf, Suite)>>> {
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

pub fn choice(place: &Place) -> LabChoice {
    let Place { deployment, region, origin } = place;
    LabChoice { deployment: deployment.clone(), region: region.clone(), origin: origin.clone(), file: None }
}

/// Says what is wrong with a file, with its place.
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
