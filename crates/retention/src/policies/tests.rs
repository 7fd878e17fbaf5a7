use std::num::{NonZeroU32, NonZeroU64};

use model::{AgeClock, KeepDays, RetentionPolicy, Selection};
use proof::PolicyId;
use proptest::prelude::*;
use store::{Batch, DataKey, Store};
use tempfile::TempDir;

use super::*;
use crate::{
    Schedule,
    drift::Brake,
    memory_org::now,
    quiet::{QuietHours, Window},
};

fn folder() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), &DataKey::generate()).unwrap();
    (dir, store)
}

fn armed() -> Schedule {
    let mut schedule = Schedule::new("0 2 * * *", "UTC").unwrap();
    schedule.arm(now());
    schedule
}

fn policy(id: &str, name: &str) -> NamedPolicy {
    NamedPolicy {
        schedule: Schedule::new("0 2 * * *", "UTC").unwrap(),
        ..NamedPolicy::new(id.parse().unwrap(), name)
    }
}

fn get(policies: &Policies, id: &str) -> NamedPolicy {
    policies.list().unwrap().into_iter().find(|policy| policy.id.as_str() == id).unwrap()
}

fn night() -> QuietHours {
    let window = Window { days: vec![], from: "22:00:00".parse().unwrap(), to: "06:00:00".parse().unwrap() };
    QuietHours::new("Europe/Berlin", vec![window]).unwrap()
}

#[test]
fn a_folder_of_before_reads_as_one_policy_named_default() {
    let (_dir, store) = folder();
    let old = RetentionPolicy { days: KeepDays::new(45).unwrap(), ..RetentionPolicy::default() };
    let mut batch = Batch::new();
    batch.put(&store.table("retention-policy"), &"default".to_owned(), &old).unwrap();
    store.commit(batch).unwrap();
    let policies = Policies::open(&store);
    let first = get(&policies, "default");
    assert_eq!((first.name.as_str(), &first.what), ("Default", &old));
    assert!(first.may_act().is_err() && first.confirmed.is_none());

    // Armed of before: confirmed as it stood.
    let mut batch = Batch::new();
    batch.put(&store.table("retention-schedule"), &"default".to_owned(), &armed()).unwrap();
    store.commit(batch).unwrap();
    let first = get(&policies, "default");
    assert_eq!(first.may_act(), Ok(()));
    let mut wider = first.clone();
    wider.what.days = KeepDays::new(30).unwrap();
    let saved = policies.save(&wider, None, Batch::new()).unwrap();
    assert_eq!(saved.may_act().unwrap_err()[0].field, "days");
    assert_eq!(get(&policies, "default"), saved);
    // And a program of before finds what it knows where it was.
    let known: RetentionPolicy = store.table("retention-policy").get(&"default".to_owned()).unwrap().unwrap();
    assert_eq!(known, wider.what);
}

#[test]
fn an_empty_folder_has_the_default_policy_and_it_is_inactive() {
    let (_dir, store) = folder();
    let all = Policies::open(&store).list().unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(
        (all[0].id.as_str(), all[0].name.as_str(), all[0].schedule.is_armed()),
        ("default", "Default", false)
    );
    assert_eq!(all[0].may_act().unwrap_err()[0].field, "confirmation");
}

#[test]
fn several_are_kept_with_all_that_belongs_to_them_and_can_be_removed() {
    let (_dir, store) = folder();
    let policies = Policies::open(&store);
    let mut tests = policy("tests", " Test guests ");
    tests.what.filter = Some("attributes.test = true".parse().unwrap());
    tests.quiet = night();
    tests.cap = NonZeroU64::new(500);
    tests.pace = NonZeroU32::new(60);
    tests.brake = None;
    tests.schedule = armed();
    let saved = policies.save(&tests, None, Batch::new()).unwrap();
    assert_eq!(saved, NamedPolicy { name: "Test guests".to_owned(), ..tests });
    policies.save(&policy("archive", "Archive"), None, Batch::new()).unwrap();
    policies.save(&policy("default", "Default"), None, Batch::new()).unwrap();
    let all = policies.list().unwrap();
    let names: Vec<&str> = all.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["Default", "Archive", "Test guests"]);
    assert_eq!(all[2], saved);
    policies.remove(&saved.id, Batch::new()).unwrap();
    policies.remove(&saved.id, Batch::new()).unwrap();
    assert!(policies.list().unwrap().iter().all(|policy| policy.id != saved.id));
    assert_eq!(policies.list().unwrap().len(), 2);
}

