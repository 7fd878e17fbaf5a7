use std::time::Duration;

use app::{Failure, FailureCode, Load, LoadOptions, LoadResult, Result};
use tokio::time::sleep;

use super::files::{choice, read_all};
use crate::{
    args::LoadArgs,
    commands::input::aside,
    interrupt,
    open::Context,
    output::{BAD_FILE, DONE, line, to_stderr},
};

/// A message was lost or doubled, or a guest did not connect.
const NOT_PASSED: u8 = 1;

/// Between two lines of progress for a person.
const BETWEEN_LINES: Duration = Duration::from_millis(250);

/// Lets many guests write at once.
pub async fn run(args: &LoadArgs, cx: &Context<'_>) -> Result<u8> {
    let Some(files) = read_all(std::slice::from_ref(&args.file), cx.out).await? else { return Ok(BAD_FILE) };
    let Some((file, suite)) = files.into_iter().next() else { return Ok(BAD_FILE) };
    let options = LoadOptions {
        guests: args.guests,
        ramp: Duration::from_secs_f64(args.ramp),
        messages: args.messages,
        limit: Duration::from_secs(60 * u64::from(args.max_minutes)),
        patience: Duration::from_secs_f64(args.timeout),
    };
    let lab = cx.lab("scenario load").await?;
    let choice = choice(&args.place);
    let ready = lab.load(&file, suite.clone(), &choice, options.clone(), args.yes_load_test).await;
    let load = match ready {
        Err(unconfirmed) if unconfirmed.code == FailureCode::ConfirmationNeeded && cx.out.can_ask() => {
            ask(unconfirmed).await?;
            lab.load(&file, suite, &choice, options, true).await?
        }
        ready => ready?,
    };
    cx.out.end_with(serde_json::json!(load.result()));
    let is_whole = tokio::select! {
        () = load.run() => true,
        () = look(cx, &load) => true,
        () = cx.interrupt.heed() => false,
    };
    Ok(end(cx, &load.result(), is_whole))
}

/// The word that a person types.
const WORD: &str = "load";

/// Has a person type the word; anything else ends here.
async fn ask(unconfirmed: Failure) -> Result<()> {
    to_stderr(&line(&unconfirmed.message));
    to_stderr(&format!("Type {WORD} to go on:"));
    let typed = aside(|| {
        let mut typed = String::new();
        let read = std::io::stdin().read_line(&mut typed);
        read.map_err(|error| Failure::field("stdin", format!("cannot be read: {error}")))?;
        Ok(typed)
    })
    .await?;
    if typed.trim() == WORD { Ok(()) } else { Err(unconfirmed) }
}

/// Shows how far it has come; never ends.
async fn look(cx: &Context<'_>, load: &Load) {
    loop {
        let now = load.progress();
        let (all, result) = (load.planned(), load.guests());
        cx.out.now(|| {
            format!(
                "{} of {result} guests, {} of {all} messages sent, {} delivered",
                now.connected, now.sent, now.delivered
            )
        });
        sleep(BETWEEN_LINES).await;
    }
}

fn end(cx: &Context<'_>, result: &LoadResult, is_whole: bool) -> u8 {
    let failure = if !is_whole {
        Some(interrupt::failure())
    } else if result.unreachable {
        let why = result.reasons.keys().next().cloned().unwrap_or_default();
        Some(Failure::new(FailureCode::Unreachable, format!("No guest reached the socket: {why}.")))
    } else {
        None
    };
    cx.out.clear();
    cx.out.done(result, failure.as_ref(), || words(result));
    match failure {
        Some(failure) => failure.code.exit_code(),
        None if result.lost == 0 && result.doubled == 0 => DONE,
        None => NOT_PASSED,
    }
}

fn words(result: &LoadResult) -> String {
    let LoadResult { guests, messages, delivered, lost, doubled, connected, .. } = result;
    let millis = |time: Option<u64>| time.map_or_else(|| "–".to_owned(), |time| format!("{time} ms"));
    let mut text = format!(
        "{connected} of {guests} guests connected; of {messages} messages {delivered} delivered, {lost} lost, {doubled} doubled; \
         p50 {}, p95 {}, p99 {}",
        millis(result.p50_millis),
        millis(result.p95_millis),
        millis(result.p99_millis),
    );
    for (why, count) in &result.reasons {
        text.push_str(&format!("\n  {count} times: {}", line(why)));
    }
    text
}
