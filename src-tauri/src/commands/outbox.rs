use app::{
    Existing, ExportName, Result,
    views::{EntryPage, EntryQuery, InTime, LanePage, LaneQuery, ManyInTime, OutboxExport},
};
use model::MessageText;
use tauri::{AppHandle, Runtime};

use super::{ConsoleState, parse};
use crate::dialog;

/// A page of the conversations with something left to deliver or to decide.
#[tauri::command]
#[specta::specta]
pub async fn outbox_lanes(
    console: ConsoleState<'_>,
    query: LaneQuery,
    offset: u32,
    limit: u32,
) -> Result<LanePage> {
    console.app()?.outbox_lanes(query, offset, limit).await
}

/// A page of the entries that are neither delivered nor discarded.
#[tauri::command]
#[specta::specta]
pub async fn outbox_page(
    console: ConsoleState<'_>,
    query: EntryQuery,
    offset: u32,
    limit: u32,
) -> Result<EntryPage> {
    console.app()?.outbox_page(query, offset, limit).await
}

/// Tries an entry at once.
#[tauri::command]
#[specta::specta]
pub async fn outbox_retry(console: ConsoleState<'_>, id: String, out_of_order: bool) -> Result<InTime> {
    console.app()?.outbox_retry(parse("id", &id)?, out_of_order).await
}

/// Takes an entry back.
#[tauri::command]
#[specta::specta]
pub async fn outbox_discard(console: ConsoleState<'_>, id: String) -> Result<InTime> {
    console.app()?.outbox_discard(parse("id", &id)?).await
}

/// A person says of an uncertain entry that the org has it.
#[tauri::command]
#[specta::specta]
pub async fn outbox_mark_delivered(console: ConsoleState<'_>, id: String) -> Result<InTime> {
    console.app()?.outbox_mark_delivered(parse("id", &id)?).await
}

/// Sends an uncertain entry again because a person says so: the org may then have it twice.
#[tauri::command]
#[specta::specta]
pub async fn outbox_send_again(console: ConsoleState<'_>, id: String) -> Result<InTime> {
    console.app()?.outbox_send_again(parse("id", &id)?).await
}

/// Changes the text of an entry before it is sent.
#[tauri::command]
#[specta::specta]
pub async fn outbox_edit(
    console: ConsoleState<'_>,
    id: String,
    text: String,
    out_of_order: bool,
) -> Result<InTime> {
    let text = MessageText::new(text)?;
    console.app()?.outbox_edit(parse("id", &id)?, text, out_of_order).await
}

/// Lifts the pause of the whole outbox.
#[tauri::command]
#[specta::specta]
pub async fn outbox_resume(console: ConsoleState<'_>) -> Result<()> {
    console.app()?.outbox_resume().await
}

/// Sends every dead entry of a conversation again, and what waits in it at once.
#[tauri::command]
#[specta::specta]
pub async fn outbox_retry_lane(
    console: ConsoleState<'_>,
    conversation_id: String,
    out_of_order: bool,
) -> Result<ManyInTime> {
    console.app()?.outbox_retry_lane(parse("conversationId", &conversation_id)?, out_of_order).await
}

/// Takes every dead entry out of a conversation.
#[tauri::command]
#[specta::specta]
pub async fn outbox_discard_dead(console: ConsoleState<'_>, conversation_id: String) -> Result<ManyInTime> {
    console.app()?.outbox_discard_dead(parse("conversationId", &conversation_id)?).await
}

/// Writes what was asked for to a new file of this bare name, texts included, where files of the window go.
#[tauri::command]
#[specta::specta]
pub async fn outbox_export(
    console: ConsoleState<'_>,
    query: EntryQuery,
    file: String,
) -> Result<OutboxExport> {
    let name = ExportName::new(&file)?;
    let folder = console.folder().await?.exports()?;
    console.app()?.outbox_export(query, folder.join(name.as_str()), Existing::Keep).await
}

/// The same to a file that a person chooses in a dialog of the system, which asks before one is replaced; nothing where they
/// chose none.
#[tauri::command]
#[specta::specta]
pub async fn outbox_export_elsewhere<R: Runtime>(
    handle: AppHandle<R>,
    console: ConsoleState<'_>,
    query: EntryQuery,
    file: String,
) -> Result<Option<OutboxExport>> {
    let (app, name) = (console.app()?, ExportName::new(&file)?);
    let folder = console.folder().await?.exports()?;
    match dialog::save_as(&handle, "Export the outbox", &folder, &name).await? {
        Some(chosen) => app.outbox_export(query, chosen, Existing::Replace).await.map(Some),
        None => Ok(None),
    }
}
