//! The icon in the system's tray: the live counts for whoever has the window closed or behind others.

mod icon;
mod library;
mod words;

use std::{panic::AssertUnwindSafe, sync::Arc};

use tauri::{
    AppHandle, Manager,
    menu::{Menu, MenuItem, PredefinedMenuItem},
    tray::{TrayIcon, TrayIconBuilder},
};

pub(crate) use words::{Words, words};

use crate::{console::Console, leaving, notice::Screen, window};

#[derive(Clone)]
pub(crate) struct Tray {
    icon: TrayIcon,
    lines: [MenuItem<tauri::Wry>; 3],
    switch: MenuItem<tauri::Wry>,
}

/// Builds the tray. `None`, with a line in the log, where the system has none or its library is missing.
pub(crate) fn build(app: &AppHandle) -> Option<Tray> {
    if let Some(why) = library::refusal() {
        tracing::info!("no tray: {why}");
        return None;
    }
    // The library can be there and still not load: the wrong architecture, or a part of its own missing. Its loader
    // panics then, which must cost the tray and not the console.
    let built = std::panic::catch_unwind(AssertUnwindSafe(|| try_build(app)));
    match built {
        Ok(Ok(tray)) => Some(tray),
        Ok(Err(why)) => {
            tracing::warn!("no tray: {why}");
            None
        }
        Err(_) => {
            tracing::warn!("no tray: its library does not load");
            None
        }
    }
}

fn try_build(app: &AppHandle) -> tauri::Result<Tray> {
    let first = words(&app::views::Status::default(), false);
    let line = |at: usize| {
        let text = first.lines.get(at).map_or("", String::as_str);
        MenuItem::with_id(app, format!("line-{at}"), text, false, None::<&str>)
    };
    let item = |id: &str, text: &str| MenuItem::with_id(app, id, text, true, None::<&str>);
    let lines = [line(0)?, line(1)?, line(2)?];
    let switch = MenuItem::with_id(app, "switch", "Go offline", false, None::<&str>)?;
    let [one, two, three] = &lines;
    let menu = Menu::with_items(
        app,
        &[
            one,
            two,
            three,
            &PredefinedMenuItem::separator(app)?,
            &item("show", "Show Innkeeper")?,
            &switch,
            &item("outbox", "Open outbox")?,
            &PredefinedMenuItem::separator(app)?,
            &item("quit", "Quit")?,
        ],
    )?;
    let icon = TrayIconBuilder::with_id("innkeeper")
        .icon(icon::icon(first.state))
        .tooltip(first.tooltip())
        .menu(&menu)
        .on_menu_event(|app, event| chosen(app, event.id().as_ref()))
        .build(app)?;
    Ok(Tray { icon, lines, switch })
}

fn chosen(app: &AppHandle, item: &str) {
    match item {
        "show" => window::focus(app),
        "outbox" => window::show(app, Screen::Outbox),
        "quit" => leaving::leave(app),
        "switch" => {
            let console = Arc::clone(&app.state::<Arc<Console>>());
            tauri::async_runtime::spawn(async move {
                if let Err(why) = console.switch_online().await {
                    tracing::warn!("the switch in the tray: {}", why.message);
                }
            });
        }
        _ => {}
    }
}

impl Tray {
    /// Changes what differs from `before`: an item that is written anew flickers in an open menu.
    pub(crate) fn show(&self, before: Option<&Words>, now: &Words) -> tauri::Result<()> {
        let texts = |words: &Words| words.lines.clone();
        let old = before.map(texts);
        for (at, (item, text)) in self.lines.iter().zip(&now.lines).enumerate() {
            if old.as_ref().and_then(|old| old.get(at)) != Some(text) {
                item.set_text(text)?;
            }
        }
        if before.map(|b| b.switch) != Some(now.switch) {
            self.switch.set_enabled(now.switch.is_some())?;
            self.switch.set_text(now.switch.unwrap_or("Go offline"))?;
        }
        if before.map(|b| b.state) != Some(now.state) {
            self.icon.set_icon(Some(icon::icon(now.state)))?;
        }
        self.icon.set_tooltip(Some(now.tooltip()))
    }
}
