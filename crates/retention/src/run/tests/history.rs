use std::fs;

use proof::CertifiedOutcome;

use super::{
    super::{
        folder::RunFolder,
        journal::{RunJournal, Start},
    },
    *,
};
use crate::{
    SpareReason, cancel_run,
    memory_org::{Event, id},
    plan::forge::Forged,
};

fn states(story: &Story) -> Vec<RunState> {
    history(story).list().unwrap().into_iter().map(|run| run.state).collect()
}

#[tokio::test(start_paused = true)]
async fn a_plan_runs_once_and_the_error_names_its_run() {
    let story = Story::of(MemoryOrg::with_guests([40])).await;
    let run = story.start(RunOptions::default());
    for _ in 0..2 {
        let again =
            Run::start(&store(), &story.runs(), &story.plan, RunOptions::default(), Arc::new(FixedClock));
        let error = refused(again);
        assert!(matches!(&error, Error::PlanUsed { run } if *run == story.run()), "{error}");
    }
    story.execute(run).await;
    let again = Run::start(&store(), &story.runs(), &story.plan, RunOptions::default(), Arc::new(FixedClock));
    assert!(matches!(refused(again), Error::PlanUsed { .. }));
    assert_eq!(files_below(&story.runs()), [story.run().to_string()], "no draft is left behind");
}

#[tokio::test(start_paused = true)]
async fn a_start_that_died_half_way_is_cleared_away_and_does_not_use_the_plan() {
    let story = Story::of(MemoryOrg::with_guests([40])).await;
    let left = story.runs().join(format!(".{}.1234.partial", story.run()));
    fs::create_dir_all(&left).unwrap();
    fs::copy(story.plan.path(), left.join("plan.jsonl")).unwrap();
    assert_eq!(states(&story), []);
    drop(story.start(RunOptions::default()));
    assert_eq!(files_below(&story.runs()), [story.run().to_string()]);
}

