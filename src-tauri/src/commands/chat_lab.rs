use app::{
    Existing, ExportName, Result,
    views::{
        LabAct, LabAgentAct, LabAnswer, LabChatView, LabDoctorView, LabFileView, LabFramesExport,
        LabFramesPage, LabOverview, LabScenarioSaved, LabStart, LabTranscriptPage, OpenWhat,
    },
};
use tauri::{AppHandle, Runtime};
use uuid::Uuid;

use super::ConsoleState;
use crate::dialog;

/// The chats that are played here, and what a new one would use.
#[tauri::command]
#[specta::specta]
pub async fn lab_overview(console: ConsoleState<'_>) -> Result<LabOverview> {
    Ok(console.app()?.lab_overview())
}

/// Starts a chat as a new guest; the token stays in the core.
#[tauri::command]
#[specta::specta]
pub async fn lab_start(console: ConsoleState<'_>, start: LabStart) -> Result<LabChatView> {
    console.app()?.lab_start(start).await
}

/// Takes up a session by the token that a person gave; it never comes back.
#[tauri::command]
#[specta::specta]
pub async fn lab_resume(console: ConsoleState<'_>, start: LabStart, token: String) -> Result<LabChatView> {
    console.app()?.lab_resume(start, token).await
}

/// Writes a message as the guest of a chat.
#[tauri::command]
#[specta::specta]
pub async fn lab_say(console: ConsoleState<'_>, chat: Uuid, id: Uuid, text: String) -> Result<()> {
    console.app()?.lab_say(chat, id, &text).await
}

/// Answers what the other side offered.
#[tauri::command]
#[specta::specta]
pub async fn lab_answer(console: ConsoleState<'_>, chat: Uuid, id: Uuid, answer: LabAnswer) -> Result<()> {
    console.app()?.lab_answer(chat, id, answer).await
}

/// Does what a person does with a chat.
#[tauri::command]
#[specta::specta]
pub async fn lab_act(console: ConsoleState<'_>, chat: Uuid, act: LabAct) -> Result<()> {
    console.app()?.lab_act(chat, act).await
}

/// Plays the other side of a chat with the embedded simulator.
#[tauri::command]
#[specta::specta]
pub async fn lab_agent(console: ConsoleState<'_>, chat: Uuid, act: LabAgentAct) -> Result<()> {
    console.app()?.lab_agent(chat, act).await
}

/// Lets a person choose a file in a dialog of the system; answers a handle, or nothing where they chose none.
#[tauri::command]
#[specta::specta]
pub async fn lab_file_choose<R: Runtime>(
    handle: AppHandle<R>,
    console: ConsoleState<'_>,
) -> Result<Option<LabFileView>> {
    let chosen = dialog::open(&handle, "Send a file", OpenWhat::Files).await?;
    Ok(chosen.into_iter().next().map(|path| console.given_files.keep(path, None)))
}

/// Files that a person dropped on the window and that were not taken yet; they are answered once.
#[tauri::command]
#[specta::specta]
pub async fn lab_files_dropped(console: ConsoleState<'_>) -> Result<Vec<LabFileView>> {
    Ok(console.given_files.take_dropped())
}

/// Uploads and sends a file that a person chose or dropped.
#[tauri::command]
#[specta::specta]
pub async fn lab_attach(
    console: ConsoleState<'_>,
    chat: Uuid,
    id: Uuid,
    handle: Uuid,
    text: Option<String>,
) -> Result<()> {
    let path = console.given_files.path(handle)?;
    console.app()?.lab_attach(chat, id, path, text).await
}

/// A part of a transcript.
#[tauri::command]
#[specta::specta]
pub async fn lab_transcript(
    console: ConsoleState<'_>,
    chat: Uuid,
    offset: u32,
    limit: u32,
) -> Result<LabTranscriptPage> {
    console.app()?.lab_transcript(chat, offset, limit)
}

/// A part of the frames whose name or JSON has the filter's text.
#[tauri::command]
#[specta::specta]
pub async fn lab_frames(
    console: ConsoleState<'_>,
    chat: Uuid,
    filter: String,
    offset: u32,
    limit: u32,
) -> Result<LabFramesPage> {
    console.app()?.lab_frames(chat, &filter, offset, limit)
}

/// Writes the frames of a chat to a new file of this bare name, where files of the window go.
#[tauri::command]
#[specta::specta]
pub async fn lab_frames_export(
    console: ConsoleState<'_>,
    chat: Uuid,
    file: String,
) -> Result<LabFramesExport> {
    let name = ExportName::new(&file)?;
    let folder = console.folder().await?.exports()?;
    console.app()?.lab_frames_export(chat, folder.join(name.as_str()), Existing::Keep).await
}

/// The same to a file that a person chooses in a dialog of the system, which asks before one is replaced; nothing where they
/// chose none.
#[tauri::command]
#[specta::specta]
pub async fn lab_frames_export_elsewhere<R: Runtime>(
    handle: AppHandle<R>,
    console: ConsoleState<'_>,
    chat: Uuid,
    file: String,
) -> Result<Option<LabFramesExport>> {
    let (app, name) = (console.app()?, ExportName::new(&file)?);
    let folder = console.folder().await?.exports()?;
    match dialog::save_as(&handle, "Export the frames", &folder, &name).await? {
        Some(chosen) => app.lab_frames_export(chat, chosen, Existing::Replace).await.map(Some),
        None => Ok(None),
    }
}

/// Saves a chat as a scenario file that a person chooses in a dialog of the system; nothing where they chose none.
#[tauri::command]
#[specta::specta]
pub async fn lab_scenario_save<R: Runtime>(
    handle: AppHandle<R>,
    console: ConsoleState<'_>,
    chat: Uuid,
    name: String,
    file: String,
) -> Result<Option<LabScenarioSaved>> {
    let (app, bare) = (console.app()?, ExportName::ending(&file, ".yaml")?);
    let folder = console.folder().await?.exports()?;
    match dialog::save_as(&handle, "Save the chat as a scenario", &folder, &bare).await? {
        Some(chosen) => app.lab_scenario_save(chat, &name, chosen, Existing::Replace).await.map(Some),
        None => Ok(None),
    }
}

/// What a test can expect of a deployment, by its public configuration alone.
#[tauri::command]
#[specta::specta]
pub async fn lab_doctor(
    console: ConsoleState<'_>,
    deployment: Option<String>,
    page_origin: Option<String>,
) -> Result<LabDoctorView> {
    console.app()?.lab_doctor(deployment.as_deref(), page_origin.as_deref()).await
}