#[test]
fn a_name_is_required_short_and_its_own() {
    let (_dir, store) = folder();
    let policies = Policies::open(&store);
    let told =
        |id: &str, name: &str| policies.save(&policy(id, name), None, Batch::new()).unwrap_err().to_string();
    assert_eq!(told("a", " "), "name is required");
    assert_eq!(told("a", &"x".repeat(61)), "name may have at most 60 bytes");
    assert_eq!(told("a", "one\ntwo"), "name must be one line of text");
    assert_eq!(told("a", "DEFAULT"), "name is the name of another policy");
    policies.save(&policy("default", "Default"), None, Batch::new()).unwrap();
    assert!("Bad Id".parse::<PolicyId>().is_err() && "".parse::<PolicyId>().is_err());
}

#[test]
fn a_persons_word_confirms_what_is_saved_with_it_and_saving_alone_never_confirms() {
    let (_dir, store) = folder();
    let policies = Policies::open(&store);
    let new = NamedPolicy { schedule: armed(), ..policy("p", "P") };
    let mut named = policies.save(&new, None, Batch::new()).unwrap();
    named.what.days = KeepDays::new(7).unwrap();
    named.confirmed =
        Some(Confirmation { strength: named.strength(), at: now(), by: "nobody".to_owned(), due: 0 });
    let saved = policies.save(&named, None, Batch::new()).unwrap();
    assert_eq!(saved.confirmed, None, "a confirmation that is handed in counts for nothing");
    let word = ConfirmedBy { due: 12, by: "grace", at: now() };
    let confirmed = policies.save(&saved, Some(word), Batch::new()).unwrap();
    assert_eq!(confirmed.may_act(), Ok(()));
    assert_eq!(confirmed.confirmed.as_ref().map(|c| (&c.strength, c.due)), Some((&saved.strength(), 12)));
    let weaker = NamedPolicy {
        what: RetentionPolicy { days: KeepDays::new(9).unwrap(), ..confirmed.what.clone() },
        ..confirmed.clone()
    };
    let weaker = policies.save(&weaker, None, Batch::new()).unwrap();
    assert_eq!(weaker.may_act(), Ok(()), "weaker needs nobody");
    // A plan that was made before the change, or by a hand in the file, is measured by the same word.
    let plan = RetentionPolicy { spare_open_conversations: false, ..weaker.what.clone() };
    assert_eq!(weaker.beyond(&plan)[0].field, "spareOpenConversations");
    assert!(weaker.beyond(&weaker.what).is_empty());
    let mut disarmed = weaker.clone();
    disarmed.schedule.disarm();
    assert_eq!(disarmed.may_act(), Err(vec![]));
}

#[test]
fn what_changes_is_told_in_words_and_what_is_stronger_is_marked() {
    let old = NamedPolicy { quiet: night(), cap: NonZeroU64::new(100), ..policy("p", "P") };
    let mut new = old.clone();
    new.name = "Q".to_owned();
    new.what.days = KeepDays::new(20).unwrap();
    new.what.clock = AgeClock::LastActivity;
    new.what.filter = Some("active = false".parse().unwrap());
    new.quiet = QuietHours::default();
    new.cap = None;
    new.pace = NonZeroU32::new(60);
    new.schedule = Schedule::new("30 3 * * *", "Europe/Berlin").unwrap();
    let told: Vec<String> = changes(&old, &new)
        .iter()
        .map(|c| format!("{}{}: {} > {}", if c.stronger { "! " } else { "" }, c.field, c.before, c.after))
        .collect();
    assert_eq!(
        told,
        [
            "name: P > Q",
            "! days: 30 > 20",
            "clock: creation > last activity",
            "filter: everyone > active = false",
            "! quietHours: daily 22:00-06:00 (Europe/Berlin) > none",
            "! cap: 100 > none",
            "schedule: 0 2 * * * (UTC) > 30 3 * * * (Europe/Berlin)",
            "zone: UTC > Europe/Berlin",
            "pace: none > 60 a minute",
        ]
    );
    assert!(changes(&old, &old).is_empty());
}

