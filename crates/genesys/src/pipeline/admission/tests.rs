//! The admission and its core against an org that counts as the contract says: a fixed window of 60 s from the first
//! call, 429s counted, whole seconds rounded up. The org is the judge, never the client.

use std::cell::RefCell;
use std::rc::Rc;

use proptest::prelude::*;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use tokio::{
    task::LocalSet,
    time::{sleep, sleep_until},
};

use super::*;

const WINDOW: Duration = Duration::from_secs(60);

/// The org's side of the limit.
struct Org {
    allowed: u32,
    begun: Option<Instant>,
    count: u32,
    refused: u32,
    served: u32,
    tells: bool,
}

impl Org {
    fn new(allowed: u32) -> Rc<RefCell<Self>> {
        Rc::new(RefCell::new(Self { allowed, begun: None, count: 0, refused: 0, served: 0, tells: true }))
    }

    fn take(&mut self) -> (bool, Option<RateHeaders>) {
        let now = Instant::now();
        if self.begun.is_none_or(|b| now >= b + WINDOW) {
            self.begun = Some(now);
            self.count = 0;
        }
        self.count += 1;
        let good = self.count <= self.allowed;
        if good {
            self.served += 1;
        } else {
            self.refused += 1;
        }
        let left = self.begun.expect("set above") + WINDOW - now;
        let reset = Duration::from_secs(u64::try_from(left.as_millis().div_ceil(1_000)).unwrap());
        (good, self.tells.then_some(RateHeaders { count: self.count, allowed: self.allowed, reset }))
    }
}

fn admission() -> Arc<Admission> {
    Admission::new(Arc::new(Jitter::seeded(1)))
}

/// One call as a client makes it: waits its turn, travels, is counted, travels back. Returns how long it waited.
async fn call(
    admission: &Arc<Admission>,
    org: &Rc<RefCell<Org>>,
    lane: Lane,
    there: Duration,
    back: Duration,
) -> Duration {
    let asked = Instant::now();
    let mut permit = admission.enter(lane).await.unwrap();
    let waited = asked.elapsed();
    sleep(there).await;
    let (good, told) = org.borrow_mut().take();
    sleep(back).await;
    permit.answered(told, (!good).then_some(told.map(|t| t.reset)));
    waited
}

/// Runs a story on one thread with a paused clock.
fn story<T>(told: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, told)
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// `callers` that call without a pause until `until`.
fn callers(
    n: u32,
    lane: Lane,
    admission: &Arc<Admission>,
    org: &Rc<RefCell<Org>>,
    seed: u64,
    slowest: u64,
    until: Instant,
) {
    for caller in 0..n {
        let (admission, org) = (Arc::clone(admission), Rc::clone(org));
        let mut jitter = SmallRng::seed_from_u64(seed ^ (u64::from(caller) << 32));
        tokio::task::spawn_local(async move {
            while Instant::now() < until {
                let (there, back) = (jitter.random_range(1..=slowest), jitter.random_range(1..=slowest));
                call(&admission, &org, lane, ms(there), ms(back)).await;
            }
        });
    }
}

/// Another client of the same token, which asks nobody. It is steady: late or early by up to half of its pause, which does not
/// add up. Nobody can foresee one that comes in bursts; its last call of a window may meet a 429.
fn stranger(per_minute: u32, org: &Rc<RefCell<Org>>, seed: u64) {
    let org = Rc::clone(org);
    let mut jitter = SmallRng::seed_from_u64(seed);
    tokio::task::spawn_local(async move {
        let (mean, began) = (60_000 / u64::from(per_minute), Instant::now());
        for call in 0.. {
            sleep_until(began + ms(mean * call + jitter.random_range(mean / 2..=mean * 3 / 2))).await;
            org.borrow_mut().take();
        }
    });
}

