use app::Result;
use tauri::{AppHandle, Runtime};

use super::ConsoleState;
use crate::{
    chat_gateway::{self, GatewayView},
    dialog::{self, Question},
};

/// Whether the chat gateway is open, and where.
#[tauri::command]
#[specta::specta]
pub async fn gateway_status(console: ConsoleState<'_>) -> Result<GatewayView> {
    Ok(console.gateway.status().await)
}

/// Opens the chat gateway on this port of 127.0.0.1 (0 picks a free one), to pages of `origin` beside its own; to pages
/// from elsewhere than this computer only after a person's yes. Open already, it stays as it is.
#[tauri::command]
#[specta::specta]
pub async fn gateway_start<R: Runtime>(
    handle: AppHandle<R>,
    console: ConsoleState<'_>,
    port: u16,
    origin: Option<String>,
) -> Result<GatewayView> {
    let (app, options) = (console.app()?, chat_gateway::options(port, origin)?);
    let open = console.gateway.status().await;
    if open.url.is_some() {
        return Ok(open);
    }
    if let Some(away) = options.allowed_origins.iter().find(|origin| !origin.is_loopback()) {
        dialog::confirm(&handle, Question::gateway_origin(away.as_str())).await?;
    }
    console.gateway.start(app, options).await
}

/// Closes the chat gateway; messages it accepted are on disk and are delivered all the same.
#[tauri::command]
#[specta::specta]
pub async fn gateway_stop(console: ConsoleState<'_>) -> Result<GatewayView> {
    console.gateway.stop().await;
    Ok(console.gateway.status().await)
}
