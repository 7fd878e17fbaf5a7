//! What becomes of a run that is due by its schedule: a pure decision over the policy and what is known so far.
//!
//! What costs a question to the org (its clock, the plan) is asked for only when everything before it speaks for the run: the
//! decision then is to look, and it is made again with what was seen.

use chrono::{DateTime, Utc};
use proof::SkipCode;

use crate::{Change, NamedPolicy, clock_jump::Jump, drift::Drift};

/// What is known when a run is due.
#[derive(Debug, Clone, PartialEq)]
pub struct DueFacts {
    /// Another run is being carried out.
    pub run_goes_on: bool,
    /// The connection may write.
    pub may_write: bool,
    /// No store was lost, or a person has accepted that.
    pub may_delete: bool,
    /// What a look at the clocks says; absent before it.
    pub clock: Option<Jump>,
    /// What the plan says; absent before it was made.
    pub plan: Option<PlanFacts>,
}

/// What is known of the plan of a due run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanFacts {
    /// Whether the clock was right when the plan was made.
    pub clock: Jump,
    /// The policy is another by now, or the plan goes beyond what a person confirmed.
    pub is_outdated: bool,
    /// Its guests, compared with the plans before it.
    pub drift: Drift,
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
    /// Look at the clocks, then decide again.
    LookAtClock,
    /// Make the plan, then decide again.
    MakePlan,
    /// A person is asked about the clock. The run stays due: were it written down by a clock that runs ahead, none would come
    /// before that time.
    AskAboutClock {
        /// Seconds by which the clock is ahead, or behind when negative.
        seconds: i64,
        /// Whether the org's own clock says so.
        by_the_org: bool,
    },
    /// The policy changed meanwhile: the next look decides.
    LookAgain,
    /// Nothing runs for this due, and a person is asked about the number of guests.
    AskAboutDrift {
        /// Guests of a usual plan.
        usual: u64,
        /// Guests of this plan.
        now: u64,
    },
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
    match facts.clock {
        None => return NextStep::LookAtClock,
        Some(Jump::Ask { seconds, by_the_org }) => return NextStep::AskAboutClock { seconds, by_the_org },
        Some(Jump::None) => {}
    }
    let Some(plan) = facts.plan else { return NextStep::MakePlan };
    // The clock may have been set while the plan was made, which takes a while where many guests are listed.
    if let Jump::Ask { seconds, by_the_org } = plan.clock {
        return NextStep::AskAboutClock { seconds, by_the_org };
    }
    match plan.drift {
        _ if plan.is_outdated => NextStep::LookAgain,
        Drift::Ask { usual, now } => NextStep::AskAboutDrift { usual, now },
        Drift::Go => NextStep::Start,
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

    const OFF: Jump = Jump::Ask { seconds: 90_000, by_the_org: true };
    const ASK_CLOCK: NextStep = NextStep::AskAboutClock { seconds: 90_000, by_the_org: true };
    const GO: PlanFacts = PlanFacts { clock: Jump::None, is_outdated: false, drift: Drift::Go };
    const FAR: Drift = Drift::Ask { usual: 10, now: 400 };

    /// Nothing speaks against the run, and nothing was looked at yet.
    fn facts() -> DueFacts {
        DueFacts { run_goes_on: false, may_write: true, may_delete: true, clock: None, plan: None }
    }

    fn seen(clock: Jump, plan: Option<PlanFacts>) -> DueFacts {
        DueFacts { clock: Some(clock), plan, ..facts() }
    }

    #[test]
    fn each_fact_leads_to_its_step_and_the_first_that_speaks_against_the_run_decides() {
        let opens = "2026-11-22T18:00:00Z".parse().unwrap();
        let unconfirmed = NextStep::AskToConfirm(NamedPolicy { confirmed: None, ..confirmed() }.waiting());
        let off = NamedPolicy { confirmed: None, ..quiet() };
        let table: [(NamedPolicy, DueFacts, NextStep); 15] = [
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
            (NamedPolicy { confirmed: None, ..confirmed() }, seen(OFF, Some(GO)), unconfirmed),
            (quiet(), facts(), NextStep::DeferUntil(Some(opens))),
            (quiet(), seen(OFF, None), NextStep::DeferUntil(Some(opens))),
            // Quiet hours that began while the plan was made are looked at again right before the start.
            (quiet(), seen(Jump::None, Some(GO)), NextStep::Start),
            (confirmed(), facts(), NextStep::LookAtClock),
            (confirmed(), seen(OFF, None), ASK_CLOCK),
            (confirmed(), seen(Jump::None, None), NextStep::MakePlan),
            (
                confirmed(),
                seen(Jump::None, Some(PlanFacts { clock: OFF, is_outdated: true, drift: FAR })),
                ASK_CLOCK,
            ),
            (
                confirmed(),
                seen(Jump::None, Some(PlanFacts { is_outdated: true, drift: FAR, ..GO })),
                NextStep::LookAgain,
            ),
            (
                confirmed(),
                seen(Jump::None, Some(PlanFacts { drift: FAR, ..GO })),
                NextStep::AskAboutDrift { usual: 10, now: 400 },
            ),
            (confirmed(), seen(Jump::None, Some(GO)), NextStep::Start),
        ];
        for (n, (policy, facts, step)) in table.into_iter().enumerate() {
            assert_eq!(next_step(&policy, now(), &facts), step, "row {n}: {facts:?}");
        }
    }
}
