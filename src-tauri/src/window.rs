use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindowBuilder, webview::NewWindowResponse};

/// The only window.
const MAIN: &str = "main";

/// Whether the page may go there: only the bundled page itself, and in development its dev server.
fn is_ours(url: &Url) -> bool {
    let bundled = url.scheme() == "tauri"
        || (matches!(url.scheme(), "http" | "https") && url.host_str() == Some("tauri.localhost"));
    let dev = cfg!(dev) && url.host_str() == Some("localhost") && url.port() == Some(1420);
    bundled || dev
}

/// Opens the window. It never leaves its page and opens no other.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<()> {
    WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default())
        .title("Innkeeper")
        .inner_size(1360.0, 860.0)
        .min_inner_size(960.0, 600.0)
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .disable_drag_drop_handler()
        .build()?;
    Ok(())
}

/// A second start shows the window that is there.
pub(crate) fn focus(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        // Showing a window is a courtesy; a window system that refuses it costs nothing.
        drop(window.unminimize());
        drop(window.set_focus());
    }
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
        ] {
            assert!(!is_ours(&away.parse().unwrap()), "{away}");
        }
    }
}
