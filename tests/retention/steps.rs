//! One small run, and at every point of it a death, a torn write, or a request that is asked twice.

use std::{collections::BTreeSet, sync::Arc};

use model::RetentionPolicy;
use retention::{RunOptions, RunState};

use crate::{
    case::{Case, simulated},
    ground::Desk,
    people::{Event, Sketch},
    random_case::Death,
};

const DAY: i64 = 24 * 60;

/// 31 guests, so that the run writes its journal more than once; some things happen on the way.
async fn planned(desk: &Arc<Desk>, seed: u64) -> Case {
    let sketches: Vec<Sketch> =
        (0..31).map(|n| Sketch { minutes_old: 40 * DAY + n, tier: Some("gold"), active: false }).collect();
    let mut case = Case::new(Arc::clone(desk), seed, None, &sketches).await;
    case.make_plan(&RetentionPolicy::default(), None).await;
    let happens =
        [(6, Event::Renamed(3)), (7, Event::Held(4)), (9, Event::Queued(6)), (12, Event::Vanishes(8))];
    case.network.state().events.extend(happens.map(|(point, event)| (point, vec![event])));
    case
}

/// The run to its end and once more; `(deleted, already gone, spared)`.
async fn finished(case: &mut Case) -> (u64, u64, u64) {
    let report = case.live_to_the_end(RunOptions::default()).await;
    case.judge(&report);
    let requests = case.network.state().requests;
    let again = case.live(RunOptions::default(), None).await.unwrap();
    assert_eq!((again.state, case.network.state().requests), (RunState::Finished, requests), "it is over");
    assert_eq!(again, report);
    case.desk_release();
    (report.counts.deleted, report.counts.already_gone, report.counts.spared)
}

#[test]
fn a_death_at_every_point_with_every_part_of_the_write_ends_as_without_one() {
    let desk = Arc::new(Desk::new());
    let mut ends = BTreeSet::new();
    let (mut seed, mut torn, mut point) = (0, 0, 0);
    loop {
        let mut died = false;
        for left in [1.0, 0.0, 0.5, 0.97] {
            seed += 1;
            let (end, this) = simulated().block_on(async {
                let mut case = planned(&desk, seed).await;
                let first = case.live(RunOptions::default(), Some(Death { at: point, left })).await;
                died |= first.is_none();
                (finished(&mut case).await, case.torn)
            });
            ends.insert(end);
            torn += this;
            // Where nothing was being written the other parts are the same.
            if left == 0.0 && this == 0 {
                break;
            }
        }
        if !died {
            break;
        }
        point += 1;
    }
    // 31 guests: one vanished, one changed, one on hold, one with a message. A run that had written down that it is about
    // to delete the one who vanished, and died, cannot know that it was somebody else.
    assert_eq!(ends, BTreeSet::from([(27, 1, 3), (28, 0, 3)]));
    assert!(point > 60 && torn >= 9, "{point} points, {torn} torn writes");
}

#[test]
fn each_request_asked_twice_changes_nothing() {
    let desk = Arc::new(Desk::new());
    for request in 0.. {
        let (end, asked) = simulated().block_on(async {
            let mut case = planned(&desk, 10_000 + request).await;
            let from = case.network.state().requests;
            case.network.state().twice = Some(from + request);
            let end = finished(&mut case).await;
            (end, case.network.state().requests - from)
        });
        assert_eq!(end, (27, 1, 3), "request {request}");
        if request >= asked {
            assert!(asked > 30, "{asked} requests");
            break;
        }
    }
}
