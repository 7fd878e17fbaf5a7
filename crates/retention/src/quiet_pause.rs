//! What quiet hours do with runs: one that the schedule carries out pauses when they begin and goes on when they end.

use std::time::Duration;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use crate::NamedPolicy;

/// Until the next whole minute: quiet hours begin and end with one.
#[must_use]
pub fn until_next_minute(now: DateTime<Utc>) -> Duration {
    let minute = TimeDelta::minutes(1);
    let left = now.duration_trunc(minute).ok().map(|start| start + minute - now);
    left.and_then(|left| left.to_std().ok()).unwrap_or(Duration::from_secs(1))
}

/// What to do with a run that is being carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Running {
    /// Quiet hours do not concern it.
    Leave,
    /// Look again when the next minute begins.
    Watch,
    /// Quiet hours have begun.
    Pause,
}

/// About the run of this policy that is being carried out. `keeps_quiet`: the schedule carries it out, and no person has
/// said that it goes on.
#[must_use]
pub fn of_running(policy: Option<&NamedPolicy>, keeps_quiet: bool, now: DateTime<Utc>) -> Running {
    match policy.filter(|policy| keeps_quiet && !policy.quiet.windows().is_empty()) {
        None => Running::Leave,
        Some(policy) if policy.quiet.may_run(now) => Running::Watch,
        Some(_) => Running::Pause,
    }
}

/// What to do with a run that quiet hours paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paused {
    /// A person decides about it from here on: it, its policy or its connection is not as it was when it was paused.
    LeaveToPerson,
    /// Quiet hours go on.
    Wait,
    /// Quiet hours are over.
    GoOn,
}

/// About a run of this policy that quiet hours paused. `is_paused`: nobody resumed or cancelled it meanwhile.
#[must_use]
pub fn of_paused(
    policy: Option<&NamedPolicy>,
    is_paused: bool,
    may_write: bool,
    now: DateTime<Utc>,
) -> Paused {
    match policy.filter(|policy| is_paused && may_write && policy.may_act().is_ok()) {
        None => Paused::LeaveToPerson,
        Some(policy) if policy.quiet.may_run(now) => Paused::GoOn,
        Some(_) => Paused::Wait,
    }
}

/// About a run that the org asked to wait until then, in a process that goes on with it by itself. `policy` where the schedule
/// carries it out, and then absent where that is gone.
#[must_use]
pub fn of_limited(
    policy: Option<Option<&NamedPolicy>>,
    may_write: bool,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Paused {
    let may_run = match policy {
        _ if !may_write => return Paused::LeaveToPerson,
        None => true,
        Some(Some(policy)) if policy.may_act().is_ok() => policy.quiet.may_run(now),
        Some(_) => return Paused::LeaveToPerson,
    };
    if may_run && now >= until { Paused::GoOn } else { Paused::Wait }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Confirmation, PolicyId, Schedule,
        memory_org::now,
        quiet::{QuietHours, Window},
    };

    fn with(windows: Vec<Window>) -> NamedPolicy {
        let mut policy = NamedPolicy::new(PolicyId::first(), "Default");
        policy.schedule = Schedule::new("0 2 * * *", "UTC").unwrap();
        policy.schedule.arm(now());
        policy.quiet = QuietHours::new("UTC", windows).unwrap();
        let strength = policy.strength();
        policy.confirmed = Some(Confirmation { strength, at: now(), by: "grace".to_owned(), due: 3 });
        policy
    }

    fn office() -> NamedPolicy {
        with(vec![Window { days: vec![], from: "08:00".parse().unwrap(), to: "18:00".parse().unwrap() }])
    }

    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-11-23T{time}Z").parse().unwrap()
    }

    #[test]
    fn a_scheduled_run_pauses_when_quiet_hours_begin_and_every_other_run_is_left_alone() {
        let (office, never) = (office(), with(vec![]));
        let table = [
            (Some(&office), true, "07:59:59", Running::Watch),
            (Some(&office), true, "08:00:00", Running::Pause),
            (Some(&office), false, "08:00:00", Running::Leave),
            (Some(&never), true, "08:00:00", Running::Leave),
            (None, true, "08:00:00", Running::Leave),
        ];
        for (n, (policy, keeps_quiet, time, does)) in table.into_iter().enumerate() {
            assert_eq!(of_running(policy, keeps_quiet, at(time)), does, "row {n}");
        }
    }

    #[test]
    fn a_paused_run_goes_on_when_quiet_hours_end_unless_something_changed_since() {
        let (office, unconfirmed) = (office(), NamedPolicy { confirmed: None, ..office() });
        let mut off = office.clone();
        off.schedule.disarm();
        let table = [
            (Some(&office), true, true, "17:59:59", Paused::Wait),
            (Some(&office), true, true, "18:00:00", Paused::GoOn),
            (Some(&office), false, true, "18:00:00", Paused::LeaveToPerson),
            (Some(&office), true, false, "18:00:00", Paused::LeaveToPerson),
            (Some(&unconfirmed), true, true, "17:59:59", Paused::LeaveToPerson),
            (Some(&off), true, true, "18:00:00", Paused::LeaveToPerson),
            (None, true, true, "18:00:00", Paused::LeaveToPerson),
        ];
        for (n, (policy, is_paused, may_write, time, does)) in table.into_iter().enumerate() {
            assert_eq!(of_paused(policy, is_paused, may_write, at(time)), does, "row {n}");
        }
    }

    #[test]
    fn a_run_that_the_org_asked_to_wait_goes_on_at_that_time_and_not_in_quiet_hours() {
        let (office, unconfirmed) = (office(), NamedPolicy { confirmed: None, ..office() });
        let until = at("17:00:00");
        let table = [
            (None, true, "16:59:59", Paused::Wait),
            (None, true, "17:00:00", Paused::GoOn),
            (None, false, "17:00:00", Paused::LeaveToPerson),
            (Some(Some(&office)), true, "17:00:00", Paused::Wait),
            (Some(Some(&office)), true, "18:00:00", Paused::GoOn),
            (Some(Some(&unconfirmed)), true, "18:00:00", Paused::LeaveToPerson),
            (Some(None), true, "18:00:00", Paused::LeaveToPerson),
        ];
        for (n, (policy, may_write, time, does)) in table.into_iter().enumerate() {
            assert_eq!(of_limited(policy, may_write, until, at(time)), does, "row {n}");
        }
    }

    #[test]
    fn the_next_look_is_when_the_next_minute_begins() {
        for (time, seconds) in [("08:00:00", 60), ("08:00:01", 59), ("08:00:59", 1)] {
            assert_eq!(until_next_minute(at(time)), Duration::from_secs(seconds), "{time}");
        }
    }
}
