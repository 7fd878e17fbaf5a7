use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// How an org hands out its pages.
#[derive(Debug, Clone, Default)]
struct Manner {
    /// At most so many rows of a page, by turns; all of them when empty.
    short: Vec<usize>,
    /// Counted, and left out of every page.
    withheld: BTreeSet<u16>,
    /// The place of what is left out is given to the next row, so that the page is as long as it should be.
    made_up: bool,
    /// Counts only what it hands out.
    counts_the_page: bool,
}

#[derive(Debug, Clone)]
enum Meanwhile {
    Comes(u16),
    Goes(usize),
}

/// What became of a walk.
struct Walked {
    met: Vec<u16>,
    missing: u64,
    asks: usize,
    /// There from the beginning to the end.
    stable: BTreeSet<u16>,
}

fn walk(
    size: usize,
    descending: bool,
    rows: BTreeSet<u16>,
    manner: &Manner,
    changes: Vec<Vec<Meanwhile>>,
) -> Walked {
    let (mut org, mut stable) = (rows.clone(), rows);
    let (mut walk, mut met, mut asks) = (KeysetWalk::new(size, descending, None), Vec::new(), 0);
    let mut changes = changes.into_iter();
    loop {
        match walk.step() {
            Step::Ask(span) => {
                assert!(asks < 5_000, "it does not end");
                let after = |n: &u16, place: u16| if descending { *n < place } else { *n > place };
                let mut all: Vec<u16> = org
                    .iter()
                    .copied()
                    .filter(|n| {
                        span.after.is_none_or(|a| after(n, a)) && span.until.is_none_or(|u| !after(n, u))
                    })
                    .collect();
                if descending {
                    all.reverse();
                }
                let short = manner.short.get(asks % manner.short.len().max(1)).copied().unwrap_or(size);
                let shown = |n: &u16| !manner.withheld.contains(n);
                let page: Vec<u16> = if manner.made_up {
                    all.iter().copied().filter(shown).take(size).take(short).collect()
                } else {
                    all.iter().copied().take(size).filter(shown).take(short).collect()
                };
                let total = if manner.counts_the_page { page.len() } else { all.len() };
                asks += 1;
                walk.told(page.into_iter().map(|n| (n, n)).collect(), total as u64).unwrap();
                for change in changes.next().unwrap_or_default() {
                    match change {
                        Meanwhile::Comes(n) => drop(org.insert(n)),
                        Meanwhile::Goes(nth) if !org.is_empty() => {
                            let n = *org.iter().nth(nth % org.len()).unwrap();
                            org.remove(&n);
                            stable.remove(&n);
                        }
                        Meanwhile::Goes(_) => {}
                    }
                }
            }
            Step::Page(rows) => {
                assert!((1..=size).contains(&rows.len()));
                met.extend(rows);
            }
            Step::End => break,
        }
    }
    assert_eq!(walk.met(), met.len() as u64);
    assert!(
        met.windows(2).all(|w| (w[0] < w[1]) != descending && w[0] != w[1]),
        "in order, nobody twice: {met:?}"
    );
    Walked { met, missing: walk.missing(), asks, stable }
}

fn rows() -> impl Strategy<Value = BTreeSet<u16>> {
    proptest::collection::btree_set(0u16..400, 0..60)
}

fn changes() -> impl Strategy<Value = Vec<Vec<Meanwhile>>> {
    let one = prop_oneof![(0u16..400).prop_map(Meanwhile::Comes), any::<usize>().prop_map(Meanwhile::Goes)];
    proptest::collection::vec(proptest::collection::vec(one, 0..3), 0..40)
}

fn counted(rows: &[u16]) -> BTreeMap<u16, usize> {
    let mut counted = BTreeMap::new();
    rows.iter().for_each(|n| *counted.entry(*n).or_default() += 1);
    counted
}

