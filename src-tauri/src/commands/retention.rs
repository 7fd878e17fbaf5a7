use app::{
    Failure, RunOptions,
    views::{OutcomePage, PlanView, PolicyView, RunView, ScheduleView},
};

use super::Held;

/// The saved policy.
#[tauri::command]
#[specta::specta]
pub(crate) async fn retention_policy(console: Held<'_>) -> Result<PolicyView, Failure> {
    Ok(console.app()?.retention_policy())
}

/// Saves the policy.
#[tauri::command]
#[specta::specta]
pub(crate) async fn retention_set_policy(
    console: Held<'_>,
    policy: PolicyView,
) -> Result<PolicyView, Failure> {
    console.app()?.retention_set_policy(policy).await
}

/// Makes a plan: what would go under this policy, frozen on disk.
#[tauri::command]
#[specta::specta]
pub(crate) async fn retention_preview(console: Held<'_>, policy: PolicyView) -> Result<PlanView, Failure> {
    console.app()?.retention_preview(policy).await
}

/// The newest plan of this connection.
#[tauri::command]
#[specta::specta]
pub(crate) async fn retention_plan(console: Held<'_>) -> Result<Option<PlanView>, Failure> {
    console.app()?.retention_plan().await
}

/// Carries out a plan that was previewed here. `confirmed` is the count a person typed, where the connection asks for it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn retention_run(
    console: Held<'_>,
    plan: String,
    confirmed: Option<u32>,
) -> Result<RunView, Failure> {
    console.app()?.retention_run_previewed(&plan, confirmed.map(u64::from)).await
}

/// Plans with the saved policy and carries the plan out.
#[tauri::command]
#[specta::specta]
pub(crate) async fn retention_run_now(console: Held<'_>) -> Result<RunView, Failure> {
    console.app()?.retention_run_now().await
}

/// Goes on with a run that is paused, interrupted or failed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn retention_resume(console: Held<'_>, run: String) -> Result<RunView, Failure> {
    let progress = console.app()?.retention_resume(&run, RunOptions::default()).await?;
    let view = progress.borrow().view.clone();
    Ok(view)
}

/// Pauses the run after the delete in flight.
#[tauri::command]
#[specta::specta]
pub(crate) async fn retention_pause(console: Held<'_>, run: String) -> Result<RunView, Failure> {
    console.app()?.retention_pause(&run).await
}

/// Ends the run for good.
#[tauri::command]
#[specta::specta]
pub(crate) async fn retention_cancel(console: Held<'_>, run: String) -> Result<RunView, Failure> {
    console.app()?.retention_cancel(&run).await
}

/// All runs, newest first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn retention_runs(console: Held<'_>) -> Result<Vec<RunView>, Failure> {
    console.app()?.retention_runs().await
}

/// A window of the outcomes of a run.
#[tauri::command]
#[specta::specta]
pub(crate) async fn retention_outcomes(
    console: Held<'_>,
    run: String,
    offset: u32,
    limit: u32,
) -> Result<OutcomePage, Failure> {
    console.app()?.retention_outcomes(&run, offset, limit).await
}

/// The schedule of this connection.
#[tauri::command]
#[specta::specta]
pub(crate) async fn retention_schedule(console: Held<'_>) -> Result<ScheduleView, Failure> {
    Ok(console.app()?.retention_schedule())
}

/// Switches the schedule on or off, or changes it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn retention_set_schedule(
    console: Held<'_>,
    armed: bool,
    cron: String,
    zone: String,
) -> Result<ScheduleView, Failure> {
    console.app()?.retention_set_schedule(armed, &cron, &zone).await
}
