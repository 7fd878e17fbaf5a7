use std::{fs, path::PathBuf};

use model::{AgeClock, RetentionPolicy};
use tempfile::TempDir;

use crate::{
    Error, OrgError, Plan, PlanSummary, SpareReason,
    memory_org::{Dialect, Event, MemoryOrg, guest, id, limited, now, plan_at, seal, seal_for, tagged},
    open_plan,
    plan::tally::Tally,
};

async fn plan_of(memory_org: &MemoryOrg) -> (TempDir, PathBuf, PlanSummary) {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("plan.jsonl");
    let summary = plan_at(memory_org, &memory_org.policy, &seal(), now(), &out, &|_| ()).await.unwrap();
    (dir, out, summary)
}

fn lines(plan: &Plan) -> Vec<(model::GuestId, Option<SpareReason>)> {
    plan.lines().unwrap().map(|l| l.unwrap()).map(|l| (l.id, l.why)).collect()
}

#[tokio::test]
async fn a_plan_walks_every_match_across_pages_even_when_many_share_one_time() {
    let memory_org = MemoryOrg::with_guests((0..250).map(|_| 40).chain((0..250).map(|n| 31 + n % 7)));
    let (_dir, out, summary) = plan_of(&memory_org).await;
    assert_eq!((summary.due, summary.spared, summary.matched, summary.complete), (500, 0, 500, true));
    assert_eq!(memory_org.org().pages, 6);
    let opened = open_plan(&out).unwrap();
    assert_eq!(opened.id(), summary.plan);
    assert_eq!(opened.total(), 500);
    let mut tally = Tally::new(opened.header());
    opened.lines().unwrap().for_each(|line| tally.add(&line.unwrap()));
    assert_eq!(tally.finish(opened.id().to_owned()), summary);
}

#[tokio::test]
async fn the_young_are_not_in_the_plan_and_the_kept_are_with_their_reason() {
    let memory_org = MemoryOrg::with_guests([29, 30, 31, 45, 60]);
    memory_org.org().open.insert(id(3));
    memory_org.org().undelivered.insert(id(4));
    let (_dir, out, summary) = plan_of(&memory_org).await;
    assert_eq!((summary.due, summary.spared), (1, 2));
    let expected = [
        (id(4), Some(SpareReason::Undelivered)),
        (id(3), Some(SpareReason::OpenConversation)),
        (id(2), None),
    ];
    assert_eq!(lines(&open_plan(&out).unwrap()), expected);
    assert_eq!(
        (summary.oldest, summary.newest),
        (Some(guest(2, 31).created_time), Some(guest(2, 31).created_time))
    );
    assert_eq!(summary.histogram, [(31, 1)]);
    assert_eq!(summary.sample.len(), 1);
}