proptest! {
    #[test]
    fn an_honest_list_that_changes_is_walked_whole_and_never_called_incomplete(
        size in 3usize..9, descending: bool, rows in rows(), changes in changes(),
    ) {
        let walked = walk(size, descending, rows, &Manner::default(), changes);
        prop_assert_eq!(walked.missing, 0);
        let met = counted(&walked.met);
        prop_assert!(walked.stable.iter().all(|n| met.contains_key(n)), "missed one");
    }

    #[test]
    fn short_pages_cost_nobody_however_short_they_are_and_whatever_the_org_counts(
        size in 1usize..9, descending: bool, rows in rows(), short in proptest::collection::vec(1usize..9, 1..6),
        counts_the_page: bool,
    ) {
        let manner = Manner { short, counts_the_page, ..Manner::default() };
        let walked = walk(size, descending, rows.clone(), &manner, Vec::new());
        prop_assert_eq!(walked.missing, 0);
        prop_assert_eq!(walked.met.iter().copied().collect::<BTreeSet<_>>(), rows);
    }

    #[test]
    fn short_pages_of_a_list_that_changes_cost_nobody_or_it_is_told(
        size in 1usize..9, descending: bool, rows in rows(), short in proptest::collection::vec(1usize..9, 1..6),
        changes in changes(),
    ) {
        let walked = walk(size, descending, rows, &Manner { short, ..Manner::default() }, changes);
        let met = counted(&walked.met);
        prop_assert!(walked.missing > 0 || walked.stable.iter().all(|n| met.contains_key(n)), "missed one");
    }

    #[test]
    fn a_row_that_is_counted_and_never_handed_out_is_told_whatever_changes(
        size in 1usize..9, descending: bool, rows in rows(), withheld in proptest::collection::btree_set(0u16..400, 0..80),
        changes in changes(),
    ) {
        let walked = walk(size, descending, rows, &Manner { withheld, ..Manner::default() }, changes);
        let met = counted(&walked.met);
        let missed = walked.stable.iter().filter(|n| !met.contains_key(n)).count();
        prop_assert!(missed == 0 || walked.missing > 0, "{} missed", missed);
    }

    #[test]
    fn a_row_whose_place_is_made_up_by_the_next_is_told_with_its_number(
        size in 1usize..9, descending: bool, rows in rows(), withheld in proptest::collection::btree_set(0u16..400, 0..80),
    ) {
        let told = rows.intersection(&withheld).count() as u64;
        let manner = Manner { withheld, made_up: true, ..Manner::default() };
        let walked = walk(size, descending, rows.clone(), &manner, Vec::new());
        prop_assert_eq!(walked.met.len() as u64 + told, rows.len() as u64);
        prop_assert_eq!(walked.missing, told);
    }
}

#[test]
fn an_honest_list_costs_one_question_more_than_it_has_pages() {
    for (n, asks) in [(0, 1), (1, 2), (99, 2), (100, 2), (101, 3), (669, 8)] {
        let walked = walk(100, false, (0..n).collect(), &Manner::default(), Vec::new());
        assert_eq!((walked.met.len(), walked.asks), (usize::from(n), asks), "{n} rows");
    }
}

#[test]
fn forty_of_a_hundred_are_not_the_end_and_one_that_stays_away_is_counted() {
    let all: BTreeSet<u16> = (0..669).collect();
    let forty = Manner { short: vec![40], ..Manner::default() };
    let walked = walk(100, false, all.clone(), &forty, Vec::new());
    assert_eq!((walked.met.len(), walked.missing), (669, 0));
    for gone in [0, 50, 99, 100, 668] {
        let manner = Manner { withheld: [gone].into(), ..Manner::default() };
        let walked = walk(100, false, all.clone(), &manner, Vec::new());
        assert_eq!((walked.met.len(), walked.missing), (668, 1), "without {gone}");
    }
}

