use app::{
    Result,
    views::{HoldDraft, HoldView},
};
use uuid::Uuid;

use super::{ConsoleState, parse};

/// Every hold of this connection, the oldest first.
#[tauri::command]
#[specta::specta]
pub async fn hold_list(console: ConsoleState<'_>) -> Result<Vec<HoldView>> {
    console.app()?.hold_list()
}

/// Adds a hold; the same id again is the same hold.
#[tauri::command]
#[specta::specta]
pub async fn hold_add(console: ConsoleState<'_>, id: Uuid, draft: HoldDraft) -> Result<HoldView> {
    console.app()?.hold_add(id, draft).await
}

/// Removes a hold; answers what it was.
#[tauri::command]
#[specta::specta]
pub async fn hold_remove(console: ConsoleState<'_>, id: Uuid) -> Result<Option<HoldView>> {
    console.app()?.hold_remove(id).await
}

/// The holds that keep this guest now, by id or by filter.
#[tauri::command]
#[specta::specta]
pub async fn holds_on_guest(console: ConsoleState<'_>, guest_id: String) -> Result<Vec<HoldView>> {
    console.app()?.holds_on_guest(parse("guestId", &guest_id)?).await
}

/// Who is filled in as the owner of a new hold: the login name.
#[tauri::command]
#[specta::specta]
pub async fn hold_owner() -> Result<String> {
    Ok(app::login_name())
}
