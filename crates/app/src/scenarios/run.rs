//! Running the scenarios of the open files in the window.

use std::{collections::HashSet, sync::Arc, time::Duration};

use genesys::webmessaging::DeploymentConfig;
use lab::{
    run::{Mask, RunEvent, RunOptions, SuiteRun, planned},
    scenario::{Place, Suite},
};

use super::{
    runs::Current,
    state::{OpenFile, OpenScenarios},
};
use crate::{
    App, Failure, FailureCode, LabChoice, LabTarget, Result, blocking,
    lab::{
        notes::LabNotes,
        scenario_run::{Pace, masked},
        variables::LabVariables,
    },
    views::{ScenarioChoice, ScenarioLeftOutView, ScenarioMistakeView, ScenarioRunEnd, ScenarioRunOptions},
};

/// A file of which scenarios are run: these, or all.
struct Chosen {
    file: OpenFile,
    suite: Suite,
    names: Option<HashSet<String>>,
}

/// The same, and where its guests go.
struct Placed {
    chosen: Chosen,
    target: LabTarget,
    config: Option<DeploymentConfig>,
}

impl App {
    /// Runs scenarios; what becomes of them is told as it happens. A file that has a mistake or cannot work in its deployment is told
    /// with the run and stops no other; where that leaves nothing to run, only that is told.
    ///
    /// # Errors
    /// [`FailureCode::RunActive`]; options out of bounds by field; files that are not open; a connection that is read-only or offline;
    /// no scenario at all. Nothing was run then.
    pub async fn scenario_run(&self, choice: ScenarioChoice, options: ScenarioRunOptions) -> Result<()> {
        let scenarios = Arc::clone(&self.0.scenarios);
        let run_options = checked(options)?;
        // Held until the run is there: two at once would each look and find none.
        let _one = scenarios.starting.lock().await;
        scenarios.may_begin()?;
        self.may_write()?;
        if !self.0.org.pipeline.is_online() {
            return Err(Failure::new(
                FailureCode::Offline,
                "The console is switched offline: nothing was run.",
            ));
        }
        self.scenario_read_again().await?;
        let (chosen, mut left_out) = self.chosen(&choice)?;
        let placed = self.placed(chosen, &run_options, &mut left_out).await;
        if placed.is_empty() && !left_out.is_empty() {
            scenarios.nothing_ran(self.0.clock.now(), left_out);
            return Ok(());
        }
        let only = only(placed.iter().map(|placed| &placed.chosen));
        let run_options = RunOptions { only: Some(only), ..run_options };
        let files = placed.iter().map(|placed| (placed.chosen.file.id, placed.chosen.file.reading)).collect();
        let suites = self.suites(placed).await?;
        let plan = planned(&suites, &run_options);
        if plan.is_empty() {
            return Err(Failure::new(FailureCode::InvalidInput, "There is no scenario to run.")
                .with_next("Open a file with scenarios, or choose others."));
        }
        scenarios.begin(Current::new(self.0.clock.now(), plan, &suites, files, left_out, options));
        let clock = Arc::clone(&self.0.clock);
        let listener = Arc::clone(&scenarios);
        let task = tokio::spawn(async move {
            let (events, mut told) = tokio::sync::mpsc::unbounded_channel::<RunEvent>();
            let run = async move { lab::run::run(&suites, &run_options, &events).await };
            let listen = async {
                while let Some(event) = told.recv().await {
                    listener.heard(event, clock.now());
                }
            };
            tokio::join!(run, listen);
            listener.ended(clock.now(), ScenarioRunEnd::Completed);
        });
        scenarios.task(task.abort_handle());
        self.0.tasks.add([task.abort_handle()]);
        Ok(())
    }

    /// Ends the run; what ended stays, and the others are told as not run.
    pub fn scenario_stop(&self) {
        self.scenario_end(ScenarioRunEnd::Stopped);
    }

    pub(crate) fn scenario_end(&self, end: ScenarioRunEnd) {
        self.0.scenarios.ended(self.0.clock.now(), end);
    }

    /// Which scenarios are meant, and which files cannot be run since they have a mistake.
    fn chosen(&self, choice: &ScenarioChoice) -> Result<(Vec<Chosen>, Vec<ScenarioLeftOutView>)> {
        let scenarios: &OpenScenarios = &self.0.scenarios;
        let files: Vec<OpenFile> = match choice {
            ScenarioChoice::All | ScenarioChoice::Failed => scenarios.all(),
            ScenarioChoice::Of { id, .. } => vec![scenarios.file(*id)?],
        };
        let failed = scenarios.failed();
        let (mut chosen, mut left_out) = (Vec::new(), Vec::new());
        for file in files {
            let names = match choice {
                ScenarioChoice::All => None,
                ScenarioChoice::Failed => {
                    let of_file = failed.iter().filter(|(id, _)| *id == file.id);
                    let names: HashSet<_> = of_file.map(|(_, name)| name.clone()).collect();
                    if names.is_empty() {
                        continue;
                    }
                    Some(names)
                }
                ScenarioChoice::Of { names, .. } if names.is_empty() => None,
                ScenarioChoice::Of { names, .. } => Some(names.iter().cloned().collect()),
            };
            match file.read.clone() {
                Ok(suite) => chosen.push(Chosen { file, suite, names }),
                Err(mistake) => left_out.push(left(&file, mistake)),
            }
        }
        Ok((chosen, left_out))
    }

