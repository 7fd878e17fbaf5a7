use std::time::Duration;

use app::{
    Failure, FailureCode, HolderRequest, PlanTarget, Result, RunOptions,
    views::{ForecastView, PlanProgressView, RunQuestionCode, RunWait},
};
use chrono::SecondsFormat;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{
    certificate,
    input::existing,
    policy::{self, with},
};
use crate::{
    args::{Pace, Retention, WhichPolicy},
    follow,
    open::Context,
    output::{BAD_FILE, DONE, line},
};

/// Between two words on how far a plan is.
const BETWEEN_NEWS: Duration = Duration::from_secs(2);

pub async fn run(command: &Retention, cx: &Context<'_>) -> Result<u8> {
    match command {
        Retention::Policy(command) => policy::policy(command, cx).await,
        Retention::Schedule(command) => policy::schedule(command, cx).await,
        Retention::Daemon => daemon(cx).await,
        Retention::Allow { which } => allow(which, cx).await,
        Retention::Forecast { which, then_days } => {
            let app = cx.app("retention forecast").await?;
            let forecast = app.retention_forecast(&which.id(&app), *then_days).await?;
            cx.out.record(&forecast, || forecast_words(&forecast));
            Ok(DONE)
        }
        Retention::Plan { policy, out: file, replace } => {
            let app = cx.app("retention plan").await?;
            let policy = with(&app, policy)?.check()?;
            let target = PlanTarget::Named { file: file.clone(), existing: existing(*replace) };
            let making = app.retention_make_plan(&policy, &target);
            tokio::pin!(making);
            let (plan, summary) = loop {
                tokio::select! {
                    made = &mut making => break made?,
                    () = sleep(BETWEEN_NEWS) => {
                        let status = app.status();
                        let so_far = status.planning.unwrap_or_default();
                        let away = !status.online.answering || status.online.reachable == Some(false);
                        let why = if away { "; the org does not answer, it is asked again" } else { "" };
                        let PlanProgressView { read, due, spared } = so_far;
                        cx.out.note(&format!("{read} guests read, {due} due and {spared} spared so far{why}"));
                    }
                }
            };
            let clock = app.plan_clock(&plan);
            let questions = app.run_questions(&plan).await?;
            for question in questions.iter().filter(|question| question.code == RunQuestionCode::Clock) {
                cx.out.note(&format!("warning: {} A run of it asks for --confirm-clock.", question.message));
            }
            for left in [&summary.not_listed, &summary.not_removed.as_ref().map(ToString::to_string)] {
                left.iter().for_each(|left| cx.out.note(left));
            }
            if summary.unclear > 0 {
                cx.out.note(&follow::unclear_words(summary.unclear));
            }
            let mut record = json!({
                "plan": plan.id(),
                "dialect": plan.header().dialect,
                "due": summary.due,
                "spared": summary.spared,
                "complete": summary.complete,
                "cutoff": summary.cutoff,
                "oldest": summary.oldest,
                "clock": clock,
                "questions": questions,
                "file": file,
            });
            if let Some(record) = record.as_object_mut() {
                record.extend(summary.not_listed.iter().map(|told| ("notListed".to_owned(), json!(told))));
                record.extend(summary.not_removed.iter().map(|told| ("notRemoved".to_owned(), json!(told))));
                if summary.unclear > 0 {
                    record.insert("unclear".to_owned(), json!(summary.unclear));
                    record.insert("unclearGuests".to_owned(), json!(summary.unclear_guests));
                }
            }
            cx.out.record(&record, || {
                format!(
                    "{} guests due, {} spared, older than {}. Plan in {}",
                    summary.due,
                    summary.spared,
                    summary.cutoff.to_rfc3339(),
                    file.display()
                )
            });
            Ok(DONE)
        }
        Retention::Explain { id, policy } => {
            let id = app::parse("ID", id)?;
            let app = cx.app("retention explain").await?;
            let explanation = app.retention_explain_under(id, &with(&app, policy)?.check()?).await?;
            cx.out.record(&explanation, || {
                let head = if explanation.due { "Due" } else { "Not due" };
                format!("{head}: {}", line(&explanation.why.join("; ")))
            });
            Ok(DONE)
        }
        Retention::Run { plan, pace, confirm, confirm_clock, confirm_unusual } => {
            cx.out.end_with(follow::nothing_yet());
            let app = cx.app("retention run").await?;
            app.start_socket();
            let options = RunOptions {
                confirmed: *confirm,
                clock_confirmed: *confirm_clock,
                unusual_confirmed: *confirm_unusual,
                ..options(*pace)
            };
            match app.retention_run_file(plan.clone(), options).await {
                Ok(steps) => follow::run(cx, &app, steps).await,
                Err(failure) => {
                    if let Some((due, spared)) = app.retention_untouched(plan).await {
                        cx.out.end_with(follow::not_started(due, spared));
                    }
                    // A plan that cannot be read is a bad input file.
                    if failure.code == FailureCode::InvalidInput {
                        return Ok(cx.out.failed_as(&failure, BAD_FILE));
                    }
                    Err(failure)
                }
            }
        }
        Retention::Resume { run, pace, confirm_clock } => {
            cx.out.end_with(follow::nothing_yet());
            let options = RunOptions { clock_confirmed: *confirm_clock, ..options(*pace) };
            let request = HolderRequest::Resume { run: run.clone(), options };
            let mut last = None;
            let tell = |value: Value| last = follow::tell(cx.out, value);
            if let Some(app) = cx.app_unless_held("retention resume", request, tell).await? {
                app.start_socket();
                let steps = app.retention_resume(run, options).await?;
                return follow::run(cx, &app, steps).await;
            }
            match last {
                Some(view) => Ok(follow::ended(cx.out, &view, None, None)),
                None => Err(Failure::internal("the run ended and did not say how")),
            }
        }
        Retention::Pause { run } => {
            cx.ask("retention pause", HolderRequest::Pause { run: run.clone() }, words).await
        }
        Retention::Pace { run, per_minute } => {
            let per_minute = per_minute.0.map(std::num::NonZeroU32::get);
            cx.ask("retention pace", HolderRequest::Pace { run: run.clone(), per_minute }, words).await
        }
        Retention::Cancel { run } => {
            cx.ask("retention cancel", HolderRequest::Cancel { run: run.clone() }, words).await
        }
        Retention::Status { run } => {
            cx.ask("retention status", HolderRequest::RunStatus { run: run.clone() }, status_words).await
        }
        Retention::Certificate { run, out: file, replace } => {
            certificate::export(run, file, existing(*replace), cx).await
        }
        Retention::Verify { file, plan, signer } => {
            certificate::verify(file, plan.as_deref(), signer.as_deref(), cx.out).await
        }
    }
}

