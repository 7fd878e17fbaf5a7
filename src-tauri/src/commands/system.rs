use app::{
    Result,
    views::{Snapshot, Update},
};
use tauri::{AppHandle, Runtime, ipc::Channel};

use super::ConsoleState;
use crate::{
    preferences::{self, Preferences},
    window,
};

/// The whole state now, then numbered updates on the channel.
#[tauri::command]
#[specta::specta]
pub async fn subscribe(console: ConsoleState<'_>, channel: Channel<Update>) -> Result<Snapshot> {
    Ok(console.subscribe(channel).await)
}

/// Tries to open the data folder again after it failed.
#[tauri::command]
#[specta::specta]
pub async fn reopen(console: ConsoleState<'_>) -> Result<()> {
    console.reopen().await
}

/// The person's switch between online and offline.
#[tauri::command]
#[specta::specta]
pub async fn set_online(console: ConsoleState<'_>, on: bool) -> Result<()> {
    console.set_online(on).await
}

/// How the window looks.
#[tauri::command]
#[specta::specta]
pub async fn preferences<R: Runtime>(handle: AppHandle<R>) -> Result<Preferences> {
    Ok(Preferences { tray: window::has_tray(&handle).await, ..preferences::load(&handle) })
}

/// Keeps how the window looks, and draws it at that size.
#[tauri::command]
#[specta::specta]
pub async fn set_preferences<R: Runtime>(handle: AppHandle<R>, preferences: Preferences) -> Result<()> {
    preferences::save(&handle, preferences)?;
    window::zoom(&handle, preferences.zoom);
    Ok(())
}