#[test]
fn bulk_alone_spends_98_percent_of_what_the_windows_allow_and_meets_no_429() {
    story(async {
        let (admission, org) = (admission(), Org::new(300));
        callers(4, Lane::Bulk, &admission, &org, 1, 120, Instant::now() + WINDOW * 30);
        sleep(WINDOW * 30).await;
        let org = org.borrow();
        assert_eq!(org.refused, 0);
        assert!(org.served >= 300 * 30 * 98 / 100, "{} of {}", org.served, 300 * 30);
    });
}

#[test]
fn another_client_of_the_token_is_noticed_and_the_two_together_spend_98_percent_without_a_429() {
    for seed in 0..6 {
        story(async {
            let (admission, org) = (admission(), Org::new(300));
            stranger(60, &org, seed);
            callers(4, Lane::Bulk, &admission, &org, seed, 120, Instant::now() + WINDOW * 30);
            sleep(WINDOW * 30).await;
            let org = org.borrow();
            assert_eq!(org.refused, 0, "seed {seed}");
            assert!(org.served >= 300 * 30 * 98 / 100, "seed {seed}: {} of {}", org.served, 300 * 30);
        });
    }
}

#[test]
fn a_person_waits_at_most_250_ms_in_19_of_20_calls_while_bulk_runs_at_full_speed() {
    story(async {
        let (admission, org) = (admission(), Org::new(300));
        callers(8, Lane::Bulk, &admission, &org, 3, 120, Instant::now() + WINDOW * 20);
        let mut waits = Vec::new();
        for _ in 0..500 {
            sleep(ms(2_300)).await;
            waits.push(call(&admission, &org, Lane::Person, ms(40), ms(40)).await);
        }
        waits.sort();
        assert!(waits[waits.len() * 95 / 100] <= ms(250), "{:?}", waits[waits.len() * 95 / 100]);
        assert_eq!(org.borrow().refused, 0);
    });
}

#[test]
fn a_person_stands_before_everything_a_machine_has_queued() {
    story(async {
        let (admission, org) = (admission(), Org::new(300));
        callers(500, Lane::Bulk, &admission, &org, 4, 50, Instant::now() + WINDOW);
        callers(50, Lane::Delivery, &admission, &org, 5, 50, Instant::now() + WINDOW);
        sleep(ms(5_000)).await;
        let waited = call(&admission, &org, Lane::Person, ms(10), ms(10)).await;
        assert!(waited <= ms(2), "{waited:?}");
    });
}

#[test]
fn a_person_may_spend_the_window_in_one_go_and_then_waits_for_the_next() {
    story(async {
        let (admission, org) = (admission(), Org::new(300));
        let began = Instant::now();
        let calls: Vec<_> = (0..310)
            .map(|_| {
                let (admission, org) = (Arc::clone(&admission), Rc::clone(&org));
                tokio::task::spawn_local(async move {
                    call(&admission, &org, Lane::Person, ms(20), ms(20)).await;
                    began.elapsed()
                })
            })
            .collect();
        let mut done = Vec::new();
        for call in calls {
            done.push(call.await.unwrap());
        }
        done.sort();
        assert!(done[297] < Duration::from_secs(2), "the first 298 took {:?}", done[297]);
        assert!(
            done[298] > Duration::from_secs(59) && done[309] < Duration::from_secs(63),
            "{:?}",
            done[309]
        );
        assert_eq!(org.borrow().refused, 0);
    });
}

#[test]
fn a_delivery_goes_at_once_while_half_the_window_is_left() {
    story(async {
        let (admission, org) = (admission(), Org::new(300));
        let began = Instant::now();
        for _ in 0..100 {
            call(&admission, &org, Lane::Delivery, ms(5), ms(5)).await;
        }
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    });
}

