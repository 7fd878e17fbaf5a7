//! When a message dies, the desktop says so once, and a click leads to it. The desktop is played by the test: it owns
//! the name of the notification service on the session bus.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{sleep, timeout};
use zbus::zvariant::OwnedValue;

use crate::harness::{Desk, LOOK, tour_folder};
use crate::org::Org;
use crate::page::{ENTER, Outcome, Page, Role::*};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// Far above what it takes.
const LIMIT: Duration = Duration::from_secs(90);

/// Written by a guest: it has to stay out of the notification.
const SECRET: &str = "My number is 0151 2345678.";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_is_told_once_by_the_desktop_and_a_click_opens_the_outbox_in_the_real_window() {
    let log = tour_folder().join("notice.log");
    let desk = Desk::with_passphrase(log);
    let outcome = timeout(LIMIT, walk(&desk)).await.unwrap_or_else(|_| Err("the console hangs".into()));
    assert!(outcome.is_ok(), "{}", outcome.err().unwrap_or_default());
}

async fn walk(desk: &Desk) -> Outcome {
    let desktop = Desktop::start().await.map_err(|why| format!("the session bus: {why}"))?;
    let org = Org::start().await;
    let window = desk.open().await;
    let page = Page::of(&window);
    page.press(Link, "Settings").await?;
    page.fill("Connection name", "Rehearsal").await?;
    page.fill("Environment or base URL", &org.url()).await?;
    page.fill("Client id", "demo").await?;
    page.fill("Client secret", "demo").await?;
    page.press(Button, "Add connection").await?;
    page.see_in("Connections", "Rehearsal").await?;
    page.press(Button, "Use").await?;
    // The connection before was signed in too.
    page.see("Rehearsal · Development").await?;
    page.see("guest:read").await?;
    page.press(Link, "Guests").await?;
    page.press(Button, "Start a chat").await?;
    page.press(Button, "Start chat").await?;
    page.fill("Message", "Is anybody there?").await?;
    page.keys(ENTER).await?;
    page.see_in("Messages", "Is anybody there? Delivered").await?;
    page.press(Switch, "Online").await?;
    page.is_on("Online", false).await?;
    for text in [SECRET, "And I live in Cologne."] {
        page.fill("Message", text).await?;
        page.press(Button, "Send").await?;
        page.see_in("Messages", text).await?;
    }
    org.close_newest_conversation().await?;
    if !desktop.told().is_empty() {
        return Err(format!("told before anything died: {:?}", desktop.told()));
    }

    page.press(Switch, "Online").await?;
    page.see("2 refused").await?;
    while desktop.told().is_empty() {
        sleep(LOOK).await;
    }
    let told = desktop.told();
    let [(summary, body)] = told.as_slice() else { return Err(format!("not one notification: {told:?}")) };
    if !summary.ends_with("refused by the org") || !body.contains("Open the outbox") {
        return Err(format!("the notification says {summary:?}, {body:?}"));
    }

    desktop.click().await.map_err(|why| format!("the click: {why}"))?;
    page.see_in("Messages not yet delivered", SECRET).await?;
    window.close().await;
    Ok(())
}

type Told = Arc<Mutex<Vec<(String, String)>>>;

struct Desktop {
    bus: zbus::Connection,
    told: Told,
}

impl Desktop {
    async fn start() -> zbus::Result<Desktop> {
        let told = Told::default();
        let daemon = Daemon(Arc::clone(&told));
        let bus = zbus::connection::Builder::session()?.name(NAME)?.serve_at(PATH, daemon)?.build().await?;
        Ok(Desktop { bus, told })
    }

    fn told(&self) -> Vec<(String, String)> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn click(&self) -> zbus::Result<()> {
        self.bus.emit_signal(None::<&str>, PATH, NAME, "ActionInvoked", &(ID, "default")).await
    }
}

/// Of the one notification.
const ID: u32 = 7;

struct Daemon(Told);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Daemon {
    #[expect(clippy::too_many_arguments, reason = "the specification has eight")]
    fn notify(
        &self,
        _app_name: &str,
        _replaces: u32,
        _icon: &str,
        summary: &str,
        body: &str,
        _actions: Vec<String>,
        _hints: std::collections::HashMap<String, OwnedValue>,
        _expires: i32,
    ) -> u32 {
        let told = (summary.to_owned(), body.to_owned());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(told);
        ID
    }
}
