use std::{sync::Arc, time::Duration};

use app::views::Status;
use tauri::AppHandle;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep},
};

use crate::{
    console::Console,
    notice::{Decision, Notice, Seen, decide},
    tray::{self, Tray},
    window,
};

/// The shortest time between two changes of the tray: three a second, more is flicker.
const BETWEEN_CHANGES: Duration = Duration::from_millis(300);

/// Messages that are refused for one reason are told in one notification: when a conversation is over, its messages are
/// refused one by one.
const GATHERING: Duration = Duration::from_secs(1);

/// The newest state, and whether the connection could not be opened.
type Now = (Status, bool);

/// Keeps the tray and the system's notifications in step with what the page is told. Values in between are dropped.
pub(crate) fn start(app: &AppHandle, console: Arc<Console>, tray: Option<Tray>) {
    let (newest, now) = watch::channel(Now::default());
    tauri::async_runtime::spawn(async move {
        console.follow(|_, status, failure| newest.send((status, failure.is_some())).is_ok()).await;
    });
    let (notices, shown) = mpsc::channel(1);
    tauri::async_runtime::spawn(tell(now.clone(), notices));
    tauri::async_runtime::spawn(show(app.clone(), shown));
    if let Some(tray) = tray {
        tauri::async_runtime::spawn(paint(app.clone(), now, tray));
    }
}

async fn paint(app: AppHandle, mut now: watch::Receiver<Now>, tray: Tray) {
    let mut before = None;
    while now.changed().await.is_ok() {
        let words = {
            let newest = now.borrow_and_update();
            tray::words(&newest.0, newest.1)
        };
        if before.as_ref() == Some(&words) {
            continue;
        }
        let (tray, old, new) = (tray.clone(), before.replace(words.clone()), words);
        let asked = app.run_on_main_thread(move || {
            if let Err(why) = tray.show(old.as_ref(), &new) {
                tracing::warn!("the tray: {why}");
            }
        });
        if asked.is_err() {
            return;
        }
        sleep(BETWEEN_CHANGES).await;
    }
}

async fn tell(mut now: watch::Receiver<Now>, notices: mpsc::Sender<Notice>) {
    let mut known = Seen::default();
    let mut told: Option<Instant> = None;
    let mut gathered = false;
    loop {
        let seen = Seen::of(&now.borrow_and_update().0);
        let (next, decision) = decide(&known, &seen, told.map(|at| at.elapsed()));
        if matches!(decision, Decision::Tell(_)) && !gathered {
            gathered = true;
            sleep(GATHERING).await;
            continue;
        }
        gathered = false;
        known = next;
        let again = match decision {
            Decision::Nothing => None,
            Decision::Later(wait) => Some(wait),
            Decision::Tell(notice) => {
                told = Some(Instant::now());
                // One that the desktop has not taken for a minute stands in the way: the count in the tray is there.
                drop(notices.try_send(notice));
                None
            }
        };
        let changed = match again {
            None => now.changed().await,
            Some(wait) => tokio::time::timeout(wait, now.changed()).await.unwrap_or(Ok(())),
        };
        if changed.is_err() {
            return;
        }
    }
}

#[cfg(target_os = "linux")]
async fn show(app: AppHandle, notices: mpsc::Receiver<Notice>) {
    crate::session_bus::show(notices, |screen| window::show(&app, screen)).await;
}

/// A click brings the program to the front there by itself.
#[cfg(not(target_os = "linux"))]
async fn show(app: AppHandle, mut notices: mpsc::Receiver<Notice>) {
    while let Some(Notice { summary, body, .. }) = notices.recv().await {
        let identifier = app.config().identifier.clone();
        let show = move || {
            let mut notification = notify_rust::Notification::new();
            notification.appname("Innkeeper").summary(&summary).body(&body);
            #[cfg(windows)]
            notification.app_id(&identifier);
            #[cfg(not(windows))]
            drop(identifier);
            notification.show().map(drop).map_err(|why| why.to_string())
        };
        let shown = tauri::async_runtime::spawn_blocking(show).await;
        if let Ok(Err(why)) = shown {
            tracing::warn!("no system notification could be shown: {why}");
        }
    }
}

#[cfg(test)]
mod tests {
    use app::views::{ConnectionKind, ConnectionView, OutboxCounts};

    use super::*;
    use crate::notice::BETWEEN_NOTICES;

    fn with_dead(dead: u32) -> Now {
        let connection = ConnectionView {
            name: "Support".into(),
            kind: ConnectionKind::Test,
            environment: String::new(),
            dialect: "guest-api".into(),
            named_dialect: None,
            lacks: Vec::new(),
            client_id: String::new(),
            read_only: false,
            deployment: None,
            origin: None,
            scopes: Vec::new(),
            current: true,
            built_in: false,
            sign_in: None,
        };
        let outbox = OutboxCounts { dead, ..OutboxCounts::default() };
        (Status { connection: Some(connection), outbox, ..Status::default() }, false)
    }

    #[tokio::test(start_paused = true)]
    async fn what_dies_together_is_told_together_and_what_dies_soon_after_a_minute_later() {
        let (newest, now) = watch::channel(Now::default());
        let (notices, mut shown) = mpsc::channel(1);
        let telling = tokio::spawn(tell(now, notices));
        // The first four were dead before. Time only goes on when nobody has anything to do, so each is seen.
        let began = Instant::now();
        for dead in [4, 5, 6, 7] {
            newest.send_replace(with_dead(dead));
            sleep(Duration::from_millis(700)).await;
        }
        assert_eq!(shown.recv().await.unwrap().summary, "2 messages were refused by the org");
        assert!(began.elapsed() < Duration::from_secs(3));
        assert_eq!(shown.recv().await.unwrap().summary, "1 message was refused by the org");
        let passed = began.elapsed() - BETWEEN_NOTICES - GATHERING;
        assert!(passed < Duration::from_secs(3), "{passed:?}");
        drop(newest);
        telling.await.unwrap();
        assert!(shown.recv().await.is_none());
    }
}
