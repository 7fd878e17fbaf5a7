use app::{
    App, FailureCode, Result, ScheduleChange,
    views::{
        BrakeView, ChangeView, NamedPolicyView, PolicyDraft, PolicyView, QuietView, QuietWindow,
        ScheduleState, ScheduleView,
    },
};
use serde_json::{Value, json};

use crate::{
    args::{CountFrom, Policy, PolicyArgs, PolicyChange, Schedule},
    open::Context,
    output::{DONE, Out, line},
};

/// What a saved policy wants, with what the command line says on top.
pub fn with(app: &App, args: &PolicyArgs) -> Result<PolicyView> {
    let saved = app.retention_policy_view(&args.which.id(app))?.what;
    Ok(PolicyView { days: args.days.unwrap_or(saved.days), filter: args.whom.filter(saved.filter), ..saved })
}

pub async fn policy(command: &Policy, cx: &Context<'_>) -> Result<u8> {
    let app = cx.app("retention policy").await?;
    told_of_zone(cx.out);
    match command {
        Policy::List => {
            for view in app.retention_policies() {
                cx.out.record(&record(&view), || words(&view));
            }
        }
        Policy::Set(change) => {
            let draft = changed(&app, change)?;
            let changes = app.retention_policy_changes(draft.clone())?;
            if change.dry_run {
                let is_new = app.retention_policy_view(&draft.id).is_err();
                cx.out.record(&json!({ "changes": changes, "new": is_new }), || {
                    let new = format!("There is no policy {} yet: it would be added.", line(&draft.id));
                    match (is_new, changes.is_empty()) {
                        (true, true) => new,
                        (true, false) => format!("{new}\n{}", differences(&changes)),
                        (false, _) => differences(&changes),
                    }
                });
                return Ok(DONE);
            }
            let view = app.retention_policy_save(draft).await?;
            let mut record = record(&view);
            record["changes"] = json!(changes);
            cx.out.record(&record, || words(&view));
            if view.schedule.armed && !view.waiting.is_empty() {
                cx.out.note(
                    "It does not run by itself until it is confirmed: innkeeper retention policy confirm",
                );
            }
        }
        Policy::Confirm { which, confirm } => {
            let id = which.id(&app);
            let due = app.retention_due_for_word(&id, *confirm).await?;
            let view = app.retention_policy_confirm(&id, due).await?;
            cx.out.record(&record(&view), || words(&view));
        }
        Policy::Remove { which } => {
            let id = which.id(&app);
            // One that is not there is told: the name may be mistyped.
            app.retention_policy_view(&id)?;
            app.retention_policy_remove(&id).await?;
            let left = app.retention_policy_view(&id).ok();
            let value = left.as_ref().map_or_else(|| json!({ "id": id, "removed": true }), record);
            cx.out.record(&value, || match &left {
                Some(view) => words(view),
                None => format!("Removed the policy {id}"),
            });
        }
    }
    Ok(DONE)
}

/// A `TZ` that does not count is told where times of day are looked at or set.
pub fn told_of_zone(out: &Out) {
    let here = app::zone_here();
    if let Some(ignored) = here.ignored {
        let zone = here.name;
        out.note(&format!(
            "TZ={} names no zone such as Europe/Berlin; where none is given, {zone} is meant.",
            line(&ignored)
        ));
    }
}

/// The stored policy, or a new one, with what the command line says on top.
fn changed(app: &App, change: &PolicyChange) -> Result<PolicyDraft> {
    let id = change.policy.which.id(app);
    let stored = match app.retention_policy_view(&id) {
        Ok(view) => PolicyDraft::of(view),
        Err(failure) if failure.code == FailureCode::NotFound => app.retention_new_policy(&id)?,
        Err(failure) => return Err(failure),
    };
    let PolicyArgs { days, whom, .. } = change.policy.clone();
    let now = stored.what;
    let what = PolicyView {
        days: days.unwrap_or(now.days),
        filter: whom.filter(now.filter),
        from_last_activity: change
            .count_from
            .map_or(now.from_last_activity, |c| matches!(c, CountFrom::LastActivity)),
        spare_open_conversations: change.spare_open.unwrap_or(now.spare_open_conversations),
        spare_active: change.spare_active.unwrap_or(now.spare_active),
    };
    let windows: Vec<_> = change.quiet_hours.iter().map(|quiet| quiet.0.clone()).collect();
    let follows = change.quiet_zone.as_deref().map(|zone| zone.trim() == "schedule");
    let quiet = QuietView {
        follows_schedule: follows.unwrap_or(stored.quiet.follows_schedule),
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

pub async fn schedule(command: &Schedule, cx: &Context<'_>) -> Result<u8> {
    let app = cx.app("retention schedule").await?;
    told_of_zone(cx.out);
    let view = match command {
        Schedule::Show { which } => app.retention_policy_view(&which.id(&app))?,
        Schedule::On { which, cron, zone, confirm } => {
            let change = ScheduleChange { cron: cron.clone(), zone: zone.clone() };
            app.retention_schedule_on(&which.id(&app), change, *confirm).await?
        }
        Schedule::Off { which } => app.retention_schedule_arm(&which.id(&app), false).await?,
    };
    cx.out.record(&schedule_record(&view), || schedule_words(&view));
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
    let ScheduleView { state, cron, zone, next_due, .. } = &view.schedule;
    let quiet = quiet_words(&view.quiet);
    let but = match state {
        ScheduleState::Off => return format!("Off ({cron} in {zone}){quiet}"),
        ScheduleState::ReadOnly => "; read-only connection, so nothing runs",
        ScheduleState::LossNotAccepted => "; a store was lost, so nothing runs until that is accepted",
        ScheduleState::NotConfirmed => "; NOT confirmed, so nothing runs",
        ScheduleState::Asks => "; a due run waits for your decision",
        ScheduleState::Quiet => "; a due run waits for the end of quiet hours",
        ScheduleState::OrgLimit => "; a due run waits for the end of the org's limit",
        ScheduleState::On => "",
    };
    let next = next_due.map_or_else(|| "at no time".to_owned(), |due| app::time_in(due, zone));
    format!("On: {cron} in {zone}; next {next}{but}{quiet}")
}

/// `; quiet daily 18:00-20:00 (Europe/Berlin)`, or nothing.
fn quiet_words(quiet: &QuietView) -> String {
    let one = |window: &QuietWindow| {
        let days: Vec<String> =
            window.days.iter().map(|day| json!(day).as_str().unwrap_or_default().to_owned()).collect();
        let days = if days.is_empty() { "daily".to_owned() } else { days.join(",") };
        format!("{days} {}-{}", window.from, window.to)
    };
    let windows: Vec<String> = quiet.windows.iter().map(one).collect();
    if windows.is_empty() {
        String::new()
    } else {
        format!("; quiet {} ({})", windows.join(", "), quiet.zone)
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
