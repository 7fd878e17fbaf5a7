use chrono::{DateTime, Utc};
use model::{GuestId, Selection, encoded_len};
use proof::HoldId;
use proptest::prelude::*;
use store::{DataKey, Store};
use uuid::Uuid;

use super::*;
use crate::{
    Error, Facts, explain,
    memory_org::{MemoryOrg, guest, hold, id, now},
};

fn draft() -> HoldDraft {
    HoldDraft {
        guest: Some(id(7).to_string()),
        reason: "court order 17/4".to_owned(),
        owner: "Legal".to_owned(),
        until: Some("2027-03-31".to_owned()),
        ..HoldDraft::default()
    }
}

fn made(draft: HoldDraft) -> Result<Hold, Error> {
    draft.check(HoldId(Uuid::from_u128(1)), now())
}

#[test]
fn every_field_that_is_wrong_is_named() {
    let cases: Vec<(HoldDraft, &str)> = vec![
        (HoldDraft { guest: None, ..draft() }, "guest is required, or a filter"),
        (HoldDraft { guest: Some("Ada".into()), ..draft() }, "guest a guest id must be a UUID"),
        // A value that was lost is not one that was left out.
        (
            HoldDraft { guest: Some(" ".into()), filter: Some("active = true".into()), ..draft() },
            "guest is empty; give one or leave it out",
        ),
        (HoldDraft { filter: Some(String::new()), ..draft() }, "filter is empty; give one or leave it out"),
        (HoldDraft { until: Some(" ".into()), ..draft() }, "until is empty; give one or leave it out"),
        (
            HoldDraft { filter: Some("active = true".into()), ..draft() },
            "filter cannot go together with a guest",
        ),
        (HoldDraft { guest: None, filter: Some("name ~ 1".into()), ..draft() }, "filter needs one of ="),
        (
            HoldDraft { guest: None, filter: Some(format!("name = \"{}\"", "x".repeat(1_000))), ..draft() },
            "filter may have at most 1,000 bytes",
        ),
        (HoldDraft { reason: "  ".into(), ..draft() }, "reason is required"),
        (HoldDraft { reason: "x".repeat(501), ..draft() }, "reason may have at most 500 bytes"),
        (HoldDraft { reason: "one\ntwo".into(), ..draft() }, "reason must be one line"),
        (HoldDraft { owner: String::new(), ..draft() }, "owner is required"),
        (HoldDraft { owner: "x".repeat(101), ..draft() }, "owner may have at most 100 bytes"),
        (HoldDraft { until: Some("31.3.2027".into()), ..draft() }, "until must be a date such as 2027-03-31"),
    ];
    for (draft, told) in cases {
        let error = made(draft).unwrap_err();
        assert!(matches!(error, Error::Invalid { .. }) && error.to_string().starts_with(told), "{error}");
    }
    assert_eq!(made(draft()).unwrap().subject, HoldSubject::Guest(id(7)));
}

#[test]
fn a_last_day_that_is_over_is_refused_of_a_new_hold_and_comes_back_with_one_that_was_removed() {
    let over = || HoldDraft { until: Some("2026-11-01".into()), ..draft() };
    assert!(now() > "2026-11-10T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
    assert!(made(over()).unwrap_err().to_string().starts_with("until is over already"));
    let back = over().put_back(HoldId(Uuid::from_u128(1)), now()).unwrap();
    assert_eq!(back.until.map(|day| day.to_string()).as_deref(), Some("2026-11-01"));
    assert!(back.is_overdue(now()));
    assert!(
        HoldDraft { reason: String::new(), ..over() }.put_back(HoldId(Uuid::from_u128(1)), now()).is_err()
    );
}

#[test]
fn after_its_last_day_a_hold_is_overdue_and_still_holds() {
    let hold = made(draft()).unwrap();
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    assert!(!hold.is_overdue(at("2027-03-31T23:59:59Z")));
    assert!(hold.is_overdue(at("2027-04-01T00:00:00Z")));
    let told =
        explain(&Default::default(), &guest(7, 45), Facts::default(), &[hold], at("2027-05-01T00:00:00Z"));
    assert!(!told.due);
    assert_eq!(
        told.why,
        [
            "is on hold: court order 17/4 (Legal, until 2027-03-31, which is over: it holds until a person removes it)"
        ]
    );
}

#[test]
fn holds_survive_a_restart_and_only_a_removal_ends_them() {
    let dir = tempfile::tempdir().unwrap();
    let key = DataKey::generate();
    let with = made(draft()).unwrap();
    {
        let holds = Holds::open(&Store::open(dir.path(), &key).unwrap()).unwrap();
        holds.add(with.clone()).unwrap();
        let again = holds.add(Hold { added_at: now() + chrono::Duration::days(1), ..with.clone() }).unwrap();
        assert_eq!(again, with, "as it was added first");
        assert_eq!(holds.now().list(), std::slice::from_ref(&with), "the same hold again is the same one");
        let other = Hold { reason: "another".to_owned(), ..with.clone() };
        assert!(matches!(holds.add(other), Err(Error::HoldExists(_))));
        holds.add(hold(9, None)).unwrap();
    }
    let holds = Holds::open(&Store::open(dir.path(), &key).unwrap()).unwrap();
    let before = holds.now();
    assert_eq!(before.list().len(), 2);
    assert!(before.names(id(7)) && !before.names(id(8)));
    let late = "2030-01-01T00:00:00Z".parse().unwrap();
    let overdue: Vec<_> = before.list().iter().filter(|hold| hold.is_overdue(late)).collect();
    assert_eq!(overdue, [&with]);
    assert!(holds.now().names(id(7)), "overdue, and it holds");
    assert_eq!(holds.remove(with.id).unwrap(), Some(with.clone()));
    assert_eq!(holds.remove(with.id).unwrap(), None);
    assert!(before.names(id(7)) && !holds.now().names(id(7)), "a snapshot never changes");
    assert_ne!(before.seen(), holds.now().seen());
}

#[test]
fn a_hold_is_taken_over_once_and_stays_removed_when_a_person_removed_it() {
    let (old, dir, key) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), DataKey::generate());
    let before = Store::open(old.path(), &key).unwrap();
    let kept = Holds::open(&before).unwrap();
    (1..=450).for_each(|n| drop(kept.add(hold(n, None)).unwrap()));
    let store = Store::open(dir.path(), &key).unwrap();
    let holds = Holds::open(&store).unwrap();
    let take = |holds: &Holds| holds.take_over(&holds_in(&before).unwrap()).unwrap();
    assert_eq!((take(&holds), take(&holds)), (450, 0));
    assert_eq!(holds.now().seen(), kept.now().seen(), "every word of them");
    let first = holds.now().list()[0].id;
    holds.remove(first).unwrap().unwrap();
    assert_eq!(holds.folder_taken("env.1").unwrap(), None);
    holds.note_folder_taken("env.1", "3").unwrap();
    let again = Holds::open(&store).unwrap();
    assert_eq!(take(&again), 0, "what a person removed does not come back");
    assert_eq!((again.now().list().len(), again.folder_taken("env.1").unwrap().as_deref()), (449, Some("3")));
    // One that an earlier version adds later is new.
    kept.add(hold(451, None)).unwrap();
    assert_eq!(take(&again), 1);
}