/// While the page is looked at again, a row leaves its end and another one comes, so that the counts of two answers add up
/// although one row of each is kept back.
#[test]
fn a_row_that_is_kept_back_is_told_although_another_comes_between_two_answers() {
    use Meanwhile::{Comes, Goes};
    let rows = [4, 14, 20, 74, 91, 116, 193, 194, 236, 380].into();
    let manner = Manner { withheld: [194].into(), ..Manner::default() };
    let mut changes = vec![Vec::new(); 10];
    changes[2] = vec![Comes(314), Goes(4)];
    changes[4] = vec![Goes(4)];
    changes[5] = vec![Comes(57)];
    changes[6] = vec![Goes(9)];
    changes[9] = vec![Comes(342)];
    let walked = walk(8, false, rows, &manner, changes);
    assert!(!walked.met.contains(&194));
    assert_eq!(walked.missing, 1);
}

/// Rows come and go between the answers of every look at the first page, and nobody is kept back.
#[test]
fn an_honest_list_that_changes_with_every_look_is_not_called_incomplete() {
    use Meanwhile::{Comes, Goes};
    let rows = [7, 41, 53, 88, 128, 245, 358, 376].into();
    let changes = vec![
        vec![Goes(4), Comes(287)],
        vec![Comes(334)],
        vec![],
        vec![Comes(248)],
        vec![],
        vec![Comes(345)],
        vec![Goes(6)],
        vec![Comes(138)],
        vec![Goes(6), Goes(2)],
        vec![],
        vec![Goes(5)],
    ];
    let walked = walk(3, true, rows, &Manner::default(), changes);
    assert_eq!(walked.missing, 0);
    assert!(walked.stable.iter().all(|n| walked.met.contains(n)));
}

#[test]
fn what_is_no_answer_to_the_question_is_refused() {
    for wrong in [vec![2, 1], vec![1, 1], vec![1, 2, 3]] {
        let mut walk = KeysetWalk::new(2, false, None);
        assert_eq!(walk.told(wrong.into_iter().map(|n| (n, n)).collect(), 9), Err(Disorder));
    }
    let mut walk = KeysetWalk::new(2, false, Some(5));
    assert_eq!(walk.told(vec![(5, 5)], 9), Err(Disorder));
    // 1 and 3 of four, then nothing: what is between is asked for, and 9 is not between.
    let mut walk = KeysetWalk::new(2, false, None);
    walk.told(vec![(1, 1), (3, 3)], 4).unwrap();
    walk.told(vec![], 0).unwrap();
    assert!(matches!(walk.step(), Step::Ask(Span { after: None, until: Some(3) })));
    assert_eq!(walk.told(vec![(9, 9)], 1), Err(Disorder));
}

/// An org that says the largest numbers there are, with rows or without, makes nobody's list whole and nothing panic.
#[test]
fn a_total_without_measure_makes_the_list_incomplete_and_is_never_added_up_beyond_what_was_said() {
    let largest = [u64::MAX, u64::MAX - 1, i64::MAX as u64, i64::MAX as u64 + 1];
    for (rows, total) in [0usize, 1, 3, 40].into_iter().flat_map(|rows| largest.map(|total| (rows, total))) {
        for lies_after in [0usize, 1, 2, 3] {
            let (mut walk, mut asks) = (KeysetWalk::<u16, u16>::new(3, false, None), 0);
            loop {
                match walk.step() {
                    Step::Ask(span) => {
                        let within =
                            |n: &u16| span.after.is_none_or(|a| *n > a) && span.until.is_none_or(|u| *n <= u);
                        let all: Vec<u16> = (0..rows as u16).filter(within).collect();
                        let said = if asks < lies_after { all.len() as u64 } else { total };
                        asks += 1;
                        assert!(asks < 2_000, "it does not end");
                        walk.told(all.into_iter().take(3).map(|n| (n, n)).collect(), said).unwrap();
                    }
                    Step::Page(_) => {}
                    Step::End => break,
                }
            }
            let lied = asks > lies_after;
            assert!(!lied || (1..=total).contains(&walk.missing()), "{rows} {total}: {}", walk.missing());
        }
    }
}