    /// Where the guests of each file go. One that cannot work there is left out before anything is sent.
    async fn placed(
        &self,
        all: Vec<Chosen>,
        options: &RunOptions,
        left_out: &mut Vec<ScenarioLeftOutView>,
    ) -> Vec<Placed> {
        let mut placed: Vec<Placed> = Vec::new();
        for chosen in all {
            let Chosen { file, suite, .. } = &chosen;
            let choice = LabChoice { file: Some(suite.config.clone()), ..LabChoice::default() };
            let target = match self.lab_target(&choice, &LabVariables::read()) {
                Ok(target) => target,
                Err(failure) => {
                    let failure = masked(failure, &Mask::new(&suite.masked));
                    left_out.push(left(file, no_target(file, &failure)));
                    continue;
                }
            };
            let known = placed.iter().find(|other| other.target.deployment == target.deployment);
            let config = match known {
                Some(known) => known.config.clone(),
                None => target.config().await,
            };
            let options = RunOptions { only: Some(only([&chosen])), ..options.clone() };
            match target.cannot_run(suite, config.as_ref(), 0, &options) {
                Some((place, why)) => left_out.push(left(file, cannot_work(&place, &why))),
                None => placed.push(Placed { chosen, target, config }),
            }
        }
        placed
    }

    /// The files as they are run, noted as one run.
    async fn suites(&self, placed: Vec<Placed>) -> Result<Vec<SuiteRun>> {
        let notes = LabNotes::at(self.0.folder.root());
        let run = Arc::new(blocking(move || notes.begin()).await?);
        let suite = |Placed { chosen: Chosen { file, suite, .. }, target, config }| {
            let run = target.suite_run(&file.path, suite, config.as_ref(), Pace(None), Arc::clone(&run));
            SuiteRun { file: file.name, ..run }
        };
        Ok(placed.into_iter().map(suite).collect())
    }
}

/// The scenarios that are run, by the place of their file in the run.
fn only<'a>(all: impl IntoIterator<Item = &'a Chosen>) -> HashSet<(usize, String)> {
    let of_file = |(number, Chosen { suite, names, .. }): (usize, &'a Chosen)| {
        let is_chosen = move |name: &&String| names.as_ref().is_none_or(|names| names.contains(*name));
        let all = suite.scenarios.iter().map(|scenario| &scenario.name);
        all.filter(is_chosen).map(move |name| (number, name.clone()))
    };
    all.into_iter().enumerate().flat_map(of_file).collect()
}

fn left(file: &OpenFile, problem: ScenarioMistakeView) -> ScenarioLeftOutView {
    ScenarioLeftOutView { id: file.id, name: file.name.clone(), problem }
}

/// A step that cannot come true in the deployment.
fn cannot_work(place: &Place, why: &str) -> ScenarioMistakeView {
    let name = place.file.file_name().unwrap_or(place.file.as_os_str());
    ScenarioMistakeView {
        message: format!("{why}."),
        next: "Take the step out, put it into `optional`, or switch conversation disconnect on at the org."
            .to_owned(),
        name: name.to_string_lossy().into_owned(),
        line: Some(place.line),
        column: Some(place.column),
    }
}

/// A file whose guests have nowhere to go, in words for a person at the window instead of the command line.
fn no_target(file: &OpenFile, failure: &Failure) -> ScenarioMistakeView {
    let (message, next) = match failure.fields.first() {
        Some(problem) if problem.field == "--deployment" => (
            "Neither this connection nor the file names a deployment.".to_owned(),
            "Add one to the connection in the settings, or write config.deploymentId into the file."
                .to_owned(),
        ),
        Some(problem) => {
            let field = problem.field.trim_start_matches("--").trim_start_matches("config.");
            (format!("The {field} {}.", problem.message), format!("Correct config.{field} in the file."))
        }
        None => (failure.message.clone(), failure.next.clone()),
    };
    ScenarioMistakeView { message, next, name: file.name.clone(), line: None, column: None }
}

/// The options as the runner takes them.
fn checked(options: ScenarioRunOptions) -> Result<RunOptions> {
    let ScenarioRunOptions { parallel, repeat, timeout_seconds } = options;
    for (field, value, most) in
        [("parallel", parallel, 100), ("repeat", repeat, 1_000), ("timeoutSeconds", timeout_seconds, 3_600)]
    {
        if value == 0 || value > most {
            return Err(Failure::field(field, format!("must be from 1 to {most}")));
        }
    }
    Ok(RunOptions {
        timeout: Duration::from_secs(u64::from(timeout_seconds)),
        parallel: parallel as usize,
        repeat: (repeat > 1).then_some(repeat),
        ..RunOptions::default()
    })
}
