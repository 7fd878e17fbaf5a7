//! What becomes of the program when its window is closed.

use tauri::{Manager, Window, WindowEvent};

use crate::{leaving, preferences, window::has_tray};

/// Closing the window quits, once nothing that was typed is lost by it; unless the person wants to go on delivering from
/// the tray and there is one: a window that is hidden with no way back would be gone.
pub(crate) fn on_event(window: &Window, event: &WindowEvent) {
    let WindowEvent::CloseRequested { api, .. } = event else { return };
    api.prevent_close();
    let window = window.clone();
    tauri::async_runtime::spawn(async move {
        let app = window.app_handle();
        let stays = preferences::load(app).keep_in_tray;
        let hidden = stays && has_tray(app).await && window.hide().is_ok();
        if !hidden {
            leaving::leave(app);
        }
    });
}
