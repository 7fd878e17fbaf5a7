use proptest::prelude::*;

use super::*;
use crate::follower;

type Map = BTreeMap<u8, Option<u8>>;

fn run(of: &Map) -> Run {
    of.iter().map(|(place, value)| (vec![*place], value.map(|v| vec![v]))).collect()
}

fn lay(over: &Map, under: &mut Map) {
    under.extend(over.iter().map(|(k, v)| (*k, *v)));
}

/// An index whose engine has `under`, with the two runs in front of it.
fn index(under: &Map, moving: &Map, fresh: &Map) -> Arc<Index> {
    let engine = Engine::memory();
    for (place, value) in under {
        engine.apply(&[*place], value.map(|v| vec![v]).as_deref()).unwrap();
    }
    let index = Index::new(engine, Live::default());
    let mut layers = index.lock();
    layers.stage = Stage::Following;
    layers.moving = (!moving.is_empty()).then(|| Arc::new(run(moving)));
    layers.fresh = run(fresh);
    drop(layers);
    Arc::new(index)
}

/// What the follower does, a whole step.
fn move_on(index: &Index) {
    let mut layers = index.lock();
    let run = layers.moving.take().unwrap_or_else(|| Arc::new(std::mem::take(&mut layers.fresh)));
    for (place, value) in &*run {
        layers.engine.apply(place, value.as_deref()).unwrap();
    }
    layers.epoch += 1;
}

/// What the follower does, a part of a step: the engine has some of what is still in front of it.
fn move_a_part_on(index: &Index) {
    let mut layers = index.lock();
    if layers.moving.is_none() {
        layers.moving = Some(Arc::new(std::mem::take(&mut layers.fresh)));
    }
    let run = layers.moving.clone().unwrap();
    for (place, value) in run.iter().take(run.len().div_ceil(2)) {
        layers.engine.apply(place, value.as_deref()).unwrap();
    }
}

fn map() -> impl Strategy<Value = Map> {
    proptest::collection::btree_map(0..14u8, proptest::option::weighted(0.7, 0..9u8), 0..10)
}

fn bounds() -> impl Strategy<Value = Range> {
    let bound = || {
        prop_oneof![
            Just(Bound::Unbounded),
            (0..14u8).prop_map(|k| Bound::Included(vec![k])),
            (0..14u8).prop_map(|k| Bound::Excluded(vec![k])),
        ]
    };
    (bound(), bound())
}

proptest! {
    #[test]
    fn a_walk_from_both_ends_gives_what_came_last_of_each_place(
        (under, moving, fresh) in (map(), map(), map()),
        range in bounds(),
        ends in proptest::collection::vec(any::<bool>(), 16),
        moves in proptest::collection::vec(0..4u8, 16),
    ) {
        let mut all = under.clone();
        lay(&moving, &mut all);
        lay(&fresh, &mut all);
        let all: BTreeMap<Vec<u8>, Vec<u8>> =
            all.into_iter().filter_map(|(k, v)| Some((vec![k], vec![v?]))).collect();
        let index = index(&under, &moving, &fresh);
        for place in 0..14u8 {
            prop_assert_eq!(index.get(&[place]).unwrap(), all.get(&[place][..]).cloned());
        }
        let mut expected: std::collections::VecDeque<Entry> =
            within(&all, &range).into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect();
        let mut walk = index.range(range);
        // What is moved on in the middle of a walk is neither missed nor told twice.
        for (front, moves) in ends.into_iter().zip(moves) {
            match moves {
                0 => move_on(&index),
                1 => move_a_part_on(&index),
                _ => {}
            }
            let (found, wanted) = if front {
                (walk.next(), expected.pop_front())
            } else {
                (walk.next_back(), expected.pop_back())
            };
            prop_assert_eq!(found.transpose().unwrap(), wanted);
        }
    }
}

#[test]
fn what_waits_for_the_engine_stays_below_a_bound_because_the_writer_waits() {
    let index = index(&Map::new(), &Map::new(), &Map::new());
    let group = 1 << 20;
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for n in 0..40u8 {
                index.take(std::iter::once((vec![n], Some(vec![n; group]))));
            }
        });
        let mut seen = 0;
        while seen < 40 {
            let layers = index.lock();
            assert!(layers.fresh_bytes <= LIMIT + group, "{} bytes wait", layers.fresh_bytes);
            drop(layers);
            let (run, engine) = follower::next(&index).unwrap();
            seen += run.len();
            follower::moved(&index, &run, &engine).unwrap();
        }
        writer.join().unwrap();
    });
    assert_eq!(index.live().entries, 40);
    assert!(index.settle());
}

#[test]
fn an_engine_that_fails_is_not_asked_until_another_one_is_there() {
    let index = index(&Map::from([(1, Some(1))]), &Map::new(), &Map::from([(2, Some(2))]));
    index.lock().stage = Stage::Failed;
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| index.get(&[1]).unwrap());
        let engine = Engine::memory();
        engine.apply(&[1], Some(&[7])).unwrap();
        index.swap(engine, Live::default());
        assert_eq!(reader.join().unwrap(), Some(vec![7]));
    });
    assert_eq!(index.get(&[2]).unwrap(), None, "the new engine has everything, or it is not there");
    index.lock().stage = Stage::Failed;
    assert!(!index.settle());
    index.give_up();
    assert_eq!(index.get(&[1]).unwrap(), Some(vec![7]), "nobody waits for ever");
}
