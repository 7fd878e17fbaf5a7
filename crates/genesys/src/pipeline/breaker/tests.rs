use proptest::prelude::*;

use super::*;

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A breaker that has just opened, and when.
fn opened() -> (Breaker, Instant) {
    let now = Instant::now();
    let mut breaker = Breaker::new(now);
    for n in 1..=IN_A_ROW {
        assert_eq!(breaker.failed(now, now, 1.0), n == IN_A_ROW);
    }
    (breaker, now)
}

#[test]
fn five_failures_in_a_row_open_it_and_an_answer_in_between_starts_the_count_anew() {
    let now = Instant::now();
    let mut breaker = Breaker::new(now);
    for _ in 0..2 {
        for _ in 1..IN_A_ROW {
            assert!(!breaker.failed(now, now, 1.0));
        }
        breaker.answered(now, now);
    }
    assert!(breaker.down().is_none());
}

#[test]
fn more_than_half_of_ten_calls_in_30_seconds_open_it_and_what_is_older_is_forgotten() {
    for (pause, opens) in [(secs(1), true), (secs(8), false)] {
        let mut now = Instant::now();
        let mut breaker = Breaker::new(now);
        // Not only in its first half-minute.
        now += secs(100);
        // Never five in a row: two failures, an answer, and so on.
        let opened = (0..30).any(|n| {
            now += pause;
            if n % 3 == 2 { breaker.answered(now, now) } else { breaker.failed(now, now, 1.0) }
        });
        assert_eq!(opened, opens, "{pause:?}");
    }
}

#[test]
fn the_spans_grow_up_to_the_longest_and_are_cut_by_up_to_a_half() {
    for (roll, part) in [(1.0, 1.0), (0.0, 0.5)] {
        let (mut breaker, mut now) = {
            let now = Instant::now();
            let mut breaker = Breaker::new(now);
            for _ in 0..IN_A_ROW {
                breaker.failed(now, now, roll);
            }
            (breaker, now)
        };
        for whole in [1, 2, 4, 4, 4] {
            assert_eq!(breaker.admit(Lane::Bulk, now), Decision::At(now + secs(whole).mul_f64(part)));
            now = breaker.down().unwrap().1;
            assert_eq!(breaker.admit(Lane::Bulk, now), Decision::Go);
            breaker.leave(Lane::Bulk);
            assert!(breaker.failed(now, now, roll));
        }
    }
}

#[test]
fn one_machine_tries_for_all_and_when_it_gives_up_another_does() {
    let (mut breaker, now) = opened();
    let later = now + secs(1);
    let first = breaker.leave(Lane::Delivery).unwrap();
    assert_eq!(breaker.admit(Lane::Bulk, later), Decision::AfterAnswer);
    assert_eq!(breaker.admit(Lane::Person, later), Decision::Go);
    breaker.given_up(first);
    assert_eq!(breaker.admit(Lane::Bulk, later), Decision::Go);
    // A try of an outage that is over says nothing about the next one.
    let second = breaker.leave(Lane::Bulk).unwrap();
    breaker.failed(later, later, 1.0);
    let third = later + secs(2);
    assert_eq!(breaker.admit(Lane::Bulk, third), Decision::Go);
    breaker.leave(Lane::Bulk);
    breaker.given_up(second);
    assert_eq!(breaker.admit(Lane::Bulk, third), Decision::AfterAnswer);
}

#[test]
fn an_answer_to_a_person_closes_it_at_once_and_one_to_an_older_call_does_not() {
    let (mut breaker, now) = opened();
    let before = now.checked_sub(secs(2)).unwrap();
    assert!(!breaker.answered(before, now));
    assert_eq!(breaker.leave(Lane::Person), None);
    assert!(breaker.answered(now, now));
    assert_eq!(breaker.admit(Lane::Bulk, now), Decision::Go);
    // It starts from nothing: the failures before count no more.
    assert!(!breaker.failed(now, now, 1.0));
}