#[test]
fn of_many_starts_of_one_plan_at_once_exactly_one_begins() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let story = runtime.block_on(Story::of(MemoryOrg::with_guests([40])));
    let start = || {
        let options = RunOptions::default();
        Run::start(&store(), &story.runs(), &story.plan, options, Arc::new(FixedClock)).map(drop)
    };
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(answers.iter().all(|a| matches!(a, Ok(()) | Err(Error::PlanUsed { .. }))), "{answers:?}");
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_changes_after_it_was_opened_does_not_start() {
    let story = Story::of(MemoryOrg::with_guests([40, 41])).await;
    let good = fs::read_to_string(story.plan.path()).unwrap();
    fs::write(story.plan.path(), good.replace("\"due\":true", "\"due\":trub")).unwrap();
    let start =
        || Run::start(&store(), &story.runs(), &story.plan, RunOptions::default(), Arc::new(FixedClock));
    assert!(matches!(refused(start()), Error::PlanChanged { line: Some(2), .. }));
    // Another plan, whole in itself, in its place.
    plan_at(&*story.memory_org, &story.memory_org.policy, &seal(), now(), story.plan.path(), &|_| ())
        .await
        .unwrap();
    assert!(matches!(refused(start()), Error::PlanChanged { line: None, .. }));
    assert_eq!(files_below(&story.runs()), Vec::<String>::new());
    fs::write(story.plan.path(), good).unwrap();
    assert_eq!(story.execute(start().unwrap()).await.counts.deleted, 2);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_began_before_there_were_seals_goes_on() {
    let story = Story::of(MemoryOrg::with_guests([40, 41, 42])).await;
    let old = Forged::of(&fs::read_to_string(story.plan.path()).unwrap()).without_a_seal().text();
    let file = story.dir.path().join("old.jsonl");
    fs::write(&file, &old).unwrap();
    let plan = crate::open_plan(&file).unwrap();
    let run = plan.run_id();
    let folder = RunFolder::of(&story.runs(), &run);
    fs::create_dir_all(folder.path()).unwrap();
    fs::write(folder.plan(), &old).unwrap();
    let start = Start {
        run: run.clone(),
        plan: plan.id().to_owned(),
        connection: "simulator".to_owned(),
        due: 3,
        spared: 0,
        options: RunOptions::default(),
        at: now(),
    };
    RunJournal::create(&folder, start, &store()).unwrap();
    let resumed =
        Run::resume(&store(), &story.runs(), &run, None, "guest-api", Arc::new(FixedClock)).unwrap();
    assert_eq!(resumed.execute(&*story.memory_org).await.unwrap().counts.deleted, 3);
}

#[tokio::test(start_paused = true)]
async fn the_runs_own_copy_of_the_plan_is_checked_before_a_resume() {
    let story = Story::of(MemoryOrg::with_guests([40, 41])).await;
    drop(story.start(RunOptions::default()));
    let copy = story.runs().join(story.run().as_str()).join("plan.jsonl");
    let good = fs::read_to_string(&copy).unwrap();
    // Touched, and another plan of this very folder.
    let touched = good.replace("\"version\":2", "\"version\":3");
    plan_at(&*story.memory_org, &story.memory_org.policy, &seal(), now(), story.plan.path(), &|_| ())
        .await
        .unwrap();
    for other in [touched, fs::read_to_string(story.plan.path()).unwrap()] {
        fs::write(&copy, other).unwrap();
        let resumed =
            Run::resume(&store(), &story.runs(), &story.run(), None, "guest-api", Arc::new(FixedClock));
        assert!(matches!(refused(resumed), Error::PlanChanged { .. }));
        let shown = history(&story).outcomes(&story.run(), |_| true, 0, 9);
        assert!(matches!(shown, Err(Error::PlanChanged { .. })), "{shown:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_shows_as_running_only_while_it_is_held() {
    let story = Story::of(MemoryOrg::with_guests((0..5).map(|_| 40))).await;
    assert_eq!(states(&story), []);
    let run = story.start(RunOptions { max: Some(2), pace: None });
    assert_eq!(states(&story), [RunState::Running]);
    let busy = Run::resume(&store(), &story.runs(), &story.run(), None, "guest-api", Arc::new(FixedClock));
    assert!(matches!(refused(busy), Error::RunBusy(_)));
    drop(run);
    assert_eq!(states(&story), [RunState::Interrupted]);
    story.execute(story.resume()).await;
    assert_eq!(states(&story), [RunState::Paused]);
    let run = story.resume();
    assert_eq!(states(&story), [RunState::Running]);
    story.execute(run).await;
    story.execute(story.resume()).await;
    assert_eq!(states(&story), [RunState::Finished]);
}

#[tokio::test(start_paused = true)]
async fn the_list_tells_the_counts_and_shrugs_at_what_is_no_run() {
    let story = Story::of(MemoryOrg::with_guests([40, 41, 42])).await;
    story.memory_org.org().happen(Event::Edited(0));
    let report = story.execute(story.start(RunOptions::default())).await;
    fs::create_dir_all(story.runs().join("0123456789abcdef")).unwrap();
    fs::create_dir_all(story.runs().join(".half.partial")).unwrap();
    fs::write(story.runs().join("notes.txt"), "x").unwrap();
    let runs = history(&story).list().unwrap();
    assert_eq!(runs.len(), 1);
    let run = &runs[0];
    assert_eq!(
        (run.counts.deleted, run.counts.spared, run.counts.total, run.verified),
        (2, 1, 3, Some(true))
    );
    assert_eq!((run.plan.as_str(), run.connection.as_str()), (story.plan.id(), "simulator"));
    assert_eq!((run.started, run.ended), (now(), Some(now())));
    story.audit(&report);
}

#[tokio::test(start_paused = true)]
async fn outcomes_come_in_the_order_of_the_plan_and_page_by_page() {
    let memory_org = MemoryOrg::with_guests((0..60).map(|n| 100 - n));
    memory_org.org().open.insert(id(1));
    let story = Story::of(memory_org).await;
    story.memory_org.org().happen(Event::Edited(2));
    story.execute(story.start(RunOptions { max: Some(40), pace: None })).await;
    let all = story.outcomes();
    assert_eq!(all.iter().map(|o| o.line).collect::<Vec<_>>(), (0..60).collect::<Vec<_>>());
    let history = history(&story);
    let mut paged = Vec::new();
    for offset in (0..).step_by(7).take(10) {
        paged.extend(history.outcomes(&story.run(), |_| true, offset, 7).unwrap().0);
    }
    assert_eq!(paged, all);
    assert_eq!(all[0].outcome, Some(Outcome::Deleted { inferred: false }));
    assert_eq!(all[1].outcome, Some(Outcome::Spared { why: SpareReason::OpenConversation }));
    assert_eq!(all[2].outcome, Some(Outcome::Spared { why: SpareReason::ChangedSincePlan }));
    assert_eq!(all[59].outcome, None);
    for wanted in [
        |outcome: CertifiedOutcome| outcome == CertifiedOutcome::Deleted,
        |outcome: CertifiedOutcome| matches!(outcome, CertifiedOutcome::Spared(_)),
        |outcome: CertifiedOutcome| outcome == CertifiedOutcome::Remaining,
    ] {
        let of_kind: Vec<_> = all
            .iter()
            .filter(|o| wanted(o.outcome.as_ref().map_or(CertifiedOutcome::Remaining, Into::into)))
            .cloned()
            .collect();
        assert!(!of_kind.is_empty());
        for (offset, limit) in [(0, 100), (1, 5), (u64::MAX, 5)] {
            let (part, total) = history.outcomes(&story.run(), wanted, offset, limit).unwrap();
            assert_eq!(total as usize, of_kind.len());
            let from = usize::try_from(offset).unwrap().min(of_kind.len());
            assert_eq!(part, of_kind[from..of_kind.len().min(from.saturating_add(limit))]);
        }
    }
    let json = serde_json::to_value(&all[1]).unwrap();
    assert_eq!((json["outcome"].as_str(), json["why"].as_str()), (Some("spared"), Some("openConversation")));
    assert!(history.outcomes(&story.run(), |_| true, u64::MAX, usize::MAX).unwrap().0.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_nobody_carries_out_can_be_cancelled_once_and_twice() {
    let story = Story::of(MemoryOrg::with_guests((0..5).map(|_| 40))).await;
    let run = story.start(RunOptions::default());
    let cancel = || cancel_run(&store(), &story.runs(), &story.run(), &FixedClock);
    assert!(matches!(cancel(), Err(Error::RunBusy(_))));
    drop(run);
    for _ in 0..2 {
        let info = cancel().unwrap();
        assert_eq!((info.state, info.counts.remaining), (RunState::Cancelled, 5));
    }
    assert_eq!(states(&story), [RunState::Cancelled]);
}

#[tokio::test(start_paused = true)]
async fn resuming_a_finished_run_repeats_its_report_and_asks_nothing() {
    let story = Story::of(MemoryOrg::with_guests([40, 41])).await;
    let report = story.execute(story.start(RunOptions::default())).await;
    let before = story.memory_org.org().step;
    assert_eq!(story.execute(story.resume()).await, report);
    assert_eq!(story.memory_org.org().step, before);
    assert_eq!(
        cancel_run(&store(), &story.runs(), &story.run(), &FixedClock).unwrap().state,
        RunState::Finished
    );
}

#[test]
fn a_run_id_from_outside_can_never_be_a_path() {
    for hostile in [
        "",
        "..",
        "../../etc/passwd",
        "0123456789ABCDEF",
        "0123456789abcde/",
        "é123456789abcde",
        "0123456789abcdef0",
    ] {
        assert!(matches!(hostile.parse::<RunId>(), Err(proof::IdError::Run { .. })), "{hostile}");
    }
    let run: RunId = "0123456789abcdef".parse().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let resumed = Run::resume(&store(), dir.path(), &run, None, "guest-api", Arc::new(FixedClock));
    assert!(matches!(refused(resumed), Error::NoSuchRun(_)));
    assert!(RunHistory::new(&store(), &dir.path().join("none")).list().unwrap().is_empty());
}
