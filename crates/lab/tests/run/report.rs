//! What is written about a run.

use std::sync::Arc;

use chrono::DateTime;
use lab::{
    report::{Heading, NotRun, WhyNotRun, html, json, junit},
    run::{Planned, ScenarioResult},
};
use serde_json::Value;

use crate::{
    double::{Line, Run, quick_reply},
    schema::mistakes,
};

const SCHEMA: &str = include_str!("junit.xsd");

const HOSTILE: &str = "<script>alert('1')</script> & \"quoted\" ]]> \u{1b}[31mred\u{202e} \u{ffff}";

fn heading() -> Heading {
    Heading { began: DateTime::UNIX_EPOCH, millis: 12_345, interrupted: false, not_run: Vec::new() }
}

/// One of each outcome, repeats, an org that says hostile things, and a scenario with a hostile name.
async fn results() -> Vec<Arc<ScenarioResult>> {
    let text = "
scenarios:
  greets: [{say: hi}, {waitForReplyContaining: script}]
  '<b>bold</b> & ''quoted''': [{say: '<i>hi</i>'}, {within: {seconds: 1, step: {waitForReplyContaining: '</pre><img>'}}}]
  errors: [{say: break}, {pause: 100}]
  skipped: {skip: not <today>, steps: []}
  flaky: {repeat: 4, steps: [{say: hi}, {optional: {within: {seconds: 1, step: {waitForReplyContaining: never}}}}, {tap: 'Yes'}]}
";
    let run = Run::of(text, async |mut line: Line| {
        line.ready().await;
        loop {
            if line.text().await == "break" {
                line.error(4007, HOSTILE).await;
            }
            line.offer(HOSTILE, vec![quick_reply("Yes", "y"), quick_reply("<u>No</u>", "n")]).await;
        }
    });
    run.results().await
}

