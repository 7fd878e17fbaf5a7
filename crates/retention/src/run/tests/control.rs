use std::{num::NonZeroU32, time::Duration};

use super::*;
use crate::memory_org::{Dialect, Event, Trouble, id};

fn max(n: u64) -> RunOptions {
    RunOptions { max: Some(n), ..RunOptions::default() }
}

fn pace(n: u32) -> RunOptions {
    RunOptions { pace: NonZeroU32::new(n), ..RunOptions::default() }
}

#[tokio::test(start_paused = true)]
async fn a_capped_run_pauses_at_its_cap_and_each_resume_goes_on_under_the_same_cap() {
    let story = Story::of(MemoryOrg::with_guests((0..130).map(|_| 40))).await;
    let mut report = story.execute(story.start(max(60))).await;
    assert_eq!((report.state, report.counts.deleted, report.counts.remaining), (RunState::Paused, 60, 70));
    assert!(report.verified == Some(true));
    assert_eq!(report.why.as_deref(), Some("the cap of 60 deletes was reached"));
    story.audit(&report);
    for (state, deleted) in [(RunState::Paused, 120), (RunState::Finished, 130)] {
        report = story.execute(story.resume()).await;
        assert_eq!((report.state, report.counts.deleted), (state, deleted));
        story.audit(&report);
    }
}

