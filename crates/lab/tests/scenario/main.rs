//! Scenario files: every corner of the peer's format by name, our own steps, includes, the schema, and hostile bytes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod corpus;
mod hostile;
mod includes;
mod own;
mod paths;
mod peer;
mod properties;
mod schema;

use std::path::Path;

use lab::scenario::{Action, Mistake, ScenarioFile, WrittenStep, parse};

/// A file by this name, so that places can be told.
fn read(text: &str) -> Result<ScenarioFile, Mistake> {
    parse(Path::new("test.yaml"), text.as_bytes())
}

fn fine(text: &str) -> ScenarioFile {
    read(text).unwrap_or_else(|mistake| panic!("{:?} {mistake}\n{text}", mistake.place))
}

/// Line, column and words of the mistake.
fn refused(text: &str) -> (u32, u32, String) {
    match read(text) {
        Ok(file) => panic!("not refused: {file:?}\n{text}"),
        Err(Mistake { place, message, .. }) => (place.line, place.column, message),
    }
}

/// Refused on this line, with words that say why.
fn refused_on(line: u32, words: &str, text: &str) {
    let (at, _, message) = refused(text);
    assert!(at == line && message.contains(words), "line {at}, not {line}: {message:?}\n{text}");
}

/// A file with these steps in one scenario, the first of them on line 3.
fn with_steps(steps: &str) -> String {
    let lines: Vec<String> = steps.lines().map(|line| format!("    {line}\n")).collect();
    format!("scenarios:\n  one:\n{}", lines.concat())
}

/// What the steps of the first scenario do.
fn actions(text: &str) -> Vec<Action> {
    let steps = fine(text).scenarios.remove(0).steps;
    let action = |written| match written {
        WrittenStep::One(step) => step.action,
        WrittenStep::Include(include) => panic!("{include:?}"),
    };
    steps.into_iter().map(action).collect()
}

fn names(text: &str) -> Vec<String> {
    fine(text).scenarios.into_iter().map(|scenario| scenario.name).collect()
}