#[tokio::test]
async fn the_policy_decides_clock_filter_and_active() {
    let policy = RetentionPolicy {
        clock: AgeClock::LastActivity,
        filter: Some(tagged()),
        spare_active: true,
        spare_open_conversations: false,
        ..RetentionPolicy::default()
    };
    let memory_org = MemoryOrg::new(policy);
    for n in 0..5 {
        memory_org.org().add(guest(n, 40));
        memory_org.org().tagged.insert(id(n));
    }
    memory_org.org().open.insert(id(0));
    memory_org.org().happen(Event::Edited(1));
    memory_org.org().find(id(2)).unwrap().active = true;
    memory_org.org().tagged.remove(&id(3));
    let (_dir, out, summary) = plan_of(&memory_org).await;
    assert_eq!((summary.due, summary.spared), (2, 1));
    let mut found = lines(&open_plan(&out).unwrap());
    found.sort();
    let mut expected = [(id(0), None), (id(2), Some(SpareReason::Active)), (id(4), None)];
    expected.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_short_page_is_not_the_last_one_of_a_plan() {
    let memory_org = MemoryOrg::with_guests((0..669).map(|n| 31 + n % 40));
    for short in [vec![40], vec![1], vec![99], vec![3, 100, 50]] {
        memory_org.org().short = short;
        let summary = plan_of(&memory_org).await.2;
        assert_eq!((summary.due, summary.complete), (669, true));
    }
}

#[tokio::test]
async fn a_guest_who_is_counted_and_not_handed_out_is_told_and_there_is_no_plan() {
    let memory_org = MemoryOrg::with_guests((0..669).map(|n| 31 + n % 40));
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("plan.jsonl");
    for withheld in [vec![0], vec![668], vec![40, 41, 300], (0..669).collect()] {
        memory_org.org().withheld = withheld.iter().map(|n| id(*n)).collect();
        let missing = withheld.len() as u64;
        let failed =
            plan_at(&memory_org, &memory_org.policy, &seal(), now(), &out, &|_| ()).await.unwrap_err();
        assert!(
            matches!(failed, Error::Incomplete { met, missing: told } if (met, told) == (669 - missing, missing)),
            "{failed}"
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "no plan and no part of one");
    }
}

#[tokio::test]
async fn guests_who_vanish_come_and_change_while_a_plan_is_made_do_not_make_it_incomplete() {
    let memory_org = MemoryOrg::with_guests((0..450).map(|n| 31 + n % 40));
    let events =
        (0..40).map(|n| (n % 10, if n % 2 == 0 { Event::Vanishes(n * 11) } else { Event::Edited(n * 7) }));
    memory_org.org().events.extend(events);
    let (_dir, out, _) = plan_of(&memory_org).await;
    let planned: std::collections::HashSet<_> =
        lines(&open_plan(&out).unwrap()).into_iter().map(|(id, _)| id).collect();
    let org = memory_org.org();
    assert!(org.vanished.len() > 15);
    assert!(org.guests.values().all(|g| planned.contains(&g.id)), "whoever is there is in it");
}

#[tokio::test]
async fn a_plan_of_nobody_is_a_plan() {
    let (_dir, out, summary) = plan_of(&MemoryOrg::with_guests([])).await;
    assert_eq!((summary.due, summary.oldest), (0, None));
    assert_eq!(open_plan(&out).unwrap().total(), 0);
}

#[tokio::test]
async fn two_plans_of_the_same_guests_are_two_plans_with_two_hash_keys() {
    let memory_org = MemoryOrg::with_guests([40]);
    let (_a, one, first) = plan_of(&memory_org).await;
    let (_b, two, second) = plan_of(&memory_org).await;
    assert_ne!(first.plan, second.plan);
    let keys = [one, two].map(|p| open_plan(&p).unwrap().header().hash_key.clone());
    assert_ne!(keys[0], keys[1]);
    assert_eq!(keys[0].len(), 64);
    assert!(!format!("{:?}", open_plan(&_a.path().join("plan.jsonl")).unwrap()).contains(&keys[0]));
}

#[tokio::test(start_paused = true)]
async fn a_plan_asks_again_when_the_org_stumbles() {
    let memory_org = MemoryOrg::with_guests([40, 41]);
    memory_org.org().list_trouble.extend([limited(30), limited(1)]);
    let began = tokio::time::Instant::now();
    assert_eq!(plan_of(&memory_org).await.2.due, 2);
    assert!(began.elapsed().as_secs() >= 31);
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_fails_leaves_nothing_behind_and_an_older_one_untouched() {
    let memory_org = MemoryOrg::with_guests((0..150).map(|_| 40));
    let (dir, out, first) = plan_of(&memory_org).await;
    for trouble in [vec![limited(1); 20], vec![OrgError::Stop { why: "guest:read is missing".to_owned() }]] {
        memory_org.org().list_trouble.extend(trouble);
        let failed = plan_at(&memory_org, &memory_org.policy, &seal(), now(), &out, &|_| ()).await;
        assert!(matches!(failed, Err(Error::Org { doing: "list the guests", .. })));
        memory_org.org().list_trouble.clear();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert_eq!(open_plan(&out).unwrap().id(), first.plan);
    }
}

#[tokio::test]
async fn dropping_a_plan_half_way_leaves_nothing_behind() {
    let memory_org = MemoryOrg::with_guests((0..150).map(|_| 40));
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("plan.jsonl");
    memory_org.org().kill_at = Some(3);
    let seal = seal();
    tokio::select! {
        _ = plan_at(&memory_org, &memory_org.policy, &seal, now(), &out, &|_| ()) => panic!("it was killed"),
        () = memory_org.killed() => {}
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn every_single_byte_change_of_a_plan_is_noticed() {
    let memory_org = MemoryOrg::with_guests([40, 41, 42]);
    memory_org.org().open.insert(id(1));
    let (dir, out, _) = plan_of(&memory_org).await;
    let good = fs::read(&out).unwrap();
    let changed = dir.path().join("changed.jsonl");
    for at in 0..good.len() {
        for flip in [0x01, 0x20, 0x80, 0xff, good[at] ^ b'\n', good[at] ^ b' ', good[at] ^ b'"'] {
            let mut bytes = good.clone();
            bytes[at] ^= flip;
            if bytes == good {
                continue;
            }
            fs::write(&changed, &bytes).unwrap();
            let answer = open_plan(&changed);
            assert!(matches!(answer, Err(Error::PlanChanged { .. })), "byte {at} ^ {flip:#x}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_dropped_doubled_swapped_or_added_line_and_every_cut_is_noticed() {
    let (dir, out, _) = plan_of(&MemoryOrg::with_guests([40, 41, 42])).await;
    let good = fs::read_to_string(&out).unwrap();
    let rows: Vec<&str> = good.split_inclusive('\n').collect();
    let mut bad: Vec<String> = (0..good.len()).map(|end| good[..end].to_owned()).collect();
    for at in 0..rows.len() {
        let mut dropped = rows.clone();
        dropped.remove(at);
        bad.push(dropped.concat());
        let mut doubled = rows.clone();
        doubled.insert(at, rows[at]);
        bad.push(doubled.concat());
        if at > 0 {
            let mut swapped = rows.clone();
            swapped.swap(at - 1, at);
            bad.push(swapped.concat());
        }
    }
    bad.extend([format!("{good}\n"), format!("{good} "), format!("{good}{}", rows[1]), "\n".repeat(5)]);
    let changed = dir.path().join("changed.jsonl");
    for text in bad {
        fs::write(&changed, &text).unwrap();
        assert!(matches!(open_plan(&changed), Err(Error::PlanChanged { .. })), "{text}");
    }
}

#[tokio::test]
async fn the_error_names_the_line_where_it_can_be_told() {
    let (dir, out, _) = plan_of(&MemoryOrg::with_guests([40, 41])).await;
    let good = fs::read_to_string(&out).unwrap();
    let changed = dir.path().join("changed.jsonl");
    let line_of = |text: String| {
        fs::write(&changed, text).unwrap();
        match open_plan(&changed) {
            Err(Error::PlanChanged { line, .. }) => line,
            other => panic!("{other:?}"),
        }
    };
    let rows: Vec<&str> = good.split_inclusive('\n').collect();
    assert_eq!(line_of(good.replacen("innkeeper-plan", "innkeeper-plum", 1)), Some(1));
    assert_eq!(line_of([rows[0], rows[2], rows[1], rows[3]].concat()), Some(3));
    assert_eq!(line_of(good.replacen("\"due\":2", "\"due\":3", 1)), Some(4));
    assert_eq!(line_of(good.replacen("\"version\":2", "\"version\":x", 1)), Some(1));
    // A guest's line that still has its shape: only the hash tells.
    assert_eq!(line_of(good.replacen("\"version\":1", "\"version\":9", 1)), None);
}

#[test]
fn hostile_files_are_refused_without_reading_them_into_memory() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hostile");
    let deep = format!("{}\n", "[".repeat(500_000));
    for bytes in [vec![], vec![0; 3 << 20], vec![b'\n'; 100], vec![0xff; 100], deep.into_bytes()] {
        fs::write(&path, bytes).unwrap();
        assert!(matches!(open_plan(&path), Err(Error::PlanChanged { line: Some(1), .. })));
    }
    assert!(matches!(open_plan(&dir.path().join("none")), Err(Error::File { .. })));
    assert!(matches!(open_plan(dir.path()), Err(Error::File { .. })));
}

#[tokio::test]
async fn a_plan_of_an_org_without_order_has_the_same_guests_in_the_same_order() {
    let of = |dialect| {
        let policy = RetentionPolicy { filter: Some(tagged()), ..RetentionPolicy::default() };
        let memory_org = MemoryOrg::new(policy).speaking(dialect);
        for n in 0..250 {
            memory_org.org().add(guest(n, 25 + (n % 11) as i64));
            if n % 3 != 0 {
                memory_org.org().tagged.insert(id(n));
            }
        }
        memory_org.org().open.insert(id(7));
        memory_org
    };
    let (contract, third) = (of(Dialect::Contract), of(Dialect::Third));
    let (_a, one, told) = plan_of(&contract).await;
    let (_b, two, told_too) = plan_of(&third).await;
    assert_eq!(lines(&open_plan(&one).unwrap()), lines(&open_plan(&two).unwrap()));
    assert_eq!((told.due, told.spared), (told_too.due, told_too.spared));
    assert!(told.due > 20 && told.spared > 0, "{told:?}");
    assert!(
        third.org().pages > 7,
        "its list was forgotten on the way and began again: {}",
        third.org().pages
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_forgotten_again_and_again_ends_the_plan_with_a_word() {
    let memory_org = MemoryOrg::with_guests((0..1_000).map(|_| 40)).speaking(Dialect::Third);
    let dir = tempfile::tempdir().unwrap();
    let failed =
        plan_at(&memory_org, &memory_org.policy, &seal(), now(), &dir.path().join("plan"), &|_| ()).await;
    assert!(
        matches!(failed, Err(Error::Org { doing: "list the guests", source: OrgError::ScanExpired })),
        "{failed:?}"
    );
}

#[tokio::test]
async fn what_is_told_while_planning_agrees_with_itself_and_at_the_end_with_the_plan() {
    for dialect in [Dialect::Contract, Dialect::Third] {
        let memory_org = MemoryOrg::with_guests((0..300).map(|n| 25 + n % 10)).speaking(dialect);
        memory_org.org().open.extend((0..300).filter(|n| n % 7 == 0).map(id));
        let told = std::sync::Mutex::new(Vec::new());
        let dir = tempfile::tempdir().unwrap();
        let tell = |progress| told.lock().unwrap().push(progress);
        let out = dir.path().join("plan.jsonl");
        let seal = seal_for(&memory_org);
        let summary = plan_at(&memory_org, &memory_org.policy, &seal, now(), &out, &tell).await.unwrap();
        let told = told.into_inner().unwrap();
        assert!(told.iter().all(|so_far| so_far.due + so_far.spared <= so_far.read), "{dialect:?}: {told:?}");
        let last = told.last().unwrap();
        assert_eq!((last.due, last.spared), (summary.due, summary.spared), "{dialect:?}");
        // Where the org does not filter, those that are too young were read, too.
        let read = if dialect == Dialect::Contract { summary.matched } else { 300 };
        assert!(last.read >= read && summary.spared > 0, "{dialect:?}: {last:?} {summary:?}");
    }
}