fn options(pace: Pace) -> RunOptions {
    RunOptions { max: pace.max, pace: pace.pace, ..RunOptions::default() }
}

/// Lets the run go that waits: here it is followed to its end, in the process that holds the folder it goes on there.
async fn allow(which: &WhichPolicy, cx: &Context<'_>) -> Result<u8> {
    let request = HolderRequest::Allow { policy: which.given() };
    let print = |value: Value| cx.out.record(&value, || "The run that waited goes on.".to_owned());
    let Some(app) = cx.app_unless_held("retention allow", request, print).await? else { return Ok(DONE) };
    app.start_socket();
    app.retention_allow_once(&which.id(&app)).await?;
    match app.retention_follow() {
        Some(steps) => follow::run(cx, &app, steps).await,
        // It was over before anybody could look.
        None => Ok(DONE),
    }
}

fn forecast_words(forecast: &ForecastView) -> String {
    let mut lines = vec![format!("{} days: {} due already", forecast.days, forecast.already)];
    let ahead = forecast.ahead.iter().filter(|day| day.guests > 0);
    lines.extend(ahead.map(|day| format!("  {} {}", day.day, day.guests)));
    lines.push(format!("  later {}", forecast.later));
    if let (Some(days), Some(already), Some(at_once)) =
        (forecast.then_days, forecast.then_already, forecast.at_once)
    {
        lines.push(format!("{days} days: {already} due already ({at_once:+} at once)"));
    }
    lines.join("\n")
}

