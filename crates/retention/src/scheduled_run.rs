//! What becomes of a run that is due by its schedule: a pure decision over the policy and what is known so far.
//!
//! What costs a question to the org (its clock, the plan) is asked for only when everything before it speaks for the run: the
//! decision then is to look, and it is made again with what was seen.

use chrono::{DateTime, Utc};
use proof::SkipCode;

use crate::{Change, Due, NamedPolicy, Schedule, clock_jump::ClockOff, drift::Unusual, schedule};

/// What is known when a run is due.
#[derive(Debug, Clone, PartialEq)]
pub struct DueFacts {
    /// Another run is being carried out.
    pub run_goes_on: bool,
    /// The connection may write.
    pub may_write: bool,
    /// No store was lost, or a person has accepted that.
    pub may_delete: bool,
    /// Until when the org takes no calls, where it asked to wait for an hour or more.
    pub limited_until: Option<DateTime<Utc>>,
    /// What a look at the clocks says; absent before it.
    pub clock: Option<Result<(), ClockOff>>,
    /// What the plan says; absent before it was made.
    pub plan: Option<PlanFacts>,
}

/// What is known of the plan of a due run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanFacts {
    /// Whether the clock was right when the plan was made.
    pub clock: Result<(), ClockOff>,
    /// The policy is another by now, or the plan goes beyond what a person confirmed.
    pub is_outdated: bool,
    /// Its guests, compared with the plans before it.
    pub drift: Result<(), Unusual>,
}

/// What to do about a due run.
#[derive(Debug, Clone, PartialEq)]
pub enum NextStep {
    /// Look again soon; the run stays due.
    Wait,
    /// Write down that nothing runs for this due.
    Skip(SkipCode),
    /// Nothing runs for this due, and a person is asked to confirm what makes the policy stronger.
    AskToConfirm(Vec<Change>),
    /// Quiet hours; the run stays due until then, or for good where they never end.
    DeferUntil(Option<DateTime<Utc>>),
    /// The org takes no calls; the run stays due until then.
    WaitForOrg(DateTime<Utc>),
    /// Look at the clocks, then decide again.
    LookAtClock,
    /// Make the plan, then decide again.
    MakePlan,
    /// A person is asked about the clock. The run stays due: were it written down by a clock that runs ahead, none would come
    /// before that time.
    AskAboutClock(ClockOff),
    /// The policy changed meanwhile: the next look decides.
    LookAgain,
    /// Nothing runs for this due, and a person is asked about the number of guests.
    AskAboutDrift(Unusual),
    /// Carry the plan out.
    Start,
}

/// What becomes of a due run of this policy at this time. The due itself is decided by [`schedule::decide`](crate::schedule::decide).
#[must_use]
pub fn next_step(policy: &NamedPolicy, now: DateTime<Utc>, facts: &DueFacts) -> NextStep {
    if facts.run_goes_on {
        return NextStep::Wait;
    }
    if !facts.may_write {
        return NextStep::Skip(SkipCode::NotAllowed);
    }
    if !facts.may_delete {
        return NextStep::Skip(SkipCode::LossNotAccepted);
    }
    if let Err(waiting) = policy.may_act() {
        return NextStep::AskToConfirm(waiting);
    }
    if facts.plan.is_none() && !policy.quiet.may_run(now) {
        return NextStep::DeferUntil(policy.quiet.next_opening(now));
    }
    if let Some(until) = facts.limited_until.filter(|until| facts.plan.is_none() && now < *until) {
        return NextStep::WaitForOrg(until);
    }
    match facts.clock {
        None => return NextStep::LookAtClock,
        Some(Err(off)) => return NextStep::AskAboutClock(off),
        Some(Ok(())) => {}
    }
    let Some(plan) = facts.plan else { return NextStep::MakePlan };
    // The clock may have been set while the plan was made, which takes a while where many guests are listed.
    if let Err(off) = plan.clock {
        return NextStep::AskAboutClock(off);
    }
    match plan.drift {
        _ if plan.is_outdated => NextStep::LookAgain,
        Err(unusual) => NextStep::AskAboutDrift(unusual),
        Ok(()) => NextStep::Start,
    }
}

