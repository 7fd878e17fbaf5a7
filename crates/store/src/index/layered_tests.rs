use proptest::prelude::*;

use super::*;
use crate::{
    index::{
        index_applier,
        index_trait::{Entry, Range},
        memory::{MemoryIndex, within},
        merged_range::MergedRange,
    },
    log::format::Body,
};

type Map = BTreeMap<u8, Option<u8>>;

/// Values stand in a log that has every byte at its own key.
fn changes(of: &Map) -> Memtable {
    of.iter().map(|(key, value)| (vec![*key], value.map(|v| (u64::from(v), 1)))).collect()
}

fn values() -> ValueFile {
    let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
    std::fs::write(&path, (0..=u8::MAX).collect::<Vec<_>>()).unwrap();
    ValueFile::open(&path).unwrap()
}

/// Puts a change into the index whose value is the byte `n`.
fn put(index: &LayeredIndex, key: &[u8], n: u8) {
    let mut body = Body::default();
    body.put(key, &[n]);
    // Where the value ends in the body, it ends in the log.
    index.insert(Changes::at_end(&body, u64::from(n) + 1));
}

fn lay(over: &Map, under: &mut Map) {
    under.extend(over.iter().map(|(k, v)| (*k, *v)));
}

/// An index whose base has `under`, with two memtables above it.
fn index(under: &Map, applying: &Map, memtable: &Map) -> Arc<LayeredIndex> {
    let base = MemoryIndex::make();
    for (key, value) in under {
        base.apply(&[*key], value.map(|v| vec![v]).as_deref()).unwrap();
    }
    let index = LayeredIndex::new(base, LiveSize::default(), values());
    let mut layers = index.lock();
    layers.state = ApplierState::Applying;
    layers.applying = (!applying.is_empty()).then(|| Arc::new(changes(applying)));
    layers.memtable = changes(memtable);
    drop(layers);
    Arc::new(index)
}

/// What the applier does, a whole step.
fn apply_all(index: &LayeredIndex) {
    let mut layers = index.lock();
    let run = layers.applying.take().unwrap_or_else(|| Arc::new(std::mem::take(&mut layers.memtable)));
    for (key, value) in &*run {
        layers.base.apply(key, layers.value(*value).unwrap().as_deref()).unwrap();
    }
    layers.epoch += 1;
}

/// What the applier does, a part of a step: the base has some of what is still above it.
fn apply_a_part(index: &LayeredIndex) {
    let mut layers = index.lock();
    if layers.applying.is_none() {
        layers.applying = Some(Arc::new(std::mem::take(&mut layers.memtable)));
    }
    let run = layers.applying.clone().unwrap();
    for (key, value) in run.iter().take(run.len().div_ceil(2)) {
        layers.base.apply(key, layers.value(*value).unwrap().as_deref()).unwrap();
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
    fn a_walk_gives_what_came_last_of_each_place(
        (under, applying, memtable) in (map(), map(), map()),
        range in bounds(),
        moves in proptest::collection::vec(0..4u8, 16),
    ) {
        let mut all = under.clone();
        lay(&applying, &mut all);
        lay(&memtable, &mut all);
        let all: BTreeMap<Vec<u8>, Vec<u8>> =
            all.into_iter().filter_map(|(k, v)| Some((vec![k], vec![v?]))).collect();
        let index = index(&under, &applying, &memtable);
        for key in 0..14u8 {
            prop_assert_eq!(index.get(&[key]).unwrap(), all.get(&[key][..]).cloned());
        }
        let mut expected: std::collections::VecDeque<Entry> =
            within(&all, &range).into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect();
        let mut walk = MergedRange::over(&index, range);
        // What is moved on in the middle of a walk is neither missed nor told twice.
        for moves in moves {
            match moves {
                0 => apply_all(&index),
                1 => apply_a_part(&index),
                _ => {}
            }
            prop_assert_eq!(walk.next().transpose().unwrap(), expected.pop_front());
        }
    }
}

#[test]
fn what_waits_for_the_base_stays_below_a_bound_because_the_writer_waits() {
    let index = index(&Map::new(), &Map::new(), &Map::new());
    let key = |n: u8| vec![n; 1 << 20];
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| (0..200u8).for_each(|n| put(&index, &key(n), n)));
        let (mut seen, mut after) = (0, None);
        while seen < 200 {
            let layers = index.lock();
            assert!(
                layers.memtable_bytes <= LIMIT + (1 << 20) + CHANGE,
                "{} bytes wait",
                layers.memtable_bytes
            );
            drop(layers);
            let part = index_applier::next(&index, after.take(), index_applier::PAUSE).unwrap();
            seen += part.changes.len();
            part.apply(&index).unwrap();
            after = part.last();
        }
        writer.join().unwrap();
    });
    assert_eq!((index.live().entries, index.live_at_most()), (200, index.live()));
    assert_eq!(index.get(&key(199)).unwrap(), Some(vec![199]));
    assert!(index.settle());
}

