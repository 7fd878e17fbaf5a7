//! The end of the console: at once where nothing is lost by it, else after a person confirmed. The page asks, since it can name
//! what would go; where it does not answer, the shell asks in a window of its own, so that nobody is stuck.

use std::{sync::Arc, time::Duration};

use serde::Deserialize;
use specta::Type;
use tauri::{AppHandle, Manager, Runtime};
use tokio::sync::Notify;

use crate::{
    console::Console,
    dialog::{self, Question},
    window,
};

/// How long the page may take until its question is on the screen.
const ANSWER: Duration = Duration::from_secs(2);

/// What the page says to the shell's wish to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LeaveAnswer {
    /// The question is on the screen: a person decides, however long it takes.
    Asked,
    /// A person let everything go.
    Discard,
}

/// Wakes who waits for the page to put its question on the screen.
#[derive(Default)]
pub(crate) struct Leaving(Notify);

/// Ends the console, or has a person asked first.
pub(crate) fn leave(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if nothing_is_lost(&app).await {
            app.exit(0);
        }
    });
}

/// What the page answered.
pub(crate) fn answer<R: Runtime>(app: &AppHandle<R>, answer: LeaveAnswer) {
    match answer {
        LeaveAnswer::Asked => app.state::<Leaving>().0.notify_waiters(),
        LeaveAnswer::Discard => app.exit(0),
    }
}

async fn nothing_is_lost(app: &AppHandle) -> bool {
    let count = app.state::<Arc<Console>>().drafts.count();
    if count == 0 {
        return true;
    }
    window::focus(app);
    let leaving = app.state::<Leaving>();
    // Listens from here on, before it is first awaited.
    let asked = leaving.0.notified();
    window::tell(app, "leave");
    if tokio::time::timeout(ANSWER, asked).await.is_ok() {
        return false;
    }
    dialog::confirm(app, Question::leave(count)).await.is_ok()
}
