//! Scenario files that are open in the window, over the simulator's socket.

use std::path::PathBuf;

use simulator::Messaging;
use tempfile::TempDir;

use crate::{
    Existing, FailureCode,
    chat_lab::tests::{Lab, ONCE, run},
    views::{
        ReportForm, ScenarioChoice, ScenarioOutcome, ScenarioRunEnd, ScenarioRunOptions, ScenarioTotalsView,
    },
};

/// A folder of scenario files.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_opened_with_their_mistakes_run_failures_first_and_run_again_when_they_are_saved() {
    let lab = Lab::new(Messaging::default()).await;
    let folder = Folder::new();
    let put = |name: &str, text: &str| folder.put(name, text);
    put(
        "a.yaml",
        "scenarios:\n  good:\n    - say: hi\n  bad:\n    - within: {seconds: 0.2, step: {waitForReplyContaining: never}}\n",
    );
    put("b.yaml", "scenarios:\n  x:\n    - say: 5\n");
    put("notes.md", "nothing");
    assert_eq!(lab.app.scenario_open(vec![folder.0.path().to_owned()]).await.unwrap(), 2);
    let [a, b] = <[_; 2]>::try_from(lab.app.scenario_files().files).unwrap();
    assert_eq!((a.name.as_str(), a.scenarios.len(), a.problem.is_none()), ("a.yaml", 2, true));
    assert_eq!(b.problem.unwrap().line, Some(3));
    assert_eq!(run(&lab).await, (1, 1));
    let page = lab.app.scenario_results(0, 10);
    assert_eq!(page.results.iter().map(|r| r.scenario.as_str()).collect::<Vec<_>>(), ["bad", "good"]);
    let of = |id| ScenarioChoice::Of { id, names: Vec::new() };
    let left_out = |lab: &Lab| lab.app.scenario_files().last.unwrap().left_out;
    let told =
        |lab: &Lab| left_out(lab).into_iter().map(|file| (file.name, file.problem.line)).collect::<Vec<_>>();
    assert_eq!(told(&lab), [("b.yaml".to_owned(), Some(3))]);
    lab.app.scenario_run(of(b.id), ONCE).await.unwrap();
    let overview = lab.app.scenario_files();
    assert_eq!((overview.last.unwrap().total, overview.totals.passed, told(&lab).len()), (0, 1, 1));
    for wrong in [ScenarioRunOptions { parallel: 0, ..ONCE }, ScenarioRunOptions { repeat: 1_001, ..ONCE }] {
        assert_eq!(lab.app.scenario_run(of(a.id), wrong).await.unwrap_err().code, FailureCode::InvalidInput);
    }
    put("b.yaml", "scenarios:\n  x:\n    - expectDisconnect: true\n");
    lab.app.scenario_run(of(b.id), ONCE).await.unwrap();
    let [file] = <[_; 1]>::try_from(left_out(&lab)).unwrap();
    assert_eq!((file.name.as_str(), file.problem.line), ("b.yaml", Some(3)), "{file:?}");
    assert!(file.problem.message.contains("expectDisconnect"), "{file:?}");
    // It cannot work there, and stops only itself.
    assert_eq!(run(&lab).await, (1, 1));
    assert_eq!(told(&lab), [("b.yaml".to_owned(), Some(3))]);

    lab.app.scenario_watch(a.id, true).await.unwrap();
    put("a.yaml", "scenarios:\n  good:\n    - say: hi\n  bad:\n    - say: good now\n");
    let overview = lab.until(|app| Some(app.scenario_files()).filter(|o| o.totals.passed == 2)).await;
    assert_eq!((overview.totals.failed, overview.problem), (0, None));

    // What is saved from here on is run by hand alone.
    lab.app.scenario_watch(a.id, false).await.unwrap();
    lab.until(|app| app.scenario_files().run.is_none().then_some(())).await;
    put("a.yaml", "scenarios:\n  slow:\n    - pause: 60000\n");
    lab.app.scenario_run(of(a.id), ONCE).await.unwrap();
    assert_eq!(lab.app.scenario_run(of(a.id), ONCE).await.unwrap_err().code, FailureCode::RunActive);
    lab.app.scenario_stop();
    let overview = lab.app.scenario_files();
    let last = overview.last.unwrap();
    assert!(overview.run.is_none());
    assert_eq!((last.end, last.ended, last.total), (ScenarioRunEnd::Stopped, 0, 1));
    // Of scenarios that the file has no more nothing is told, and of the one that was cut only that.
    let cut = lab.app.scenario_results(0, 10).results;
    assert_eq!(
        cut.iter().map(|r| (r.scenario.as_str(), r.outcome)).collect::<Vec<_>>(),
        [("slow", ScenarioOutcome::NotRun)]
    );
    assert_eq!(overview.totals, ScenarioTotalsView { not_run: 1, ..ScenarioTotalsView::default() });
    lab.app.scenario_close(a.id).unwrap();
    assert_eq!(lab.app.scenario_results(0, 10).total, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watched_file_is_run_again_when_a_file_that_it_includes_is_saved_also_after_a_mistake_there() {
    let lab = Lab::new(Messaging::default()).await;
    let folder = Folder::new();
    folder.put("a.yaml", "scenarios:\n  a:\n    - include: 'b.yaml#b'\n");
    folder.put("b.yaml", "scenarios:\n  b:\n    - say: hi\n");
    lab.app.scenario_open(vec![folder.path("a.yaml")]).await.unwrap();
    let a = lab.app.scenario_files().files[0].id;
    lab.app.scenario_watch(a, true).await.unwrap();
    let steps = |steps: u32| {
        move |app: &crate::App| {
            app.scenario_results(0, 10).results.into_iter().find(|result| result.steps == steps)
        }
    };

    folder.put("b.yaml", "scenarios:\n  b:\n    - say: hi\n    - say: ho\n");
    lab.until(steps(2)).await;
    folder.put("b.yaml", "scenarios:\n  b:\n    - sayy: hi\n");
    lab.until(|app| app.scenario_files().last.filter(|last| !last.left_out.is_empty())).await;
    // What the file said before is not taken for what it says now.
    assert!(lab.app.scenario_results(0, 10).results.iter().all(|result| result.stale));
    assert_eq!(lab.app.scenario_files().totals.stale, 1);
    folder.put("b.yaml", "scenarios:\n  b:\n    - include: 'c.yaml#c'\n");
    folder.put("c.yaml", "scenarios:\n  c:\n    - say: one\n    - say: two\n    - say: three\n");
    lab.until(steps(3)).await;
    // What came with the last save is watched, too.
    folder.put("c.yaml", "scenarios:\n  c:\n    - say: one\n");
    lab.until(steps(1)).await;
    assert_eq!(lab.app.scenario_files().problem, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_report_of_a_run_that_was_ended_has_an_error_for_what_was_not_run_and_no_older_result_of_it() {
    let lab = Lab::new(Messaging::default()).await;
    let folder = Folder::new();
    let slow = "scenarios:\n  first:\n    - say: hi\n  slow:\n    - pause: 60000\n  last:\n    - say: hi\n";
    folder.put("a.yaml", "scenarios:\n  other:\n    - say: hi\n");
    folder.put("b.yaml", &slow.replace("60000", "1"));
    lab.app.scenario_open(vec![folder.path("a.yaml"), folder.path("b.yaml")]).await.unwrap();
    assert_eq!(run(&lab).await, (4, 0));
    let report = async |name: &str| {
        let file = folder.path(name);
        let written = lab.app.scenario_report_save(ReportForm::Junit, file, Existing::Keep).await.unwrap();
        std::fs::read_to_string(written).unwrap()
    };
    let whole = report("whole.xml").await;
    assert!(whole.contains(r#"tests="4" failures="0" errors="0""#), "{whole}");

    folder.put("b.yaml", slow);
    let b = lab.app.scenario_files().files[1].id;
    lab.app.scenario_run(ScenarioChoice::Of { id: b, names: Vec::new() }, ONCE).await.unwrap();
    let is_slow = |app: &crate::App| {
        app.scenario_files().run.filter(|run| run.running.iter().any(|one| one.scenario == "slow"))
    };
    lab.until(is_slow).await;
    lab.app.scenario_stop();
    let ended = report("ended.xml").await;
    // One suite for each file, though the run that was ended knew one file only.
    assert_eq!(ended.matches("<testsuite ").count(), 2, "{ended}");
    assert!(ended.contains(r#"tests="4" failures="0" errors="2""#), "{ended}");
    for left_out in ["slow", "last"] {
        assert_eq!(ended.matches(&format!(r#"<testcase name="{left_out}""#)).count(), 1, "{ended}");
    }
    assert_eq!(ended.matches("the run was interrupted").count(), 2, "{ended}");
    // Only the file that was cut says so.
    assert_eq!(ended.matches(r#"name="interrupted""#).count(), 1, "{ended}");

    // What was run of a file before it was changed is no result of it.
    folder.put("a.yaml", "scenarios:\n  other:\n    - say: ho\n");
    folder.put("b.yaml", "scenarios:\n  slow:\n    - sayy: hi\n");
    lab.app.scenario_run(ScenarioChoice::Of { id: b, names: Vec::new() }, ONCE).await.unwrap();
    let changed = report("changed.xml").await;
    assert!(changed.contains(r#"tests="5" failures="0" errors="5""#), "{changed}");
    assert!(changed.contains("all scenarios of this file") && changed.contains("line 3"), "{changed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_was_ended_leaves_no_older_result_and_what_failed_before_can_still_be_run_again() {
    let lab = Lab::new(Messaging::default()).await;
    let folder = Folder::new();
    let bad = "  bad:\n    - within: {seconds: 0.2, step: {waitForReplyContaining: never}}\n";
    let good = "  good:\n    - pause: 1\n";
    folder.put("a.yaml", &format!("scenarios:\n  slow:\n    - pause: 1\n{bad}{good}"));
    lab.app.scenario_open(vec![folder.path("a.yaml")]).await.unwrap();
    assert_eq!(run(&lab).await, (2, 1));
    assert_eq!(lab.app.scenario_files().last.unwrap().end, ScenarioRunEnd::Completed);
    folder.put("a.yaml", &format!("scenarios:\n  slow:\n    - pause: 60000\n{bad}{good}"));
    lab.app.scenario_run(ScenarioChoice::All, ONCE).await.unwrap();
    lab.until(|app| app.scenario_files().run.filter(|run| !run.running.is_empty())).await;
    assert!(lab.app.scenario_results(0, 10).results.iter().all(|result| result.stale));
    lab.app.set_online(false).await.unwrap();
    let overview = lab.app.scenario_files();
    let last = overview.last.unwrap();
    assert_eq!((last.end, last.ended, last.total), (ScenarioRunEnd::Offline, 0, 3));
    assert_eq!(overview.totals, ScenarioTotalsView { not_run: 3, ..ScenarioTotalsView::default() });
    assert_eq!(overview.bad, 1);
    let results = lab.app.scenario_results(0, 10).results;
    assert!(
        results.iter().all(|result| result.reason.as_deref().unwrap().contains("offline")),
        "{results:?}"
    );
    lab.app.set_online(true).await.unwrap();
    lab.app.scenario_run(ScenarioChoice::Failed, ONCE).await.unwrap();
    let totals = lab.until(|app| Some(app.scenario_files()).filter(|o| o.run.is_none())).await.totals;
    assert_eq!((totals.failed, totals.not_run), (1, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_read_again_when_it_is_asked_for_and_the_examination_says_what_it_looked_at() {
    let lab = Lab::new(Messaging::default()).await;
    let folder = Folder::new();
    let doctor = async || lab.app.lab_doctor(None, None).await.unwrap();
    assert_eq!((doctor().await.files, doctor().await.unread), (0, Vec::new()));
    folder.put("a.yaml", "scenarios:\n  a:\n    - sayy: hi\n");
    folder.put("b.yaml", "scenarios:\n  b:\n    - say: hi\n");
    lab.app.scenario_open(vec![folder.path("a.yaml"), folder.path("b.yaml")]).await.unwrap();
    assert_eq!((doctor().await.files, doctor().await.unread), (1, vec!["a.yaml".to_owned()]));
    folder.put("a.yaml", "scenarios:\n  a:\n    - say: hi\n");
    lab.app.scenario_read_again().await.unwrap();
    assert_eq!(lab.app.scenario_files().files[0].problem, None);
    assert_eq!((doctor().await.files, doctor().await.unread), (2, Vec::new()));
    folder.put("b.yaml", "scenarios:\n  b:\n    - sayy: hi\n");
    assert_eq!((doctor().await.files, doctor().await.unread), (1, vec!["b.yaml".to_owned()]));
}
