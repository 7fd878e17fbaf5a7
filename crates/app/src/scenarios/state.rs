//! Which scenario files are open, and what is known of them.

use std::path::{Path, PathBuf};

use lab::scenario::Suite;
use parking_lot::Mutex;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    Failure, FailureCode, Result, ScenarioProblem,
    scenario_files::problem,
    views::{ScenarioFileView, ScenarioMistakeView, ScenarioView, count},
};

/// So many files may be open at once.
pub(super) const MOST_FILES: usize = 500;

/// A scenario file that is open.
#[derive(Clone)]
pub(super) struct OpenFile {
    pub(super) id: Uuid,
    pub(super) path: PathBuf,
    /// As a person knows it: below the folder that was opened.
    pub(super) name: String,
    pub(super) read: Result<Suite, ScenarioMistakeView>,
    pub(super) watched: bool,
}

/// The files of the scenario screen.
#[derive(Default)]
pub(crate) struct OpenScenarios {
    files: Mutex<Vec<OpenFile>>,
    pub(super) changed: watch::Sender<u64>,
}

impl OpenScenarios {
    /// Counts up whenever something changed.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(super) fn all(&self) -> Vec<OpenFile> {
        self.files.lock().clone()
    }

    pub(super) fn views(&self) -> Vec<ScenarioFileView> {
        self.files.lock().iter().map(view).collect()
    }

    /// Puts files on the list; one that is on it already takes the place of its former reading.
    pub(super) fn put(&self, opened: Vec<OpenFile>) -> Result<()> {
        let mut files = self.files.lock();
        let new = opened.iter().filter(|new| !files.iter().any(|old| old.path == new.path)).count();
        if files.len() + new > MOST_FILES {
            let why = format!("At most {MOST_FILES} scenario files can be open at once.");
            return Err(Failure::new(FailureCode::InvalidInput, why).with_next("Close some first."));
        }
        for new in opened {
            match files.iter_mut().find(|old| old.path == new.path) {
                Some(old) => (old.name, old.read) = (new.name, new.read),
                None => files.push(new),
            }
        }
        drop(files);
        self.tell();
        Ok(())
    }

    pub(super) fn change<T>(&self, id: Uuid, change: impl FnOnce(&mut OpenFile) -> T) -> Result<T> {
        let mut files = self.files.lock();
        let file = files.iter_mut().find(|file| file.id == id).ok_or_else(unknown)?;
        let changed = change(file);
        drop(files);
        self.tell();
        Ok(changed)
    }

    pub(super) fn close(&self, id: Uuid) -> Result<()> {
        let mut files = self.files.lock();
        let at = files.iter().position(|file| file.id == id).ok_or_else(unknown)?;
        files.remove(at);
        drop(files);
        self.tell();
        Ok(())
    }

    pub(super) fn tell(&self) {
        self.changed.send_modify(|count| *count += 1);
    }
}

/// The scenarios of a file, or its first mistake.
pub(super) fn read(path: &Path) -> Result<Suite, ScenarioMistakeView> {
    lab::scenario::load(path, &|name| std::env::var_os(name)).map_err(|error| mistake(problem(path, error)))
}

fn mistake(problem: ScenarioProblem) -> ScenarioMistakeView {
    let ScenarioProblem { failure, file, place, .. } = problem;
    let name =
        file.file_name().map_or_else(|| file.display().to_string(), |n| n.to_string_lossy().into_owned());
    ScenarioMistakeView {
        message: failure.message,
        next: failure.next,
        name,
        line: place.map(|(line, _)| line),
        column: place.map(|(_, column)| column),
    }
}

fn view(file: &OpenFile) -> ScenarioFileView {
    let scenarios = file.read.as_ref().map(|suite| suite.scenarios.as_slice()).unwrap_or_default();
    ScenarioFileView {
        id: file.id,
        name: file.name.clone(),
        problem: file.read.as_ref().err().cloned(),
        scenarios: scenarios
            .iter()
            .map(|scenario| ScenarioView {
                name: scenario.name.clone(),
                tags: scenario.tags.clone(),
                steps: count(scenario.steps.len() as u64),
                skip: scenario.skip.clone(),
                line: scenario.place.line,
            })
            .collect(),
        watched: file.watched,
    }
}

fn unknown() -> Failure {
    Failure::new(FailureCode::NotFound, "This scenario file is not open any more.")
        .with_next("Open it again.")
}