#[test]
fn silences_from_before_it_closed_do_not_open_it_again() {
    let (mut breaker, now) = opened();
    let later = now + secs(5);
    assert!(breaker.answered(later, later));
    for _ in 0..20 {
        assert!(!breaker.failed(now, later, 1.0));
    }
}

#[test]
fn a_person_who_keeps_trying_makes_no_machine_wait_longer() {
    let (mut breaker, now) = opened();
    for _ in 0..50 {
        assert!(!breaker.failed(now, now, 1.0));
    }
    assert_eq!(breaker.admit(Lane::Bulk, now), Decision::At(now + secs(1)));
    breaker.try_now(now);
    assert_eq!(breaker.admit(Lane::Bulk, now), Decision::Go);
}

/// What happens next to a breaker.
#[derive(Debug, Clone)]
enum Step {
    Wait(u64),
    Call(Lane),
    /// What comes of the n-th call under way, if there are so many: answer, failure or silence for ever.
    End(usize, u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let lane = prop_oneof![Just(Lane::Person), Just(Lane::Delivery), Just(Lane::Bulk)];
    let step = prop_oneof![
        (0u64..4_000).prop_map(Step::Wait),
        lane.prop_map(Step::Call),
        (0usize..4, prop_oneof![2 => Just(0u8), 6 => Just(1), 1 => Just(2)])
            .prop_map(|(n, e)| Step::End(n, e)),
    ];
    proptest::collection::vec(step, 1..200)
}

proptest! {
    #[test]
    fn a_person_always_goes_one_machine_tries_a_span_and_nothing_waits_for_ever(steps in steps(), roll in 0.0..1.0) {
        let began = Instant::now();
        let (mut now, mut closed_at) = (began, began);
        let mut breaker = Breaker::new(now);
        let mut under_way: Vec<(Instant, Option<Try>)> = Vec::new();
        // Every outcome since it last closed, for the plain reading of the rule.
        let mut history: Vec<(Instant, bool)> = Vec::new();
        for step in steps {
            match step {
                Step::Wait(ms) => now += Duration::from_millis(ms),
                Step::Call(lane) => {
                    let decision = breaker.admit(lane, now);
                    prop_assert!(lane != Lane::Person || decision == Decision::Go);
                    match decision {
                        Decision::Go => {
                            let of = breaker.leave(lane);
                            if let Some(of) = of {
                                prop_assert!(!under_way.iter().any(|(_, other)| *other == Some(of)), "two tries at once");
                            }
                            under_way.push((now, of));
                        }
                        Decision::At(then) => {
                            prop_assert!(then > now && then <= now + timeouts::BREAKER_LONGEST);
                        }
                        Decision::AfterAnswer => {
                            prop_assert!(under_way.iter().any(|(_, of)| of.is_some()), "waits for nobody");
                        }
                    }
                }
                Step::End(n, end) if n < under_way.len() => {
                    let (sent, of) = under_way.remove(n);
                    let before = breaker.down();
                    match end {
                        0 => {
                            let closed = breaker.answered(sent, now);
                            prop_assert_eq!(closed, before.is_some() && breaker.down().is_none());
                            if closed {
                                history.clear();
                                closed_at = now;
                            }
                            history.push((now, false));
                            prop_assert!(sent < now || breaker.down().is_none());
                        }
                        1 => {
                            breaker.failed(sent, now, roll);
                            let counts = before.is_some() || sent >= closed_at;
                            history.extend(counts.then_some((now, true)));
                            if before.is_none() {
                                let second = |at: Instant| (at - began).as_secs();
                                let tail = history.iter().rev().take_while(|(_, failed)| *failed).count();
                                let recent: Vec<_> = history.iter().filter(|(at, _)| second(now) - second(*at) < 30).collect();
                                let failed = recent.iter().filter(|(_, failed)| *failed).count();
                                let share = recent.len() >= FLOOR as usize && failed * 2 > recent.len();
                                let opens = counts && (tail >= IN_A_ROW as usize || share);
                                prop_assert_eq!(breaker.down().is_some(), opens);
                            }
                        }
                        _ => if let Some(of) = of { breaker.given_up(of) },
                    }
                }
                Step::End(..) => {}
            }
        }
    }
}
