use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A retention policy as the page edits it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyView {
    /// 1 to 3,650.
    pub days: u32,
    /// Count from the last activity instead of from creation.
    pub from_last_activity: bool,
    /// Only guests that match; everyone when absent, and in no other way.
    pub filter: Option<String>,
    /// Spare guests with an open conversation.
    pub spare_open_conversations: bool,
    /// Spare active guests.
    pub spare_active: bool,
}

/// The answer to "why?" for one guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Whether a plan made now would list the guest as due.
    pub due: bool,
    /// Sentences: why not, or what makes the guest due.
    pub why: Vec<String>,
}

/// Guests of one age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
pub struct AgeCount {
    /// Whole days.
    pub days: u32,
    /// How many are due at this age.
    pub guests: u32,
}

/// A guest of the plan's sample.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlanGuest {
    /// UUID.
    pub id: String,
    /// As the org has it now.
    pub name: Option<String>,
    /// As the org has it now.
    pub email: Option<String>,
    /// First seen.
    pub created_time: DateTime<Utc>,
    /// Last activity.
    pub modified_time: DateTime<Utc>,
}

/// How many guests were spared for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct ReasonCount {
    /// In words.
    pub reason: String,
    /// How many.
    pub guests: u32,
}

/// What a person has to answer before a run starts; one answer never stands for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum RunQuestionCode {
    /// Many guests of a production org: their number.
    Count,
    /// The clock was wrong when the plan was made, or is wrong now.
    Clock,
    /// Far more guests than usual: their number.
    Unusual,
}

/// One of these questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct RunQuestion {
    /// Which.
    pub code: RunQuestionCode,
    /// In words.
    pub message: String,
}

/// A person's answers to the questions before a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunAnswers {
    /// To `count`: how many guests go.
    pub confirmed: Option<u32>,
    /// To `clock`: the clock is right, or the plan is meant as it is.
    pub clock_confirmed: bool,
    /// To `unusual`: how many guests go.
    pub unusual_confirmed: Option<u32>,
}

/// A plan: the frozen list of what would go.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    /// The hash of its lines.
    pub plan: String,
    /// Guests the run will delete.
    pub due: u32,
    /// Older than the cut-off but kept.
    pub spared: u32,
    /// Of these, kept by a hold.
    pub held: u32,
    /// Every match was walked.
    pub complete: bool,
    /// Older than this is due.
    pub cutoff: DateTime<Utc>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The policy it was made with.
    pub policy: PolicyView,
    /// The oldest due guest.
    pub oldest: Option<DateTime<Utc>>,
    /// The newest due guest.
    pub newest: Option<DateTime<Utc>>,
    /// Due guests by age, ascending.
    pub histogram: Vec<AgeCount>,
    /// The first due guests, at most 20.
    pub sample: Vec<PlanGuest>,
    /// Why the spared ones stay.
    pub spared_reasons: Vec<ReasonCount>,
    /// How long a run would take at the rate budget.
    pub estimate_seconds: u32,
    /// The run that used it; a plan runs once.
    pub used_by: Option<String>,
    /// What a person is asked before a run of it starts, as it stands now.
    pub questions: Vec<RunQuestion>,
    /// The id of the policy that it was made for; empty where that is not known.
    pub made_for: String,
    /// Why it cannot be carried out any more, unless it was.
    pub outdated: Option<PlanOutdated>,
    /// Holds were added or removed since it was made.
    pub holds_changed: bool,
    /// Which guests are in no list and so not in it, in a sentence; absent where the org lists everyone.
    pub not_listed: Option<String>,
    /// What the deletes leave in the org, in sentences; absent where they remove everything.
    pub not_removed: Option<String>,
}

/// What happened to the policy since its plan was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum PlanOutdated {
    /// Other rules were saved.
    PolicyChanged,
    /// There is no such policy any more.
    PolicyRemoved,
}

/// Who started a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum RunOrigin {
    /// A person.
    Hand,
    /// The schedule.
    Schedule,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum RunState {
    /// Deleting.
    Running,
    /// A person or the cap stopped it; it can be resumed.
    Paused,
    /// Its process ended; it can be resumed.
    Interrupted,
    /// Every line has an outcome.
    Finished,
    /// A person ended it.
    Cancelled,
    /// 401 or 403; it can be resumed.
    Failed,
}

/// What a run that is meant to go on waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum RunWait {
    /// The person's switch: offline.
    Offline,
    /// The org, which does not answer.
    Org,
    /// The next window of the rate budget.
    Budget,
    /// The end of quiet hours.
    QuietHours,
    /// The end of a limit for which the org asked to wait an hour or more.
    OrgLimit,
}

impl RunWait {
    /// In words that complete "waits for".
    pub fn words(self) -> &'static str {
        match self {
            Self::Offline => "the online switch",
            Self::Org => "the org to answer",
            Self::Budget => "the rate budget",
            Self::QuietHours => "the end of quiet hours",
            Self::OrgLimit => "the end of the org's limit",
        }
    }
}

/// What became of the guests of a run's plan, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RunCountsView {
    /// Lines of the plan.
    pub total: u32,
    /// Deleted by the run.
    pub deleted: u32,
    /// Were not there any more.
    pub already_gone: u32,
    /// Kept, each with a reason.
    pub spared: u32,
    /// Given up, each with a reason.
    pub failed: u32,
    /// Due lines without an outcome.
    pub remaining: u32,
}

/// A run and how far it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RunView {
    /// Its name.
    pub run: String,
    /// The plan it carries out.
    pub plan: String,
    /// Where it stands.
    pub state: RunState,
    /// Who started it.
    pub origin: RunOrigin,
    /// When.
    pub started_at: DateTime<Utc>,
    /// When it stopped last, for good or not; absent while it goes on.
    pub ended_at: Option<DateTime<Utc>>,
    /// What became of its guests.
    #[serde(flatten)]
    pub counts: RunCountsView,
    /// Deletes a minute lately.
    pub per_minute: u32,
    /// At that rate.
    pub seconds_left: Option<u32>,
    /// What the last look at the org found: none is left that was deleted. It proves the run only where that is finished: one
    /// that is paused or cancelled has guests that nobody asked about.
    pub verified: Option<bool>,
    /// The org does not allow it (401, 403), as opposed to being away.
    pub refused: bool,
    /// What it waits for, although it is meant to go on.
    pub waits_for: Option<RunWait>,
    /// Until when, where that is known.
    pub waits_until: Option<DateTime<Utc>>,
    /// Why it failed or paused by itself.
    pub why: Option<String>,
    /// Deletes a minute at most, as it is set now.
    pub pace: Option<u32>,
    /// Deletes at most in each start or resume; the rest is left to the next.
    pub capped: Option<u32>,
}

/// What became of one guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum OutcomeKind {
    /// Deleted by the run.
    Deleted,
    /// Was not there any more.
    AlreadyGone,
    /// Kept.
    Spared,
    /// Given up.
    Failed,
    /// Not yet reached.
    Remaining,
}

/// One line of a run's outcome list.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OutcomeView {
    /// UUID.
    pub guest_id: String,
    /// What became of it.
    pub outcome: OutcomeKind,
    /// Why, where there is a reason.
    pub why: Option<String>,
}

/// A window of the outcome list.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OutcomePage {
    /// At most 200.
    pub outcomes: Vec<OutcomeView>,
    /// How many there are of the kind that was asked for; of all kinds, the run's `total`.
    pub total: u32,
}
