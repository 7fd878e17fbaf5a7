//! A due run that waits for a person's answer: when two questions are the same one, and what an answer covers.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    clock_jump::{ClockOff, TOLERATED},
    drift::Unusual,
};

/// A person who allows a run allows so many more guests, in hundredths, as may have come due since they were shown.
const MEANWHILE: u64 = 10;

/// Why a scheduled run waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ApprovalReason {
    /// Far more guests than usual.
    Drift,
    /// The clock jumped.
    ClockJump,
    /// The policy is stronger than what was confirmed.
    NotConfirmed,
}

/// A due run that waits for a person's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingApproval {
    /// Why it waits.
    pub code: ApprovalReason,
    /// The question in words.
    pub message: String,
    /// When it was asked first.
    pub since: DateTime<Utc>,
    /// The due that the run is for.
    pub due_at: DateTime<Utc>,
    /// Guests that the plan would have deleted, where one was made.
    pub due: Option<u64>,
    /// Seconds by which the clock was ahead: asked about, or in a question about a number, answered for already. Absent in
    /// questions of before this was kept.
    #[serde(default)]
    pub off: Option<i64>,
}

impl PendingApproval {
    /// Whether the other one asks a person the same thing about the same due.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        let same_clock = || other.off.is_none_or(|seconds| self.covers_seconds(seconds));
        (self.code, self.due_at, self.due) == (other.code, other.due_at, other.due)
            && (self.code != ApprovalReason::ClockJump || same_clock())
    }

    /// Whether a person who answers this question has answered for this clock too: it is as wrong as it was then, give or
    /// take what is tolerated anyway.
    #[must_use]
    pub fn covers_clock(&self, clock: ClockOff) -> bool {
        self.covers_seconds(clock.seconds)
    }

    fn covers_seconds(&self, seconds: i64) -> bool {
        let near = |shown: i64| shown.abs_diff(seconds) <= TOLERATED.num_seconds().unsigned_abs();
        match self.code {
            ApprovalReason::ClockJump => self.off.is_none_or(near),
            // It has one where the clock was answered for before the number was asked about.
            ApprovalReason::Drift => self.off.is_some_and(near),
            ApprovalReason::NotConfirmed => false,
        }
    }

    /// Whether a person who answers this question has answered for this number of guests too.
    #[must_use]
    pub fn covers_number(&self, unusual: Unusual) -> bool {
        self.due.is_some_and(|shown| {
            unusual.planned <= shown.saturating_add(shown.saturating_mul(MEANWHILE) / 100)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 3_600;

    fn ask(code: ApprovalReason, due: Option<u64>, off: Option<i64>) -> PendingApproval {
        let at: DateTime<Utc> = "2026-11-23T02:00:00Z".parse().unwrap();
        PendingApproval { code, message: "?".to_owned(), since: at, due_at: at, due, off }
    }

    #[test]
    fn an_answer_covers_a_clock_as_wrong_as_it_was_and_no_other_question_about_it() {
        use ApprovalReason::{ClockJump, Drift, NotConfirmed};
        let table = [
            (ask(ClockJump, None, Some(10 * DAY)), 10 * DAY, true),
            (ask(ClockJump, None, Some(10 * DAY)), 11 * DAY, true),
            (ask(ClockJump, None, Some(10 * DAY)), 11 * DAY + 1, false),
            (ask(ClockJump, None, Some(10 * DAY)), -10 * DAY, false),
            // Of before the seconds were kept: any clock was asked about.
            (ask(ClockJump, None, None), 10 * DAY, true),
            (ask(Drift, Some(400), Some(10 * DAY)), 9 * DAY, true),
            (ask(Drift, Some(400), Some(10 * DAY)), 8 * DAY, false),
            (ask(Drift, Some(400), None), 10 * DAY, false),
            (ask(NotConfirmed, None, Some(10 * DAY)), 10 * DAY, false),
        ];
        for (n, (shown, seconds, covers)) in table.into_iter().enumerate() {
            assert_eq!(shown.covers_clock(ClockOff { seconds, by_the_org: true }), covers, "row {n}");
        }
    }

    #[test]
    fn an_answer_covers_the_number_that_was_shown_and_a_tenth_more() {
        use ApprovalReason::{ClockJump, Drift};
        let table = [
            (ask(Drift, Some(400), None), 400, true),
            (ask(Drift, Some(400), None), 440, true),
            (ask(Drift, Some(400), None), 441, false),
            (ask(Drift, Some(u64::MAX), None), u64::MAX, true),
            (ask(ClockJump, None, Some(10 * DAY)), 1, false),
        ];
        for (n, (shown, planned, covers)) in table.into_iter().enumerate() {
            assert_eq!(shown.covers_number(Unusual { usual: 0, planned }), covers, "row {n}");
        }
    }

    #[test]
    fn the_same_question_is_about_the_same_due_number_and_clock() {
        use ApprovalReason::{ClockJump, Drift, NotConfirmed};
        let clock = ask(ClockJump, None, Some(10 * DAY));
        let later = PendingApproval { since: clock.since + chrono::TimeDelta::hours(1), ..clock.clone() };
        let other_due =
            PendingApproval { due_at: clock.due_at + chrono::TimeDelta::days(1), ..clock.clone() };
        let table = [
            (&clock, later, true),
            (&clock, ask(ClockJump, None, Some(11 * DAY)), true),
            (&clock, ask(ClockJump, None, Some(30 * DAY)), false),
            (&clock, other_due, false),
            (&clock, ask(Drift, None, Some(10 * DAY)), false),
            (&ask(Drift, Some(400), None), ask(Drift, Some(400), Some(10 * DAY)), true),
            (&ask(Drift, Some(400), None), ask(Drift, Some(401), None), false),
            (&ask(NotConfirmed, None, None), ask(NotConfirmed, None, None), true),
        ];
        for (n, (known, new, same)) in table.into_iter().enumerate() {
            assert_eq!(known.is_same_as(&new), same, "row {n}");
        }
    }
}
