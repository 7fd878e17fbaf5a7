use std::time::Duration;

use app::{
    Failure, FailureCode, RunStep,
    views::{RunState, RunView},
};
use serde_json::{Value, json};
use tokio::{sync::watch, time::sleep};

use crate::output::{DONE, IN_PART, Out};

/// Between two lines of progress.
const BETWEEN_LINES: Duration = Duration::from_millis(250);

/// The fields scripts rely on; the last line has `verified` and `done` besides.
fn record(view: &RunView) -> Value {
    json!({
        "run": view.run,
        "state": view.state,
        "deleted": view.deleted,
        "alreadyGone": view.already_gone,
        "spared": view.spared,
        "failed": view.failed,
        "remaining": view.remaining,
        "perMinute": view.per_minute,
        "secondsLeft": view.seconds_left,
    })
}

fn words(view: &RunView) -> String {
    let done = view.total - view.remaining;
    let left = view.seconds_left.map(|s| format!(", about {s} s left")).unwrap_or_default();
    format!(
        "run {}: {done} of {} ({} deleted, {} already gone, {} spared, {} failed), {} a minute{left}",
        view.run, view.total, view.deleted, view.already_gone, view.spared, view.failed, view.per_minute
    )
}

/// Prints a run's progress until it ends; answers the exit code.
pub async fn run(out: &Out, mut steps: watch::Receiver<RunStep>) -> Result<u8, Failure> {
    loop {
        let step = steps.borrow_and_update().clone();
        if step.ended() {
            return Ok(ended(out, &step.view));
        }
        out.progress(&record(&step.view), || words(&step.view));
        tokio::select! {
            changed = steps.changed() => if changed.is_err() {
                return Err(Failure::internal("the run ended without a word"));
            },
            () = sleep(Duration::from_secs(2)) => {}
        }
        sleep(BETWEEN_LINES).await;
    }
}

/// The last line and its exit code (`cli.md`): a run that a person or the cap paused, or a person cancelled, is no failure.
fn ended(out: &Out, view: &RunView) -> u8 {
    let verified = view.verified.unwrap_or(false);
    let failure = (view.state == RunState::Failed).then(|| {
        let code = if view.refused { FailureCode::Forbidden } else { FailureCode::Unreachable };
        Failure::new(code, view.why.clone().unwrap_or_else(|| "The run stopped.".into()))
            .with_next(format!("Mend the cause, then: innkeeper retention resume {}", view.run))
    });
    let mut last = record(view);
    last["verified"] = verified.into();
    last["why"] = view.why.clone().into();
    out.done(&last, failure.as_ref(), || {
        let state = match view.state {
            RunState::Finished if verified => "finished and verified",
            RunState::Finished => "finished, NOT verified",
            RunState::Paused => "paused; resume goes on",
            RunState::Cancelled => "cancelled",
            _ => "stopped; resume goes on",
        };
        format!("{} - {state}", words(view))
    });
    match view.state {
        RunState::Paused | RunState::Cancelled => DONE,
        RunState::Failed => failure.map_or(1, |f| f.code.exit_code()),
        _ if view.failed > 0 || !verified => IN_PART,
        _ => DONE,
    }
}
