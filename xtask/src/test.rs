//! `cargo xtask test`: every check and every test, one after the other, with a table at the end.
//!
//! A failed step does not stop the others. A step that this machine cannot run is "not run" with the reason: neither
//! passed nor failed.

use crate::process::{self, Outcome, cargo, run, run_counting_tests, ui, words};
use crate::run::TEST_FEATURES;
use crate::{bridge, desktop, display, sdk, setup};
use serde_json::Value;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How long the run may take.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Under half an hour from nothing on two cores.
    Normal,
    /// The desktop test ten times, more rounds of the kill test, and the advisories, which have to be fetched.
    Long,
}

/// Where the random cases of the property tests begin: the same ones each time, unless somebody sets it; the long run, and
/// `cargo test` by hand, look at new ones.
const SEED: &str = "PROPTEST_RNG_SEED";

/// How often the long run repeats the desktop test.
const ROUNDS: u32 = 10;

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Passed(String),
    Failed(String),
    NotRun(String),
}

struct Step {
    name: &'static str,
    /// Builds on `ui/dist`, so it has nothing to say when the page did not build.
    needs_page: bool,
    check: fn(Length) -> Verdict,
}

const PAGE: &str = "page: build (vite)";

/// Cheap and often broken first; what compiles the workspace last.
const STEPS: &[Step] = &[
    step("Rust format (rustfmt)", |_| run(&mut cargo("fmt --all --check")).into()),
    step(PAGE, |_| setup::page().into()),
    step("page: format and lint (biome)", |_| run(&mut ui("biome", "ci . ../tests/sdk/javascript")).into()),
    step("page: types (tsc)", |_| run(&mut ui("tsc", "--noEmit")).into()),
    step("page: unused code (knip)", |_| run(&mut ui("knip", "")).into()),
    step("licences, bans, sources (cargo-deny)", |_| licences()),
    step("advisories (cargo-deny)", advisories),
    step("advisories (npm audit)", npm_audit),
    on_the_page("Rust lint (clippy)", |_| clippy()),
    on_the_page("Rust tests", rust_tests),
    on_the_page("page: stories on the core (vitest)", |_| stories("core")),
    on_the_page("page: stories in a browser (vitest, chromium)", |_| in_a_browser()),
    step("official SDK: JavaScript", |_| strangers(&sdk::JAVASCRIPT)),
    step("official SDK: Python", |_| strangers(&sdk::PYTHON)),
    on_the_page("bindings are those of the commands", |_| bindings()),
    on_the_page("desktop: the main job in the real window", desktop),
];

const fn step(name: &'static str, check: fn(Length) -> Verdict) -> Step {
    Step { name, needs_page: false, check }
}

/// A step that builds on `ui/dist`.
const fn on_the_page(name: &'static str, check: fn(Length) -> Verdict) -> Step {
    Step { name, needs_page: true, check }
}

/// Sets up, takes every step, prints the table; an error when a step failed.
pub fn test(length: Length) -> Outcome {
    process::elapsed();
    setup::setup(setup::For::Testing)?;
    let mut results: Vec<(&str, Duration, Verdict)> =
        vec![("set-up", process::elapsed(), Verdict::Passed(String::new()))];
    for step in STEPS.iter().filter(|step| length == Length::Long || !step.name.starts_with("advisories")) {
        eprintln!("\n── {} ──", step.name);
        let page_failed =
            results.iter().any(|(name, _, v)| *name == PAGE && !matches!(v, Verdict::Passed(_)));
        let start = process::elapsed();
        let verdict = match step.needs_page && page_failed {
            true => Verdict::NotRun("the page did not build".into()),
            false => (step.check)(length),
        };
        let took = process::elapsed() - start;
        eprintln!("── {}: {} in {} s", step.name, word(&verdict), took.as_secs());
        results.push((step.name, took, verdict));
    }
    print!("\n{}", table(&results));
    match results.iter().filter(|(_, _, v)| matches!(v, Verdict::Failed(_))).count() {
        0 => Ok(()),
        n => Err(format!("{n} of {} steps failed", results.len())),
    }
}

