use std::sync::Arc;

use maud::{DOCTYPE, Markup, html};

use super::{heading::Heading, page_parts as parts, visible::visible_results};
use crate::run::{Outcome, ScenarioResult, Totals};

/// How the page looks. No address stands in it, so nothing is loaded.
const STYLE: &str = include_str!("page.css");

/// Nothing is loaded and nothing runs; only the page's own style counts.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The results as one HTML page that needs nothing beside it: failures first, each with its steps, what was said, and the frames
/// before the failure.
#[must_use]
pub fn html(heading: &Heading, results: &[Arc<ScenarioResult>]) -> String {
    let results = visible_results(results);
    let totals = Totals::of(&results);
    let title = title(heading, totals);
    let mut sorted: Vec<&ScenarioResult> = results.iter().collect();
    // Stable, so that within an outcome the order of the files stays.
    sorted.sort_by_key(|result| match result.outcome {
        Outcome::Failed | Outcome::Errored => 0,
        Outcome::Skipped => 2,
        Outcome::Passed => 1,
    });
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(super::heading::GENERATOR);
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                header {
                    p.eyebrow { "Innkeeper · scenario run" }
                    h1 { (title) }
                    (when(heading))
                    (counts(totals))
                }
                main {
                    @if results.is_empty() {
                        p.empty { "No scenario was chosen, so nothing was run." }
                    }
                    @for result in sorted { (parts::scenario(result)) }
                    @if !heading.not_run.is_empty() { (parts::not_run(&heading.not_run)) }
                }
            }
        }
    };
    page.into_string()
}

fn title(heading: &Heading, totals: Totals) -> String {
    let Totals { passed, failed, errored, skipped } = totals;
    let all = passed + failed + errored + skipped + heading.not_run.len();
    let bad = failed + errored;
    let interrupted = if heading.interrupted { ", interrupted" } else { "" };
    match bad {
        0 if passed == 0 => format!("Nothing ran{interrupted}"),
        0 => format!("{passed} of {all} passed{interrupted}"),
        _ => format!("{bad} of {all} did not pass{interrupted}"),
    }
}

fn when(heading: &Heading) -> Markup {
    let began = heading.began.format("%Y-%m-%d %H:%M:%S UTC").to_string();
    html! { p.when { "Began " (began) ", took " (parts::time(heading.millis)) "." } }
}

fn counts(totals: Totals) -> Markup {
    let Totals { passed, failed, errored, skipped } = totals;
    let all = [("failed", failed), ("errored", errored), ("passed", passed), ("skipped", skipped)];
    html! {
        ul.counts {
            @for (name, count) in all {
                li class=(if count == 0 { "none" } else { name }) { strong { (count) } " " (name) }
            }
        }
    }
}