#[test]
fn the_longest_hold_fits_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let holds = Holds::open(&Store::open(dir.path(), &DataKey::generate()).unwrap()).unwrap();
    let filter = format!("name = \"{}\"", "ü".repeat(495));
    let longest = HoldDraft {
        guest: None,
        filter: Some(filter),
        reason: "x".repeat(500),
        owner: "y".repeat(100),
        ..draft()
    };
    holds.add(made(longest).unwrap()).unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_holds_on_one_guest_are_those_by_name_and_those_whose_filter_matches() {
    let world = MemoryOrg::with_guests([1, 2, 3]);
    world.org().kept.insert(id(1));
    let set = HoldSet::new(vec![hold(1, Some(id(0))), hold(2, Some(id(1))), hold(3, None)]);
    let of = |n| holds_on(&world, &set, id(n));
    assert_eq!(of(0).await.unwrap().len(), 1);
    assert_eq!(of(1).await.unwrap().iter().map(|h| h.id.0.as_u128()).collect::<Vec<_>>(), [2, 3]);
    assert!(of(2).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn many_holds_by_filter_cost_few_questions() {
    let world = MemoryOrg::with_guests((0..100).map(|_| 40));
    world.org().kept.insert(id(50));
    let mut holds: Vec<Hold> = (0..30).map(|n| hold(n, None)).collect();
    holds.extend((0..10).map(|n| hold(100 + n, Some(id(n)))));
    let ids: Vec<GuestId> = (0..100).map(id).collect();
    let steps = world.org().step;
    let found = held(&world, &HoldSet::new(holds), &ids).await.unwrap();
    assert_eq!(found.len(), 11);
    assert!(found.contains(&id(50)));
    assert!(world.org().step - steps <= 2, "{} questions", world.org().step - steps);
}

fn a_filter() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,40}".prop_map(|t| format!("name contains \"{t}\"")),
        "\\PC{1,120}".prop_map(|t| Selection::contains(model::Field::Name, &t).to_string()),
    ]
}

proptest! {
    #[test]
    fn every_filter_of_a_set_is_asked_about(filters in proptest::collection::vec(a_filter(), 1..30)) {
        let holds: Vec<Hold> = filters
            .iter()
            .enumerate()
            .map(|(n, f)| Hold { subject: HoldSubject::Filter(f.parse().unwrap()), ..hold(n as u64, None) })
            .collect();
        let set = HoldSet::new(holds);
        let joined = super::held::joined(&set);
        let asked: String = joined.iter().map(|part| part.filter.to_string() + "\n").collect();
        for filter in &filters {
            let part = format!("({filter})");
            prop_assert!(asked.contains(&part));
        }
        for filter in joined.iter().map(|part| &part.filter) {
            prop_assert!(filter.as_str().parse::<Selection>().is_ok());
            prop_assert!(encoded_len(filter.as_str()) <= super::held::LONGEST_JOINED);
        }
    }

    #[test]
    fn a_hash_over_holds_knows_every_change_and_no_order(n in 0u64..50, m in 0u64..50) {
        let (a, b) = (hold(n, Some(id(n))), hold(100 + m, None));
        let set = HoldSet::new(vec![a.clone(), b.clone()]);
        prop_assert_eq!(set.seen(), HoldSet::new(vec![b.clone(), a.clone()]).seen());
        let changed = Hold { owner: "Sales".to_owned(), ..a };
        prop_assert_ne!(set.seen().hash, HoldSet::new(vec![b, changed]).seen().hash);
    }
}
