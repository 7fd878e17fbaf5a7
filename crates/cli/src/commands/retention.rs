use std::time::Duration;

use app::{
    Failure, FailureCode, HolderRequest, PlanTarget, RunOptions,
    views::{ForecastView, RunQuestionCode, RunWait},
};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{
    certificate,
    input::{existing, parse},
    policy::{self, with},
};
use crate::{
    args::{Everywhere, Pace, Retention, WhichPolicy},
    follow,
    interrupt::Interrupt,
    open::{self, AppOrHolder},
    output::{BAD_FILE, DONE, Out, line},
};

/// Between two words on how far a plan is.
const BETWEEN_NEWS: Duration = Duration::from_secs(2);

pub async fn run(
    command: &Retention,
    everywhere: &Everywhere,
    out: &Out,
    interrupt: &Interrupt,
) -> Result<u8, Failure> {
    match command {
        Retention::Policy(command) => policy::policy(command, everywhere, out).await,
        Retention::Schedule(command) => policy::schedule(command, everywhere, out).await,
        Retention::Daemon => daemon(everywhere, out).await,
        Retention::Allow { which } => allow(which, everywhere, out, interrupt).await,
        Retention::Forecast { which, then_days } => {
            let app = open::app(everywhere, "retention forecast").await?;
            let forecast = app.retention_forecast(&which.id(&app), *then_days).await?;
            out.record(&forecast, || forecast_words(&forecast));
            Ok(DONE)
        }
        Retention::Plan { policy, out: file, replace } => {
            let app = open::app(everywhere, "retention plan").await?;
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
                        out.note(&format!("{} guests read, {} due so far{why}", so_far.read, so_far.due));
                    }
                }
            };
            let clock = app.plan_clock(&plan);
            let questions = app.run_questions(&plan).await?;
            for question in questions.iter().filter(|question| question.code == RunQuestionCode::Clock) {
                out.note(&format!("warning: {} A run of it asks for --confirm-clock.", question.message));
            }
            let record = json!({
                "plan": plan.id(),
                "due": summary.due,
                "spared": summary.spared,
                "complete": summary.complete,
                "cutoff": summary.cutoff,
                "oldest": summary.oldest,
                "clock": clock,
                "questions": questions,
                "file": file,
            });
            out.record(&record, || {
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
            let id = parse("ID", id)?;
            let app = open::app(everywhere, "retention explain").await?;
            let explanation = app.retention_explain_under(id, &with(&app, policy)?.check()?).await?;
            out.record(&explanation, || {
                let head = if explanation.due { "Due" } else { "Not due" };
                format!("{head}: {}", line(&explanation.why.join("; ")))
            });
            Ok(DONE)
        }
        Retention::Run { plan, pace, confirm, confirm_clock, confirm_unusual } => {
            out.owe(follow::nothing_yet());
            let app = open::app(everywhere, "retention run").await?;
            app.start_socket();
            let options = RunOptions {
                confirmed: *confirm,
                clock_confirmed: *confirm_clock,
                unusual_confirmed: *confirm_unusual,
                ..options(*pace)
            };
            match app.retention_run_file(plan.clone(), options).await {
                Ok(steps) => follow::run(out, &app, steps, interrupt).await,
                // A plan that cannot be read is a bad input file.
                Err(failure) if failure.code == FailureCode::InvalidInput => {
                    Ok(out.failed_as(&failure, BAD_FILE))
                }
                Err(failure) => Err(failure),
            }
        }
        Retention::Resume { run, pace, confirm_clock } => {
            out.owe(follow::nothing_yet());
            let options = RunOptions { clock_confirmed: *confirm_clock, ..options(*pace) };
            let request = HolderRequest::Resume { run: run.clone(), options };
            let mut last = None;
            let tell = |value: Value| last = follow::tell(out, value);
            match open::app_or_holder(everywhere, "retention resume", request, tell).await? {
                AppOrHolder::App(app) => {
                    app.start_socket();
                    let steps = app.retention_resume(run, options).await?;
                    follow::run(out, &app, steps, interrupt).await
                }
                AppOrHolder::HolderAnswered => match last {
                    Some(view) => Ok(follow::ended(out, &view, None)),
                    None => Err(Failure::internal("the run ended and did not say how")),
                },
            }
        }
        Retention::Pause { run } => {
            let request = HolderRequest::Pause { run: run.clone() };
            let print = |value: Value| out.record(&value, || words(&value));
            if let AppOrHolder::App(app) =
                open::app_or_holder(everywhere, "retention pause", request, print).await?
            {
                let value = json!(app.retention_pause(run).await?);
                out.record(&value, || words(&value));
            }
            Ok(DONE)
        }
        Retention::Pace { run, per_minute } => {
            let per_minute = per_minute.0.map(std::num::NonZeroU32::get);
            let request = HolderRequest::Pace { run: run.clone(), per_minute };
            let print = |value: Value| out.record(&value, || words(&value));
            if let AppOrHolder::App(app) =
                open::app_or_holder(everywhere, "retention pace", request, print).await?
            {
                let value = json!(app.retention_set_pace(run, per_minute)?);
                out.record(&value, || words(&value));
            }
            Ok(DONE)
        }
        Retention::Cancel { run } => {
            let request = HolderRequest::Cancel { run: run.clone() };
            let print = |value: Value| out.record(&value, || words(&value));
            if let AppOrHolder::App(app) =
                open::app_or_holder(everywhere, "retention cancel", request, print).await?
            {
                let value = json!(app.retention_cancel(run).await?);
                out.record(&value, || words(&value));
            }
            Ok(DONE)
        }
        Retention::Status { run } => {
            let request = HolderRequest::RunStatus { run: run.clone() };
            let print = |value: Value| status(out, &value);
            if let AppOrHolder::App(app) =
                open::app_or_holder(everywhere, "retention status", request, print).await?
            {
                status(out, &app.retention_status(run.as_deref()).await?);
            }
            Ok(DONE)
        }
        Retention::Certificate { run, out: file, replace } => {
            certificate::export(run, file, existing(*replace), everywhere, out).await
        }
        Retention::Verify { file, plan, signer } => {
            certificate::verify(file, plan.as_deref(), signer.as_deref(), out)
        }
    }
}

