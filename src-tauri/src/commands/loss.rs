use app::{Result, views::LossView};

use super::ConsoleState;

/// What is missing after a store was lost or put back, until a person accepts it.
#[tauri::command]
#[specta::specta]
pub async fn loss(console: ConsoleState<'_>) -> Result<Option<LossView>> {
    Ok(console.app()?.loss())
}

/// Accepts the loss; `name` is the connection's, as the person typed it. Answers what was accepted.
#[tauri::command]
#[specta::specta]
pub async fn loss_accept(console: ConsoleState<'_>, name: String) -> Result<Option<LossView>> {
    console.app()?.loss_accept(&name).await
}