fn licences() -> Verdict {
    run(&mut words(setup::cargo_deny(), "--locked check licenses bans sources")).into()
}

fn advisories(_: Length) -> Verdict {
    match run(&mut words(setup::cargo_deny(), "--locked fetch db")) {
        Ok(()) => run(&mut words(setup::cargo_deny(), "--locked --offline check advisories")).into(),
        Err(why) => Verdict::NotRun(format!("the advisory database cannot be fetched: {why}")),
    }
}

/// npm ends alike where it has found something and where nobody answered; only its report tells which.
fn npm_audit(_: Length) -> Verdict {
    let mut audit = words("npm", "--prefix ui audit --json --audit-level=moderate");
    match audit.stdin(std::process::Stdio::null()).output() {
        Ok(told) => audited(told.status.success(), &String::from_utf8_lossy(&told.stdout)),
        Err(why) => Verdict::NotRun(format!("npm does not start: {why}")),
    }
}

fn audited(good: bool, report: &str) -> Verdict {
    let report: Value = serde_json::from_str(report).unwrap_or_default();
    let counts = report["metadata"]["vulnerabilities"].as_object();
    match (counts, good) {
        (Some(_), true) => Verdict::Passed(String::new()),
        (Some(counts), false) => {
            let found = counts.iter().filter(|(kind, n)| *kind != "total" && **n != 0);
            let found: Vec<String> = found.map(|(kind, n)| format!("{n} {kind}")).collect();
            Verdict::Failed(format!("npm packages with advisories: {}", found.join(", ")))
        }
        (None, _) => {
            let why = report["message"].as_str().or(report["error"]["summary"].as_str());
            Verdict::NotRun(format!("the registry does not audit: {}", why.unwrap_or("no report")))
        }
    }
}

fn clippy() -> Verdict {
    run(&mut cargo(&format!("clippy --workspace --all-targets {TEST_FEATURES} -- -D warnings"))).into()
}

/// All but the desktop test, whose tests are named so that one word leaves them out.
fn rust_tests(length: Length) -> Verdict {
    let mut tests =
        cargo(&format!("test --workspace {TEST_FEATURES} --no-fail-fast -- --skip in_the_real_window"));
    let seed = std::env::var(SEED).unwrap_or_else(|_| match length {
        Length::Normal => "20261126".to_owned(),
        Length::Long => RandomState::new().hash_one(()).to_string(),
    });
    tests.env(SEED, &seed);
    if length == Length::Long {
        eprintln!("these cases again: INNKEEPER_LONG=1 {SEED}={seed} cargo test --workspace {TEST_FEATURES}");
        tests.env("INNKEEPER_LONG", "1");
    }
    counted(run_counting_tests(&mut tests))
}

/// The page's stories of one vitest project, on the bridge as the step before built it.
fn stories(project: &str) -> Verdict {
    let told = bridge::built().and_then(|bridge| {
        run(ui("vitest", &format!("run --project {project}")).env("INNKEEPER_BRIDGE", bridge))
    });
    told.into()
}

fn in_a_browser() -> Verdict {
    match display::on_path(setup::BROWSER) {
        true => stories("browser"),
        false => Verdict::NotRun(format!("there is no `{}` on the PATH", setup::BROWSER)),
    }
}

fn strangers(sdk: &sdk::Sdk) -> Verdict {
    if let Err(why) = sdk::installed(sdk) {
        return Verdict::NotRun(format!("it cannot be installed: {why}"));
    }
    // The tests of the command line bring its binary along, built as the step before built it.
    let build = run(&mut cargo(&format!("test --workspace {TEST_FEATURES} --test cli --no-run")));
    counted(build.and_then(|()| sdk::story(sdk)))
}

fn bindings() -> Verdict {
    counted(run_counting_tests(&mut cargo(&format!("test --workspace {TEST_FEATURES} --lib -- bindings"))))
}

/// The desktop test on what is built already, or is built by it.
pub fn desktop_alone() -> Outcome {
    match desktop(Length::Normal) {
        Verdict::Passed(_) => Ok(()),
        Verdict::Failed(why) | Verdict::NotRun(why) => Err(why),
    }
}

