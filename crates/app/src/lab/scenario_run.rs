//! Scenario files that are ready to run: where each one's guests go, and what is said before anything is sent.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use genesys::webmessaging::{
    ChatEvent, ChatEvents, ChatOptions, ChatState, DeploymentConfig, EndReason, WebMessagingError,
};
use lab::{
    doctor::NEVER_TELLS_THE_END,
    run::{Guest, Guests, Mask, RunOptions, SuiteRun, Target, chosen, never_disconnects},
    scenario::{Place, Suite},
};
use model::Clock;
use tokio::sync::mpsc;

use crate::{
    Failure, Lab, LabChoice, LabRun, LabTarget, Result, ScenarioProblem, SystemClock, app::blocking,
    lab::rest_records::RestRecords,
};

/// How long a guest of a live org waits before each message, as the peer does.
const LIVE_PACE: Duration = Duration::from_secs(2);

/// How long the public configuration may take. Without it everything works but what is told from it.
const CONFIG_WITHIN: Duration = Duration::from_secs(5);

/// How long a guest waits before each message, where a person says so; else what the file says, else what the org needs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pace(pub Option<Duration>);

/// Why nothing was run.
#[derive(Debug)]
pub enum NotRun {
    /// Wrong use, or something that stands in the way.
    Failure(Failure),
    /// A step of a file that cannot work there.
    Problem(Box<ScenarioProblem>),
}

impl From<Failure> for NotRun {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// A file and where it is to be run.
struct Placed {
    file: PathBuf,
    suite: Suite,
    target: LabTarget,
    config: Option<DeploymentConfig>,
}

impl Lab<'_> {
    /// Where the guests of these files go. Reads the public configuration of their deployments first, and begins a run in the
    /// notes last: what is refused has made nothing.
    ///
    /// # Errors
    /// What [`Lab::target`] refuses, a read-only connection, and a step that waits for an end which the deployment never sends.
    pub async fn suite_runs(
        &self,
        files: Vec<(PathBuf, Suite)>,
        choice: &LabChoice,
        pace: Pace,
        options: &RunOptions,
    ) -> Result<Vec<SuiteRun>, NotRun> {
        if files.iter().enumerate().all(|(number, (_, suite))| chosen(suite, number, options) == 0) {
            // Green because nothing ran would be the worst of answers.
            let why = "is none that a scenario of these files has, so nothing would run";
            return Err(Failure::field("--tag", why).with_next("Correct the tag, or leave it out.").into());
        }
        let mut placed: Vec<Placed> = Vec::new();
        for (file, suite) in files {
            let of_file = LabChoice { file: Some(suite.config.clone()), ..choice.clone() };
            let mask = Mask::new(&suite.masked);
            let target = self.target(&of_file).await.map_err(|failure| masked(failure, &mask))?;
            target.may_write()?;
            let known = placed.iter().find(|other| other.target.deployment == target.deployment);
            let config = match known {
                Some(known) => known.config.clone(),
                None => target.config().await,
            };
            if let Some((place, why)) = target.cannot_run(&suite, config.as_ref(), placed.len(), options) {
                let why = mask.text(&why);
                return Err(NotRun::Problem(Box::new(ScenarioProblem::of_step(&file, &place, &why))));
            }
            placed.push(Placed { file, suite, target, config });
        }
        let mut runs: Vec<SuiteRun> = Vec::new();
        let notes = crate::LabNotes::at(&self.root);
        let mut begun: Option<Arc<LabRun>> = None;
        for Placed { file, suite, target, config } in placed {
            let run = match &begun {
                Some(run) => Arc::clone(run),
                // The first file: all were looked at, and the first guest is about to come.
                None => {
                    let notes = notes.clone();
                    Arc::clone(begun.insert(Arc::new(blocking(move || notes.begin()).await?)))
                }
            };
            runs.push(target.suite_run(&file, suite, config.as_ref(), pace, run));
        }
        Ok(runs)
    }
}

/// A failure whose words may repeat what a file's `config` has from the environment.
pub fn masked(failure: Failure, mask: &Mask) -> Failure {
    let mut failure = failure;
    let fields = failure.fields.iter_mut().map(|field| &mut field.message);
    fields.chain([&mut failure.message, &mut failure.next]).for_each(|text| *text = mask.text(text));
    failure
}