/// Whether the policy, as it is right before the start, still wants a run for this due: a person may have changed it or
/// switched it off since the decision, or quiet hours have begun.
#[must_use]
pub fn may_start(policy: &NamedPolicy, due_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    schedule::decide(&policy.schedule, now) == Due::Now { due_at }
        && policy.may_act().is_ok()
        && policy.quiet.may_run(now)
}

/// What became of a due that waited for the end of quiet hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deferred {
    /// It is still due.
    Waits,
    /// Quiet hours went on until it was too old to be caught up; it is written down as skipped.
    Lost,
    /// It was started or skipped, or the schedule was switched off.
    Over,
}

/// What became of a due at `due_at` that waited, where the schedule now says `due`.
#[must_use]
pub fn of_deferred(schedule: &Schedule, due_at: DateTime<Utc>, due: Due) -> Deferred {
    if due == (Due::Now { due_at }) {
        Deferred::Waits
    } else if schedule.is_armed() && schedule.last_due() < Some(due_at) {
        Deferred::Lost
    } else {
        Deferred::Over
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Confirmation, PolicyId, Schedule,
        memory_org::now,
        quiet::{QuietHours, Window},
    };

    fn confirmed() -> NamedPolicy {
        let mut policy = NamedPolicy::new(PolicyId::first(), "Default");
        policy.schedule = Schedule::new("0 2 * * *", "UTC").unwrap();
        policy.schedule.arm(now());
        let strength = policy.strength();
        policy.confirmed = Some(Confirmation { strength, at: now(), by: "grace".to_owned(), due: 3 });
        policy
    }

    fn quiet() -> NamedPolicy {
        let mut policy = confirmed();
        let window = Window { days: vec![], from: "08:00".parse().unwrap(), to: "18:00".parse().unwrap() };
        policy.quiet = QuietHours::new("UTC", vec![window]).unwrap();
        let strength = policy.strength();
        policy.confirmed = policy.confirmed.map(|was| Confirmation { strength, ..was });
        policy
    }

    const OFF: ClockOff = ClockOff { seconds: 90_000, by_the_org: true };
    const GO: PlanFacts = PlanFacts { clock: Ok(()), is_outdated: false, drift: Ok(()) };
    const FAR: Unusual = Unusual { usual: 10, planned: 400 };

    /// Nothing speaks against the run, and nothing was looked at yet.
    fn facts() -> DueFacts {
        DueFacts {
            run_goes_on: false,
            may_write: true,
            may_delete: true,
            limited_until: None,
            clock: None,
            plan: None,
        }
    }

    fn seen(clock: Result<(), ClockOff>, plan: Option<PlanFacts>) -> DueFacts {
        DueFacts { clock: Some(clock), plan, ..facts() }
    }

    #[test]
    fn each_fact_leads_to_its_step_and_the_first_that_speaks_against_the_run_decides() {
        let opens = "2026-11-22T18:00:00Z".parse().unwrap();
        let unconfirmed = NextStep::AskToConfirm(NamedPolicy { confirmed: None, ..confirmed() }.waiting());
        let off = NamedPolicy { confirmed: None, ..quiet() };
        let limited = |seconds| Some(now() + chrono::TimeDelta::seconds(seconds));
        let waits = limited(1).map(NextStep::WaitForOrg).unwrap();
        let table: [(NamedPolicy, DueFacts, NextStep); 19] = [
            (off.clone(), DueFacts { run_goes_on: true, may_write: false, ..facts() }, NextStep::Wait),
            (
                off.clone(),
                DueFacts { may_write: false, may_delete: false, ..facts() },
                NextStep::Skip(SkipCode::NotAllowed),
            ),
            (
                off.clone(),
                DueFacts { may_delete: false, ..facts() },
                NextStep::Skip(SkipCode::LossNotAccepted),
            ),
            (off, facts(), unconfirmed.clone()),
            (NamedPolicy { confirmed: None, ..confirmed() }, seen(Err(OFF), Some(GO)), unconfirmed),
            (quiet(), facts(), NextStep::DeferUntil(Some(opens))),
            (quiet(), seen(Err(OFF), None), NextStep::DeferUntil(Some(opens))),
            // Quiet hours that began while the plan was made are looked at again right before the start.
            (quiet(), seen(Ok(()), Some(GO)), NextStep::Start),
            (quiet(), DueFacts { limited_until: limited(1), ..facts() }, NextStep::DeferUntil(Some(opens))),
            // No call at all is made while the org takes none.
            (confirmed(), DueFacts { limited_until: limited(1), ..facts() }, waits),
            (confirmed(), DueFacts { limited_until: limited(0), ..facts() }, NextStep::LookAtClock),
            (confirmed(), DueFacts { limited_until: limited(1), ..seen(Ok(()), Some(GO)) }, NextStep::Start),
            (confirmed(), facts(), NextStep::LookAtClock),
            (confirmed(), seen(Err(OFF), None), NextStep::AskAboutClock(OFF)),
            (confirmed(), seen(Ok(()), None), NextStep::MakePlan),
            (
                confirmed(),
                seen(Ok(()), Some(PlanFacts { clock: Err(OFF), is_outdated: true, drift: Err(FAR) })),
                NextStep::AskAboutClock(OFF),
            ),
            (
                confirmed(),
                seen(Ok(()), Some(PlanFacts { is_outdated: true, drift: Err(FAR), ..GO })),
                NextStep::LookAgain,
            ),
            (
                confirmed(),
                seen(Ok(()), Some(PlanFacts { drift: Err(FAR), ..GO })),
                NextStep::AskAboutDrift(FAR),
            ),
            (confirmed(), seen(Ok(()), Some(GO)), NextStep::Start),
        ];
        for (n, (policy, facts, step)) in table.into_iter().enumerate() {
            assert_eq!(next_step(&policy, now(), &facts), step, "row {n}: {facts:?}");
        }
    }

    #[test]
    fn right_before_the_start_the_policy_must_still_want_this_very_run() {
        let due = "2026-11-23T02:00:00Z".parse().unwrap();
        let (on_time, late) =
            ("2026-11-23T02:01:00Z".parse().unwrap(), "2026-11-23T09:00:00Z".parse().unwrap());
        let off = NamedPolicy { schedule: Schedule::new("0 2 * * *", "UTC").unwrap(), ..confirmed() };
        let mut done = confirmed();
        done.schedule.settle(due);
        let table = [
            (confirmed(), on_time, true),
            (quiet(), on_time, true),
            (quiet(), late, false),
            (NamedPolicy { confirmed: None, ..confirmed() }, on_time, false),
            (off, on_time, false),
            (done, on_time, false),
        ];
        for (n, (policy, at, may)) in table.into_iter().enumerate() {
            assert_eq!(may_start(&policy, due, at), may, "row {n}");
        }
        assert!(!may_start(&confirmed(), due - chrono::TimeDelta::days(1), on_time), "another due");
    }

    #[test]
    fn a_due_that_quiet_hours_kept_waits_is_lost_when_too_old_and_is_over_when_settled_or_switched_off() {
        let due_at = "2026-11-23T02:00:00Z".parse().unwrap();
        let armed = confirmed().schedule;
        let (mut off, mut settled) = (armed.clone(), armed.clone());
        off.disarm();
        settled.settle(due_at);
        let next = Due::Now { due_at: "2026-11-24T02:00:00Z".parse().unwrap() };
        let table = [
            (&armed, Due::Now { due_at }, Deferred::Waits),
            (&armed, next, Deferred::Lost),
            (&armed, Due::Wait(std::time::Duration::from_secs(60)), Deferred::Lost),
            (&settled, next, Deferred::Over),
            (&off, Due::Off, Deferred::Over),
        ];
        for (schedule, due, became) in table {
            assert_eq!(of_deferred(schedule, due_at, due), became, "{due:?}");
        }
    }
}
