mod files;
mod load;
mod run;
mod words;

use std::path::{Path, PathBuf};

use app::{CheckedScenarios, Result};
use serde_json::json;

pub use self::files::tell_problem;
use super::input::aside;
use crate::{
    args::Scenario,
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
        Scenario::Schema { bot } => {
            let schema = if *bot { simulator::bot_schema() } else { app::scenario_schema() };
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
        // A newline in the name of a file must not make a line of its own.
        let file = file.to_string_lossy();
        format!("{}: {scenarios} {word}, no mistake", line(&file))
    });
}
