use chrono::{DateTime, Utc};
use serde::Serialize;
use specta::Type;

use super::{AbilitiesView, BudgetView, ConnectionView, LimitsView, RunView};
use crate::Failure;

/// What a window gets when it subscribes: the whole state that no query carries.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The number of the newest update contained in it.
    pub number: u32,
    /// The program's version.
    pub version: String,
    /// Where everything durable lives.
    pub data_folder: String,
    /// Why the folder or connection could not be opened; `None` when all is well.
    pub failure: Option<Failure>,
    /// See [`Status`].
    pub status: Status,
}

/// One numbered step after the snapshot. A gap in the numbers means: subscribe again.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Update {
    /// One more than the update before.
    pub number: u32,
    /// What the page should ask for again.
    pub stale: Vec<Topic>,
    /// The newest value; at most ten a second.
    pub status: Status,
    /// Set when the connection could not be opened meanwhile.
    pub failure: Option<Failure>,
}

/// Queries of the page that can go stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Topic {
    /// Lists and details of guests.
    Guests,
    /// Messages of conversations played here, and the outbox.
    Outbox,
    /// Policy, plan, runs, schedule.
    Retention,
    /// The request log.
    Activity,
    /// Connections.
    Connections,
    /// Holds, and who is on hold.
    Holds,
    /// The audit log.
    Audit,
    /// The chats of the chat lab, and files that were dropped on the window.
    ChatLab,
    /// The scenario files that are open, their run and its results.
    Scenarios,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 9] = [
        Self::Guests,
        Self::Outbox,
        Self::Retention,
        Self::Activity,
        Self::Connections,
        Self::Holds,
        Self::Audit,
        Self::ChatLab,
        Self::Scenarios,
    ];
}

/// The bars around every screen: connection, online, rate budget, background work.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The open connection.
    pub connection: Option<ConnectionView>,
    /// What the org of the open connection can do.
    pub can: AbilitiesView,
    /// How much may be given at once.
    pub limits: LimitsView,
    /// Online or not.
    pub online: OnlineView,
    /// The rate budget of the token.
    pub budget: BudgetView,
    /// What the outbox holds.
    pub outbox: OutboxCounts,
    /// The plan being made.
    pub planning: Option<PlanProgressView>,
    /// The run that goes on.
    pub run: Option<RunView>,
    /// The scheduled run that goes on, or else the one that ended last since the connection was opened.
    pub scheduled: Option<RunView>,
    /// What the person should know of this connection's folder, until they have read it.
    pub notices: Vec<NoticeView>,
}

/// Something that a person is told once, in words that are ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NoticeView {
    /// The same as long as it is the same notice.
    pub id: String,
    /// What happened.
    pub title: String,
    /// What it means, what is kept and where.
    pub message: String,
    /// The files and folders it speaks of.
    pub paths: Vec<String>,
}

/// Whether requests may leave, and whether they arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OnlineView {
    /// The person's switch. Off: nothing leaves this machine.
    pub switched_on: bool,
    /// Whether the last request reached the org; `None` before the first.
    pub reachable: Option<bool>,
    /// False while the org does not answer again and again: then background work waits, and people are let through.
    pub answering: bool,
    /// While it does not answer: when background work tries again; `None` when a try is due or under way.
    pub next_try: Option<DateTime<Utc>>,
}

impl Default for OnlineView {
    fn default() -> Self {
        Self { switched_on: true, reachable: None, answering: true, next_try: None }
    }
}

/// How many entries are in which state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OutboxCounts {
    /// Neither delivered, dead nor uncertain.
    pub waiting: u32,
    /// Perhaps processed; asked again before anything else.
    pub uncertain: u32,
    /// Given up with a reason.
    pub dead: u32,
    /// Why the whole outbox stands still (401, 403).
    pub paused: Option<String>,
    /// When the next try is due, if one waits.
    pub next_try: Option<DateTime<Utc>>,
}

/// A plan being made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlanProgressView {
    /// Guests that the org has listed so far: where it does not filter by itself, those that do not match, too.
    pub read: u32,
    /// Of them due so far.
    pub due: u32,
    /// Of them older than the cut-off and kept so far.
    pub spared: u32,
}

/// One request the console made. Never a header, token, query or body.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RequestView {
    /// When it was sent.
    pub at: DateTime<Utc>,
    /// `GET`, `POST`, …
    pub method: String,
    /// The path's template, such as `/api/v2/guests/{id}`.
    pub path: String,
    /// The answer's status; `None` when none came.
    pub status: Option<u16>,
    /// How long the answer took.
    pub millis: u32,
    /// 1 for the first try.
    pub attempt: u32,
    /// The org's id for this exchange, to quote to its support.
    pub correlation_id: Option<String>,
}
