use std::{path::PathBuf, time::Duration};

use serde_json::Value;

use super::Place;

/// The custom attributes that the lab gives each of its guests. No step may set them.
pub const RESERVED_ATTRIBUTES: [&str; 3] = ["IsAutomatedTest", "innkeeperLab", "innkeeperChat"];

/// What stands in one scenario file: texts still have their `${name}`, includes are not followed.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioFile {
    /// Where the guests connect, unless the command line says otherwise.
    pub config: Config,
    /// Names and texts for `${name}`, in the order of the file.
    pub variables: Vec<(String, Setting)>,
    /// Steps before each scenario.
    pub setup: Vec<WrittenStep>,
    /// Steps after each scenario, also after one that failed.
    pub clean_up: Vec<WrittenStep>,
    /// In the order in which they are run: names that look like integers first, by their number; the others as in the file.
    pub scenarios: Vec<Scenario<WrittenStep>>,
}

/// The key `config` of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// The deployment of the messenger.
    pub deployment_id: Option<Setting>,
    /// The region of the org.
    pub region: Option<Setting>,
    /// What the guests send as their page's origin.
    pub origin: Option<Setting>,
    /// How long a guest waits before each `say`, where that is needed at all.
    pub pace: Option<Duration>,
}

/// The text of a key or a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Where its key stands.
    pub place: Place,
    /// The text.
    pub text: String,
}

/// One scenario, with its steps as they are written ([`WrittenStep`]) or ready to run ([`Step`]).
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario<S> {
    /// Unlike every other of its file.
    pub name: String,
    /// The place of its name.
    pub place: Place,
    /// In order. A scenario without steps passes.
    pub steps: Vec<S>,
    /// What `--tag` chooses by.
    pub tags: Vec<String>,
    /// How long each of its steps may take, in place of what the command line says.
    pub timeout: Option<Duration>,
    /// Why it is not run now.
    pub skip: Option<String>,
    /// How often it is run, in place of what the command line says.
    pub repeat: Option<u32>,
}

/// An entry of a list of steps.
#[derive(Debug, Clone, PartialEq)]
pub enum WrittenStep {
    /// A step.
    One(Step),
    /// All steps of another scenario.
    Include(Include),
}

/// `include: FILE#SCENARIO`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// The place of the step.
    pub place: Place,
    /// Relative to the file in which it stands; empty for that file itself.
    pub file: PathBuf,
    /// The scenario whose steps are meant.
    pub scenario: String,
}

/// One thing that a guest does or waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Where it is written.
    pub place: Place,
    /// What it is.
    pub action: Action,
}

/// What a step does. The first three are the format of the peer; their texts are never empty.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Writes a message.
    Say(String),
    /// Waits for a message with this text in it, whatever the case.
    WaitForReplyContaining(String),
    /// Waits for a message that fits an ECMAScript pattern (flags i and m). A broken one fails when the step runs.
    WaitForReplyMatching(String),
    /// Presses the quick reply or button with this label or payload.
    Tap(String),
    /// Chooses from a list or a calendar.
    Pick(Pick),
    /// Fills in a form: field and value.
    Fill(Vec<(String, String)>),
    /// Sends a file.
    Attach(PathBuf),
    /// Custom attributes of every later message.
    Attributes(Vec<(String, String)>),
    /// Waits until exactly these quick replies are offered.
    ExpectQuickReplies(Vec<String>),
    /// Waits for the end of the conversation.
    ExpectDisconnect {
        /// Whether the session is read-only afterwards; `None` where either will do.
        read_only: Option<bool>,
    },
    /// No message may have this text in it until the scenario ends.
    NeverContaining(String),
    /// A step whose failure fails nothing.
    Optional(Box<Step>),
    /// A step with a limit of its own.
    Within {
        /// How long it may take.
        limit: Duration,
        /// The step.
        step: Box<Step>,
    },
    /// Closes the connection; messages wait.
    GoOffline,
    /// Connects again.
    ComeBack,
    /// Waits, whatever comes.
    Pause(Duration),
    /// The guest has these attributes at the org. Values are texts, numbers, booleans or null.
    ExpectAttribute(Vec<(String, Value)>),
}

/// What a guest chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// Entries of a list.
    List(Vec<String>),
    /// A time in ISO 8601.
    Time(String),
}
