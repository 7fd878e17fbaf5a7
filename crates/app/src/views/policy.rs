use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::PolicyView;

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// A time of the week in which no scheduled run deletes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuietWindow {
    /// The days on which it begins; every day when empty.
    pub days: Vec<Weekday>,
    /// `HH:MM` on the wall in the zone.
    pub from: String,
    /// `HH:MM`; not after `from` means on the next day.
    pub to: String,
}

/// Quiet hours and the zone they are read in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuietView {
    /// IANA: the one in force, whether it was named or is the schedule's.
    pub zone: String,
    /// Nobody named a zone: the schedule's is meant, also when it changes.
    pub follows_schedule: bool,
    /// None at all when empty.
    pub windows: Vec<QuietWindow>,
}

/// When a plan is so far from usual that a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BrakeView {
    /// More than this many times the usual asks.
    pub times: u32,
    /// Up to so many guests never ask.
    pub floor: u32,
}

/// Whether a schedule starts runs, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ScheduleState {
    /// Switched off for this connection.
    Off,
    /// Switched on; over a read-only connection nothing runs.
    ReadOnly,
    /// Switched on; a store was lost, and until a person accepts that nothing runs.
    LossNotAccepted,
    /// Switched on; the policy is stronger than what a person confirmed, so nothing runs.
    NotConfirmed,
    /// A due run waits for a person's decision.
    Asks,
    /// A due run waits for the end of quiet hours.
    Quiet,
    /// A due run waits for the org, which asked to wait for an hour or more.
    OrgLimit,
    /// Runs when it is due.
    On,
}

/// The schedule of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleView {
    /// Whether it starts runs.
    pub state: ScheduleState,
    /// Switched on for this connection.
    pub armed: bool,
    /// Five fields.
    pub cron: String,
    /// IANA.
    pub zone: String,
    /// When it is due next, if armed; whether a run then starts is in `state`.
    pub next_due: Option<DateTime<Utc>>,
    /// When it was due last, whether it ran or was skipped.
    pub last_due: Option<DateTime<Utc>>,
    /// Until when a due run waits for the org.
    pub waits_until: Option<DateTime<Utc>>,
}

/// A policy as a person edits it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyDraft {
    /// Made by whoever adds it: 1 to 64 lower-case letters, digits or `-`; the first is `default`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Who is due, and who is spared.
    pub what: PolicyView,
    /// Five fields.
    pub cron: String,
    /// IANA.
    pub zone: String,
    /// When not.
    pub quiet: QuietView,
    /// Deletes at most, in each run.
    pub cap: Option<u32>,
    /// Deletes a minute at most.
    pub pace: Option<u32>,
    /// Never asks when absent.
    pub brake: Option<BrakeView>,
}

/// One difference between a policy as it was and as it would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChangeView {
    /// `name`, `days`, `clock`, `filter`, `spareOpenConversations`, `spareActive`, `schedule`, `zone`, `quietHours`,
    /// `cap`, `pace`, `brake`; `confirmation` where nothing was confirmed yet.
    pub field: String,
    /// As it was, in words.
    pub before: String,
    /// As it would be, in words.
    pub after: String,
    /// Guests can go that could not before.
    pub stronger: bool,
}

/// What a person confirmed: how strongly a policy may act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ConfirmationView {
    /// When.
    pub at: DateTime<Utc>,
    /// The login name.
    pub by: String,
    /// Guests that were due and shown then.
    pub due: u32,
}

/// Why a scheduled run waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum AskCode {
    /// Far more guests than usual.
    Drift,
    /// The clock jumped.
    ClockJump,
    /// The policy is stronger than what was confirmed.
    NotConfirmed,
}

/// A due run that waits for a person's decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AskView {
    /// Why.
    pub code: AskCode,
    /// Why, in a sentence, and that nothing was deleted.
    pub message: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Guests that would go, where a plan was made.
    pub due: Option<u32>,
}

/// A retention policy with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NamedPolicyView {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Who is due, and who is spared.
    pub what: PolicyView,
    /// When.
    pub schedule: ScheduleView,
    /// When not.
    pub quiet: QuietView,
    /// Deletes at most, in each run.
    pub cap: Option<u32>,
    /// Deletes a minute at most.
    pub pace: Option<u32>,
    /// When a person is asked.
    pub brake: Option<BrakeView>,
    /// What a person confirmed.
    pub confirmed: Option<ConfirmationView>,
    /// What a person has to confirm before it may act by itself; empty when confirmed as it stands.
    pub waiting: Vec<ChangeView>,
    /// Quiet hours go on.
    pub quiet_now: bool,
    /// When they end.
    pub opens_at: Option<DateTime<Utc>>,
    /// A due run that waits for a person's decision.
    pub asks: Option<AskView>,
}

/// Guests of one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DayCount {
    /// Such as 2026-11-26, in UTC.
    pub day: String,
    /// How many fall due in the course of it.
    pub guests: u32,
}

/// How many guests fall due when, by age alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ForecastView {
    /// Guests are kept so many days.
    pub days: u32,
    /// Due already when today (UTC) began.
    pub already: u32,
    /// The next 90 days, today first.
    pub ahead: Vec<DayCount>,
    /// After that.
    pub later: u32,
    /// The other number of days that was asked for.
    pub then_days: Option<u32>,
    /// As `already`, with that number.
    pub then_already: Option<u32>,
    /// As `ahead`, with that number.
    pub then_ahead: Option<Vec<DayCount>>,
    /// How many more guests would be due at once (fewer when negative).
    pub at_once: Option<i32>,
    /// When the org was asked.
    pub counted_at: DateTime<Utc>,
}
