use app::{
    Result,
    views::{AuditCheck, AuditPage},
};

use super::ConsoleState;

/// A window of the audit log, the newest line first.
#[tauri::command]
#[specta::specta]
pub async fn audit_page(console: ConsoleState<'_>, offset: u32, limit: u32) -> Result<AuditPage> {
    console.app()?.audit_page(offset, limit).await
}

/// Checks every line and the head that was kept.
#[tauri::command]
#[specta::specta]
pub async fn audit_verify(console: ConsoleState<'_>) -> Result<AuditCheck> {
    console.app()?.audit_verify().await
}

/// Keeps a broken log under another name and begins a new one.
#[tauri::command]
#[specta::specta]
pub async fn audit_set_aside(console: ConsoleState<'_>) -> Result<AuditCheck> {
    console.app()?.audit_set_aside().await
}