#[test]
fn quiet_hours_without_a_zone_follow_the_schedules_also_when_it_changes_later() {
    let (_dir, store) = folder();
    let policies = Policies::open(&store);
    let schedule = |zone: &str| Schedule::new("0 2 * * *", zone).unwrap();
    let hours = night().windows().to_vec();
    let quiet = QuietHours::following("UTC", hours.clone()).unwrap();
    let new = NamedPolicy { quiet, schedule: schedule("Europe/Berlin"), ..policy("p", "P") };
    let named = policies.save(&new, None, Batch::new()).unwrap();
    assert_eq!((named.quiet.zone(), named.quiet.follows_schedule()), ("Europe/Berlin", true));
    let word = ConfirmedBy { due: 3, by: "grace", at: now() };
    let confirmed = policies.save(&named, Some(word), Batch::new()).unwrap();
    let moved = NamedPolicy { schedule: schedule("America/New_York"), ..confirmed };
    assert_eq!(moved.strength().quiet.zone(), "America/New_York", "also before it is saved");
    let moved = policies.save(&moved, None, Batch::new()).unwrap();
    assert_eq!(get(&policies, "p").quiet.zone(), "America/New_York");
    // At other hours than those that were confirmed: it has to be confirmed again.
    assert_eq!(moved.waiting()[0].field, "quietHours");
    assert_eq!(moved.waiting()[0].before, "daily 22:00-06:00 (Europe/Berlin, as the schedule)");
    // One that was named stays, whatever the schedule's is.
    let own = policies.save(&NamedPolicy { quiet: night(), ..moved }, None, Batch::new()).unwrap();
    assert_eq!((own.quiet.zone(), own.quiet.follows_schedule()), ("Europe/Berlin", false));
}

