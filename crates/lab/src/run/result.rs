use serde::Serialize;

use super::planned::Planned;

/// How a scenario ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Everything came as the file says.
    Passed,
    /// Something that the file waits for did not come, or something came that must not.
    Failed,
    /// It could not be carried out: no connection, an error of the org, something that cannot be sent.
    Errored,
    /// The file says that it is not run now.
    Skipped,
}

/// What came of a scenario. All texts are masked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioResult {
    /// Its place in the list of [`super::planned`].
    #[serde(skip)]
    pub index: usize,
    /// The number of its suite.
    #[serde(skip)]
    pub suite: usize,
    /// Its file, as it was named.
    pub file: String,
    /// Its name.
    pub scenario: String,
    /// Where its name stands in the file.
    pub line: u32,
    /// Where its guests went.
    pub host: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it did not pass, or why it is skipped.
    pub reason: Option<String>,
    /// Which attempt counted, from 1; 0 for one that is skipped.
    pub attempt: u32,
    /// Whether the attempt that counted is the second try after messages had come out of order.
    pub retried: bool,
    /// How often it was to be run; 1 without repeats.
    pub attempts: u32,
    /// How many of these passed.
    pub passed_attempts: u32,
    /// The first of them that did not.
    pub first_failing_attempt: Option<u32>,
    /// Whether it was repeated.
    pub repeated: bool,
    /// How long the attempt that counted took.
    pub millis: u64,
    /// How many of its own steps were begun in the attempt that counted.
    pub steps: usize,
    /// The conversation of the attempt that counted, where the org could be asked.
    pub conversation_id: Option<String>,
    /// Every step with its times over all attempts.
    pub step_summaries: Vec<StepSummary>,
    /// The attempt that counted.
    pub detail: Option<Attempt>,
    /// Nothing was reached at all in any attempt.
    #[serde(skip)]
    pub unreachable: bool,
}

/// The times of a step over all attempts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepSummary {
    /// Where it belongs.
    pub part: Part,
    /// Where it stands in its file.
    pub line: u32,
    /// In a few words.
    pub label: String,
    /// How often it was begun.
    pub runs: u32,
    /// How often it did not do what the file says.
    pub failures: u32,
    /// How often its time was over.
    pub timed_out: u32,
    /// Half of its runs took at most so long.
    pub p50_millis: Option<u64>,
    /// 95 of 100 runs took at most so long.
    pub p95_millis: Option<u64>,
}

/// One run through a scenario.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// How it ended.
    pub outcome: Outcome,
    /// Why it did not pass.
    pub reason: Option<String>,
    /// How long it took.
    pub millis: u64,
    /// Every step that was begun.
    pub steps: Vec<StepRecord>,
    /// What was said.
    pub transcript: Vec<TranscriptLine>,
    /// The last frames before a failure; none where it passed.
    pub frames: Vec<FrameLine>,
    /// Whether messages came out of order.
    pub disorder: bool,
    /// The value of the attribute by which the org finds this guest.
    #[serde(skip)]
    pub chat: String,
    /// No connection was made.
    #[serde(skip)]
    pub unreachable: bool,
}

impl ScenarioResult {
    /// One that was not run.
    #[must_use]
    pub fn not_run(index: usize, planned: Planned, line: u32, host: String) -> Self {
        Self {
            index,
            suite: planned.suite,
            file: planned.file,
            scenario: planned.scenario,
            line,
            host,
            outcome: Outcome::Skipped,
            reason: None,
            attempt: 0,
            retried: false,
            attempts: 0,
            passed_attempts: 0,
            first_failing_attempt: None,
            repeated: false,
            millis: 0,
            steps: 0,
            conversation_id: None,
            step_summaries: Vec::new(),
            detail: None,
            unreachable: false,
        }
    }

    /// The same with every text of it changed in this way.
    #[must_use]
    pub fn with_texts(mut self, change: &dyn Fn(&str) -> String) -> Self {
        let texts = [&mut self.file, &mut self.scenario, &mut self.host];
        let texts = texts.into_iter().chain(&mut self.reason).chain(&mut self.conversation_id);
        texts
            .chain(self.step_summaries.iter_mut().map(|step| &mut step.label))
            .for_each(|text| *text = change(text));
        self.detail = self.detail.map(|detail| detail.with_texts(change));
        self
    }
}

impl Attempt {
    /// The same with every text of it changed in this way.
    #[must_use]
    pub fn with_texts(mut self, change: &dyn Fn(&str) -> String) -> Self {
        let steps =
            self.steps.iter_mut().flat_map(|step| std::iter::once(&mut step.label).chain(&mut step.reason));
        let said = self.transcript.iter_mut();
        let said = said.flat_map(|line| std::iter::once(&mut line.text).chain(&mut line.offered));
        let frames = self.frames.iter_mut().flat_map(|frame| [&mut frame.name, &mut frame.json]);
        self.reason.iter_mut().chain(steps).chain(said).chain(frames).for_each(|text| *text = change(text));
        self
    }
}

/// Where a step belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    /// Before each scenario.
    Setup,
    /// The scenario itself.
    Scenario,
    /// After each scenario.
    CleanUp,
}

/// One step of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepRecord {
    /// Where it belongs.
    pub part: Part,
    /// Its number in that part, from 0.
    #[serde(skip)]
    pub number: usize,
    /// Where it stands in its file.
    pub line: u32,
    /// In a few words.
    pub label: String,
    /// What came of it.
    pub status: StepStatus,
    /// How long it took.
    pub millis: u64,
    /// Whether its time was over.
    pub timed_out: bool,
    /// Why it did not do what the file says.
    pub reason: Option<String>,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum StepStatus {
    /// It did what the file says.
    Passed,
    /// It did not, and the scenario ends here.
    Failed,
    /// It did not, and that changes nothing: `optional`, or a step of `cleanUp`.
    Ignored,
}

/// One line of what was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TranscriptLine {
    /// Since the attempt began.
    pub at_millis: u64,
    /// Who.
    pub speaker: Speaker,
    /// The words, or what happened.
    pub text: String,
    /// What could be pressed.
    pub offered: Vec<String>,
}

/// Who says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Speaker {
    /// The guest.
    Guest,
    /// Agent or bot.
    Org,
    /// Nobody: something happened.
    Note,
}

/// A frame, for the inspector of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FrameLine {
    /// When it was sent or came.
    pub at: String,
    /// `out`, `in` or `connection`.
    pub way: &'static str,
    /// Its action or class.
    pub name: String,
    /// The code of what came.
    pub code: Option<u32>,
    /// Its beginning, as JSON without secrets.
    pub json: String,
}

/// How many scenarios ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Passed.
    pub passed: usize,
    /// Failed.
    pub failed: usize,
    /// Errored.
    pub errored: usize,
    /// Skipped.
    pub skipped: usize,
}

impl Totals {
    /// Of these results.
    pub fn of<'a>(results: impl IntoIterator<Item = &'a ScenarioResult>) -> Self {
        let mut totals = Self::default();
        for result in results {
            *match result.outcome {
                Outcome::Passed => &mut totals.passed,
                Outcome::Failed => &mut totals.failed,
                Outcome::Errored => &mut totals.errored,
                Outcome::Skipped => &mut totals.skipped,
            } += 1;
        }
        totals
    }

    /// Whether nothing failed.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failed == 0 && self.errored == 0
    }
}
