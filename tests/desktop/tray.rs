//! The tray is a courtesy: whatever is wrong with it, the window opens, works and closes.

use std::time::Duration;

use tokio::time::timeout;

use crate::harness::{Desk, tour_folder};
use crate::page::{Outcome, Page, Role::*};

/// Far above what two starts take.
const LIMIT: Duration = Duration::from_secs(90);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_starts_without_a_tray_and_with_a_broken_one_in_the_real_window() {
    // Both names, so that a good library of this machine is not what is loaded in the end.
    let broken = tempfile::tempdir().expect("a temporary folder can be made");
    for name in ["libayatana-appindicator3.so.1", "libappindicator3.so.1"] {
        std::fs::write(broken.path().join(name), "no library at all").expect("it can be written");
    }
    let walk = async {
        starts_and_closes("INNKEEPER_TRAY", "off", "no tray: INNKEEPER_TRAY is off").await?;
        let folder = broken.path().to_string_lossy();
        starts_and_closes("LD_LIBRARY_PATH", &folder, "no tray: its library does not load").await
    };
    let outcome = timeout(LIMIT, walk).await.unwrap_or_else(|_| Err("the console hangs".into()));
    assert!(outcome.is_ok(), "{}", outcome.err().unwrap_or_default());
}

async fn starts_and_closes(variable: &'static str, value: &str, line: &str) -> Outcome {
    let log = tour_folder().join(format!("tray-{variable}.log"));
    // A log of an earlier run would answer for this one.
    drop(std::fs::remove_file(&log));
    let desk = Desk::new(log)
        .with_variable("INNKEEPER_LOG", "innkeeper_desktop=info")
        .with_variable(variable, value);
    let window = desk.open().await;
    let page = Page::of(&window);
    page.see("Simulator").await?;
    page.press(Link, "Settings").await?;
    page.see("Data folder").await?;
    page.see_no("Keep delivering in the tray").await?;
    window.close().await;
    let said = desk.said();
    if said.contains(line) { Ok(()) } else { Err(format!("the console did not say {line:?} but:\n{said}")) }
}
