use app::{
    Existing, ExportName, Failure, Result, RunOptions,
    views::{
        CertificateView, ChangeView, Explanation, ForecastView, NamedPolicyView, OutcomeKind, OutcomePage,
        PlanView, PolicyDraft, PolicyView, RunAnswers, RunView,
    },
};
use std::num::NonZeroU32;
use tauri::{AppHandle, Runtime};

use super::{ConsoleState, parse};
use crate::dialog;

/// Every policy, the first one first; there is always one.
#[tauri::command]
#[specta::specta]
pub async fn retention_policies(console: ConsoleState<'_>) -> Result<Vec<NamedPolicyView>> {
    Ok(console.app()?.retention_policies())
}

/// What saving this draft would change.
#[tauri::command]
#[specta::specta]
pub async fn retention_policy_changes(
    console: ConsoleState<'_>,
    draft: PolicyDraft,
) -> Result<Vec<ChangeView>> {
    console.app()?.retention_policy_changes(draft)
}

/// Saves a new or changed policy.
#[tauri::command]
#[specta::specta]
pub async fn retention_policy_save(console: ConsoleState<'_>, draft: PolicyDraft) -> Result<NamedPolicyView> {
    console.app()?.retention_policy_save(draft).await
}

/// Confirms the policy as it is stored. `due` is the number of guests that was shown.
#[tauri::command]
#[specta::specta]
pub async fn retention_policy_confirm(
    console: ConsoleState<'_>,
    id: String,
    due: u32,
) -> Result<NamedPolicyView> {
    console.app()?.retention_policy_confirm(&id, due).await
}

/// Removes a policy with its schedule.
#[tauri::command]
#[specta::specta]
pub async fn retention_policy_remove(console: ConsoleState<'_>, id: String) -> Result<()> {
    console.app()?.retention_policy_remove(&id).await
}

/// Switches a policy's schedule on or off on this connection.
#[tauri::command]
#[specta::specta]
pub async fn retention_schedule_arm(
    console: ConsoleState<'_>,
    id: String,
    armed: bool,
) -> Result<NamedPolicyView> {
    console.app()?.retention_schedule_arm(&id, armed).await
}

/// A person's answer to a due run that waits: it may go now, once, by this plan that was previewed for it.
#[tauri::command]
#[specta::specta]
pub async fn retention_allow_once(
    console: ConsoleState<'_>,
    id: String,
    plan: String,
    answers: RunAnswers,
) -> Result<NamedPolicyView> {
    console.app()?.retention_allow_planned(&id, &plan, answered(answers)).await
}

/// Makes a plan for a policy: what would go under these rules, frozen on disk.
#[tauri::command]
#[specta::specta]
pub async fn retention_preview(
    console: ConsoleState<'_>,
    policy: String,
    what: PolicyView,
) -> Result<PlanView> {
    console.app()?.retention_preview_for(&policy, what).await
}

/// The newest plan of this connection.
#[tauri::command]
#[specta::specta]
pub async fn retention_plan(console: ConsoleState<'_>) -> Result<Option<PlanView>> {
    console.app()?.retention_plan().await
}

/// Carries out a plan that was previewed here, with a person's answers to its questions.
#[tauri::command]
#[specta::specta]
pub async fn retention_run(
    console: ConsoleState<'_>,
    plan: String,
    answers: RunAnswers,
    pace: Option<u32>,
    max: Option<u32>,
) -> Result<RunView> {
    let least_one = |field| move || Failure::field(field, "must be 1 or more, or nothing for no limit");
    let pace = pace.map(|n| NonZeroU32::new(n).ok_or_else(least_one("pace"))).transpose()?;
    let max = max.map(|n| NonZeroU32::new(n).ok_or_else(least_one("max"))).transpose()?;
    let options = RunOptions { pace, max: max.map(|n| u64::from(n.get())), ..answered(answers) };
    console.app()?.retention_run_previewed(&plan, options).await
}

fn answered(answers: RunAnswers) -> RunOptions {
    RunOptions {
        confirmed: answers.confirmed.map(u64::from),
        clock_confirmed: answers.clock_confirmed,
        unusual_confirmed: answers.unusual_confirmed.map(u64::from),
        ..RunOptions::default()
    }
}

