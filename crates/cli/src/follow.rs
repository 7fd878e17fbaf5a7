use std::time::Duration;

use app::{
    App, Failure, FailureCode, Result, RunStep, UnclearGuests,
    views::{RunState, RunView, RunWait},
};
use chrono::SecondsFormat;
use serde_json::{Value, json};
use tokio::{sync::watch, time::sleep};

use crate::{
    interrupt,
    open::Context,
    output::{DONE, IN_PART, Out},
};

/// Between two lines of progress.
const BETWEEN_LINES: Duration = Duration::from_millis(250);

/// The fields scripts rely on; the last line has `verified` and `done` besides.
fn record(view: &RunView) -> Value {
    let mut record = json!({
        "run": view.run,
        "state": view.state,
        "deleted": view.counts.deleted,
        "alreadyGone": view.counts.already_gone,
        "spared": view.counts.spared,
        "failed": view.counts.failed,
        "remaining": view.counts.remaining,
        "secondsLeft": view.seconds_left,
    });
    // A run that is too short to be measured has none.
    if view.per_minute > 0 {
        record["perMinute"] = view.per_minute.into();
    }
    record
}

fn words(view: &RunView) -> String {
    let done = view.counts.total - view.counts.remaining;
    let left = view.seconds_left.map(|s| format!(", about {s} s left")).unwrap_or_default();
    let rate = if view.per_minute > 0 { format!(", {} a minute", view.per_minute) } else { String::new() };
    format!(
        "run {}: {done} of {} ({} deleted, {} already gone, {} spared, {} failed){rate}{left}",
        view.run,
        view.counts.total,
        view.counts.deleted,
        view.counts.already_gone,
        view.counts.spared,
        view.counts.failed
    )
}

/// What a person has to look at.
pub fn unclear_words(guests: u64) -> String {
    format!(
        "{guests} guests are spared because a conversation of theirs has no end and the org does not confirm that it goes on: \
         look at each with `innkeeper guests show ID`, and end the conversation in the org where it is over"
    )
}

/// What the last line says before it is known which guests the run is about: how many remain is then not known, either.
pub fn nothing_yet() -> Value {
    json!({
        "run": null, "deleted": 0, "alreadyGone": 0, "spared": null, "failed": 0, "remaining": null, "verified": false,
    })
}

/// What the last line says of a plan whose run did not begin: all of it remains.
pub fn not_started(due: u64, spared: u64) -> Value {
    let mut record = nothing_yet();
    record["spared"] = spared.into();
    record["remaining"] = due.into();
    record
}

/// Prints a run's progress until it ends; answers the exit code. Interrupted, the run is paused, so that its journal says
/// what was done.
pub async fn run(cx: &Context<'_>, app: &App, mut steps: watch::Receiver<RunStep>) -> Result<u8> {
    loop {
        let step = steps.borrow_and_update().clone();
        if step.ended() {
            let unclear = app.retention_unclear(&step.view.run).await.ok();
            if let Some(unclear) = unclear.as_ref().filter(|unclear| unclear.total > 0) {
                cx.out.note(&unclear_words(unclear.total));
            }
            return Ok(ended(cx.out, &step.view, unclear.as_ref(), step.failure));
        }
        cx.out.progress(&record(&step.view), || words(&step.view));
        let next = async {
            tokio::select! {
                changed = steps.changed() => changed.is_ok(),
                () = sleep(Duration::from_secs(2)) => true,
            }
        };
        tokio::select! {
            going_on = next => if !going_on {
                return Err(Failure::internal("the run ended and did not say how"));
            },
            () = cx.interrupt.heed() => {
                let paused = app.retention_pause(&step.view.run).await?;
                return Ok(ended(cx.out, &paused, None, Some(interrupt::failure())));
            }
        }
        sleep(BETWEEN_LINES).await;
    }
}

/// Prints one record of a run that another process carries out; the last one is kept for [`ended`].
pub fn tell(out: &Out, value: Value) -> Option<RunView> {
    let view: RunView = serde_json::from_value(value).ok()?;
    out.progress(&record(&view), || words(&view));
    Some(view)
}

/// A run that the org asked to wait for an hour or more (exit 75), with the time at which it goes on.
fn limited(view: &RunView) -> Option<Failure> {
    let waits = view.state == RunState::Paused && view.waits_for == Some(RunWait::OrgLimit);
    let until = view.waits_until.filter(|_| waits)?.to_rfc3339_opts(SecondsFormat::Secs, true);
    let message = format!("The org takes no more calls until {until}; the run is paused.");
    let next = format!("Go on after {until}: innkeeper retention resume {}", view.run);
    Some(Failure::new(FailureCode::RateLimited, message).with_next(next))
}

/// The last line and its exit code (`cli.md`): a run that a person or the cap paused, or a person cancelled, is no failure; paused and not verified it is done in part.
/// `failure` is what stopped it, where that is known.
pub fn ended(out: &Out, view: &RunView, unclear: Option<&UnclearGuests>, failure: Option<Failure>) -> u8 {
    let verified = view.verified.unwrap_or(false);
    let failure = match (view.state, failure) {
        (RunState::Failed, Some(failure)) => Some(failure),
        (RunState::Failed, None) => {
            let code = if view.refused { FailureCode::Forbidden } else { FailureCode::Unreachable };
            Some(Failure::new(code, view.why.clone().unwrap_or_else(|| "The run stopped.".into())))
        }
        (_, Some(failure)) if failure.code == FailureCode::Interrupted => Some(failure),
        _ => None,
    }
    .map(|f| f.with_next(format!("Correct what stopped it, then: innkeeper retention resume {}", view.run)))
    .or_else(|| limited(view));
    let mut last = record(view);
    last["verified"] = verified.into();
    last["why"] = view.why.clone().into();
    if limited(view).is_some() {
        last["goesOnAt"] = json!(view.waits_until);
    }
    if let Some(unclear) = unclear.filter(|unclear| unclear.total > 0) {
        last["unclear"] = unclear.total.into();
        last["unclearGuests"] = json!(unclear.guests);
    }
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
    match (view.state, failure) {
        (_, Some(failure)) => failure.code.exit_code(),
        // One that the cap paused was asked about all the same; an answer that it deleted too much, or none, is no success.
        (RunState::Paused, None) if view.verified == Some(false) => IN_PART,
        (RunState::Paused | RunState::Cancelled, None) => DONE,
        _ if view.counts.failed > 0 || !verified => IN_PART,
        _ => DONE,
    }
}
