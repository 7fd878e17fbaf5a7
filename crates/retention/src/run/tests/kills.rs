//! kill -9 at every step: before and after each call to the org and each write to the journal.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use model::{AgeClock, RetentionPolicy};
use proptest::prelude::*;
use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::{
    clock_jump,
    memory_org::{Dialect, Event, Trouble, guest, id, tagged},
};

/// A process of its own: its runtime ends with it and waits for a write that is under way, as a disk would.
fn process() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

fn planned(memory_org: MemoryOrg) -> Story {
    process().block_on(Story::of(memory_org))
}

/// One activation that dies `steps` steps from now, if it lasts that long.
fn live(story: &Story, steps: Option<u64>, first: Option<RunOptions>) -> Option<RunInfo> {
    {
        let mut org = story.memory_org.org();
        org.kill_at = steps.map(|steps| org.step + steps);
        org.in_flight = 0;
        org.leaving.clear();
        org.looked_at.clear();
    }
    process().block_on(async {
        let run = match first {
            Some(options) => story.start(options),
            None => story.resume(),
        };
        tokio::select! {
            biased;
            report = run.execute(&*story.memory_org) => Some(report.unwrap()),
            () = story.memory_org.killed() => None,
        }
    })
}

fn troubled() -> MemoryOrg {
    let memory_org = MemoryOrg::with_guests((0..9).map(|n| 40 + n % 3));
    memory_org.org().trouble.insert(id(2), vec![Trouble::CutAfter].into());
    memory_org.org().trouble.insert(id(4), vec![Trouble::CutBefore, Trouble::Limited].into());
    memory_org.org().trouble.insert(id(6), vec![Trouble::Limited, Trouble::CutAfter].into());
    memory_org
}

fn touch(story: &Story) {
    for event in [Event::Opens(1), Event::Edited(3), Event::Writes(5), Event::Vanishes(7)] {
        story.memory_org.org().happen(event);
    }
}

#[test]
fn a_kill_at_any_step_and_a_resume_come_to_the_same_as_no_kill() {
    assert!(killed_at_every_step(Dialect::Contract) > 25);
    assert!(killed_at_every_step(Dialect::Third) > 12);
}

/// How many steps there were.
fn killed_at_every_step(dialect: Dialect) -> u64 {
    let (mut steps, mut finished) = (0, 0);
    loop {
        let story = planned(troubled().speaking(dialect));
        touch(&story);
        let first = live(&story, Some(steps), Some(RunOptions::default()));
        let survived = first.is_some();
        let report = first.unwrap_or_else(|| {
            let runs = history(&story).list().unwrap();
            // Only a kill after the very last write finds a run that is over.
            assert!(
                runs[0].state == RunState::Interrupted || runs[0].ended.is_some(),
                "step {steps}: {runs:?}"
            );
            finished += u32::from(runs[0].state == RunState::Finished);
            live(&story, None, None).unwrap()
        });
        assert_eq!(
            (report.counts.deleted, report.counts.already_gone, report.counts.spared, report.counts.failed),
            (5, 1, 3, 0),
            "step {steps}"
        );
        assert!(report.state == RunState::Finished && report.verified == Some(true));
        story.audit(&report);
        if survived {
            break;
        }
        steps += 1;
    }
    assert!(finished == 1, "{finished} of {steps} came after the end");
    steps
}

#[test]
fn two_kills_at_any_two_steps_are_as_harmless_as_one() {
    assert!(killed_at_any_two_steps(Dialect::Contract) > 10);
    assert!(killed_at_any_two_steps(Dialect::Third) > 6);
}

/// How many steps there were.
fn killed_at_any_two_steps(dialect: Dialect) -> u64 {
    let mut first = 0;
    while {
        let mut second = 0;
        let mut ended_early = false;
        loop {
            let memory_org = MemoryOrg::with_guests([40, 41, 42]).speaking(dialect);
            memory_org.org().trouble.insert(id(1), vec![Trouble::CutAfter].into());
            let story = planned(memory_org);
            ended_early |= live(&story, Some(first), Some(RunOptions::default())).is_some();
            let survived = live(&story, Some(second), None).is_some();
            let report = live(&story, None, None).unwrap();
            assert_eq!(
                (report.counts.deleted, report.counts.already_gone, report.verified),
                (3, 0, Some(true)),
                "{first} {second}"
            );
            story.audit(&report);
            if survived {
                break;
            }
            second += 1;
        }
        !ended_early
    } {
        first += 1;
    }
    first
}

#[derive(Debug, Clone)]
struct RandomStory {
    days: Vec<i64>,
    policy: (bool, bool, bool, bool),
    events: Vec<(u64, u8, u64)>,
    trouble: Vec<(u64, Vec<u8>)>,
    open_before: Vec<u64>,
    kills: Vec<u64>,
    max: Option<u64>,
    /// By so many hours our clock is ahead of the org's when the plan is made, and whether the org shows its own.
    clock: (i64, bool),
}

