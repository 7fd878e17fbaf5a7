//! Scenario files, their run and its results as they are shown.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use specta::Type;
use uuid::Uuid;

use super::{LabFrameView, LabRowView};

/// The scenario files that are open, and the run over them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioOverview {
    /// In the order in which they were opened, those of a folder by name.
    pub files: Vec<ScenarioFileView>,
    /// The run that goes on.
    pub run: Option<ScenarioProgressView>,
    /// How the scenarios ended, each at its newest run.
    pub totals: ScenarioTotalsView,
    /// Why a watched file that was saved could not be run again; `None` when all is well.
    pub problem: Option<String>,
    /// How the newest run ended; `None` before one has, and while one goes on.
    pub last: Option<ScenarioRunView>,
    /// How many failed or errored when they ran last: those of [`ScenarioChoice::Failed`].
    pub bad: u32,
}

/// How a run ended, and what it left out.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioRunView {
    /// How many scenarios it had.
    pub total: u32,
    /// How many of them ended; the others are not run.
    pub ended: u32,
    /// What ended it.
    pub end: ScenarioRunEnd,
    /// Files of which nothing was run.
    pub left_out: Vec<ScenarioLeftOutView>,
}

/// What ended a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ScenarioRunEnd {
    /// All of it was run.
    Completed,
    /// A person.
    Stopped,
    /// The console was switched offline.
    Offline,
}

/// A file of which a run ran nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioLeftOutView {
    /// The open file.
    pub id: Uuid,
    /// Its name, as in the list of files.
    pub name: String,
    /// Why.
    pub problem: ScenarioMistakeView,
}

/// How many scenarios ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioTotalsView {
    /// As expected.
    pub passed: u32,
    /// Not as expected.
    pub failed: u32,
    /// Could not be told: no connection, an error of the org.
    pub errored: u32,
    /// Not run, as the file says.
    pub skipped: u32,
    /// The newest run was ended before they were run.
    pub not_run: u32,
    /// Of all these, those that are from before their file was changed.
    pub stale: u32,
}

/// A scenario file that is open.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioFileView {
    /// Names it in every command.
    pub id: Uuid,
    /// Its name, below the folder that was opened where there is one.
    pub name: String,
    /// Why it cannot be run; `None` when it has no mistake.
    pub problem: Option<ScenarioMistakeView>,
    /// In the order in which they run; empty where it has a mistake.
    pub scenarios: Vec<ScenarioView>,
    /// Whether it is run again when it is saved.
    pub watched: bool,
}

/// A mistake of a scenario file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioMistakeView {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub next: String,
    /// The name of the file with the mistake, which may be an included one.
    pub name: String,
    /// From 1; `None` where it could not be read at all.
    pub line: Option<u32>,
    /// From 1.
    pub column: Option<u32>,
}

impl ScenarioMistakeView {
    /// The whole of it in one text.
    pub(crate) fn with_place(&self) -> String {
        let Self { message, next, name, line, column } = self;
        let at = match (line, column) {
            (Some(line), Some(column)) => format!("{name}, line {line}, column {column}: "),
            (Some(line), None) => format!("{name}, line {line}: "),
            _ => String::new(),
        };
        format!("{at}{message} {next}")
    }
}

/// A scenario of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioView {
    /// Unlike every other of its file.
    pub name: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// How many steps it has, included ones counted.
    pub steps: u32,
    /// Why it is not run now.
    pub skip: Option<String>,
    /// The line of its name.
    pub line: u32,
}

/// Which scenarios are run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "which", deny_unknown_fields)]
pub enum ScenarioChoice {
    /// All of all open files; one that cannot be run is told and stops no other.
    All,
    /// Those that failed or errored when they ran last.
    Failed,
    /// Of one file: these, or all where none is named.
    Of {
        /// The open file.
        id: Uuid,
        /// Names of scenarios.
        names: Vec<String>,
    },
}

/// How they are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScenarioRunOptions {
    /// How many at once, 1 to 100.
    pub parallel: u32,
    /// How often each, 1 to 1,000.
    pub repeat: u32,
    /// How long a step may take, in seconds, 1 to 3,600.
    pub timeout_seconds: u32,
}