/// Stays until it is interrupted; the schedule, the outbox and the folder's socket work meanwhile.
async fn daemon(cx: &Context<'_>) -> Result<u8> {
    let app = cx.app("retention daemon").await?;
    policy::told_of_zone(cx.out);
    app.start_background();
    let policies = app.retention_policies();
    let record = json!({
        "schedule": policies.first().map(policy::schedule_record),
        "policies": policies.iter().map(policy::record).collect::<Vec<_>>(),
    });
    cx.out.record(&record, || policies.iter().map(policy::schedule_words).collect::<Vec<_>>().join("\n"));
    cx.out.heard()?;
    let mut last = None;
    let mut waits = None;
    let mut told: Vec<String> = app.status().notices.into_iter().map(|notice| notice.id).collect();
    app.follow(|_, status| {
        for notice in &status.notices {
            if !told.contains(&notice.id) {
                cx.out.note(&format!("warning: {}. {}", notice.title, notice.message));
            }
        }
        told = status.notices.into_iter().map(|notice| notice.id).collect();
        let limited = app.retention_policies().into_iter().find_map(|policy| policy.schedule.waits_until);
        if let Some(until) = limited.filter(|_| limited != waits) {
            let until = until.to_rfc3339_opts(SecondsFormat::Secs, true);
            cx.out.note(&format!("The org takes no more calls until {until}; what is due runs then."));
        }
        waits = limited;
        // The end of a scheduled run too.
        let newest = status.run.or(status.scheduled);
        if newest != last {
            if let Some(run) = &newest {
                let value = json!(run);
                cx.out.progress(&value, || words(&value));
            }
            last = newest;
        }
        true
    })
    .await;
    Ok(DONE)
}

fn words(run: &Value) -> String {
    let text = |key: &str| run[key].as_str().unwrap_or("-").to_owned();
    let number = |key: &str| run[key].as_u64().unwrap_or(0);
    let waits = serde_json::from_value::<RunWait>(run["waitsFor"].clone());
    let waits = waits.map(|reason| waits_words(reason, run)).unwrap_or_default();
    format!(
        "run {}: {}{waits}, {} deleted, {} already gone, {} spared, {} failed, {} remaining",
        text("run"),
        text("state"),
        number("deleted"),
        number("alreadyGone"),
        number("spared"),
        number("failed"),
        number("remaining"),
    )
}

/// `, waits for the rate budget`, with until when where that is known.
fn waits_words(reason: RunWait, of: &Value) -> String {
    let until = of["waitsUntil"].as_str().map(|until| format!(" until {until}")).unwrap_or_default();
    format!(", waits for {}{until}", reason.words())
}

fn status_words(answer: &Value) -> String {
    let list = |key: &str| answer[key].as_array().into_iter().flatten();
    let mut lines: Vec<String> = list("runs").map(words).collect();
    if lines.is_empty() {
        lines.push("No runs yet.".to_owned());
    }
    lines.extend(list("asks").map(|ask| {
        let text = |key: &str| line(ask[key].as_str().unwrap_or("-"));
        format!("policy {} waits: {}", text("policy"), text("message"))
    }));
    lines.extend(list("waits").filter_map(|wait| {
        let reason = serde_json::from_value::<RunWait>(wait["waitsFor"].clone()).ok()?;
        let policy = line(wait["policy"].as_str().unwrap_or("-"));
        Some(format!("policy {policy}: a due run{}", waits_words(reason, wait)))
    }));
    lines.join("\n")
}
