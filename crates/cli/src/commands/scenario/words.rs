use app::{ScenarioEvent, ScenarioOutcome, ScenarioResult, ScenarioTotals};
use serde_json::{Value, json};

use crate::output::line;

/// The line of a scenario, as scripts rely on it.
pub fn record(result: &ScenarioResult) -> Value {
    let mut record = json!({
        "file": result.file,
        "scenario": result.scenario,
        "attempt": result.attempt,
        "outcome": result.outcome,
        "millis": result.millis,
        "steps": result.steps,
        "host": result.host,
    });
    if let Some(reason) = &result.reason {
        record["reason"] = json!(reason);
    }
    if let Some(id) = &result.conversation_id {
        record["conversationId"] = json!(id);
    }
    if result.retried {
        record["retried"] = json!(true);
    }
    if result.repeated {
        record["attempts"] = json!(result.attempts);
        record["passedAttempts"] = json!(result.passed_attempts);
        if let Some(first) = result.first_failing_attempt {
            record["firstFailingAttempt"] = json!(first);
        }
        let steps = result.step_summaries.iter().map(|step| {
            json!({
                "step": step.label,
                "line": step.line,
                "p50Millis": step.p50_millis,
                "p95Millis": step.p95_millis,
                "timedOut": step.timed_out,
            })
        });
        record["stepTimes"] = steps.collect();
    }
    record
}

/// The same for people.
pub fn words(result: &ScenarioResult) -> String {
    let word = match result.outcome {
        ScenarioOutcome::Passed => "PASSED ",
        ScenarioOutcome::Failed => "FAILED ",
        ScenarioOutcome::Errored => "ERRORED",
        ScenarioOutcome::Skipped => "SKIPPED",
    };
    let mut text = format!("{word}  {}  {}", line(&result.scenario), line(&result.file));
    if result.outcome != ScenarioOutcome::Skipped {
        text.push_str(&format!("  {:.1} s", result.millis as f64 / 1_000.0));
    }
    if result.repeated {
        text.push_str(&format!("  {} of {} attempts", result.passed_attempts, result.attempts));
    }
    if result.retried {
        text.push_str("  second try, since messages came out of order");
    }
    if let Some(reason) = &result.reason {
        text.push_str(&format!("\n         {}", line(reason)));
    }
    for step in result.step_summaries.iter().filter(|_| result.repeated) {
        let times = step.p50_millis.zip(step.p95_millis);
        if let Some((p50, p95)) = times {
            let over = match step.timed_out {
                0 => String::new(),
                n => format!(", time over {n} of {}", step.runs),
            };
            text.push_str(&format!("\n         {}: p50 {p50} ms, p95 {p95} ms{over}", line(&step.label)));
        }
    }
    text
}

/// The last line.
pub fn totals(totals: ScenarioTotals) -> String {
    let ScenarioTotals { passed, failed, errored, skipped } = totals;
    format!("{passed} passed, {failed} failed, {errored} errored, {skipped} skipped")
}

/// What is going on now.
pub fn now(event: &ScenarioEvent, ended: usize, all: usize) -> Option<String> {
    match event {
        ScenarioEvent::Step { step, of, label, .. } => {
            Some(format!("{ended} of {all} scenarios; step {step} of {of}: {}", line(label)))
        }
        ScenarioEvent::Started { .. } => Some(format!("{ended} of {all} scenarios")),
        ScenarioEvent::Ended(_) => None,
    }
}
