use std::time::Duration;

use tauri::{
    AppHandle, Manager, Runtime, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    webview::NewWindowResponse,
};

use crate::{notice::Screen, preferences};

pub(crate) const MAIN: &str = "main";

/// Whether the page may go there: only the bundled page itself, and in development its dev server.
fn is_ours(url: &Url) -> bool {
    let bundled = (url.scheme() == "tauri" && url.host_str() == Some("localhost"))
        || (matches!(url.scheme(), "http" | "https") && url.host_str() == Some("tauri.localhost"));
    let dev = cfg!(dev) && url.host_str() == Some("localhost") && url.port() == Some(1420);
    bundled || dev
}

/// Opens the window. It never leaves its page and opens no other.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default());
    // The page has nothing to ask of any network. What its policy does not cover (a link that only warms a connection up,
    // a look-up of a name that carries data) ends at a port that nobody can listen on.
    #[cfg(all(target_os = "linux", not(dev)))]
    let window = window.proxy_url("http://127.0.0.1:0".parse().expect("an address as written"));
    let window = window
        .title("Innkeeper")
        .inner_size(1360.0, 860.0)
        .min_inner_size(800.0, 600.0)
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        // Files are written by the core, under a name that a person chose.
        .on_download(|_, _| false)
        .devtools(cfg!(debug_assertions))
        .disable_drag_drop_handler()
        .build()?;
    draw_at(&window, preferences::load(app).zoom);
    Ok(())
}

/// Draws the page larger or smaller, in percent.
fn draw_at<R: Runtime>(window: &WebviewWindow<R>, zoom: u32) {
    // A web view that cannot do it shows the page at its own size.
    drop(window.set_zoom(f64::from(zoom) / 100.0));
}

/// The same for the window that is open.
pub(crate) fn zoom<R: Runtime>(app: &AppHandle<R>, zoom: u32) {
    if let Some(window) = app.get_webview_window(MAIN) {
        draw_at(&window, zoom);
    }
}

/// Shows the window that is there: a second start, the tray, a click on a notification.
pub(crate) fn focus(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        // Showing a window is a courtesy; a window system that refuses it costs nothing.
        drop(window.show());
        drop(window.unminimize());
        drop(window.set_focus());
    }
}

/// The same, on the screen that a notice spoke of.
pub(crate) fn show(app: &AppHandle, screen: Screen) {
    focus(app);
    if let Some(window) = app.get_webview_window(MAIN) {
        let script = match screen {
            Screen::Outbox => "window.location.hash = '#/outbox'",
            Screen::Retention => "window.location.hash = '#/retention'",
        };
        drop(window.eval(script));
    }
}

/// Sends the page an event without data; a page that is not there misses it.
pub(crate) fn tell(app: &AppHandle, event: &'static str) {
    if let Some(window) = app.get_webview_window(MAIN) {
        drop(window.eval(format!("window.dispatchEvent(new Event('innkeeper:{event}'))")));
    }
}

/// Whether the tray could be built.
pub(crate) struct BuiltTray(pub(crate) bool);

/// How long a desktop may take to say whether it shows a tray. The first frame and the closing window wait for it.
const TRAY_ANSWER: Duration = Duration::from_millis(250);

/// Whether there is a tray that a person can see.
pub(crate) async fn has_tray<R: Runtime>(app: &AppHandle<R>) -> bool {
    #[cfg(feature = "bridge")]
    if let Some(person) = app.try_state::<std::sync::Arc<crate::bridge::Person>>() {
        return person.sees_tray();
    }
    let built = app.try_state::<BuiltTray>().is_some_and(|tray| tray.0);
    #[cfg(target_os = "linux")]
    let built = built && crate::session_bus::shows_tray(TRAY_ANSWER).await;
    built
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_goes_nowhere_else() {
        for there in ["tauri://localhost/", "tauri://localhost/#/guests/1", "http://tauri.localhost/"] {
            assert!(is_ours(&there.parse().unwrap()), "{there}");
        }
        for away in [
            "https://example.com/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:text/html,x",
            "http://app.evil.test/",
            "tauri://evil.test/",
            "about:blank",
            "blob:tauri://localhost/6e2f0c1e",
        ] {
            assert!(!is_ours(&away.parse().unwrap()), "{away}");
        }
    }
}
