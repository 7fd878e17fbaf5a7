use app::Result;
use tauri::{AppHandle, Runtime};

use super::ConsoleState;
use crate::{
    drafts::{Draft, DraftKind},
    leaving::{self, LeaveAnswer},
};

/// Everything that was typed and not yet saved, sent or discarded, of every connection.
#[tauri::command]
#[specta::specta]
pub async fn drafts(console: ConsoleState<'_>) -> Result<Vec<Draft>> {
    Ok(console.drafts.all())
}

/// Keeps a draft in this process's memory while the console runs.
#[tauri::command]
#[specta::specta]
pub async fn draft_put(console: ConsoleState<'_>, draft: Draft) -> Result<()> {
    console.drafts.put(draft)
}

/// Forgets a draft.
#[tauri::command]
#[specta::specta]
pub async fn draft_remove(
    console: ConsoleState<'_>,
    connection: String,
    kind: DraftKind,
    id: String,
) -> Result<()> {
    console.drafts.remove(connection, kind, id);
    Ok(())
}

/// The page's answer when the console is about to end.
#[tauri::command]
#[specta::specta]
pub async fn leave<R: Runtime>(handle: AppHandle<R>, answer: LeaveAnswer) -> Result<()> {
    leaving::answer(&handle, answer);
    Ok(())
}