impl LabTarget {
    /// What the public configuration of the deployment says, where it can be read in good time.
    pub async fn config(&self) -> Option<DeploymentConfig> {
        let asked = tokio::time::timeout(CONFIG_WITHIN, self.client.config(&self.deployment)).await;
        asked.ok()?.ok()
    }

    /// The first step that cannot come true here, and why: it waits for an end that the deployment never tells. `number` is that
    /// of the file in its run.
    #[must_use]
    pub fn cannot_run(
        &self,
        suite: &Suite,
        config: Option<&DeploymentConfig>,
        number: usize,
        options: &RunOptions,
    ) -> Option<(Place, String)> {
        let never = config.is_some_and(|config| config.disconnect != Some(true));
        let place = never.then(|| never_disconnects(suite, number, options)).flatten()?;
        let id = &self.deployment.id;
        let why =
            format!("the deployment {id} {NEVER_TELLS_THE_END}, so `expectDisconnect` cannot come true");
        Some((place, why))
    }

    /// A file whose guests go here, noted in this run.
    #[must_use]
    pub fn suite_run(
        &self,
        file: &Path,
        suite: Suite,
        config: Option<&DeploymentConfig>,
        pace: Pace,
        run: Arc<LabRun>,
    ) -> SuiteRun {
        let needed = if self.is_local { Duration::ZERO } else { LIVE_PACE };
        let target = Target {
            records: self.has_api().then(|| Arc::new(RestRecords::new(self.clone())) as _),
            host: self.host.clone(),
            join: config.is_some_and(|config| config.auto_start == Some(true)),
            never_disconnects: config.is_some_and(|config| config.disconnect != Some(true)),
            pace: pace.0.or(suite.config.pace).unwrap_or(needed),
            lab: run.value(),
            guests: Arc::new(NotedGuests { target: self.clone(), run }),
        };
        SuiteRun { file: file.to_string_lossy().into_owned(), suite: Arc::new(suite), target }
    }
}

/// Guests who are noted before the org hears of them.
struct NotedGuests {
    target: LabTarget,
    run: Arc<LabRun>,
}

impl Guests for NotedGuests {
    fn open(&self, options: ChatOptions) -> (Box<dyn Guest>, ChatEvents) {
        let LabTarget { deployment, client, host, .. } = &self.target;
        if let Err(why) = self.run.note(SystemClock.now(), host, &deployment.id) {
            return nobody(&why);
        }
        let (chat, events) = client.open(deployment, options);
        (Box::new(chat), events)
    }
}

/// The chat of a guest who could not be noted, and so was not made: nobody would find them again to remove them.
fn nobody(why: &Failure) -> (Box<dyn Guest>, ChatEvents) {
    let (tell, events) = mpsc::channel(1);
    let why =
        WebMessagingError::NotOffered(format!("no guest was made, since none can be noted: {}", why.message));
    // The receiver is here, and has room for one.
    drop(tell.try_send(ChatEvent::State(ChatState::Ended(EndReason::Failed(why)))));
    (Box::new(Nobody), events)
}

/// A guest who was not made.
struct Nobody;

impl Guest for Nobody {
    fn say(&self, _: uuid::Uuid, _: &str) -> Result<(), WebMessagingError> {
        Err(WebMessagingError::Over)
    }
    fn answer(&self, _: uuid::Uuid, _: genesys::webmessaging::Answer) -> Result<(), WebMessagingError> {
        Err(WebMessagingError::Over)
    }
    fn attach(&self, _: uuid::Uuid, _: genesys::webmessaging::OutgoingFile) -> Result<(), WebMessagingError> {
        Err(WebMessagingError::Over)
    }
    fn set_attributes(&self, _: std::collections::BTreeMap<String, String>) -> Result<(), WebMessagingError> {
        Err(WebMessagingError::Over)
    }
    fn offline(&self) -> Result<(), WebMessagingError> {
        Err(WebMessagingError::Over)
    }
    fn online(&self) -> Result<(), WebMessagingError> {
        Err(WebMessagingError::Over)
    }
    fn leave(&self) -> Result<(), WebMessagingError> {
        Err(WebMessagingError::Over)
    }
}
