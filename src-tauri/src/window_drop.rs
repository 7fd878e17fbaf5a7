//! Files that are dropped on the window: kept under handles, and the page is told that there are some.

use std::sync::Arc;

use app::views::LabPoint;
use tauri::{DragDropEvent, Manager, Window, WindowEvent};

use crate::console::Console;

/// The page never sees a path. Of folders nothing is kept: a guest sends files.
pub(crate) fn on_event(window: &Window, event: &WindowEvent) {
    let WindowEvent::DragDrop(DragDropEvent::Drop { paths, position }) = event else { return };
    let at = position.to_logical::<i32>(window.scale_factor().unwrap_or(1.0));
    let console = window.state::<Arc<Console>>();
    console.files_dropped(paths, LabPoint { x: at.x, y: at.y });
}
