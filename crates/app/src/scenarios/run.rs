//! Running the scenarios of the open files in the window.

use std::{collections::HashSet, sync::Arc, time::Duration};

use genesys::webmessaging::DeploymentConfig;
use lab::{
    run::{RunEvent, RunOptions, SuiteRun, planned},
    scenario::Suite,
};
use uuid::Uuid;

use super::{
    open::reread,
    runs::Current,
    state::{OpenFile, OpenScenarios},
};
use crate::{
    App, Failure, FailureCode, LabChoice, LabTarget, Result, blocking,
    lab::{notes::LabNotes, scenario_run::Pace, variables::LabVariables},
    views::{ScenarioChoice, ScenarioRunOptions},
};

/// What is run of a file: these scenarios, or all.
type Chosen = Vec<(OpenFile, Option<HashSet<String>>)>;

impl App {
    /// Runs scenarios; what becomes of them is told as it happens.
    ///
    /// # Errors
    /// [`FailureCode::RunActive`]; options out of bounds by field; files that are not open or have a mistake; a connection that is
    /// read-only, offline, or has no deployment; a step that cannot work in the deployment. Nothing was run then.
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
        let chosen = self.chosen(&choice)?;
        let only: HashSet<(usize, String)> = chosen
            .iter()
            .enumerate()
            .flat_map(|(suite, (file, names))| {
                let all = file.read.as_ref().map(|suite| suite.scenarios.as_slice()).unwrap_or_default();
                let is_chosen = move |name: &String| names.as_ref().is_none_or(|names| names.contains(name));
                all.iter()
                    .map(|scenario| scenario.name.clone())
                    .filter(is_chosen)
                    .map(move |name| (suite, name))
            })
            .collect();
        let run_options = RunOptions { only: Some(only), ..run_options };
        let files: Vec<Uuid> = chosen.iter().map(|(file, _)| file.id).collect();
        let suites = self.suites(chosen, &run_options).await?;
        let plan = planned(&suites, &run_options);
        if plan.is_empty() {
            return Err(Failure::new(FailureCode::InvalidInput, "There is no scenario to run.")
                .with_next("Open a file with scenarios, or choose others."));
        }
        let current = Current::new(self.0.clock.now(), plan, files, options);
        scenarios.begin(current);
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
            listener.ended(clock.now(), false);
        });
        scenarios.task(task.abort_handle());
        self.0.tasks.add([task.abort_handle()]);
        Ok(())
    }

    /// Ends the run; what ended stays, and what was under way counts nowhere.
    pub fn scenario_stop(&self) {
        self.0.scenarios.stop(self.0.clock.now());
    }

    /// Which scenarios are meant.
    fn chosen(&self, choice: &ScenarioChoice) -> Result<Chosen> {
        let scenarios: &OpenScenarios = &self.0.scenarios;
        let files: Vec<OpenFile> = match choice {
            ScenarioChoice::All | ScenarioChoice::Failed => scenarios.all(),
            ScenarioChoice::Of { id, .. } => vec![scenarios.file(*id)?],
        };
        let files: Vec<OpenFile> = files.iter().map(reread).collect();
        scenarios.put(files.clone())?;
        let failed = scenarios.failed();
        let mut chosen = Vec::new();
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
            match &file.read {
                Ok(_) => chosen.push((file, names)),
                // Of all files those are run that can be.
                Err(_) if matches!(choice, ScenarioChoice::All) => {}
                Err(mistake) => {
                    return Err(Failure::new(FailureCode::BadFile, mistake.message.clone())
                        .with_next(mistake.next.clone()));
                }
            }
        }
        Ok(chosen)
    }

    /// Where the guests of each file go; what cannot work there is told before anything is sent.
    async fn suites(&self, chosen: Chosen, options: &RunOptions) -> Result<Vec<SuiteRun>> {
        let mut placed: Vec<Placed> = Vec::new();
        for (file, _) in chosen {
            let Ok(suite) = file.read.clone() else { continue };
            let choice = LabChoice { file: Some(suite.config.clone()), ..LabChoice::default() };
            let target = self.lab_target(&choice, &LabVariables::read()).map_err(for_the_window)?;
            let known = placed.iter().find(|other| other.target.deployment == target.deployment);
            let config = match known {
                Some(known) => known.config.clone(),
                None => target.config().await,
            };
            if let Some((place, why)) = target.cannot_run(&suite, config.as_ref(), placed.len(), options) {
                let message = format!("{}, line {}: {why}. Nothing was run.", file.name, place.line);
                return Err(Failure::new(FailureCode::BadFile, message)
                    .with_next("Take the step out, or switch conversation disconnect on at the org."));
            }
            placed.push(Placed { file, suite, target, config });
        }
        let notes = LabNotes::at(self.0.folder.root());
        let run = Arc::new(blocking(move || notes.begin()).await?);
        let suite = |Placed { file, suite, target, config }| {
            let run = target.suite_run(&file.path, suite, config.as_ref(), Pace(None), Arc::clone(&run));
            SuiteRun { file: file.name, ..run }
        };
        Ok(placed.into_iter().map(suite).collect())
    }
}

/// A file and where it is to be run.
struct Placed {
    file: OpenFile,
    suite: Suite,
    target: LabTarget,
    config: Option<DeploymentConfig>,
}

/// Words for a person at the window instead of the command line.
fn for_the_window(failure: Failure) -> Failure {
    if failure.fields.first().is_some_and(|field| field.field == "--deployment") {
        let why = "is needed: neither this connection nor the scenario file names one";
        return Failure::field("deployment", why).with_next(
            "Add it to the connection in the settings, or write config.deploymentId into the file.",
        );
    }
    failure
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
