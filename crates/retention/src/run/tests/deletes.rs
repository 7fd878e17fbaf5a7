use model::RetentionPolicy;

use super::*;
use crate::{
    OrgError, SpareReason,
    memory_org::{Event, Trouble, guest, id, limited, tagged},
};

fn spared(why: SpareReason) -> Option<Outcome> {
    Some(Outcome::Spared { why })
}

#[tokio::test(start_paused = true)]
async fn a_run_deletes_every_due_guest_of_its_plan_and_proves_it() {
    let story = Story::of(MemoryOrg::with_guests((0..230).map(|n| 31 + n % 9).chain([1, 2, 3]))).await;
    let run = story.start(RunOptions::default());
    let mut progress = run.progress();
    let report = story.execute(run).await;
    assert_eq!(
        (report.state, report.counts.deleted, report.counts.remaining, report.verified),
        (RunState::Finished, 230, 0, Some(true))
    );
    assert_eq!(story.memory_org.org().guests.len(), 3);
    assert_eq!(progress.borrow_and_update().info(), report);
    story.audit(&report);
}

#[tokio::test(start_paused = true)]
async fn everyone_who_changed_since_the_plan_is_spared_with_the_reason() {
    let mut memory_org = MemoryOrg::with_guests((0..8).map(|_| 40));
    memory_org.policy = RetentionPolicy { filter: Some(tagged()), ..RetentionPolicy::default() };
    memory_org.org().tagged.extend((0..8).map(id));
    let story = Story::of(memory_org).await;
    for event in [Event::Opens(0), Event::Edited(1), Event::Writes(2), Event::Untagged(3), Event::Vanishes(4)]
    {
        story.memory_org.org().happen(event);
    }
    let report = story.execute(story.start(RunOptions::default())).await;
    assert_eq!(
        (report.counts.deleted, report.counts.already_gone, report.counts.spared, report.verified),
        (3, 1, 4, Some(true))
    );
    assert_eq!(story.outcome(id(0)), spared(SpareReason::OpenConversation));
    assert_eq!(story.outcome(id(1)), spared(SpareReason::ChangedSincePlan));
    assert_eq!(story.outcome(id(2)), spared(SpareReason::Undelivered));
    assert_eq!(story.outcome(id(3)), spared(SpareReason::NotMatching));
    assert_eq!(story.outcome(id(4)), Some(Outcome::AlreadyGone));
    story.audit(&report);
}

#[tokio::test(start_paused = true)]
async fn who_vanishes_while_the_filter_is_asked_for_is_gone_and_not_spared() {
    for step in 0..12 {
        let mut memory_org = MemoryOrg::with_guests((0..3).map(|_| 40));
        memory_org.policy = RetentionPolicy { filter: Some(tagged()), ..RetentionPolicy::default() };
        memory_org.org().tagged.extend((0..3).map(id));
        let story = Story::of(memory_org).await;
        story.memory_org.org().events.push((step, Event::Vanishes(1)));
        let report = story.execute(story.start(RunOptions::default())).await;
        assert_eq!(report.counts.spared, 0, "step {step}: {:?}", story.outcome(id(1)));
        story.audit(&report);
    }
}

#[tokio::test(start_paused = true)]
async fn guests_that_the_plan_spared_count_as_spared_and_are_never_asked_for() {
    let memory_org = MemoryOrg::with_guests([40, 41, 42]);
    memory_org.org().open.insert(id(1));
    let story = Story::of(memory_org).await;
    story.memory_org.org().open.clear();
    let report = story.execute(story.start(RunOptions::default())).await;
    assert_eq!((report.counts.deleted, report.counts.spared, report.counts.remaining), (2, 1, 0));
    assert_eq!(story.outcome(id(1)), spared(SpareReason::OpenConversation));
    assert!(!story.memory_org.org().asks.contains_key(&id(1)));
    story.audit(&report);
}

