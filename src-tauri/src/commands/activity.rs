use app::{Failure, views::RequestView};

use super::ConsoleState;

/// What was asked of the org lately, newest first.
#[tauri::command]
#[specta::specta]
pub async fn activity_list(console: ConsoleState<'_>) -> Result<Vec<RequestView>, Failure> {
    Ok(console.app()?.activity_list())
}
