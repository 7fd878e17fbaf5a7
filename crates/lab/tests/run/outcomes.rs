//! Order, repeats, set-up and clean-up, skipping, and what is masked.

use std::{ffi::OsString, sync::Arc, time::Duration};

use lab::run::{InOrder, Outcome, Part, RunEvent, StepStatus, never_disconnects, planned, run};
use tokio::{sync::mpsc, time::sleep};

use crate::double::{Line, Run};

fn echoes(line: Line) -> impl Future<Output = ()> + Send {
    line.answer_all(|text| vec![format!("got {text}")])
}

#[tokio::test(start_paused = true)]
async fn results_are_put_in_file_order_however_scenarios_end() {
    let text = "scenarios: {slow: [{pause: 900}], quick: [{pause: 10}], middle: [{pause: 300}]}";
    let mut run = Run::of(text, echoes);
    run.options.parallel = 3;
    let (results, events) = run.results_and_events().await;
    let names = |results: &[Arc<lab::run::ScenarioResult>]| -> Vec<String> {
        results.iter().map(|result| result.scenario.clone()).collect()
    };
    assert_eq!(names(&results), ["slow", "quick", "middle"]);
    let ended: Vec<_> = events
        .iter()
        .filter_map(|event| if let RunEvent::Ended(r) = event { Some(r.clone()) } else { None })
        .collect();
    assert_eq!(names(&ended), ["quick", "middle", "slow"]);
    let mut in_order = InOrder::default();
    let told: Vec<Vec<String>> = ended.into_iter().map(|result| names(&in_order.push(result))).collect();
    assert_eq!(told, [vec![], vec![], vec!["slow".to_owned(), "quick".into(), "middle".into()]]);
    let mut cut = InOrder::default();
    cut.push(Arc::clone(&results[1]));
    assert_eq!(names(&cut.rest()), ["quick"]);
}

#[tokio::test(start_paused = true)]
async fn no_more_scenarios_run_at_once_than_is_allowed() {
    let text = "scenarios: {a: [{pause: 100}], b: [{pause: 100}], c: [{pause: 100}]}";
    let mut run = Run::of(text, echoes);
    run.options.parallel = 2;
    let (_, events) = run.results_and_events().await;
    let (mut now, mut most) = (0, 0);
    for event in events {
        match event {
            RunEvent::Started { .. } => now += 1,
            RunEvent::Ended(_) => now -= 1,
            RunEvent::Step { .. } => {}
        }
        most = most.max(now);
    }
    assert_eq!(most, 2);
}

#[tokio::test(start_paused = true)]
async fn repeats_are_one_line_with_how_many_passed_and_the_first_that_did_not() {
    let text = "scenarios: {a: {repeat: 5, steps: [{say: hi}, {waitForReplyContaining: got}]}}";
    let flaky = async |line: Line| {
        if line.number == 3 { line.answer_all(|_| Vec::new()).await } else { echoes(line).await }
    };
    let mut run = Run::of(text, flaky);
    let results = run.results().await;
    let result = &results[0];
    assert_eq!((result.outcome, result.attempts, result.passed_attempts), (Outcome::Failed, 5, 4));
    assert_eq!((result.first_failing_attempt, result.attempt), (Some(3), 3));
    assert!(result.reason.as_deref().unwrap().starts_with("passed 4 of 5; attempt 3: line 1, waitFor"));
    let step = &result.step_summaries[1];
    assert_eq!((step.runs, step.failures, step.timed_out), (5, 1, 1));
    assert_eq!((step.p50_millis, step.p95_millis), (Some(0), Some(10_000)));
    run = Run::of(text, flaky);
    run.options.pass_rate = 0.8;
    let results = run.results().await;
    assert_eq!((results[0].outcome, results[0].passed_attempts), (Outcome::Passed, 4));
    run = Run::of(text, flaky);
    run.options.pass_rate = 0.81;
    assert_eq!(run.outcomes().await, [Outcome::Failed]);
}