fn random_stories() -> impl Strategy<Value = RandomStory> {
    let n = 0u64..140;
    (
        proptest::collection::vec(20i64..60, 0..140),
        any::<(bool, bool, bool, bool)>(),
        proptest::collection::vec((0u64..400, 0u8..8, n.clone()), 0..40),
        proptest::collection::vec((n.clone(), proptest::collection::vec(0u8..4, 1..6)), 0..20),
        proptest::collection::vec(n, 0..10),
        proptest::collection::vec(0u64..300, 0..4),
        proptest::option::of(5u64..60),
        (prop_oneof![2 => Just(0i64), 1 => -400i64..400], any::<bool>()),
    )
        .prop_map(|(days, policy, events, trouble, open_before, kills, max, clock)| RandomStory {
            days,
            policy,
            events,
            trouble,
            open_before,
            kills,
            max,
            clock,
        })
}

impl RandomStory {
    fn memory_org(&self, dialect: Dialect) -> MemoryOrg {
        let (last_activity, filtered, spare_active, spare_open) = self.policy;
        let memory_org = MemoryOrg::new(RetentionPolicy {
            clock: if last_activity { AgeClock::LastActivity } else { AgeClock::Created },
            filter: filtered.then(tagged),
            spare_active,
            spare_open_conversations: spare_open,
            ..RetentionPolicy::default()
        })
        .speaking(dialect);
        let mut org = memory_org.org();
        for (n, days) in (0..).zip(&self.days) {
            let mut guest = guest(n, *days);
            guest.active = n % 5 == 0;
            org.add(guest);
            if n % 7 != 0 {
                org.tagged.insert(id(n));
            }
        }
        org.open.extend(self.open_before.iter().map(|n| id(*n)));
        drop(org);
        memory_org
    }

    /// With a clock that is right again when it is run: where it was wrong the person is asked, and plans anew.
    fn planned(&self, dialect: Dialect) -> Story {
        let (hours, told) = self.clock;
        let by_clock = |hours| {
            let memory_org = self.memory_org(dialect);
            memory_org.org().shows = told.then(now);
            process().block_on(Story::made_at(memory_org, now() + TimeDelta::hours(hours)))
        };
        let story = by_clock(hours);
        let header = story.plan.header();
        match clock_jump::of_plan(header.created_at, header.org_clock, now(), told.then(now)) {
            Err(_) => by_clock(0),
            Ok(()) => story,
        }
    }

    fn unleash(&self, story: &Story) {
        let mut org = story.memory_org.org();
        for &(step, kind, n) in &self.events {
            let event = match kind {
                0 => Event::Opens(n),
                1 => Event::Edited(n),
                2 => Event::Writes(n),
                3 => Event::Untagged(n),
                4 | 5 => Event::Vanishes(n),
                6 => Event::Held(n),
                _ => Event::Pause,
            };
            org.events.push((step, event));
        }
        for (n, kinds) in &self.trouble {
            let trouble = kinds.iter().map(|kind| match kind {
                0 => Trouble::Limited,
                1 => Trouble::CutBefore,
                2 => Trouble::CutAfter,
                _ => Trouble::Refused,
            });
            org.trouble.insert(id(*n), trouble.collect());
        }
    }
}

/// The same 100 cases each time; with `PROPTEST_CASES` that many new ones.
fn cases() -> ProptestConfig {
    let base = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() {
        return base;
    }
    ProptestConfig { cases: 100, rng_seed: proptest::test_runner::RngSeed::Fixed(5), ..base }
}

proptest! {
    #![proptest_config(cases())]

    /// Random guests, policies, events at any step, trouble, kills, caps and pauses: exactly the plan minus what the
    /// rules spare is deleted, and the journal says so.
    #[test]
    fn the_set_deleted_is_the_plan_minus_what_the_rules_spare(random in random_stories()) {
        deleted_is_planned_minus_spared(&random, Dialect::Contract)?;
    }

    /// The same over a dialect without order, versions or single deletes, whose lists are forgotten. Whoever changes between
    /// the last look and the delete may go or stay there.
    #[test]
    fn in_a_third_dialect_the_set_deleted_is_the_plan_minus_what_the_rules_spare(random in random_stories()) {
        deleted_is_planned_minus_spared(&random, Dialect::Third)?;
    }
}

fn deleted_is_planned_minus_spared(random: &RandomStory, dialect: Dialect) -> Result<(), TestCaseError> {
    let story = random.planned(dialect);
    random.unleash(&story);
    let options = RunOptions { max: random.max, ..RunOptions::default() };
    let mut first = Some(options);
    for &steps in &random.kills {
        if let Some(report) = live(&story, Some(steps), first.take()) {
            story.audit(&report);
        }
    }
    let mut report = live(&story, None, first.take()).unwrap();
    let mut lives = 0;
    while report.counts.remaining > 0 || report.counts.failed > 0 {
        prop_assert!(lives < 200, "it does not come to an end: {report:?}");
        story.audit(&report);
        report = live(&story, None, None).unwrap();
        lives += 1;
    }
    story.audit(&report);
    prop_assert!(report.verified == Some(true));
    prop_assert_eq!(report.state, RunState::Finished);
    let org = story.memory_org.org();
    let deleted: BTreeSet<_> = org.deleted.iter().copied().collect();
    let late: BTreeSet<_> = org.late.union(&org.unguarded).copied().collect();
    let expected: BTreeSet<_> = story
        .plan
        .lines()
        .unwrap()
        .map(|line| line.unwrap())
        .filter(|line| line.due && !org.vanished.contains(&line.id) && !org.touched.contains(&line.id))
        .map(|line| line.id)
        .collect();
    prop_assert_eq!(&deleted - &late, &expected - &late);
    Ok(())
}
