use std::num::NonZeroU64;

use model::{AgeClock, RetentionPolicy};
use serde::{Deserialize, Serialize};

use crate::{drift::Brake, quiet::QuietHours};

/// All that decides how many guests a policy can take, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Strength {
    /// Who is due, and who is spared.
    pub what: RetentionPolicy,
    /// When not.
    pub quiet: QuietHours,
    /// Deletes at most, in each run.
    pub cap: Option<NonZeroU64>,
    /// When a person is asked.
    pub brake: Option<Brake>,
}

/// One difference, for the view "what changes".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// `name`, `days`, `clock`, `filter`, `spareOpenConversations`, `spareActive`, `schedule`, `zone`, `quietHours`, `cap`,
    /// `pace`, `brake`; `confirmation` where nothing was confirmed yet.
    pub field: String,
    /// As it was, for a person.
    pub before: String,
    /// As it would be.
    pub after: String,
    /// Whether guests can go that could not before.
    pub stronger: bool,
}

impl Change {
    pub(super) fn of(field: &str, before: String, after: String, stronger: bool) -> Option<Self> {
        (before != after || stronger).then(|| Self { field: field.to_owned(), before, after, stronger })
    }

    pub(super) fn nothing_confirmed() -> Self {
        let (field, before, after) = ("confirmation".to_owned(), "none".to_owned(), "required".to_owned());
        Self { field, before, after, stronger: true }
    }
}

/// Everything that is stronger in `new` than in `old`: empty means that `new` never takes a guest, nor at a time, that `old`
/// would not have. Where that cannot be told (another filter) it counts as stronger.
///
/// ```
/// # use retention::{NamedPolicy, PolicyId, stronger};
/// let old = NamedPolicy::new(PolicyId::first(), "Default").strength();
/// let mut new = old.clone();
/// new.what.days = model::KeepDays::new(20).unwrap();
/// assert_eq!(stronger(&old, &new)[0].field, "days");
/// assert!(stronger(&new, &old).is_empty());
/// ```
#[must_use]
pub fn stronger(old: &Strength, new: &Strength) -> Vec<Change> {
    differences(old, new).into_iter().filter(|change| change.stronger).collect()
}

/// Every difference of the two, in the order of the screen.
pub(super) fn differences(old: &Strength, new: &Strength) -> Vec<Change> {
    let (was, is) = (&old.what, &new.what);
    let filter =
        |policy: &RetentionPolicy| policy.filter.as_ref().map_or("everyone".to_owned(), ToString::to_string);
    let cap = |strength: &Strength| strength.cap.map_or("none".to_owned(), |n| n.to_string());
    let brake = |strength: &Strength| match strength.brake {
        Some(Brake { times, floor }) => format!("{times} times the usual, over {floor} guests"),
        None => "none".to_owned(),
    };
    let looser = match (old.brake, new.brake) {
        (Some(_), None) => true,
        (Some(old), Some(new)) => new.times > old.times || new.floor > old.floor,
        (None, _) => false,
    };
    let on = |flag: bool| if flag { "on" } else { "off" }.to_owned();
    let (clock_was, clock_is) = (clock(was.clock), clock(is.clock));
    [
        Change::of(
            "days",
            was.days.get().to_string(),
            is.days.get().to_string(),
            is.days.get() < was.days.get(),
        ),
        // A guest was created before its last activity: from creation, everyone is older.
        Change::of(
            "clock",
            clock_was,
            clock_is,
            (was.clock, is.clock) == (AgeClock::LastActivity, AgeClock::Created),
        ),
        Change::of("filter", filter(was), filter(is), was.filter.is_some() && was.filter != is.filter),
        Change::of(
            "spareOpenConversations",
            on(was.spare_open_conversations),
            on(is.spare_open_conversations),
            was.spare_open_conversations && !is.spare_open_conversations,
        ),
        Change::of(
            "spareActive",
            on(was.spare_active),
            on(is.spare_active),
            was.spare_active && !is.spare_active,
        ),
        Change::of("quietHours", hours(&old.quiet), hours(&new.quiet), !new.quiet.covers(&old.quiet)),
        Change::of("cap", cap(old), cap(new), old.cap.is_some_and(|was| new.cap.is_none_or(|is| is > was))),
        Change::of("brake", brake(old), brake(new), looser),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn clock(clock: AgeClock) -> String {
    match clock {
        AgeClock::Created => "creation".to_owned(),
        AgeClock::LastActivity => "last activity".to_owned(),
    }
}

fn hours(quiet: &QuietHours) -> String {
    let windows: Vec<String> = quiet
        .windows()
        .iter()
        .map(|window| {
            let days: Vec<String> = window.days.iter().map(ToString::to_string).collect();
            let days = if days.is_empty() { "daily".to_owned() } else { days.join(" ") };
            format!("{days} {}-{}", window.from.format("%H:%M"), window.to.format("%H:%M"))
        })
        .collect();
    let zone = quiet.zone();
    let zone = if quiet.follows_schedule() { format!("{zone}, as the schedule") } else { zone.to_owned() };
    if windows.is_empty() { "none".to_owned() } else { format!("{} ({zone})", windows.join(", ")) }
}
