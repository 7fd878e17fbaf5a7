use app::{
    Existing, ExportName, Result,
    views::{
        OpenWhat, ReportForm, ScenarioChoice, ScenarioDetailView, ScenarioOverview, ScenarioResultPage,
        ScenarioRunOptions,
    },
};
use tauri::{AppHandle, Runtime};
use uuid::Uuid;

use super::ConsoleState;
use crate::dialog;

/// The scenario files that are open, and the run over them.
#[tauri::command]
#[specta::specta]
pub async fn scenario_files(console: ConsoleState<'_>) -> Result<ScenarioOverview> {
    Ok(console.app()?.scenario_files())
}

/// Opens what a person chooses in a dialog of the system; answers how many files that were, or nothing where they chose none.
#[tauri::command]
#[specta::specta]
pub async fn scenario_open<R: Runtime>(
    handle: AppHandle<R>,
    console: ConsoleState<'_>,
    what: OpenWhat,
) -> Result<Option<u32>> {
    let app = console.app()?;
    let title = match what {
        OpenWhat::Files => "Open scenario files",
        OpenWhat::Folder => "Open a folder of scenario files",
    };
    let chosen = dialog::open(&handle, title, what).await?;
    if chosen.is_empty() {
        return Ok(None);
    }
    app.scenario_open(chosen).await.map(Some)
}

/// Reads all open files again, since they may have been changed.
#[tauri::command]
#[specta::specta]
pub async fn scenario_read_again(console: ConsoleState<'_>) -> Result<()> {
    console.app()?.scenario_read_again().await
}

/// Takes a file off the list; the file stays.
#[tauri::command]
#[specta::specta]
pub async fn scenario_close(console: ConsoleState<'_>, id: Uuid) -> Result<()> {
    console.app()?.scenario_close(id)
}

/// Switches on or off that a file is run again whenever it is saved.
#[tauri::command]
#[specta::specta]
pub async fn scenario_watch(console: ConsoleState<'_>, id: Uuid, on: bool) -> Result<()> {
    console.app()?.scenario_watch(id, on).await
}

/// Runs scenarios; what becomes of them is told as it happens.
#[tauri::command]
#[specta::specta]
pub async fn scenario_run(
    console: ConsoleState<'_>,
    choice: ScenarioChoice,
    options: ScenarioRunOptions,
) -> Result<()> {
    console.app()?.scenario_run(choice, options).await
}

/// Ends the run; what ended stays, and the others are told as not run.
#[tauri::command]
#[specta::specta]
pub async fn scenario_stop(console: ConsoleState<'_>) -> Result<()> {
    console.app()?.scenario_stop();
    Ok(())
}

/// A part of the results, failures first.
#[tauri::command]
#[specta::specta]
pub async fn scenario_results(
    console: ConsoleState<'_>,
    offset: u32,
    limit: u32,
) -> Result<ScenarioResultPage> {
    Ok(console.app()?.scenario_results(offset, limit))
}

/// One result with all that is known of it.
#[tauri::command]
#[specta::specta]
pub async fn scenario_result(console: ConsoleState<'_>, number: u32) -> Result<ScenarioDetailView> {
    console.app()?.scenario_result(number)
}

/// Writes a report of the results to a file that a person chooses in a dialog of the system; nothing where they chose none.
#[tauri::command]
#[specta::specta]
pub async fn scenario_report_save<R: Runtime>(
    handle: AppHandle<R>,
    console: ConsoleState<'_>,
    form: ReportForm,
    file: String,
) -> Result<Option<String>> {
    let ending = match form {
        ReportForm::Html => ".html",
        ReportForm::Junit => ".xml",
        ReportForm::Json => ".json",
    };
    let (app, name) = (console.app()?, ExportName::ending(&file, ending)?);
    let folder = console.folder().await?.exports()?;
    match dialog::save_as(&handle, "Save the report", &folder, &name).await? {
        Some(chosen) => app.scenario_report_save(form, chosen, Existing::Replace).await.map(Some),
        None => Ok(None),
    }
}
