use maud::{Markup, html};

use super::{heading::NotRun, visible::visible};
use crate::run::{
    Attempt, FrameLine, Outcome, Part, ScenarioResult, Speaker, StepRecord, StepStatus, StepSummary,
    TranscriptLine,
};

/// A scenario: open where it did not pass.
pub fn scenario(result: &ScenarioResult) -> Markup {
    let is_bad = matches!(result.outcome, Outcome::Failed | Outcome::Errored);
    let name = outcome(result.outcome);
    html! {
        details.scenario.(name) open[is_bad] {
            summary {
                span.badge.(name) { (name) }
                span.name { (result.scenario) }
                span.facts { (result.file) @if result.outcome != Outcome::Skipped { " · " (time(result.millis)) } }
            }
            div.body {
                @if let Some(reason) = &result.reason { p.reason { (reason) } }
                (facts(result))
                @if let Some(detail) = &result.detail { (attempt(detail)) }
                @if result.repeated { (repeats(&result.step_summaries)) }
            }
        }
    }
}

/// What has no result.
pub fn not_run(all: &[NotRun]) -> Markup {
    html! {
        section {
            h2 { "Not run" }
            ul { @for one in all { li { (one.name()) " · " (visible(&one.file)) ": " (one.words()) } } }
        }
    }
}

fn facts(result: &ScenarioResult) -> Markup {
    let ScenarioResult { attempts, passed_attempts, .. } = result;
    html! {
        dl.facts {
            div { dt { "Place" } dd { (result.file) ", line " (result.line) } }
            div { dt { "Host" } dd { (result.host) } }
            @if result.repeated && result.outcome != Outcome::Skipped {
                div { dt { "Attempts" } dd { "passed " (passed_attempts) " of " (attempts) } }
                @if let Some(first) = result.first_failing_attempt {
                    div { dt { "First failing attempt" } dd { (first) } }
                }
            }
            @if result.retried {
                div { dt { "Tried again" } dd { "once, since messages had come out of order" } }
            }
            @if let Some(id) = &result.conversation_id {
                div { dt { "Conversation" } dd { code { (id) } } }
            }
        }
    }
}

fn attempt(attempt: &Attempt) -> Markup {
    html! {
        div.columns {
            section {
                h2 { "Steps" }
                @if attempt.steps.is_empty() { p.empty { "No step was begun." } }
                ol.steps { @for step in &attempt.steps { (step_line(step)) } }
            }
            section {
                h2 { "What was said" }
                @if attempt.transcript.is_empty() { p.empty { "Nothing was said." } }
                ol.chat { @for line in &attempt.transcript { (bubble(line)) } }
            }
        }
        @if !attempt.frames.is_empty() { (frames(&attempt.frames)) }
    }
}

fn step_line(step: &StepRecord) -> Markup {
    let (class, mark) = match step.status {
        StepStatus::Passed => ("passed", "✓"),
        StepStatus::Failed => ("failed", "✗"),
        StepStatus::Ignored => ("ignored", "–"),
    };
    let part = match step.part {
        Part::Setup => Some("set-up"),
        Part::Scenario => None,
        Part::CleanUp => Some("clean-up"),
    };
    html! {
        li class=(class) {
            span.mark aria-label=(class) { (mark) }
            span.label {
                (step.label)
                @if let Some(part) = part { " " span.part { (part) } }
                @if step.timed_out { " " span.part.over { "time over" } }
                @if let Some(reason) = &step.reason { span.why { (reason) } }
            }
            span.line { "line " (step.line) }
            span.time { (time(step.millis)) }
        }
    }
}

fn bubble(line: &TranscriptLine) -> Markup {
    let (class, who) = match line.speaker {
        Speaker::Guest => ("guest", "Guest"),
        Speaker::Org => ("org", "Org"),
        Speaker::Note => ("note", "Note"),
    };
    html! {
        li class=(class) {
            span.who { (who) " · " (time(line.at_millis)) }
            @if !line.text.is_empty() { p { (line.text) } }
            @if !line.offered.is_empty() {
                ul.offered { @for label in &line.offered { li { (label) } } }
            }
        }
    }
}

fn frames(frames: &[FrameLine]) -> Markup {
    html! {
        details.frames {
            summary { "The last " (frames.len()) " frames before the failure" }
            @for frame in frames {
                details {
                    summary {
                        span.way { (match frame.way { "out" => "→", "in" => "←", _ => "·" }) }
                        " " (frame.name)
                        @if let Some(code) = frame.code { " " span.code { (code) } }
                        " " span.time { (frame.at) }
                    }
                    pre { (frame.json) }
                }
            }
        }
    }
}

fn repeats(steps: &[StepSummary]) -> Markup {
    let millis = |time_of: Option<u64>| time_of.map_or_else(|| "–".to_owned(), time);
    html! {
        section {
            h2 { "Steps over all attempts" }
            div.table {
                table {
                    thead { tr { th { "Step" } th { "Runs" } th { "Failed" } th { "Time over" } th { "p50" } th { "p95" } } }
                    tbody {
                        @for step in steps {
                            tr class=[(step.failures > 0).then_some("failed")] {
                                th scope="row" { (step.label) }
                                td { (step.runs) }
                                td { (step.failures) }
                                td { (step.timed_out) }
                                td { (millis(step.p50_millis)) }
                                td { (millis(step.p95_millis)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "failed",
        Outcome::Errored => "errored",
        Outcome::Skipped => "skipped",
    }
}

/// A time in milliseconds, or in seconds from one on.
pub fn time(millis: u64) -> String {
    if millis < 1_000 { format!("{millis} ms") } else { format!("{:.1} s", millis as f64 / 1_000.0) }
}