fn options(pace: Pace) -> RunOptions {
    RunOptions { max: pace.max, pace: pace.pace, ..RunOptions::default() }
}

/// Lets the run go that waits: here it is followed to its end, in the process that holds the folder it goes on there.
async fn allow(
    which: &WhichPolicy,
    everywhere: &Everywhere,
    out: &Out,
    interrupt: &Interrupt,
) -> Result<u8, Failure> {
    let request = HolderRequest::Allow { policy: which.given() };
    let print = |value: Value| out.record(&value, || "The run that waited goes on.".to_owned());
    match open::app_or_holder(everywhere, "retention allow", request, print).await? {
        AppOrHolder::HolderAnswered => Ok(DONE),
        AppOrHolder::App(app) => {
            app.start_socket();
            app.retention_allow_once(&which.id(&app)).await?;
            match app.retention_follow() {
                Some(steps) => follow::run(out, &app, steps, interrupt).await,
                // It was over before anybody could look.
                None => Ok(DONE),
            }
        }
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
async fn daemon(everywhere: &Everywhere, out: &Out) -> Result<u8, Failure> {
    let app = open::app(everywhere, "retention daemon").await?;
    policy::told_of_zone(out);
    app.start_background();
    let policies = app.retention_policies();
    let record = json!({
        "schedule": policies.first().map(policy::schedule_record),
        "policies": policies.iter().map(policy::record).collect::<Vec<_>>(),
    });
    out.record(&record, || policies.iter().map(policy::schedule_words).collect::<Vec<_>>().join("\n"));
    out.heard()?;
    let mut last = None;
    let mut told: Vec<String> = app.status().notices.into_iter().map(|notice| notice.id).collect();
    app.follow(|_, status| {
        for notice in &status.notices {
            if !told.contains(&notice.id) {
                out.note(&format!("warning: {}. {}", notice.title, notice.message));
            }
        }
        told = status.notices.into_iter().map(|notice| notice.id).collect();
        // The end of a scheduled run too.
        let newest = status.run.or(status.scheduled);
        if newest != last {
            if let Some(run) = &newest {
                let value = json!(run);
                out.progress(&value, || words(&value));
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
    let waits = waits.map(|reason| format!(", waits for {}", reason.words())).unwrap_or_default();
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

fn status(out: &Out, answer: &Value) {
    out.record(answer, || {
        let list = |key: &str| answer[key].as_array().cloned().unwrap_or_default();
        let mut lines: Vec<String> = list("runs").iter().map(words).collect();
        if lines.is_empty() {
            lines.push("No runs yet.".to_owned());
        }
        lines.extend(list("asks").iter().map(|ask| {
            let text = |key: &str| line(ask[key].as_str().unwrap_or("-"));
            format!("policy {} waits: {}", text("policy"), text("message"))
        }));
        lines.join("\n")
    });
}
