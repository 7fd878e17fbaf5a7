use app::{Failure, views::RequestView};

use super::Held;

/// What was asked of the org lately, newest first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn activity_list(console: Held<'_>) -> Result<Vec<RequestView>, Failure> {
    Ok(console.app()?.activity_list())
}
