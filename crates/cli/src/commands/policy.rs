use app::{
    App, Failure, FailureCode,
    views::{BrakeView, ChangeView, ConnectionKind, NamedPolicyView, PolicyDraft, PolicyView, QuietView},
};
use serde_json::{Value, json};

use crate::{
    args::{CountFrom, Everywhere, Policy, PolicyArgs, PolicyChange, Schedule},
    open,
    output::{DONE, Out, line},
};

/// From here on a production connection wants the number of guests typed.
const CONFIRM_OVER: u32 = 100;

/// What a saved policy wants, with what the command line says on top.
pub fn with(app: &App, args: &PolicyArgs) -> Result<PolicyView, Failure> {
    let saved = app.retention_policy_view(&args.which.id(app))?.what;
    Ok(PolicyView {
        days: args.days.unwrap_or(saved.days),
        filter: args.filter.clone().or(saved.filter),
        ..saved
    })
}

pub async fn policy(command: &Policy, everywhere: &Everywhere, out: &Out) -> Result<u8, Failure> {
    let app = open::app(everywhere, "retention policy").await?;
    match command {
        Policy::List => {
            for view in app.retention_policies() {
                out.record(&record(&view), || words(&view));
            }
        }
        Policy::Set(change) => {
            let draft = changed(&app, change)?;
            let changes = app.retention_policy_changes(draft.clone())?;
            if change.dry_run {
                out.record(&json!({ "changes": changes }), || differences(&changes));
                return Ok(DONE);
            }
            let view = app.retention_policy_save(draft).await?;
            let mut record = record(&view);
            record["changes"] = json!(changes);
            out.record(&record, || words(&view));
            if view.schedule.armed && !view.waiting.is_empty() {
                out.note(
                    "It does not run by itself until it is confirmed: innkeeper retention policy confirm",
                );
            }
        }
        Policy::Confirm { which, confirm } => {
            let view = confirmed(&app, &which.id(&app), *confirm).await?;
            out.record(&record(&view), || words(&view));
        }
        Policy::Remove { which } => {
            let id = which.id(&app);
            app.retention_policy_remove(&id).await?;
            let left = app.retention_policy_view(&id).ok();
            let value = left.as_ref().map_or_else(|| json!({ "id": id, "removed": true }), record);
            out.record(&value, || match &left {
                Some(view) => words(view),
                None => format!("Removed the policy {id}"),
            });
        }
    }
    Ok(DONE)
}

/// The stored policy, or a new one, with what the command line says on top.
fn changed(app: &App, change: &PolicyChange) -> Result<PolicyDraft, Failure> {
    let id = change.policy.which.id(app);
    let stored = match app.retention_policy_view(&id) {
        Ok(view) => PolicyDraft::of(view),
        Err(failure) if failure.code == FailureCode::NotFound => app.retention_new_policy(&id)?,
        Err(failure) => return Err(failure),
    };
    let PolicyArgs { days, filter, .. } = change.policy.clone();
    let now = stored.what;
    let what = PolicyView {
        days: days.unwrap_or(now.days),
        filter: if change.no_filter { None } else { filter.or(now.filter) },
        from_last_activity: change
            .count_from
            .map_or(now.from_last_activity, |c| matches!(c, CountFrom::LastActivity)),
        spare_open_conversations: change.spare_open.unwrap_or(now.spare_open_conversations),
        spare_active: change.spare_active.unwrap_or(now.spare_active),
    };
    let windows: Vec<_> = change.quiet_hours.iter().map(|quiet| quiet.0.clone()).collect();
    let quiet = QuietView {
        zone: change.quiet_zone.clone().unwrap_or(stored.quiet.zone),
        windows: if change.no_quiet_hours || !windows.is_empty() { windows } else { stored.quiet.windows },
    };
    let kept = |given: Option<crate::args::Limit>, now: Option<u32>| match given {
        Some(limit) => limit.0.map(std::num::NonZeroU32::get),
        None => now,
    };
    let usual = stored.brake.unwrap_or(BrakeView { times: 3, floor: 100 });
    let brake = kept(change.brake, stored.brake.map(|brake| brake.times));
    let brake = brake.or(change.brake_floor.filter(|_| change.brake.is_none()).map(|_| usual.times));
    Ok(PolicyDraft {
        name: change.name.clone().unwrap_or(stored.name),
        what,
        quiet,
        cap: kept(change.cap, stored.cap),
        pace: kept(change.pace, stored.pace),
        brake: brake.map(|times| BrakeView { times, floor: change.brake_floor.unwrap_or(usual.floor) }),
        ..stored
    })
}