#[tokio::test(start_paused = true)]
async fn junit_holds_to_its_schema_and_a_case_says_why_it_did_not_pass() {
    let results = results().await;
    let xml = junit(&heading(), &results);
    assert_eq!(mistakes(SCHEMA, &xml), Vec::<String>::new());
    let document = roxmltree::Document::parse(&xml).unwrap();
    let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).unwrap();
    let counts = ["tests", "failures", "errors"].map(|name| suite.attribute(name).unwrap());
    assert_eq!(counts, ["5", "1", "1"]);
    let cases: Vec<_> = document.descendants().filter(|node| node.has_tag_name("testcase")).collect();
    assert_eq!(cases[1].attribute("name"), Some("<b>bold</b> & 'quoted'"));
    let failure = cases[1].children().find(|node| node.has_tag_name("failure")).unwrap();
    assert!(failure.attribute("message").unwrap().contains("did not come within 1 s"));
    assert!(cases[2].children().any(|node| node.has_tag_name("error")));
    assert!(cases[3].children().any(|node| node.has_tag_name("skipped")));
    let said = cases[0].children().find(|node| node.has_tag_name("system-out")).unwrap().text().unwrap();
    assert!(said.starts_with("You:  hi\nThem: <script>"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_interrupted_is_not_green_and_names_what_did_not_run() {
    let results: Vec<_> = results().await.into_iter().take(1).collect();
    let left = |suite: usize, name: &str| Planned {
        suite,
        number: 1,
        file: format!("{suite}.yaml"),
        scenario: name.into(),
    };
    let whole = NotRun {
        suite: 2,
        file: "2.yaml".into(),
        scenario: None,
        why: WhyNotRun::Other("line 3: a mistake".into()),
    };
    let not_run =
        vec![NotRun::interrupted(left(0, "cut\u{1b}")), NotRun::interrupted(left(1, "never begun")), whole];
    let heading = Heading { interrupted: true, not_run, ..heading() };
    let xml = junit(&heading, &results);
    assert_eq!(mistakes(SCHEMA, &xml), Vec::<String>::new());
    let document = roxmltree::Document::parse(&xml).unwrap();
    let suites: Vec<_> = document.descendants().filter(|node| node.has_tag_name("testsuite")).collect();
    let counts = suites.iter().map(|suite| ["tests", "errors"].map(|name| suite.attribute(name).unwrap()));
    assert_eq!(counts.collect::<Vec<_>>(), [["2", "1"], ["1", "1"], ["1", "1"]]);
    assert!(xml.contains("name=\"interrupted\" value=\"true\"") && xml.contains("cut␛"), "{xml}");
    let page = html(&heading, &results);
    assert!(page.contains("1 of 4 passed, interrupted") && page.contains("never begun"));
    // Only the suites that the interruption cut say so.
    assert_eq!(xml.matches("name=\"interrupted\"").count(), 2);
    assert!(xml.contains("not run: line 3: a mistake") && page.contains("not run: line 3: a mistake"));
    let value: Value = serde_json::from_str(&json(&heading, &results)).unwrap();
    assert_eq!(value["notRun"][1]["scenario"], "never begun");
    assert_eq!(value["notRun"][2]["reason"], "line 3: a mistake");
}

#[tokio::test(start_paused = true)]
async fn control_characters_are_shown_in_the_page_and_in_junit_alike() {
    let results = results().await;
    for report in [html(&heading(), &results), junit(&heading(), &results)] {
        assert!(report.contains("␛[31mred\\u{202e} \\u{ffff}"));
        assert!(!report.contains(|c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}'));
    }
}

#[test]
fn the_schema_refuses_what_a_ci_server_would_not_read() {
    let suite = "<testsuite name='a' tests='1' failures='0' errors='0'>";
    for (xml, told) in [
        ("<testsuites><testcase/></testsuites>".to_owned(), "<testcase> is not allowed there"),
        (
            format!("<testsuites>{suite}<testcase name='a' time='1'/></testsuite></testsuites>"),
            "has no classname",
        ),
        (format!("<testsuites>{suite}</testsuite><x/></testsuites>"), "<x> is not allowed"),
        ("<testsuites tests='-1'/>".to_owned(), "tests of <testsuites>"),
        ("<testsuites".to_owned(), ""),
    ] {
        let found = mistakes(SCHEMA, &xml);
        assert!(found.iter().any(|mistake| mistake.contains(told)), "{xml}: {found:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_page_has_no_script_loads_nothing_and_escapes_whatever_was_said() {
    let page = html(&heading(), &results().await);
    let lower = page.to_lowercase();
    for never in [
        "<script",
        "<img",
        "<i>hi",
        "<b>bold",
        "<u>no",
        "<today>",
        " href",
        " src",
        "url(",
        "@import",
        "javascript:",
        " on",
    ] {
        let inside_text = never == " on" && !lower.contains(" onclick") && !lower.contains(" onerror");
        assert!(inside_text || !lower.contains(never), "{never}");
    }
    assert!(page.contains(
        "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'"
    ));
    assert!(page.contains("&lt;script&gt;alert"));
    assert_eq!(page.matches("<details class=\"scenario").count(), 5);
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(place("scenario failed") < place("scenario passed"), "failures come first");
    assert!(place("scenario errored") < place("scenario passed"));
    assert!(page.contains("frames before the failure") && page.contains("Steps over all attempts"));
}

#[tokio::test(start_paused = true)]
async fn json_has_every_result_with_its_steps_and_what_was_said() {
    let value: Value = serde_json::from_str(&json(&heading(), &results().await)).unwrap();
    assert_eq!((&value["passed"], &value["failed"], &value["errored"]), (&2.into(), &1.into(), &1.into()));
    let flaky = &value["scenarios"][4];
    assert_eq!((&flaky["attempts"], &flaky["passedAttempts"]), (&4.into(), &4.into()));
    assert_eq!(flaky["stepSummaries"][1]["timedOut"], 4);
    assert_eq!(flaky["stepSummaries"][1]["p95Millis"], 1_000);
    assert_eq!(value["scenarios"][0]["detail"]["transcript"][0]["text"], "hi");
    assert_eq!(value["scenarios"][3]["outcome"], "skipped");
}