/// A run that goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioProgressView {
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// How many scenarios it has.
    pub total: u32,
    /// How many ended.
    pub ended: u32,
    /// Those of them that failed or errored.
    pub failed: u32,
    /// What is under way.
    pub running: Vec<RunningScenarioView>,
}

/// A scenario that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RunningScenarioView {
    /// The open file.
    pub id: Uuid,
    /// The scenario.
    pub scenario: String,
    /// The step that is under way, from 1; 0: none has begun.
    pub step: u32,
    /// How many there are.
    pub steps: u32,
}

/// How a scenario ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ScenarioOutcome {
    /// As expected.
    Passed,
    /// Not as expected.
    Failed,
    /// Could not be told.
    Errored,
    /// Not run, as the file says.
    Skipped,
    /// The run was ended before this was run to its end.
    NotRun,
}

/// How one scenario ended.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioResultView {
    /// Names it in `scenarioResult`.
    pub number: u32,
    /// The open file.
    pub id: Uuid,
    /// The file's name.
    pub name: String,
    /// The scenario.
    pub scenario: String,
    /// How it ended.
    pub outcome: ScenarioOutcome,
    /// Which attempt counted, from 1; 0 for one that was skipped.
    pub attempt: u32,
    /// Whether that was the second try after messages had come out of order.
    pub retried: bool,
    /// How often it was run; 1 without repeats.
    pub attempts: u32,
    /// How many of them passed.
    pub passed_attempts: u32,
    /// The first of them that did not.
    pub first_failing_attempt: Option<u32>,
    /// How long it took.
    pub millis: u32,
    /// How many steps were done.
    pub steps: u32,
    /// Where its name stands in the file.
    pub line: u32,
    /// Why it did not pass.
    pub reason: Option<String>,
    /// The conversation at the org, where it is known.
    pub conversation_id: Option<String>,
    /// Where it went.
    pub host: String,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// It is from before its file was changed, or is being run anew.
    pub stale: bool,
}

/// A part of the results, failures first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioResultPage {
    /// Failed, then errored, not run, passed, skipped; within each in the order of the files.
    pub results: Vec<ScenarioResultView>,
    /// How many there are.
    pub total: u32,
}

/// One result with all that is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioDetailView {
    /// How it ended.
    pub result: ScenarioResultView,
    /// Its steps.
    pub steps: Vec<ScenarioStepView>,
    /// What was said, in the attempt that counted.
    pub transcript: Vec<LabRowView>,
    /// The frames around a failure.
    pub frames: Vec<LabFrameView>,
}

/// A step that was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioStepView {
    /// Where it belongs.
    pub part: ScenarioPart,
    /// What it does, as it is written.
    pub text: String,
    /// The line in its file.
    pub line: u32,
    /// How it ended; `None`: it was not reached.
    pub outcome: Option<ScenarioStepOutcome>,
    /// Why it did not do what the file says.
    pub reason: Option<String>,
    /// Whether its time was over.
    pub timed_out: bool,
    /// How long it took.
    pub millis: Option<u32>,
    /// How often it was begun, over the repeats.
    pub runs: u32,
    /// How often it did not do what the file says.
    pub failures: u32,
    /// Over the repeats: half of them were at most this long.
    pub p50_millis: Option<u32>,
    /// Over the repeats: 95 of 100 were at most this long.
    pub p95_millis: Option<u32>,
}

/// Where a step belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ScenarioPart {
    /// Before each scenario.
    Setup,
    /// The scenario itself.
    Scenario,
    /// After each scenario.
    CleanUp,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ScenarioStepOutcome {
    /// It did what the file says.
    Passed,
    /// It did not, and the scenario ended there.
    Failed,
    /// It did not, and that changed nothing.
    Ignored,
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ReportForm {
    /// A page to read, without any script.
    Html,
    /// For programs of a build server.
    Junit,
    /// For other programs.
    Json,
}

/// What a person opens in a dialog of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum OpenWhat {
    /// Files.
    Files,
    /// A folder with all scenario files in it.
    Folder,
}