#[tokio::test(start_paused = true)]
async fn guests_that_are_spared_or_gone_do_not_use_up_the_cap() {
    let story = Story::of(MemoryOrg::with_guests((0..20).map(|_| 40))).await;
    for n in 0..5 {
        story.memory_org.org().happen(Event::Edited(n));
        story.memory_org.org().happen(Event::Vanishes(10 + n));
    }
    let report = story.execute(story.start(max(10))).await;
    assert_eq!(
        (report.state, report.counts.deleted, report.counts.spared, report.counts.already_gone),
        (RunState::Finished, 10, 5, 5)
    );
    story.audit(&report);
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_comes_too_late_does_not_use_up_the_cap_either() {
    let story = Story::of(MemoryOrg::with_guests((0..12).map(|_| 40))).await;
    // Steps 0 and 1 are the look at the batch; what happens at step 2 only the deletes find out.
    story.memory_org.org().events = vec![(2, Event::Edited(1)), (2, Event::Vanishes(4))];
    let report = story.execute(story.start(max(10))).await;
    assert_eq!(
        (report.state, report.counts.deleted, report.counts.spared, report.counts.already_gone),
        (RunState::Finished, 10, 1, 1)
    );
    story.audit(&report);
}

#[tokio::test(start_paused = true)]
async fn a_cap_is_never_exceeded_by_the_second_delete_in_flight() {
    for cap in 0..6 {
        let story = Story::of(MemoryOrg::with_guests((0..12).map(|_| 40))).await;
        story.memory_org.org().trouble.insert(id(3), vec![Trouble::CutAfter].into());
        let report = story.execute(story.start(max(cap))).await;
        assert_eq!(
            (report.state, report.counts.deleted, report.counts.remaining),
            (RunState::Paused, cap, 12 - cap)
        );
        story.audit(&report);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pace_spaces_the_deletes_over_the_minute() {
    let story = Story::of(MemoryOrg::with_guests((0..31).map(|_| 40))).await;
    let run = story.start(pace(60));
    let progress = run.progress();
    story.execute(run).await;
    let times = story.memory_org.org().times.clone();
    assert_eq!(times.len(), 31);
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_secs(1)));
    assert!(times[30] - times[0] < Duration::from_secs(32));
    let rate = progress.borrow().rate;
    assert!((55.0..=60.5).contains(&rate), "{rate}");
}

#[tokio::test(start_paused = true)]
async fn another_pace_holds_from_the_next_delete_on() {
    let story = Story::of(MemoryOrg::with_guests((0..10).map(|_| 40))).await;
    let run = story.start(pace(1));
    let (control, mut progress) = (run.control(), run.progress());
    let faster = async move {
        progress.wait_for(|p| p.counts().deleted == 2).await.unwrap();
        control.set_pace(NonZeroU32::new(600));
    };
    tokio::join!(story.execute(run), faster);
    let times = story.memory_org.org().times.clone();
    assert!(times[1] - times[0] >= Duration::from_secs(60));
    assert!(times[9] - times[2] < Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn under_a_slow_pace_guests_are_looked_at_shortly_before() {
    let story = Story::of(MemoryOrg::with_guests((0..12).map(|_| 40))).await;
    let run = story.start(pace(3));
    let mut progress = run.progress();
    let (_, batch) = tokio::join!(story.execute(run), async {
        progress.wait_for(|p| p.counts().deleted == 5).await.unwrap().batch.unwrap()
    });
    assert_eq!((batch.number, batch.guests), (2, 3));
}

/// In an org that compares no revision, whoever deletes by one looks at the guest first. That look is left out right after the
/// run's own, and never after a wait.
#[tokio::test(start_paused = true)]
async fn a_delete_right_after_the_look_names_no_revision_and_one_that_waited_or_is_repeated_does() {
    let of_dialect = |dialect| MemoryOrg::with_guests((0..2).map(|_| 40)).speaking(dialect);
    for (dialect, options, named) in [
        (Dialect::Third, RunOptions::default(), vec![false, true]),
        (Dialect::Third, pace(1), vec![false, true, true]),
        (Dialect::Contract, RunOptions::default(), vec![true, true, true]),
    ] {
        let story = Story::of(of_dialect(dialect)).await;
        story.memory_org.org().trouble.insert(id(0), vec![Trouble::Limited].into());
        let report = story.execute(story.start(options)).await;
        assert_eq!(report.counts.deleted, 2, "{dialect:?}");
        assert_eq!(story.memory_org.org().named_revisions, named, "{dialect:?}");
        story.audit(&report);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_takes_effect_between_two_deletes_and_frees_the_run_for_a_resume() {
    let story = Story::of(MemoryOrg::with_guests((0..40).map(|_| 40))).await;
    let run = story.start(pace(60));
    let (control, mut progress) = (run.control(), run.progress());
    let press = async move {
        progress.wait_for(|p| p.counts().deleted == 10).await.unwrap();
        let pressed = tokio::time::Instant::now();
        control.pause();
        pressed
    };
    let (report, pressed) = tokio::join!(story.execute(run), press);
    assert!(pressed.elapsed() < Duration::from_millis(10), "it does not wait for the next slot");
    assert_eq!((report.state, report.counts.deleted, report.counts.remaining), (RunState::Paused, 10, 30));
    assert!(report.verified == Some(true));
    story.audit(&report);
    // Whoever came back while it was paused is seen.
    story.memory_org.org().happen(Event::Opens(39));
    let open = story.memory_org.org().open.len() as u64;
    let report = story.execute(story.resume()).await;
    assert_eq!((report.state, report.counts.deleted + report.counts.spared), (RunState::Finished, 40));
    assert!(report.counts.spared <= open);
    story.audit(&report);
}

#[tokio::test(start_paused = true)]
async fn a_pause_cuts_a_long_wait_short_and_forgets_nothing_that_may_have_happened() {
    let story = Story::of(MemoryOrg::with_guests([40])).await;
    story.memory_org.org().trouble.insert(id(0), vec![Trouble::CutAfter, Trouble::Limited].into());
    let run = story.start(RunOptions::default());
    let control = run.control();
    let memory_org = Arc::clone(&story.memory_org);
    let press = async move {
        // The second ask was limited for 7 s: pause in the middle of that wait.
        tokio::time::sleep(Duration::from_secs(4)).await;
        assert_eq!(memory_org.org().asks[&id(0)], 2);
        control.pause();
    };
    let (report, ()) = tokio::join!(story.execute(run), press);
    assert_eq!((report.state, report.counts.remaining), (RunState::Paused, 1));
    let report = story.execute(story.resume()).await;
    assert_eq!(story.outcome(id(0)), Some(Outcome::Deleted { inferred: true }));
    story.audit(&report);
}

#[tokio::test(start_paused = true)]
async fn a_guest_deleted_by_someone_else_during_a_pause_is_not_claimed_by_the_run() {
    let story = Story::of(MemoryOrg::with_guests((0..20).map(|_| 40))).await;
    let run = story.start(RunOptions::default());
    story.memory_org.org().events = vec![(16, Event::Pause)];
    let report = story.execute(run).await;
    assert_eq!(report.state, RunState::Paused);
    assert!(report.counts.deleted > 0 && report.counts.remaining > 5);
    for n in 0..20 {
        story.memory_org.org().happen(Event::Vanishes(n));
    }
    let after = story.execute(story.resume()).await;
    assert_eq!(
        (after.counts.deleted, after.counts.already_gone),
        (report.counts.deleted, report.counts.remaining)
    );
    story.audit(&after);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_run_stays_cancelled_and_its_plan_stays_used() {
    let story = Story::of(MemoryOrg::with_guests((0..40).map(|_| 40))).await;
    let run = story.start(RunOptions::default());
    let (control, mut progress) = (run.control(), run.progress());
    let press = async move {
        progress.wait_for(|p| p.counts().deleted >= 3).await.unwrap();
        control.cancel();
        control.resume();
    };
    let (report, ()) = tokio::join!(story.execute(run), press);
    assert_eq!(report.state, RunState::Cancelled);
    assert!(report.counts.remaining > 30 && report.verified == Some(true));
    story.audit(&report);
    let again = Run::resume(&store(), &story.runs(), &story.run(), None, "guest-api", Arc::new(FixedClock));
    assert!(matches!(refused(again), Error::RunCancelled(_)));
    let again = Run::start(&store(), &story.runs(), &story.plan, RunOptions::default(), Arc::new(FixedClock));
    assert!(matches!(refused(again), Error::PlanUsed { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_run_is_resumed_in_the_dialect_of_its_plan_only_and_a_refusal_leaves_it_as_it_was() {
    let story = Story::of(MemoryOrg::with_guests((0..30).map(|_| 40))).await;
    assert_eq!(story.execute(story.start(max(3))).await.state, RunState::Paused);
    let before = crate::run_info(&store(), &story.runs(), &story.run()).unwrap();
    let other = Run::resume(&store(), &story.runs(), &story.run(), None, "third", Arc::new(FixedClock));
    assert!(matches!(refused(other), Error::PlanNotOurs { .. }));
    assert_eq!(crate::run_info(&store(), &story.runs(), &story.run()).unwrap(), before);
    assert_eq!(story.execute(story.resume()).await.counts.deleted, 6);
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_is_taken_back_in_time_changes_nothing() {
    let story = Story::of(MemoryOrg::with_guests((0..3).map(|_| 40))).await;
    let run = story.start(RunOptions::default());
    run.control().pause();
    run.control().resume();
    assert_eq!(story.execute(run).await.state, RunState::Finished);
}

/// The lease is the system's lock on a file that each opens anew, so threads stand for processes.
#[tokio::test(start_paused = true)]
async fn of_many_who_resume_one_run_at_the_same_time_one_gets_it() {
    let story = Story::of(MemoryOrg::with_guests((0..30).map(|_| 40))).await;
    let first = story.start(max(3));
    assert_eq!(story.execute(first).await.state, RunState::Paused);
    for _ in 0..20 {
        let start = std::sync::Barrier::new(8);
        let (store, runs, run) = (store(), story.runs(), story.run());
        let got: Vec<Result<Run, Error>> = std::thread::scope(|scope| {
            let resume = || {
                start.wait();
                Run::resume(&store, &runs, &run, None, "guest-api", Arc::new(FixedClock))
            };
            let all: Vec<_> = (0..8).map(|_| scope.spawn(resume)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(got.iter().filter(|run| run.is_ok()).count(), 1);
        assert!(got.iter().all(|run| matches!(run, Ok(_) | Err(Error::RunBusy(_)))), "{got:?}");
    }
    let report = story.execute(story.resume()).await;
    story.audit(&report);
}
