//! What Linux desktops answer over the session bus: whether a tray is shown, and notifications. Spoken by hand over the
//! bus that single-instance speaks already (docs/decisions/0010-notifications.md). Nothing here is on the window's
//! thread, and nothing waits for longer than told: many machines have no session bus, or nobody on it.

use std::{collections::HashMap, time::Duration};

use futures_util::StreamExt;
use tokio::{sync::mpsc, time::timeout};
use zbus::{Connection, proxy::CacheProperties, zvariant::Value};

use crate::notice::{Notice, Screen};

/// How long the desktop may take to answer.
const ANSWER: Duration = Duration::from_secs(3);

/// The Desktop Notifications Specification, as far as it is needed.
#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications",
    gen_blocking = false
)]
trait Notifications {
    #[expect(clippy::too_many_arguments, reason = "the specification has eight")]
    fn notify(
        &self,
        app_name: &str,
        replaces: u32,
        icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: HashMap<&str, Value<'_>>,
        expires: i32,
    ) -> zbus::Result<u32>;

    #[zbus(signal)]
    fn action_invoked(&self, id: u32, action: String) -> zbus::Result<()>;
}

/// Whether a tray would be seen: somebody on this desktop shows status icons. No answer within `limit` means no.
pub(crate) async fn shows_tray(limit: Duration) -> bool {
    let ask = async {
        let bus = Connection::session().await?;
        let name = "org.kde.StatusNotifierWatcher";
        let watcher = zbus::proxy::Builder::<zbus::Proxy<'_>>::new(&bus)
            .destination(name)?
            .path("/StatusNotifierWatcher")?
            .interface(name)?
            .cache_properties(CacheProperties::No)
            .build()
            .await?;
        watcher.get_property::<bool>("IsStatusNotifierHostRegistered").await
    };
    matches!(timeout(limit, ask).await, Ok(Ok(true)))
}

/// Shows what comes until nothing more can come; `clicked` is called with the screen of the one that a person clicks on.
pub(crate) async fn show(mut notices: mpsc::Receiver<Notice>, clicked: impl Fn(Screen)) {
    let mut desktop = None;
    loop {
        tokio::select! {
            notice = notices.recv() => {
                let Some(notice) = notice else { return };
                let told = timeout(ANSWER, tell(&mut desktop, &notice)).await;
                let why = match told {
                    Ok(Ok(())) => continue,
                    Ok(Err(why)) => why.to_string(),
                    Err(_) => "no answer".to_owned(),
                };
                // The next notice tries with a new connection: a desktop may come up later.
                desktop = None;
                tracing::warn!("no system notification could be shown: {why}");
            }
            screen = clicks(&mut desktop) => clicked(screen),
        }
    }
}

struct Desktop {
    notifications: NotificationsProxy<'static>,
    clicks: ActionInvokedStream,
    /// The newest; a click on an older one is not waited for.
    shown: u32,
    screen: Screen,
}

async fn tell(desktop: &mut Option<Desktop>, notice: &Notice) -> zbus::Result<()> {
    let desktop = match desktop {
        Some(desktop) => desktop,
        None => {
            let bus = Connection::session().await?;
            let notifications =
                NotificationsProxy::builder(&bus).cache_properties(CacheProperties::No).build().await?;
            let clicks = notifications.receive_action_invoked().await?;
            desktop.insert(Desktop { notifications, clicks, shown: 0, screen: Screen::Outbox })
        }
    };
    // `default` is the click on the notification itself.
    let Notice { summary, body, screen } = notice;
    let open = match screen {
        Screen::Outbox => "Open outbox",
        Screen::Retention => "Open retention",
    };
    let (actions, hints) = (["default", open], [("desktop-entry", Value::from("Innkeeper"))]);
    let icon = "innkeeper-desktop";
    let asked = desktop.notifications.notify("Innkeeper", 0, icon, summary, body, &actions, hints.into(), -1);
    (desktop.shown, desktop.screen) = (asked.await?, *screen);
    Ok(())
}

/// Comes back when the notification was clicked; for ever away while there is none.
async fn clicks(desktop: &mut Option<Desktop>) -> Screen {
    if let Some(desktop) = desktop {
        while let Some(signal) = desktop.clicks.next().await {
            if signal.args().is_ok_and(|args| args.id == desktop.shown) {
                return desktop.screen;
            }
        }
    }
    std::future::pending().await
}