#[tokio::test(start_paused = true)]
async fn clean_up_runs_after_a_failure_and_changes_no_outcome() {
    let text = "
setup: [{attributes: {k: v}}]
cleanUp: [{say: bye}, {within: {seconds: 1, step: {waitForReplyContaining: never}}}]
scenarios:
  bad: [{say: hi}, {within: {seconds: 1, step: {waitForReplyContaining: nothing}}}]
  good: [{say: hi}]
";
    let results = Run::of(text, echoes).results().await;
    assert_eq!((results[0].outcome, results[1].outcome), (Outcome::Failed, Outcome::Passed));
    for result in results {
        let detail = result.detail.as_ref().unwrap();
        assert_eq!(detail.steps[0].part, Part::Setup);
        let last = detail.steps.last().unwrap();
        assert_eq!((last.part, last.status), (Part::CleanUp, StepStatus::Ignored));
        let summary = &result.step_summaries.last().unwrap().label;
        assert!(summary.starts_with("cleanUp: within 1 s"), "{summary}");
        assert!(detail.transcript.iter().any(|line| line.text == "got bye"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_set_up_that_fails_fails_the_scenario_and_says_so() {
    let text = "
setup: [{within: {seconds: 1, step: {waitForReplyContaining: x}}}]
scenarios: {a: [{say: hi}]}
";
    let results = Run::of(text, echoes).results().await;
    assert_eq!((results[0].outcome, results[0].steps), (Outcome::Failed, 0));
    assert!(results[0].reason.as_deref().unwrap().starts_with("setup, line 2, within 1 s"));
}

#[tokio::test(start_paused = true)]
async fn what_is_skipped_is_told_and_what_a_tag_leaves_out_counts_nowhere() {
    let text = "scenarios: {a: {skip: not today, repeat: 3, tags: [x], steps: [{say: hi}]}, b: [], c: {tags: [x, y], steps: []}}";
    let mut run = Run::of(text, echoes);
    run.options.tags = vec!["x".into()];
    let results = run.results().await;
    assert_eq!(results.len(), 2);
    assert!(!results[0].repeated, "0 of 0 attempts would say nothing");
    assert_eq!((results[0].outcome, results[0].reason.as_deref()), (Outcome::Skipped, Some("not today")));
    assert_eq!((results[1].scenario.as_str(), results[1].outcome), ("c", Outcome::Passed));
    run.options.only = Some([(0, "c".to_owned())].into());
    assert_eq!(planned(&run.suites(), &run.options).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_waits_for_an_end_is_found_before_anything_runs() {
    let text = "
scenarios:
  a: [{optional: {expectDisconnect: true}}]
  b: {skip: x, steps: [{expectDisconnect: true}]}
  c: {tags: [t], steps: [{say: x}, {within: {seconds: 1, step: {expectDisconnect: true}}}]}
";
    let mut run = Run::of(text, echoes);
    let place = never_disconnects(&run.suite, 0, &run.options).unwrap();
    assert_eq!(place.line, 5);
    run.options.tags = vec!["other".into()];
    assert_eq!(never_disconnects(&run.suite, 0, &run.options), None);
}

#[tokio::test(start_paused = true)]
async fn values_of_the_environment_stand_in_no_result() {
    let text = "scenarios: {a: [{say: '${env.TOWN}'}, {waitForReplyContaining: 'not ${env.TOWN}'}]}";
    let environment = |name: &str| (name == "TOWN").then(|| OsString::from("Neverland \"1\""));
    let run = Run::with(text, &environment, echoes);
    let (results, events) = run.results_and_events().await;
    let told = format!(
        "{} {events:?}",
        serde_json::to_string(&results.iter().map(|r| &**r).collect::<Vec<_>>()).unwrap()
    );
    assert!(!told.contains("Neverland"), "{told}");
    assert!(told.contains("•••"));
    assert_eq!(results[0].outcome, Outcome::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_dropped_closes_its_chats_and_what_was_done_was_told() {
    let text = "scenarios: {a: [{say: hi}], b: [{pause: 60000}]}";
    let scripted = Run::of(text, echoes);
    let suites = scripted.suites();
    let (events, mut told) = mpsc::unbounded_channel();
    tokio::select! {
        _ = run(&suites, &scripted.options, &events) => panic!("it takes a minute"),
        () = sleep(Duration::from_secs(5)) => {}
    }
    drop(events);
    let mut ended = 0;
    while let Some(event) = told.recv().await {
        ended += usize::from(matches!(event, RunEvent::Ended(_)));
    }
    assert_eq!(ended, 1);
}