/// As earlier versions wrote them, under the same name in the same table.
#[derive(serde::Serialize, serde::Deserialize)]
struct MoreOfBefore {
    name: String,
    quiet: QuietOfBefore,
    cap: Option<NonZeroU64>,
    pace: Option<NonZeroU32>,
    brake: Option<Brake>,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct QuietOfBefore {
    zone: String,
    windows: Vec<Window>,
}

#[test]
fn quiet_hours_of_before_stay_in_the_zone_that_was_in_force() {
    let (_dir, store) = folder();
    let policies = Policies::open(&store);
    let schedule = Schedule::new("0 2 * * *", "Europe/Berlin").unwrap();
    let stored = |zone: &str, windows: &[Window]| {
        let quiet = QuietOfBefore { zone: zone.to_owned(), windows: windows.to_vec() };
        let more = MoreOfBefore { name: "P".to_owned(), quiet, cap: None, pace: None, brake: None };
        let mut batch = Batch::new();
        let id = "default".to_owned();
        batch.put(&store.table("retention-policy"), &id, &RetentionPolicy::default()).unwrap();
        batch.put(&store.table("retention-schedule"), &id, &schedule).unwrap();
        batch.put(&store.table("retention-policy-more"), &id, &more).unwrap();
        store.commit(batch).unwrap();
        let quiet = get(&policies, "default").quiet;
        (quiet.zone().to_owned(), quiet.follows_schedule())
    };
    let hours = night().windows().to_vec();
    assert_eq!(stored("UTC", &hours), ("UTC".to_owned(), false));
    assert_eq!(stored("Asia/Tokyo", &hours), ("Asia/Tokyo".to_owned(), false));
    // Where there were none, the zone said nothing.
    assert_eq!(stored("UTC", &[]), ("Europe/Berlin".to_owned(), true));
    // And a program of before reads what is written now.
    policies.save(&get(&policies, "default"), None, Batch::new()).unwrap();
    let more: MoreOfBefore =
        store.table("retention-policy-more").get(&"default".to_owned()).unwrap().unwrap();
    assert_eq!((more.quiet.zone.as_str(), more.quiet.windows.len()), ("Europe/Berlin", 0));
}

#[test]
fn a_policy_that_cannot_be_saved_takes_nothing_of_its_batch_to_the_disk() {
    let (_dir, store) = folder();
    let policies = Policies::open(&store);
    let beside: store::Table<String, bool> = store.table("beside");
    let batch = || {
        let mut batch = Batch::new();
        batch.put(&beside, &"k".to_owned(), &true).unwrap();
        batch
    };
    let word = Some(ConfirmedBy { due: 3, by: "grace", at: now() });
    policies.save(&policy("p", " "), word, batch()).unwrap_err();
    assert_eq!(beside.get(&"k".to_owned()).unwrap(), None);
    assert_eq!(policies.list().unwrap().len(), 1);
    let saved = policies.save(&NamedPolicy { schedule: armed(), ..policy("p", "P") }, word, batch()).unwrap();
    assert_eq!((beside.get(&"k".to_owned()).unwrap(), saved.may_act()), (Some(true), Ok(())));
    assert_eq!(policies.list().unwrap().len(), 2, "the first is stored beside it");
}

#[test]
fn the_largest_policy_fits_the_store() {
    let (_dir, store) = folder();
    let policies = Policies::open(&store);
    let window = night().windows()[0].clone();
    let days: Vec<_> = (0..7).map(|n| chrono::Weekday::try_from(n).unwrap()).collect();
    let windows = vec![Window { days, ..window }; 28];
    let mut largest = policy(&"x".repeat(64), &"n".repeat(60));
    largest.what.filter = Some(Selection::equals(model::Field::Name, "f".repeat(3_990)));
    largest.quiet = QuietHours::new("America/Argentina/ComodRivadavia", windows).unwrap();
    let word = ConfirmedBy { due: 1, by: &"u".repeat(100), at: now() };
    policies.save(&largest, Some(word), Batch::new()).unwrap();
}

fn strengths() -> impl Strategy<Value = Strength> {
    let what = (1i64..100, any::<bool>(), 0usize..3, any::<bool>(), any::<bool>()).prop_map(
        |(days, last, filter, open, active)| RetentionPolicy {
            days: KeepDays::new(days).unwrap(),
            clock: if last { AgeClock::LastActivity } else { AgeClock::Created },
            filter: [None, Some("active = true".parse().unwrap()), Some("active = false".parse().unwrap())]
                [filter]
                .clone(),
            spare_open_conversations: open,
            spare_active: active,
        },
    );
    let cap = proptest::option::of(1u64..5).prop_map(|n| n.and_then(NonZeroU64::new));
    let brake =
        proptest::option::of((1u32..4, 0u64..3)).prop_map(|b| b.map(|(times, floor)| Brake { times, floor }));
    (what, any::<bool>(), cap, brake).prop_map(|(what, quiet, cap, brake)| Strength {
        what,
        quiet: if quiet { night() } else { QuietHours::default() },
        cap,
        brake,
    })
}

proptest! {
    #[test]
    fn nothing_is_stronger_than_itself_and_two_that_differ_are_not_both_weaker(a in strengths(), b in strengths()) {
        prop_assert!(stronger(&a, &a).is_empty());
        if a != b {
            prop_assert!(!(stronger(&a, &b).is_empty() && stronger(&b, &a).is_empty()), "{:?} {:?}", a, b);
        }
    }

    /// Small steps cannot creep past a confirmation: weaker than weaker is weaker.
    #[test]
    fn weaker_than_weaker_is_weaker(a in strengths(), b in strengths(), c in strengths()) {
        if stronger(&a, &b).is_empty() && stronger(&b, &c).is_empty() {
            prop_assert!(stronger(&a, &c).is_empty());
        }
    }
}

proptest! {
    /// By the meaning: whoever a policy takes after all that was stronger is taken back, the one before took as well.
    #[test]
    fn what_is_not_stronger_takes_nobody_new(
        a in strengths(), b in strengths(), created in 0i64..120, idle in 0i64..120, active: bool, open: bool,
    ) {
        let mut b = b;
        for change in stronger(&a, &b) {
            match change.field.as_str() {
                "days" => b.what.days = a.what.days,
                "clock" => b.what.clock = a.what.clock,
                "filter" => b.what.filter = a.what.filter.clone(),
                "spareOpenConversations" => b.what.spare_open_conversations = a.what.spare_open_conversations,
                "spareActive" => b.what.spare_active = a.what.spare_active,
                "quietHours" => b.quiet = a.quiet.clone(),
                "cap" => b.cap = a.cap,
                "brake" => b.brake = a.brake,
                other => panic!("{other}"),
            }
        }
        prop_assert!(stronger(&a, &b).is_empty());
        let mut guest = crate::memory_org::guest(1, created);
        guest.modified_time = now() - chrono::Duration::days(idle.min(created));
        guest.active = active;
        // The filters of this world match by their name alone: "a" does and "b" does not.
        let takes = |s: &Strength| {
            let matching = s.what.filter.as_ref().is_none_or(|f| f.as_str() == "a");
            let facts = crate::Facts { open_conversation: open, matching, ..crate::Facts::default() };
            crate::decide::reasons(&s.what, s.what.cutoff(now()), &guest, facts, false).is_empty()
        };
        prop_assert!(!takes(&b) || takes(&a), "{:?} {:?}", a, b);
    }
}
