//! Which scenario files are open, and what is known of them.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use lab::{
    report::Heading,
    run::{RunEvent, ScenarioResult},
    scenario::Suite,
};
use parking_lot::Mutex;
use tokio::{sync::watch, task::AbortHandle};
use uuid::Uuid;

use super::{
    runs::{Current, Kept, Runs},
    stamps::Stamps,
};
use crate::{
    Failure, FailureCode, Result, ScenarioProblem,
    scenario_files::load_scenarios,
    views::{
        ScenarioFileView, ScenarioLeftOutView, ScenarioMistakeView, ScenarioOverview, ScenarioResultView,
        ScenarioRunEnd, ScenarioRunOptions, ScenarioView, count,
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
    /// Counts up whenever the file says something else than before.
    pub(super) reading: u32,
    /// The file and those that it includes; of a file with a mistake those that lead to the mistake.
    pub(super) parts: Vec<PathBuf>,
    /// Whether it is run again when one of its parts is saved: how they were on the disk when that was last looked at.
    pub(super) watched: Option<Stamps>,
}

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

/// Files that were open over a connection, with what was known of them.
pub struct LeftScenarios {
    files: Vec<OpenFile>,
    runs: Runs,
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
        let (run, last, bad) = (runs.progress(), runs.last(), count(runs.failed().len() as u64));
        ScenarioOverview { files, run, totals: runs.totals(), problem, last, bad }
    }

    /// The names of those with a mistake.
    pub(crate) fn unread(&self) -> Vec<String> {
        let files = self.files.lock();
        files.iter().filter(|file| file.read.is_err()).map(|file| file.name.clone()).collect()
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

    /// The run is over, or is ended where one goes on.
    pub(super) fn ended(&self, now: DateTime<Utc>, end: ScenarioRunEnd) {
        self.runs.lock().ended(now, end);
        self.tell();
    }

    /// Nothing could be run, and why.
    pub(super) fn nothing_ran(&self, now: DateTime<Utc>, left_out: Vec<ScenarioLeftOutView>) {
        *self.problem.lock() = None;
        self.runs.lock().nothing_ran(now, left_out);
        self.tell();
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

    /// In the order of the files.
    pub(super) fn results(&self) -> Vec<Kept> {
        let files = self.ids();
        self.runs.lock().in_order(&files)
    }

    /// What a report of the newest run tells, in the order of the files: what that run left out has no older result in it.
    pub(super) fn reported(&self) -> Option<(Heading, Vec<Arc<ScenarioResult>>)> {
        let files = self.ids();
        self.runs.lock().reported(&files)
    }

    pub(super) fn result_view(&self, kept: &Kept) -> ScenarioResultView {
        self.runs.lock().view(kept)
    }

    fn ids(&self) -> Vec<Uuid> {
        self.files.lock().iter().map(|file| file.id).collect()
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
        let mut is_news = false;
        for new in opened {
            let file = match files.iter_mut().find(|old| old.path == new.path) {
                Some(old)
                    if old.name == new.name && old.parts == new.parts && is_same(&old.read, &new.read) =>
                {
                    continue;
                }
                Some(old) => {
                    old.reading += u32::from(!is_same(&old.read, &new.read));
                    (old.name, old.read, old.parts) = (new.name, new.read, new.parts);
                    &*old
                }
                None => {
                    files.push(new);
                    &files[files.len() - 1]
                }
            };
            is_news = true;
            let names = file.read.as_ref().map(|suite| suite.scenarios.iter().map(|one| one.name.as_str()));
            let names: Option<Vec<&str>> = names.ok().map(Iterator::collect);
            self.runs.lock().was_read((file.id, file.reading), names.as_deref());
        }
        drop(files);
        if is_news {
            self.tell();
        }
        Ok(())
    }

    /// Puts new readings on the list of those of these files that are still open.
    pub(super) fn put_again(&self, read: Vec<OpenFile>) -> Result<()> {
        let still = self.ids();
        self.put(read.into_iter().filter(|file| still.contains(&file.id)).collect())
    }

    /// What is open and known, which is not open here any more.
    pub(super) fn leave(&self) -> LeftScenarios {
        let files = std::mem::take(&mut *self.files.lock());
        let runs = std::mem::take(&mut *self.runs.lock());
        self.tell();
        LeftScenarios { files, runs }
    }

    /// Results say nothing of how things are over another connection: each file counts as read anew.
    pub(super) fn take_up(&self, LeftScenarios { mut files, mut runs }: LeftScenarios) {
        for file in &mut files {
            file.reading += 1;
            runs.was_read((file.id, file.reading), None);
        }
        *self.files.lock() = files;
        *self.runs.lock() = runs;
        self.tell();
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

/// Whether two readings of a file say the same.
fn is_same(a: &Result<Suite, ScenarioMistakeView>, b: &Result<Suite, ScenarioMistakeView>) -> bool {
    match (a, b) {
        (Ok(a), Ok(b)) => {
            a.config == b.config
                && a.setup == b.setup
                && a.clean_up == b.clean_up
                && a.scenarios == b.scenarios
        }
        (Err(a), Err(b)) => a == b,
        _ => false,
    }
}

/// The scenarios of a file or its first mistake, and which files were read for that.
pub(super) fn read(path: &Path) -> (Result<Suite, ScenarioMistakeView>, Vec<PathBuf>) {
    let read = load_scenarios(path);
    let mut parts = vec![path.to_owned()];
    match &read {
        Ok(suite) => parts.extend(suite.files.iter().cloned()),
        Err(problem) => {
            let including = problem.included_from.iter().map(|place| place.file.clone());
            parts.extend(including.chain([problem.file.clone()]));
        }
    }
    (read.map_err(|problem| mistake(*problem)), parts)
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