/// A person's word. On a production connection their number says that they have seen how many guests it is about.
async fn confirmed(app: &App, id: &str, count: Option<u32>) -> Result<NamedPolicyView, Failure> {
    let due = app.retention_count_due(id).await?;
    let production = app.connection().kind == ConnectionKind::Production;
    if production && due > CONFIRM_OVER && count != Some(due) {
        let message = format!("{due} guests of a production org are due under the policy {id}.");
        return Err(Failure::new(FailureCode::ConfirmationNeeded, message)
            .with_next(format!("Confirm their number: --confirm {due}.")));
    }
    app.retention_policy_confirm(id, due).await
}

pub async fn schedule(command: &Schedule, everywhere: &Everywhere, out: &Out) -> Result<u8, Failure> {
    let app = open::app(everywhere, "retention schedule").await?;
    let view = match command {
        Schedule::Show { which } => app.retention_policy_view(&which.id(&app))?,
        Schedule::On { which, cron, zone, confirm } => {
            let id = &which.id(&app);
            app.may_be_armed()?;
            let draft = PolicyDraft::of(app.retention_policy_view(id)?);
            let draft = PolicyDraft {
                cron: cron.clone().unwrap_or(draft.cron),
                zone: zone.clone().unwrap_or(draft.zone),
                ..draft
            };
            app.retention_policy_save(draft).await?;
            confirmed(&app, id, *confirm).await?;
            app.retention_schedule_arm(id, true).await?
        }
        Schedule::Off { which } => app.retention_schedule_arm(&which.id(&app), false).await?,
    };
    out.record(&schedule_record(&view), || schedule_words(&view));
    Ok(DONE)
}

/// What it wants stands beside its name, as it did when there was only one.
pub fn record(view: &NamedPolicyView) -> Value {
    let mut record = json!(view);
    if let (Some(record), Value::Object(what)) = (record.as_object_mut(), json!(view.what)) {
        record.remove("what");
        record.extend(what);
    }
    record
}

pub fn schedule_record(view: &NamedPolicyView) -> Value {
    let mut record = json!(view.schedule);
    record["policy"] = json!(view.id);
    record["waiting"] = json!(view.waiting);
    record
}

pub fn schedule_words(view: &NamedPolicyView) -> String {
    let (cron, zone) = (&view.schedule.cron, &view.schedule.zone);
    let waits = if view.waiting.is_empty() { "" } else { "; NOT confirmed, so nothing runs" };
    match view.schedule.next_due {
        Some(due) => format!("On: {cron} in {zone}; next {}{waits}", due.to_rfc3339()),
        None => format!("Off ({cron} in {zone})"),
    }
}

fn words(view: &NamedPolicyView) -> String {
    let what = &view.what;
    let from = if what.from_last_activity { "last activity" } else { "creation" };
    let filter = what.filter.as_deref().map(|f| format!(", only {}", line(f))).unwrap_or_default();
    let limit = |name: &str, n: Option<u32>| n.map(|n| format!("; {name} {n}")).unwrap_or_default();
    format!(
        "{} ({}): {} days from {from}{filter}; open conversations {}, active guests {}{}{}; {}",
        view.id,
        line(&view.name),
        what.days,
        if what.spare_open_conversations { "spared" } else { "not spared" },
        if what.spare_active { "spared" } else { "not spared" },
        limit("at most", view.cap),
        limit("a minute at most", view.pace),
        schedule_words(view),
    )
}

fn differences(changes: &[ChangeView]) -> String {
    let one = |change: &ChangeView| {
        let mark = if change.stronger { "  (stronger: has to be confirmed)" } else { "" };
        format!("{}: {} -> {}{mark}", change.field, line(&change.before), line(&change.after))
    };
    let lines: Vec<String> = changes.iter().map(one).collect();
    if lines.is_empty() { "Nothing would change.".to_owned() } else { lines.join("\n") }
}