/// Goes on with a run that is paused, interrupted or failed.
#[tauri::command]
#[specta::specta]
pub async fn retention_resume(console: ConsoleState<'_>, run: String) -> Result<RunView> {
    let progress = console.app()?.retention_resume(&run, RunOptions::default()).await?;
    let view = progress.borrow().view.clone();
    Ok(view)
}

/// Pauses the run after the delete in flight.
#[tauri::command]
#[specta::specta]
pub async fn retention_pause(console: ConsoleState<'_>, run: String) -> Result<RunView> {
    console.app()?.retention_pause(&run).await
}

/// Ends the run for good.
#[tauri::command]
#[specta::specta]
pub async fn retention_cancel(console: ConsoleState<'_>, run: String) -> Result<RunView> {
    console.app()?.retention_cancel(&run).await
}

/// Another pace for the run that goes on, from the next delete.
#[tauri::command]
#[specta::specta]
pub async fn retention_set_pace(
    console: ConsoleState<'_>,
    run: String,
    per_minute: Option<u32>,
) -> Result<RunView> {
    console.app()?.retention_set_pace(&run, per_minute)
}

/// All runs, newest first.
#[tauri::command]
#[specta::specta]
pub async fn retention_runs(console: ConsoleState<'_>) -> Result<Vec<RunView>> {
    console.app()?.retention_runs().await
}

/// A window of the outcomes of a run, of one kind where that is asked for.
#[tauri::command]
#[specta::specta]
pub async fn retention_outcomes(
    console: ConsoleState<'_>,
    run: String,
    offset: u32,
    limit: u32,
    kind: Option<OutcomeKind>,
) -> Result<OutcomePage> {
    console.app()?.retention_outcomes(&run, offset, limit, kind).await
}

/// Whether a saved policy would let one guest go now, and why; the first one unless another is named.
#[tauri::command]
#[specta::specta]
pub async fn retention_explain(
    console: ConsoleState<'_>,
    guest_id: String,
    policy: Option<String>,
) -> Result<Explanation> {
    let id = parse("guestId", &guest_id)?;
    console.app()?.retention_explain(id, policy.as_deref()).await
}

/// How many guests fall due when, and what another number of days would do.
#[tauri::command]
#[specta::specta]
pub async fn retention_forecast(
    console: ConsoleState<'_>,
    policy: String,
    then_days: Option<u32>,
) -> Result<ForecastView> {
    console.app()?.retention_forecast(&policy, then_days).await
}

/// The certificate of a run that has ended.
#[tauri::command]
#[specta::specta]
pub async fn retention_certificate(console: ConsoleState<'_>, run: String) -> Result<CertificateView> {
    console.app()?.retention_certificate(&run).await
}

/// Writes the certificate to a new file of this bare name, where files of the window go; answers where it lies.
#[tauri::command]
#[specta::specta]
pub async fn retention_certificate_save(
    console: ConsoleState<'_>,
    run: String,
    file: String,
) -> Result<String> {
    let name = ExportName::new(&file)?;
    let path = console.folder().await?.exports()?.join(name.as_str());
    let path = console.app()?.retention_certificate_save(&run, path, Existing::Keep).await?;
    Ok(path.display().to_string())
}

/// The same to a file that a person chooses in a dialog of the system, which asks before one is replaced; nothing where they
/// chose none.
#[tauri::command]
#[specta::specta]
pub async fn retention_certificate_save_elsewhere<R: Runtime>(
    handle: AppHandle<R>,
    console: ConsoleState<'_>,
    run: String,
    file: String,
) -> Result<Option<String>> {
    let (app, name) = (console.app()?, ExportName::new(&file)?);
    let folder = console.folder().await?.exports()?;
    let Some(chosen) = dialog::save_as(&handle, "Save the certificate", &folder, &name).await? else {
        return Ok(None);
    };
    let path = app.retention_certificate_save(&run, chosen, Existing::Replace).await?;
    Ok(Some(path.display().to_string()))
}
