use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Meanwhile {
    Comes(u8),
    Goes(usize),
    /// So many rows from this place on.
    AllGo(usize, usize),
    Moves(usize, u8),
}

#[derive(Debug, Default)]
struct Manner {
    /// At most so many rows of a page; all when 0.
    short: usize,
    /// Pages of this size, whatever is asked for; when not 0.
    fixed: usize,
    /// Counted, and left out of every page.
    withheld: BTreeSet<u16>,
}

struct Walked {
    met: Vec<u16>,
    missing: u64,
    asks: usize,
    /// There from the beginning to the end, at the same place.
    stable: BTreeSet<u16>,
}

type Org = BTreeSet<(u8, u16)>;

fn org(keys: &[u8]) -> Org {
    keys.iter().copied().zip(0..).collect()
}

fn walk(size: u32, mut org: Org, manner: &Manner, changes: Vec<Vec<Meanwhile>>) -> Walked {
    let mut stable: BTreeSet<u16> = org.iter().map(|(_, id)| *id).collect();
    let mut next = u16::try_from(org.len()).unwrap();
    let (mut walk, mut met, mut asks) = (NumberedWalk::new(size), Vec::new(), 0);
    let mut changes = changes.into_iter();
    loop {
        match walk.next() {
            Next::Ask { page_size, page_number } => {
                asks += 1;
                assert!(asks < 5_000, "it does not end");
                assert!((1..=size).contains(&page_size) && page_number > 0);
                let page_size = if manner.fixed == 0 { page_size as usize } else { manner.fixed };
                let from = (page_number as usize - 1) * page_size;
                let most = if manner.short == 0 { usize::MAX } else { manner.short };
                let rows = org.iter().skip(from).take(page_size).take(most);
                let rows = rows.filter(|(_, id)| !manner.withheld.contains(id));
                let rows = rows.map(|(key, id)| Row { id: *id, key: u64::from(*key), row: *id }).collect();
                walk.told(rows, org.len() as u64);
                for change in changes.next().unwrap_or_default() {
                    let nth = |n: usize| org.iter().nth(n % org.len().max(1)).copied();
                    match change {
                        Meanwhile::Comes(key) => {
                            org.insert((key, next));
                            next += 1;
                        }
                        Meanwhile::Goes(n) => {
                            if let Some(row) = nth(n) {
                                org.remove(&row);
                                stable.remove(&row.1);
                            }
                        }
                        Meanwhile::AllGo(n, many) => {
                            let from = n % org.len().max(1);
                            let rows: Vec<_> = org.iter().skip(from).take(many).copied().collect();
                            for row in rows {
                                org.remove(&row);
                                stable.remove(&row.1);
                            }
                        }
                        Meanwhile::Moves(n, key) => {
                            if let Some(row) = nth(n)
                                && row.0 != key
                            {
                                org.remove(&row);
                                org.insert((key, row.1));
                                stable.remove(&row.1);
                            }
                        }
                    }
                }
            }
            Next::Page(rows) => met.extend(rows),
            Next::End => return Walked { met, missing: walk.missing(), asks, stable },
        }
    }
}

fn changes() -> impl Strategy<Value = Vec<Vec<Meanwhile>>> {
    let one = prop_oneof![
        3 => any::<u8>().prop_map(Meanwhile::Comes),
        3 => any::<usize>().prop_map(Meanwhile::Goes),
        1 => (any::<usize>(), 1usize..40).prop_map(|(n, many)| Meanwhile::AllGo(n, many)),
        2 => (any::<usize>(), any::<u8>()).prop_map(|(n, key)| Meanwhile::Moves(n, key)),
    ];
    proptest::collection::vec(proptest::collection::vec(one, 0..6), 0..20)
}

fn twice(met: &[u16]) -> Vec<u16> {
    let mut counted = BTreeMap::new();
    met.iter().for_each(|id| *counted.entry(*id).or_insert(0) += 1);
    counted.into_iter().filter(|(_, n)| *n > 1).map(|(id, _)| id).collect()
}

proptest! {
    #[test]
    fn whoever_keeps_their_place_is_met_once_whatever_comes_goes_and_moves(
        size in 12u32..40, keys in proptest::collection::vec(any::<u8>(), 0..300), changes in changes(),
    ) {
        let walked = walk(size, org(&keys), &Manner::default(), changes);
        let missed: Vec<&u16> = walked.stable.iter().filter(|id| !walked.met.contains(id)).collect();
        prop_assert_eq!(missed, Vec::<&u16>::new());
        prop_assert_eq!(twice(&walked.met), Vec::<u16>::new());
        prop_assert_eq!(walked.missing, 0);
    }

    #[test]
    fn short_pages_cost_nobody(
        size in 2u32..40, short in 1usize..40, keys in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let walked = walk(size, org(&keys), &Manner { short, ..Manner::default() }, Vec::new());
        let met: BTreeSet<u16> = walked.met.iter().copied().collect();
        prop_assert_eq!((met.len(), walked.met.len(), walked.missing), (keys.len(), keys.len(), 0));
    }

    #[test]
    fn who_is_counted_and_never_handed_out_is_told(
        size in 12u32..40, keys in proptest::collection::vec(any::<u8>(), 0..200),
        withheld in proptest::collection::btree_set(0u16..300, 0..8), changes in changes(),
    ) {
        let still = withheld.clone();
        let walked = walk(size, org(&keys), &Manner { withheld, ..Manner::default() }, changes);
        let missed = walked.stable.iter().filter(|id| !walked.met.contains(id)).count();
        prop_assert!(missed == 0 || walked.missing > 0, "{} missed of {:?}", missed, still);
    }
}