#[test]
fn an_org_that_tells_nothing_is_taken_to_allow_300() {
    story(async {
        let (admission, org) = (admission(), Org::new(300));
        org.borrow_mut().tells = false;
        callers(6, Lane::Bulk, &admission, &org, 6, 300, Instant::now() + WINDOW * 10);
        callers(2, Lane::Person, &admission, &org, 6, 300, Instant::now() + WINDOW * 10);
        sleep(WINDOW * 10).await;
        let org = org.borrow();
        assert_eq!(org.refused, 0);
        assert!(org.served >= 300 * 10 * 95 / 100, "{}", org.served);
    });
}

#[test]
fn a_lower_limit_is_believed_from_the_first_answer() {
    story(async {
        let (admission, org) = (admission(), Org::new(20));
        callers(50, Lane::Person, &admission, &org, 8, 400, Instant::now() + WINDOW * 3);
        sleep(WINDOW * 3).await;
        assert_eq!(org.borrow().refused, 0);
        assert_eq!(admission.budget().borrow().allowed, 20);
    });
}

#[test]
fn a_429_stops_every_lane_until_its_wait_is_over() {
    story(async {
        let admission = admission();
        let mut permit = admission.enter(Lane::Bulk).await.unwrap();
        permit.answered(None, Some(Some(Duration::from_secs(42))));
        let asked = Instant::now();
        admission.enter(Lane::Person).await.unwrap();
        assert!(asked.elapsed() >= Duration::from_secs(42) && asked.elapsed() < Duration::from_secs(43));
    });
}

#[test]
fn a_call_that_is_given_up_while_it_waits_leaves_no_trace() {
    story(async {
        let admission = admission();
        admission.enter(Lane::Bulk).await.unwrap().answered(None, Some(Some(Duration::from_secs(10))));
        for lane in [Lane::Person, Lane::Bulk, Lane::Delivery] {
            let gave_up = tokio::time::timeout(ms(1_000), admission.enter(lane)).await;
            assert!(gave_up.is_err());
        }
        assert!(admission.lock().front().is_none());
        let asked = Instant::now();
        admission.enter(Lane::Delivery).await.unwrap();
        assert!(asked.elapsed() < Duration::from_secs(8));
    });
}

#[test]
fn an_answer_of_the_last_window_that_comes_late_does_not_close_the_new_one() {
    story(async {
        let (admission, org) = (admission(), Org::new(300));
        for _ in 0..290 {
            call(&admission, &org, Lane::Person, ms(1), ms(1)).await;
        }
        let left = org.borrow().begun.unwrap() + WINDOW - Instant::now();
        sleep(left - ms(50)).await;
        // Counted in the old window, answered in the new one, whose own first answer is still to come.
        let ask = |there, back| {
            let (admission, org) = (Arc::clone(&admission), Rc::clone(&org));
            tokio::task::spawn_local(async move {
                call(&admission, &org, Lane::Person, ms(there), ms(back)).await
            })
        };
        let late = ask(10, 500);
        sleep(ms(100)).await;
        let first = ask(1_000, 10);
        late.await.unwrap();
        let budget = *admission.budget().borrow();
        assert!(budget.count <= 3, "{budget:?}");
        first.await.unwrap();
    });
}

#[test]
fn calls_that_never_left_cost_nothing_and_calls_without_an_answer_cost_one() {
    story(async {
        let admission = admission();
        for _ in 0..400 {
            admission.enter(Lane::Person).await.unwrap().not_sent();
        }
        assert_eq!(admission.budget().borrow().count, 0);
        for _ in 0..5 {
            drop(admission.enter(Lane::Person).await.unwrap());
        }
        assert_eq!(admission.budget().borrow().count, 5);
    });
}

#[test]
fn an_answer_of_the_last_window_does_not_bring_it_back_and_one_that_left_since_is_believed() {
    story(async {
        let admission = admission();
        let told =
            |count, reset| Some(RateHeaders { count, allowed: 300, reset: Duration::from_secs(reset) });
        let mut old = admission.enter(Lane::Person).await.unwrap();
        sleep(Duration::from_secs(70)).await;
        admission.enter(Lane::Person).await.unwrap().answered(told(1, 60), None);
        sleep(Duration::from_secs(1)).await;
        old.answered(told(290, 1), None);
        let budget = *admission.budget().borrow();
        assert_eq!((budget.count, budget.reset_seconds), (1, 59), "{budget:?}");
        // The org's clock has jumped: what it says to a call that left after all we knew counts.
        admission.enter(Lane::Person).await.unwrap().answered(told(200, 5), None);
        let budget = *admission.budget().borrow();
        assert_eq!((budget.count, budget.reset_seconds), (200, 5), "{budget:?}");
    });
}

