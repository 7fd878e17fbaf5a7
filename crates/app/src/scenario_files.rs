//! Scenario files of a tester, checked without a data folder and without an org.

use std::path::{Path, PathBuf};

use lab::scenario::{Place, Suite};

use crate::{Failure, FailureCode};

/// A scenario file without a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedScenarios {
    /// How many scenarios it has.
    pub scenarios: usize,
}

/// Why a scenario file cannot be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioProblem {
    /// What is wrong, for people.
    pub failure: Failure,
    /// The file with the mistake: the one that was named, or one that it includes.
    pub file: PathBuf,
    /// Line and column of the mistake, from 1; `None` where the file could not be read at all.
    pub place: Option<(u32, u32)>,
    /// The steps that include the file with the mistake, from that file outwards to the one that was named; empty where the
    /// mistake is in that one.
    pub included_from: Vec<IncludedFrom>,
}

/// A step that includes a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncludedFrom {
    /// The file in which the step stands.
    pub file: PathBuf,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
}

/// Reads a scenario file and all that it includes, with the variables of this process's environment.
///
/// # Errors
/// The first mistake, with its place ([`FailureCode::BadFile`]), or why the file cannot be read.
pub fn check_scenarios(file: &Path) -> Result<CheckedScenarios, Box<ScenarioProblem>> {
    load_scenarios(file).map(|suite| CheckedScenarios { scenarios: suite.scenarios.len() })
}

/// The same, for what is to be run.
///
/// # Errors
/// As [`check_scenarios`].
pub fn load_scenarios(file: &Path) -> Result<Suite, Box<ScenarioProblem>> {
    lab::scenario::load(file, &|name| std::env::var_os(name)).map_err(|error| Box::new(problem(file, error)))
}

/// The JSON Schema of a scenario file.
#[must_use]
pub fn scenario_schema() -> serde_json::Value {
    lab::scenario::schema()
}

fn problem(named: &Path, error: lab::Error) -> ScenarioProblem {
    match error {
        lab::Error::Mistake(mistake) => {
            let Place { file, line, column } = &mistake.place;
            let included_from: Vec<IncludedFrom> = mistake.included_from.iter().map(included_from).collect();
            let by = included_from
                .iter()
                .map(|by| format!(", included by {}, line {}", by.file.display(), by.line));
            let by: String = by.collect();
            let message = format!("{}, line {line}, column {column}{by}: {mistake}.", file.display());
            let next = match mistake.is_environment {
                true => {
                    "Set the variable in the environment of this command, or correct the file at that place."
                }
                false => "Correct the file at that place.",
            };
            ScenarioProblem {
                failure: Failure::new(FailureCode::BadFile, message).with_next(next),
                file: file.to_path_buf(),
                place: Some((*line, *column)),
                included_from,
            }
        }
        lab::Error::Unreadable { source, .. } => unreadable(named, &source),
        error => ScenarioProblem {
            failure: Failure::internal(error.to_string()),
            file: named.to_owned(),
            place: None,
            included_from: Vec::new(),
        },
    }
}

impl ScenarioProblem {
    /// A step that cannot work where its file is to be run.
    pub(crate) fn of_step(named: &Path, place: &Place, why: &str) -> Self {
        let Place { file, line, column } = place;
        let message = format!("{}, line {line}, column {column}: {why}.", file.display());
        let next = "Run the file elsewhere, change the deployment, or take the step out.";
        Self {
            failure: Failure::new(FailureCode::BadFile, message).with_next(next),
            file: if file.as_os_str().is_empty() { named.to_owned() } else { file.to_path_buf() },
            place: Some((*line, *column)),
            included_from: Vec::new(),
        }
    }
}

fn included_from(place: &Place) -> IncludedFrom {
    IncludedFrom { file: place.file.to_path_buf(), line: place.line, column: place.column }
}

fn unreadable(file: &Path, source: &std::io::Error) -> ScenarioProblem {
    let failure = Failure::of_file(format!("{} cannot be read", file.display()), source);
    let failure = Failure { code: FailureCode::BadFile, ..failure };
    ScenarioProblem { failure, file: file.to_owned(), place: None, included_from: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_told_with_its_file_and_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.yaml");
        std::fs::write(&file, "scenarios:\n  a:\n    - say: 5\n").unwrap();
        let problem = check_scenarios(&file).unwrap_err();
        assert_eq!((problem.file.as_path(), problem.place), (file.as_path(), Some((3, 7))));
        assert!(problem.failure.message.contains("line 3, column 7: `say` must be a text"));
        std::fs::write(&file, "scenarios: {a: [], b: []}").unwrap();
        assert_eq!(check_scenarios(&file).unwrap().scenarios, 2);
        let including = folder.path().join("c.yaml");
        std::fs::write(&including, "scenarios:\n  a:\n    - include: 'd.yaml#a'\n").unwrap();
        std::fs::write(folder.path().join("d.yaml"), "scenarios: []").unwrap();
        let problem = check_scenarios(&including).unwrap_err();
        let by = IncludedFrom { file: including.clone(), line: 3, column: 7 };
        assert_eq!((problem.included_from, problem.place), (vec![by], Some((1, 1))));
        let told = format!("included by {}, line 3:", including.display());
        assert!(problem.failure.message.contains(&told), "{}", problem.failure.message);
        let missing = check_scenarios(&folder.path().join("b.yaml")).unwrap_err();
        assert_eq!((missing.place, missing.failure.code.exit_code()), (None, 65));
    }
}