#[test]
fn forty_of_a_hundred_rows_cost_one_question_more() {
    let keys: Vec<u8> = (0..1_000).map(|n: u32| u8::try_from(n % 250).unwrap()).collect();
    let plain = walk(100, org(&keys), &Manner::default(), Vec::new());
    assert_eq!((plain.met.len(), plain.missing), (1_000, 0));
    assert!(plain.asks <= 13, "{} asks for ten pages", plain.asks);
    let forty = walk(100, org(&keys), &Manner { short: 40, ..Manner::default() }, Vec::new());
    assert_eq!((forty.met.len(), forty.missing), (1_000, 0));
    assert!(forty.asks <= 34, "{} asks for 25 pages", forty.asks);
}

#[test]
fn an_org_with_pages_of_its_own_size_is_listed_whole_also_when_guests_vanish() {
    let keys: Vec<u8> = (0..1_000).map(|n: u32| u8::try_from(n / 4).unwrap()).collect();
    for fixed in [7, 25, 40, 100] {
        for vanishing in [0, 10] {
            let changes = vec![vec![], vec![], vec![], vec![], vec![Meanwhile::AllGo(0, vanishing)]];
            let walked = walk(100, org(&keys), &Manner { fixed, ..Manner::default() }, changes);
            let missed = walked.stable.iter().filter(|id| !walked.met.contains(id)).count();
            assert_eq!((missed, walked.missing, twice(&walked.met).len()), (0, 0, 0), "{fixed} {vanishing}");
        }
    }
}

#[test]
fn ten_that_vanish_behind_the_walk_make_it_miss_nobody() {
    let keys: Vec<u8> = (0..1_000).map(|n: u32| u8::try_from(n / 4).unwrap()).collect();
    for many in [1, 10, 99, 100, 101, 350] {
        for at in 1..10 {
            let mut changes = vec![Vec::new(); at];
            changes[at - 1] = vec![Meanwhile::AllGo(0, many)];
            let walked = walk(100, org(&keys), &Manner::default(), changes);
            let missed = walked.stable.iter().filter(|id| !walked.met.contains(id)).count();
            assert_eq!((missed, walked.missing, twice(&walked.met).len()), (0, 0, 0), "{many} at {at}");
        }
    }
}

/// The last page is short, because one row of it is kept back, and then rows leave and move: the pages must stay large enough
/// to overlap.
#[test]
fn a_row_kept_back_is_told_although_rows_move_while_the_last_page_is_read() {
    use Meanwhile::{AllGo, Comes, Moves};
    let keys =
        [196, 207, 99, 53, 180, 188, 203, 25, 86, 177, 242, 249, 25, 113, 167, 73, 116, 81, 100, 96, 213];
    let changes = vec![
        vec![AllGo(18, 11)],
        vec![Comes(246), Moves(17, 132)],
        vec![],
        vec![AllGo(7, 10)],
        vec![Comes(119)],
        vec![Moves(0, 217)],
    ];
    let walked = walk(29, org(&keys), &Manner { withheld: [6].into(), ..Manner::default() }, changes);
    assert!(walked.stable.contains(&6) && !walked.met.contains(&6));
    assert!(walked.missing > 0);
}

/// With every answer a row comes or goes before the end of the list, so that the end is never where it was.
#[test]
fn an_honest_list_whose_end_moves_with_every_answer_is_not_called_incomplete() {
    let keys: Vec<u8> = (0..80).collect();
    let changes = (0..20).map(|n| vec![if n % 2 == 0 { Meanwhile::Comes(0) } else { Meanwhile::Goes(0) }]);
    let walked = walk(36, org(&keys), &Manner::default(), changes.collect());
    assert_eq!(walked.missing, 0);
    assert!(walked.stable.iter().all(|id| walked.met.contains(id)));
}

#[test]
fn an_org_that_repeats_itself_or_counts_without_end_is_not_asked_for_ever() {
    for total in [100, 1_000, u64::MAX] {
        let (mut walk, mut asks) = (NumberedWalk::new(100), 0);
        while let next = walk.next()
            && !matches!(next, Next::End)
        {
            if let Next::Ask { .. } = next {
                asks += 1;
                assert!(asks < 500);
                walk.told((0..100u16).map(|id| Row { id, key: 0, row: id }).collect(), total);
            }
        }
        assert!(walk.missing() > 0 || total == 100, "{total}");
    }
    let mut walk = NumberedWalk::<u16, u16>::new(100);
    let mut asks = 0;
    while let Next::Ask { .. } = walk.next() {
        asks += 1;
        walk.told(Vec::new(), 99);
    }
    assert_eq!((asks, walk.missing()), (7, 99));
}

#[test]
fn a_total_without_measure_makes_a_list_by_number_incomplete_and_nothing_panic() {
    for total in [u64::MAX, u64::MAX - 1, i64::MAX as u64, i64::MAX as u64 + 1] {
        for (rows, repeats) in [(0, 0), (1, 1), (100, 1), (100, 40), (40, 3)] {
            let (mut walk, mut asks) = (NumberedWalk::<u32, u32>::new(100), 0u32);
            loop {
                match walk.next() {
                    Next::Ask { .. } => {
                        let first = asks.min(repeats) * rows;
                        asks += 1;
                        // An org that hands out one row at a time, always the same one, is given up when all that a walk remembers might have passed.
                        assert!(asks < 20_000, "it does not end");
                        let row = |id| Row { id, key: 0, row: id };
                        walk.told((first..first + rows).map(row).collect(), total);
                    }
                    Next::Page(_) => {}
                    Next::End => break,
                }
            }
            assert!((1..=total).contains(&walk.missing()), "{rows} {total}: {}", walk.missing());
        }
    }
}