#[test]
fn machines_send_two_calls_and_then_wait_for_the_first_answer_to_tell_the_limit() {
    for lane in [Lane::Delivery, Lane::Bulk] {
        story(async {
            let (admission, org) = (admission(), Org::new(6));
            callers(30, lane, &admission, &org, 9, 1, Instant::now() + WINDOW);
            let slow = admission.enter(lane).await.unwrap();
            sleep(Duration::from_secs(20)).await;
            drop(slow);
            assert_eq!(org.borrow().refused, 0);

            let admission = self::admission();
            let mut under_way = Vec::new();
            for _ in 0..2 {
                under_way.push(admission.enter(lane).await.unwrap());
            }
            let third = tokio::time::timeout(Duration::from_secs(20), admission.enter(lane)).await;
            assert!(third.is_err(), "{lane:?}");
        });
    }
}

#[test]
fn deliveries_leave_half_of_the_window_to_others_and_go_on_evenly() {
    story(async {
        let (admission, org) = (admission(), Org::new(300));
        callers(4, Lane::Delivery, &admission, &org, 10, 5, Instant::now() + WINDOW);
        sleep(Duration::from_secs(10)).await;
        let served = org.borrow().served;
        assert!((150..=190).contains(&served), "{served} after ten seconds");
        sleep(Duration::from_secs(49)).await;
        let served = org.borrow().served;
        assert!((290..=300).contains(&served), "{served} at the end of the window");
        assert_eq!(org.borrow().refused, 0);
    });
}

#[test]
fn an_org_with_a_huge_limit_is_not_slowed_to_a_call_a_tick() {
    story(async {
        let (admission, org) = (admission(), Org::new(1_000_000));
        let began = Instant::now();
        for _ in 0..5_000 {
            call(&admission, &org, Lane::Bulk, Duration::ZERO, Duration::ZERO).await;
        }
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn alone_on_its_token_it_never_meets_a_429_and_never_stops(
        seed: u64, allowed in 6u32..700, slowest in 1u64..3_000,
        persons in 0u32..40, deliveries in 0u32..20, bulk in 1u32..40,
    ) {
        story(async {
            let (admission, org) = (admission(), Org::new(allowed));
            let until = Instant::now() + WINDOW * 4;
            callers(persons, Lane::Person, &admission, &org, seed, slowest, until);
            callers(deliveries, Lane::Delivery, &admission, &org, seed ^ 1, slowest, until);
            callers(bulk, Lane::Bulk, &admission, &org, seed ^ 2, slowest, until);
            sleep(WINDOW * 4).await;
            let org = org.borrow();
            prop_assert_eq!(org.refused, 0);
            prop_assert!(org.served >= 4, "{} served", org.served);
            Ok(())
        })?;
    }

    #[test]
    fn with_a_steady_other_client_on_its_token_bulk_brings_neither_a_429(
        seed: u64, share in 1u32..60, allowed in 60u32..700, slowest in 1u64..200, bulk in 1u32..8,
    ) {
        story(async {
            let (admission, org) = (admission(), Org::new(allowed));
            let until = Instant::now() + WINDOW * 4;
            stranger((allowed * share / 100).max(1), &org, seed);
            callers(bulk, Lane::Bulk, &admission, &org, seed ^ 3, slowest, until);
            sleep(WINDOW * 4).await;
            prop_assert_eq!(org.borrow().refused, 0);
            Ok(())
        })?;
    }
}
