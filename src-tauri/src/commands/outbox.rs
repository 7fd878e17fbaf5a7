use app::{
    Failure,
    views::{InTime, OutboxView},
};
use model::MessageText;

use super::{Held, parse};

/// Everything not yet delivered.
#[tauri::command]
#[specta::specta]
pub(crate) async fn outbox_list(console: Held<'_>) -> Result<OutboxView, Failure> {
    console.app()?.outbox_list().await
}

/// Tries an entry at once.
#[tauri::command]
#[specta::specta]
pub(crate) async fn outbox_retry(console: Held<'_>, id: String) -> Result<InTime, Failure> {
    console.app()?.outbox_retry(parse("id", &id)?).await
}

/// Takes an entry back.
#[tauri::command]
#[specta::specta]
pub(crate) async fn outbox_discard(console: Held<'_>, id: String) -> Result<InTime, Failure> {
    console.app()?.outbox_discard(parse("id", &id)?).await
}

/// Undoes a discard.
#[tauri::command]
#[specta::specta]
pub(crate) async fn outbox_undo_discard(console: Held<'_>, id: String) -> Result<InTime, Failure> {
    console.app()?.outbox_undo_discard(parse("id", &id)?).await
}

/// Changes the text of an entry before it is sent.
#[tauri::command]
#[specta::specta]
pub(crate) async fn outbox_edit(console: Held<'_>, id: String, text: String) -> Result<InTime, Failure> {
    let text = MessageText::new(text)?;
    console.app()?.outbox_edit(parse("id", &id)?, text).await
}

/// Lifts the pause of the whole outbox.
#[tauri::command]
#[specta::specta]
pub(crate) async fn outbox_resume(console: Held<'_>) -> Result<(), Failure> {
    console.app()?.outbox_resume().await
}