fn desktop(length: Length) -> Verdict {
    if let Some(why) = display::refusal() {
        return Verdict::NotRun(why);
    }
    let rounds = if length == Length::Long { ROUNDS } else { 1 };
    for round in 1..=rounds {
        // The outbox of 100,000 messages is filled once.
        let long: &[_] = if length == Length::Long && round == 1 { &[("INNKEEPER_LONG", "1")] } else { &[] };
        if let Err(why) = desktop::desktop(&format!("--workspace {TEST_FEATURES}"), long) {
            return Verdict::Failed(format!("round {round} of {rounds}: {why}"));
        }
    }
    Verdict::Passed(if rounds == 1 {
        "pictures in target/tour".into()
    } else {
        format!("{rounds} times in a row")
    })
}

/// A test run in which no test ran has shown nothing.
fn counted(passed: Result<u64, String>) -> Verdict {
    match passed {
        Ok(0) => Verdict::Failed("no test ran".into()),
        Ok(n) => Verdict::Passed(format!("{n} tests")),
        Err(why) => Verdict::Failed(why),
    }
}

impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Ok(()) => Verdict::Passed(String::new()),
            Err(why) => Verdict::Failed(why),
        }
    }
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Passed(_) => "passed",
        Verdict::Failed(_) => "FAILED",
        Verdict::NotRun(_) => "not run",
    }
}

fn table(results: &[(&str, Duration, Verdict)]) -> String {
    let width = results.iter().map(|(name, _, _)| name.len()).max().unwrap_or(0);
    let mut table = String::new();
    let mut counts = [0, 0, 0];
    for (name, took, verdict) in results {
        let (detail, column) = match verdict {
            Verdict::Passed(detail) => (detail, 0),
            Verdict::Failed(detail) => (detail, 1),
            Verdict::NotRun(detail) => (detail, 2),
        };
        counts[column] += 1;
        let line = format!("{name:width$}  {:7}  {:6.1} s  {detail}", word(verdict), took.as_secs_f64());
        table.push_str(line.trim_end());
        table.push('\n');
    }
    let [passed, failed, not_run] = counts;
    table.push_str(&format!("\n{passed} passed, {failed} failed"));
    if not_run > 0 {
        table.push_str(&format!(", {not_run} skipped"));
    }
    table.push('\n');
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_could_not_run_is_counted_neither_as_passed_nor_as_failed() {
        let second = Duration::from_millis(1500);
        let table = table(&[
            ("one", second, Verdict::Passed("3 tests".into())),
            ("three", second, Verdict::Failed("`cargo` ended badly".into())),
            ("four", second, Verdict::NotRun("no Xvfb".into())),
        ]);
        assert_eq!(
            table,
            "one    passed      1.5 s  3 tests\n\
             three  FAILED      1.5 s  `cargo` ended badly\n\
             four   not run     1.5 s  no Xvfb\n\
             \n1 passed, 1 failed, 1 skipped\n"
        );
    }

    #[test]
    fn an_audit_that_nobody_answered_is_no_finding_and_a_finding_is_no_silence() {
        let report =
            |n: u32| format!(r#"{{"metadata":{{"vulnerabilities":{{"high":{n},"low":0,"total":{n}}}}}}}"#);
        assert_eq!(audited(true, &report(0)), Verdict::Passed(String::new()));
        let found = Verdict::Failed("npm packages with advisories: 2 high".into());
        assert_eq!(audited(false, &report(2)), found);
        for answer in ["", "{}", r#"{"message":"404 Not Found","error":{"summary":""}}"#] {
            assert!(matches!(audited(false, answer), Verdict::NotRun(_)), "{answer}");
        }
    }

    #[test]
    fn a_test_run_without_a_single_test_has_failed() {
        assert_eq!(counted(Ok(0)), Verdict::Failed("no test ran".into()));
        assert_eq!(counted(Ok(2)), Verdict::Passed("2 tests".into()));
    }
}