#[tokio::test(start_paused = true)]
async fn a_change_between_the_look_and_the_delete_is_stopped_by_the_version() {
    // Every step of the first batch in turn is the moment at which guest 7 comes back.
    for step in 0..60 {
        let story = Story::of(MemoryOrg::with_guests((0..10).map(|_| 40))).await;
        story.memory_org.org().events = vec![(step, Event::Opens(7)), (step, Event::Writes(3))];
        let report = story.execute(story.start(RunOptions::default())).await;
        assert_eq!(report.counts.deleted + report.counts.spared, 10);
        assert!(report.verified == Some(true));
        story.audit(&report);
    }
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_stumbles_is_asked_again_at_least_three_times() {
    use Trouble::{CutAfter, CutBefore, Limited};
    let story = Story::of(MemoryOrg::with_guests((0..4).map(|_| 40))).await;
    let troubles = [vec![Limited; 3], vec![CutBefore; 3], vec![CutAfter], vec![CutBefore, CutAfter]];
    for (n, trouble) in (0..).zip(troubles) {
        story.memory_org.org().trouble.insert(id(n), trouble.into());
    }
    let report = story.execute(story.start(RunOptions::default())).await;
    assert_eq!((report.counts.deleted, report.counts.failed, report.verified), (4, 0, Some(true)));
    assert_eq!(story.outcome(id(0)), Some(Outcome::Deleted { inferred: false }));
    assert_eq!(story.outcome(id(2)), Some(Outcome::Deleted { inferred: true }));
    assert_eq!(story.memory_org.org().asks[&id(1)], 4);
    story.audit(&report);
}

#[tokio::test(start_paused = true)]
async fn a_failure_stops_nobody_else_is_asked_again_at_the_end_and_again_on_resume() {
    let story = Story::of(MemoryOrg::with_guests((0..6).map(|_| 40))).await;
    story.memory_org.org().trouble.insert(id(1), vec![Trouble::CutBefore; 6].into());
    story.memory_org.org().trouble.insert(id(2), vec![Trouble::Refused; 2].into());
    story.memory_org.org().trouble.insert(id(3), vec![Trouble::CutBefore; 8].into());
    let report = story.execute(story.start(RunOptions::default())).await;
    assert_eq!((report.state, report.counts.deleted, report.counts.failed), (RunState::Finished, 4, 2));
    assert!(report.verified == Some(true), "failed guests may still be there");
    story.audit(&report);
    let report = story.execute(story.resume()).await;
    assert_eq!((report.state, report.counts.deleted, report.counts.failed), (RunState::Finished, 6, 0));
    story.audit(&report);
}

#[tokio::test(start_paused = true)]
async fn a_lost_delete_that_lands_late_still_counts_as_deleted_by_the_run() {
    for step in 0..30 {
        let story = Story::of(MemoryOrg::with_guests([40])).await;
        story.memory_org.org().trouble.insert(id(0), vec![Trouble::CutBefore; 4].into());
        story.memory_org.org().events = vec![(step, Event::Lands(0))];
        let report = story.execute(story.start(RunOptions::default())).await;
        assert_eq!((report.counts.deleted, report.counts.already_gone), (1, 0), "it landed at step {step}");
        story.audit(&report);
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_is_obeyed() {
    let story = Story::of(MemoryOrg::with_guests([40])).await;
    story.memory_org.org().trouble.insert(id(0), vec![Trouble::Limited; 2].into());
    story.execute(story.start(RunOptions::default())).await;
    let times = story.memory_org.org().times.clone();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= std::time::Duration::from_secs(7)));
    assert_eq!(times.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_stops_the_run_with_the_reason_and_it_can_be_resumed() {
    let story = Story::of(MemoryOrg::with_guests((0..60).map(|_| 40))).await;
    let tenth = story.plan.lines().unwrap().nth(30).unwrap().unwrap().id;
    story.memory_org.org().trouble.insert(tenth, vec![Trouble::Forbidden].into());
    let report = story.execute(story.start(RunOptions::default())).await;
    assert_eq!((report.state, report.why.as_deref()), (RunState::Failed, Some("guest:write is missing")));
    assert!((30..=31).contains(&report.counts.deleted) && report.verified == Some(true));
    story.audit(&report);
    let report = story.execute(story.resume()).await;
    assert_eq!((report.state, report.counts.deleted), (RunState::Finished, 60));
    story.audit(&report);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_stumbles_is_asked_again_and_one_that_never_answers_stops_the_run() {
    let story = Story::of(MemoryOrg::with_guests((0..3).map(|_| 40))).await;
    story.memory_org.org().list_trouble.extend(vec![limited(2); 3]);
    story.memory_org.org().events = vec![(9, Event::Edited(0))];
    let report = story.execute(story.start(RunOptions::default())).await;
    assert_eq!((report.state, report.counts.failed), (RunState::Finished, 0));

    let story = Story::of(MemoryOrg::with_guests((0..3).map(|_| 40))).await;
    let gone = OrgError::Retry { why: "offline".to_owned(), after: None, perhaps_done: false };
    story.memory_org.org().list_trouble.extend(vec![gone; 50]);
    let report = story.execute(story.start(RunOptions::default())).await;
    assert_eq!((report.state, report.counts.deleted, report.counts.remaining), (RunState::Failed, 0, 3));
    assert_eq!(report.why.as_deref(), Some("the org could not answer: offline"));
}

#[tokio::test(start_paused = true)]
async fn a_guest_that_is_listed_after_its_delete_makes_the_run_unverified() {
    let story = Story::of(MemoryOrg::with_guests((0..40).map(|_| 40))).await;
    let run = story.start(RunOptions::default());
    let back = guest(5, 40);
    // The org said 204 for all, and lists one of them again by the time it is asked at the end.
    let mut progress = run.progress();
    let memory_org = std::sync::Arc::clone(&story.memory_org);
    let haunt = async move {
        progress.wait_for(|p| p.counts().deleted == 40).await.unwrap();
        memory_org.org().add(back);
    };
    let (report, ()) = tokio::join!(story.execute(run), haunt);
    assert_eq!((report.state, report.counts.deleted, report.verified), (RunState::Finished, 40, Some(false)));
    story.memory_org.org().happen(Event::Vanishes(5));
    assert!(story.execute(story.resume()).await.verified == Some(true), "a resume asks again");
}

#[tokio::test(start_paused = true)]
async fn a_short_page_or_a_row_held_back_does_not_hide_who_is_listed_after_their_delete() {
    for held_back in [false, true] {
        let story = Story::of(MemoryOrg::with_guests((0..240).map(|n| 40 + n % 3))).await;
        let run = story.start(RunOptions::default());
        let mut progress = run.progress();
        let memory_org = std::sync::Arc::clone(&story.memory_org);
        let haunt = async move {
            progress.wait_for(|p| p.counts().deleted == 240).await.unwrap();
            let mut org = memory_org.org();
            (0..5).for_each(|n| org.add(guest(n, 42)));
            org.short = vec![1];
            if held_back {
                org.withheld = (0..5).map(id).collect();
            }
        };
        let (report, ()) = tokio::join!(story.execute(run), haunt);
        assert_eq!(
            (report.counts.deleted, report.counts.already_gone, report.verified),
            (240, 0, Some(false))
        );
        let why = report.why.unwrap_or_default();
        assert_eq!(why.contains("5 may be missing"), held_back, "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn when_the_last_look_fails_the_run_says_that_it_is_not_verified_and_why() {
    let story = Story::of(MemoryOrg::with_guests([40])).await;
    let run = story.start(RunOptions::default());
    let mut progress = run.progress();
    let memory_org = std::sync::Arc::clone(&story.memory_org);
    let cut_off = async move {
        progress.wait_for(|p| p.counts().deleted == 1).await.unwrap();
        memory_org.org().list_trouble.push_back(OrgError::Stop { why: "401".to_owned() });
    };
    let (report, ()) = tokio::join!(story.execute(run), cut_off);
    assert_eq!((report.state, report.verified), (RunState::Finished, Some(false)));
    assert_eq!(
        report.why.as_deref(),
        Some("it could not be checked at the end whether all are gone: the org does not allow it: 401")
    );
}

/// What the last look meets, and what the run says of it; 40 of 41 guests go under the cap.
async fn last_look_meets(answer: OrgError, options: RunOptions) -> crate::RunInfo {
    let story = Story::of(MemoryOrg::with_guests((0..41).map(|_| 40))).await;
    let run = story.start(options);
    let mut progress = run.progress();
    let memory_org = std::sync::Arc::clone(&story.memory_org);
    let all = options.max.unwrap_or(41);
    let cut_off = async move {
        progress.wait_for(|p| p.counts().deleted == all).await.unwrap();
        memory_org.org().list_trouble.extend(vec![answer; 20]);
    };
    tokio::join!(story.execute(run), cut_off).0
}

#[tokio::test(start_paused = true)]
async fn an_org_that_asks_for_hours_only_at_the_last_look_pauses_the_run_which_is_looked_at_then() {
    let report = last_look_meets(limited(7_200), RunOptions::default()).await;
    assert_eq!((report.state, report.verified), (RunState::Paused, Some(false)));
    assert!(report.goes_on_at.is_some_and(|at| at > now()), "{report:?}");
    let why = report.why.unwrap();
    assert!(why.contains("no more calls until") && why.contains("checked then"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn what_keeps_the_last_look_is_told_beside_the_cap() {
    let cap = RunOptions { max: Some(40), ..RunOptions::default() };
    let away = OrgError::Retry { why: "503".to_owned(), after: None, perhaps_done: false };
    for (answer, told) in [(limited(7_200), "no more calls until"), (away, "503")] {
        let report = last_look_meets(answer, cap).await;
        assert_eq!((report.state, report.verified), (RunState::Paused, Some(false)));
        // More may go only when a person says so.
        assert_eq!(report.goes_on_at, None);
        let why = report.why.unwrap();
        assert!(why.starts_with("the cap of 40 deletes was reached; it could not be checked"), "{why}");
        assert!(why.contains(told), "{why}");
    }
}
