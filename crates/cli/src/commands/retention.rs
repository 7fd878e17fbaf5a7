use std::time::Duration;

use app::{
    App, Failure, FailureCode, HolderRequest, PlanTarget, RunOptions,
    views::{PolicyView, ScheduleView},
};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::parse;
use crate::{
    args::{CountFrom, Everywhere, Pace, Policy, PolicyArgs, Retention, Schedule},
    follow,
    interrupt::Interrupt,
    open::{self, Held},
    output::{BAD_FILE, DONE, Out},
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
        Retention::Policy(command) => policy(command, everywhere, out).await,
        Retention::Schedule(command) => schedule(command, everywhere, out).await,
        Retention::Daemon => daemon(everywhere, out).await,
        Retention::Plan { policy, out: file } => {
            let app = open::app(everywhere, "retention plan").await?;
            let policy = with(&app, policy).check()?;
            let target = PlanTarget::File(file.clone());
            let making = app.retention_make_plan(&policy, &target);
            tokio::pin!(making);
            let (plan, summary) = loop {
                tokio::select! {
                    made = &mut making => break made?,
                    () = sleep(BETWEEN_NEWS) => {
                        let so_far = app.status().planning.unwrap_or_default();
                        out.note(&format!("{} guests read, {} due so far", so_far.read, so_far.due));
                    }
                }
            };
            let record = json!({
                "plan": plan.id(),
                "due": summary.due,
                "spared": summary.spared,
                "complete": summary.complete,
                "cutoff": summary.cutoff,
                "oldest": summary.oldest,
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
            let explanation = app.retention_explain(id, &with(&app, policy).check()?).await?;
            out.record(&explanation, || {
                let head = if explanation.due { "Due" } else { "Not due" };
                format!("{head}: {}", explanation.why.join("; "))
            });
            Ok(DONE)
        }
        Retention::Run { plan, pace, confirm } => {
            out.owe(follow::nothing_yet());
            let app = open::app(everywhere, "retention run").await?;
            app.start_socket();
            let options = RunOptions { confirmed: *confirm, ..options(*pace) };
            match app.retention_run_file(plan.clone(), options).await {
                Ok(steps) => follow::run(out, &app, steps, interrupt).await,
                // A plan that cannot be read is a bad input file.
                Err(failure) if failure.code == FailureCode::InvalidInput => {
                    Ok(out.failed_as(&failure, BAD_FILE))
                }
                Err(failure) => Err(failure),
            }
        }
        Retention::Resume { run, pace } => {
            out.owe(follow::nothing_yet());
            let request = HolderRequest::Resume { run: run.clone(), options: options(*pace) };
            let mut last = None;
            let tell = |value: Value| last = follow::tell(out, value);
            match open::app_or_holder(everywhere, "retention resume", request, tell).await? {
                Held::Here(app) => {
                    app.start_socket();
                    let steps = app.retention_resume(run, options(*pace)).await?;
                    follow::run(out, &app, steps, interrupt).await
                }
                Held::Elsewhere => match last {
                    Some(view) => Ok(follow::ended(out, &view, None)),
                    None => Err(Failure::internal("the run ended without a word")),
                },
            }
        }
        Retention::Pause { run } => {
            let request = HolderRequest::Pause { run: run.clone() };
            let print = |value: Value| out.record(&value, || words(&value));
            if let Held::Here(app) =
                open::app_or_holder(everywhere, "retention pause", request, print).await?
            {
                let value = json!(app.retention_pause(run).await?);
                out.record(&value, || words(&value));
            }
            Ok(DONE)
        }
        Retention::Cancel { run } => {
            let request = HolderRequest::Cancel { run: run.clone() };
            let print = |value: Value| out.record(&value, || words(&value));
            if let Held::Here(app) =
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
            if let Held::Here(app) =
                open::app_or_holder(everywhere, "retention status", request, print).await?
            {
                status(out, &json!(app.run_status(run.as_deref()).await?));
            }
            Ok(DONE)
        }
    }
}

fn options(pace: Pace) -> RunOptions {
    RunOptions { max: pace.max, pace: pace.pace, confirmed: None }
}

/// The saved policy with what the command line says on top.
fn with(app: &App, args: &PolicyArgs) -> PolicyView {
    let saved = app.retention_policy();
    PolicyView {
        days: args.days.unwrap_or(saved.days),
        filter: args.filter.clone().or(saved.filter),
        ..saved
    }
}

async fn policy(command: &Policy, everywhere: &Everywhere, out: &Out) -> Result<u8, Failure> {
    let app = open::app(everywhere, "retention policy").await?;
    let view = match command {
        Policy::List => app.retention_policy(),
        Policy::Set { policy, count_from, spare_open, spare_active } => {
            let now = with(&app, policy);
            app.retention_set_policy(PolicyView {
                from_last_activity: count_from
                    .map_or(now.from_last_activity, |c| matches!(c, CountFrom::LastActivity)),
                spare_open_conversations: spare_open.unwrap_or(now.spare_open_conversations),
                spare_active: spare_active.unwrap_or(now.spare_active),
                ..now
            })
            .await?
        }
        Policy::Remove => app.retention_set_policy(PolicyView::default()).await?,
    };
    out.record(&view, || {
        let from = if view.from_last_activity { "last activity" } else { "creation" };
        let filter = view.filter.as_deref().map(|f| format!(", only {f}")).unwrap_or_default();
        format!(
            "{} days from {from}{filter}; open conversations {}, active guests {}",
            view.days,
            if view.spare_open_conversations { "spared" } else { "not spared" },
            if view.spare_active { "spared" } else { "not spared" },
        )
    });
    Ok(DONE)
}

async fn schedule(command: &Schedule, everywhere: &Everywhere, out: &Out) -> Result<u8, Failure> {
    let app = open::app(everywhere, "retention schedule").await?;
    let now = app.retention_schedule();
    let view = match command {
        Schedule::Show => now,
        Schedule::On { cron, zone } => {
            let (cron, zone) = (cron.as_ref().unwrap_or(&now.cron), zone.as_ref().unwrap_or(&now.zone));
            app.retention_set_schedule(true, cron, zone).await?
        }
        Schedule::Off => app.retention_set_schedule(false, &now.cron, &now.zone).await?,
    };
    out.record(&view, || schedule_words(&view));
    Ok(DONE)
}

fn schedule_words(view: &ScheduleView) -> String {
    match view.next_due {
        Some(due) => format!("On: {} in {}; next {}", view.cron, view.zone, due.to_rfc3339()),
        None => format!("Off ({} in {})", view.cron, view.zone),
    }
}

/// Stays until it is interrupted; the schedule, the outbox and the folder's socket work meanwhile.
async fn daemon(everywhere: &Everywhere, out: &Out) -> Result<u8, Failure> {
    let app = open::app(everywhere, "retention daemon").await?;
    app.start_background();
    let schedule = app.retention_schedule();
    out.record(&json!({ "schedule": schedule }), || schedule_words(&schedule));
    let mut last = None;
    app.follow(|_, status| {
        if status.run != last {
            if let Some(run) = &status.run {
                let value = json!(run);
                out.progress(&value, || words(&value));
            }
            last = status.run;
        }
        true
    })
    .await;
    Ok(DONE)
}

fn words(run: &Value) -> String {
    let text = |key: &str| run[key].as_str().unwrap_or("-").to_owned();
    let number = |key: &str| run[key].as_u64().unwrap_or(0);
    format!(
        "run {}: {}, {} deleted, {} already gone, {} spared, {} failed, {} remaining",
        text("run"),
        text("state"),
        number("deleted"),
        number("alreadyGone"),
        number("spared"),
        number("failed"),
        number("remaining"),
    )
}

fn status(out: &Out, runs: &Value) {
    out.record(&json!({ "runs": runs }), || {
        let lines: Vec<String> = runs.as_array().into_iter().flatten().map(words).collect();
        if lines.is_empty() { "No runs yet.".to_owned() } else { lines.join("\n") }
    });
}
