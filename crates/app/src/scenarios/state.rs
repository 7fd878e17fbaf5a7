//! Which scenario files are open, and what is known of them.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use lab::{report::Heading, run::RunEvent, scenario::Suite};
use parking_lot::Mutex;
use tokio::{sync::watch, task::AbortHandle};
use uuid::Uuid;

use super::runs::{Current, Kept, Runs};
use crate::{
    Failure, FailureCode, Result, ScenarioProblem,
    scenario_files::load_scenarios,
    views::{
        ScenarioFileView, ScenarioMistakeView, ScenarioOverview, ScenarioRunOptions, ScenarioView, count,
    },
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
    /// Whether it is run again when it is saved: how it was on the disk when that was last looked at.
    pub(super) watched: Option<Stamp>,
}

/// When a file was changed, and its length: where one of them is another, it was saved. `None` while it is not there.
pub(super) type Stamp = Option<(std::time::SystemTime, u64)>;

/// The files of the scenario screen.
#[derive(Default)]
pub(crate) struct OpenScenarios {
    files: Mutex<Vec<OpenFile>>,
    runs: Mutex<Runs>,
    problem: Mutex<Option<String>>,
    /// Held while a run is being begun.
    pub(super) starting: tokio::sync::Mutex<()>,
    changed: watch::Sender<u64>,
}

impl OpenScenarios {
    /// Counts up whenever something changed.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(super) fn all(&self) -> Vec<OpenFile> {
        self.files.lock().clone()
    }

    pub(super) fn file(&self, id: Uuid) -> Result<OpenFile> {
        self.files.lock().iter().find(|file| file.id == id).cloned().ok_or_else(unknown)
    }

    pub(super) fn watched(&self) -> Vec<OpenFile> {
        self.files.lock().iter().filter(|file| file.watched.is_some()).cloned().collect()
    }

    /// Those without a mistake.
    pub(crate) fn suites(&self) -> Vec<(PathBuf, Suite)> {
        let files = self.files.lock();
        files.iter().filter_map(|file| Some((file.path.clone(), file.read.clone().ok()?))).collect()
    }

    pub(super) fn view(&self) -> ScenarioOverview {
        let files = self.files.lock().iter().map(view).collect();
        let problem = self.problem.lock().clone();
        let runs = self.runs.lock();
        ScenarioOverview { files, run: runs.progress(), totals: runs.totals(), problem }
    }

    /// Refuses a second run.
    pub(super) fn may_begin(&self) -> Result<()> {
        if self.runs.lock().current.is_none() {
            return Ok(());
        }
        Err(Failure::new(FailureCode::RunActive, "Scenarios are being run.")
            .with_next("Wait for them, or stop the run."))
    }

    pub(super) fn begin(&self, current: Current) {
        *self.problem.lock() = None;
        self.runs.lock().begin(current);
        self.tell();
    }

    /// The task of the run, unless it has ended already.
    pub(super) fn task(&self, task: AbortHandle) {
        if let Some(current) = &mut self.runs.lock().current {
            current.task = Some(task);
        }
    }

    pub(super) fn heard(&self, event: RunEvent, now: DateTime<Utc>) {
        self.runs.lock().heard(event, now);
        self.tell();
    }

    pub(super) fn ended(&self, now: DateTime<Utc>, interrupted: bool) {
        self.runs.lock().ended(now, interrupted);
        self.tell();
    }

    /// Ends the run, where one goes on.
    pub(crate) fn stop(&self, now: DateTime<Utc>) {
        self.ended(now, true);
    }

    pub(super) fn tell_problem(&self, problem: Option<String>) {
        *self.problem.lock() = problem;
        self.tell();
    }

    /// How the newest run was made.
    pub(super) fn options(&self) -> Option<ScenarioRunOptions> {
        self.runs.lock().options
    }

    pub(super) fn failed(&self) -> Vec<(Uuid, String)> {
        self.runs.lock().failed()
    }

    pub(super) fn heading(&self) -> Option<Heading> {
        self.runs.lock().heading.clone()
    }

    /// In the order of the files.
    pub(super) fn results(&self) -> Vec<Kept> {
        let files: Vec<Uuid> = self.files.lock().iter().map(|file| file.id).collect();
        self.runs.lock().in_order(&files)
    }

    pub(super) fn result(&self, number: u32) -> Option<Kept> {
        self.runs.lock().numbered(number)
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
        self.runs.lock().forget(id);
        self.tell();
        Ok(())
    }

    fn tell(&self) {
        self.changed.send_modify(|count| *count += 1);
    }
}

/// The scenarios of a file, or its first mistake.
pub(super) fn read(path: &Path) -> Result<Suite, ScenarioMistakeView> {
    load_scenarios(path).map_err(|problem| mistake(*problem))
}

fn mistake(problem: ScenarioProblem) -> ScenarioMistakeView {
    let ScenarioProblem { failure, file, place, .. } = problem;
    // The page is told the name and the place beside the words, and no path.
    let at = place.map(|(line, column)| format!("{}, line {line}, column {column}: ", file.display()));
    let words = at.as_deref().and_then(|at| failure.message.strip_prefix(at)).map(str::to_owned);
    let name =
        file.file_name().map_or_else(|| file.display().to_string(), |n| n.to_string_lossy().into_owned());
    ScenarioMistakeView {
        message: words.unwrap_or(failure.message),
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
        watched: file.watched.is_some(),
    }
}

fn unknown() -> Failure {
    Failure::new(FailureCode::NotFound, "This scenario file is not open any more.")
        .with_next("Open it again.")
}