#[test]
fn whoever_waits_for_room_gets_it_at_once() {
    let index = index(&Map::new(), &Map::new(), &Map::new());
    let (writing, (tell, told)) = (Arc::clone(&index), std::sync::mpsc::channel());
    std::thread::spawn(move || {
        (0..40u8).for_each(|n| put(&writing, &vec![n; 1 << 20], n));
        let _ = tell.send(());
    });
    std::thread::spawn(move || {
        let hour = std::time::Duration::from_secs(3_600);
        index_applier::next(&index, None, hour).unwrap().apply(&index)
    });
    told.recv_timeout(std::time::Duration::from_secs(60)).expect("nobody gathers in a front that is full");
}

proptest! {
    #[test]
    fn parts_are_taken_in_the_order_of_the_places_and_none_is_left(
        changes in proptest::collection::vec((0..40u8, 0..9u8), 1..60),
        more in proptest::collection::vec((0..40u8, 0..9u8), 0..60),
        most in 1..9usize,
    ) {
        let index = index(&Map::new(), &Map::new(), &Map::new());
        changes.iter().for_each(|(key, n)| put(&index, &[*key], *n));
        let expected: Memtable = changes.iter().chain(&more).map(|(p, n)| (vec![*p], Some((u64::from(*n), 1)))).collect();
        let (mut found, mut after, mut more) = (Memtable::new(), None::<Vec<u8>>, more.iter());
        while index.is_behind() {
            let part = index.lock().take_part(after.take(), most);
            prop_assert!(part.len() <= most);
            after = part.last_key_value().map(|(key, _)| key.clone());
            found.extend(part);
            // What comes meanwhile goes in this round or in the next.
            more.by_ref().take(2).for_each(|(key, n)| put(&index, &[*key], *n));
        }
        prop_assert_eq!(index.live_at_most(), LiveSize::default());
        more.for_each(|(key, n)| put(&index, &[*key], *n));
        found.extend(index.lock().take_part(None, usize::MAX));
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn a_base_that_fails_is_not_asked_until_another_one_is_there() {
    let index = index(&Map::from([(1, Some(1))]), &Map::new(), &Map::from([(2, Some(2))]));
    index.lock().state = ApplierState::Failed;
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| index.get(&[1]).unwrap());
        let base = MemoryIndex::make();
        base.apply(&[1], Some(&[7])).unwrap();
        index.swap(base, LiveSize::default());
        assert_eq!(reader.join().unwrap(), Some(vec![7]));
    });
    assert_eq!(index.get(&[2]).unwrap(), None, "the new base has everything, or it is not there");
    index.lock().state = ApplierState::Failed;
    assert!(!index.settle());
    index.give_up();
    assert_eq!(index.get(&[1]).unwrap(), Some(vec![7]), "nobody waits for ever");
}

#[test]
fn a_thread_that_panics_goes_on_with_the_base_that_comes_in_its_place() {
    let index = index(&Map::new(), &Map::new(), &Map::new());
    let dir = tempfile::tempdir().unwrap();
    let woken = std::sync::atomic::AtomicBool::new(false);
    let panics_once: crate::log::writer::Wake = Box::new(move || {
        assert!(woken.swap(true, std::sync::atomic::Ordering::SeqCst), "the first time it is woken");
    });
    let applier = index_applier::IndexApplier::start(&index, dir.path(), panics_once).unwrap();
    put(&index, &[1], 1);
    drop(index.wait(index.lock(), |layers| layers.state != ApplierState::Failed));
    let base = MemoryIndex::make();
    base.apply(&[1], Some(&[1])).unwrap();
    index.swap(base, LiveSize { entries: 1, bytes: 2 });
    put(&index, &[2], 2);
    assert!(index.settle(), "the thread still moves changes on");
    assert_eq!(index.live().entries, 2);
    applier.stop();
}
