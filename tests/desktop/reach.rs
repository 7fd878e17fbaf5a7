//! What a script that took over the page can write and where it can send: each command, with paths, hosts and odd names in
//! every place of its input. Beyond the folder for exports and the connections that are there it gets nowhere without a
//! person's yes in a dialog of the desktop, and there nothing but a person answers.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use crate::harness::{Desk, Window, tour_folder};
use crate::hostile::no_panic;
use crate::native::{Dialog, Refuser, any_open};
use crate::page::{Outcome, Page, Role::*};
use crate::script::{commands, run};

/// Far above what it takes.
const LIMIT: Duration = Duration::from_secs(300);

/// Part of every name that is tried: whatever has it was made by the page.
const MARK: &str = "canary";

/// Puts each value in each place of the example that holds a text or nothing.
const TRY: &str = "
    const [command, example, values] = a;
    const places = [];
    const visit = (value, path) => {
      if (path.length && (value === null || typeof value === 'string')) places.push(path);
      if (value && typeof value === 'object') for (const key of Object.keys(value)) visit(value[key], [...path, key]);
    };
    visit(example, []);
    let asked = 0, done = 0;
    for (const path of places) for (const value of values) {
      const input = structuredClone(example);
      let at = input;
      for (const key of path.slice(0, -1)) at = at[key];
      at[path.at(-1)] = value;
      // A name of a connection that is free, so that its address is what is looked at.
      if (input.connection && path.at(-1) !== 'name') input.connection.name = 'canary ' + command.length + asked;
      asked += 1;
      await Promise.race([window.__TAURI_INTERNALS__.invoke(command, input), new Promise((go) => setTimeout(go, 8000))])
        .then(() => { done += 1; }, () => {});
    }
    return { asked, done };";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_command_writes_or_sends_where_a_page_likes_in_the_real_window() {
    let desk = desk("reach.log");
    let walk = async {
        let window = desk.open().await;
        Page::of(&window).see("1,000 guests").await?;
        try_everything(&desk, &window).await?;
        window.close().await;
        no_panic(&desk)
    };
    let outcome = timeout(LIMIT, walk).await.unwrap_or_else(|_| Err("the console hangs".into()));
    assert!(outcome.is_ok(), "{}", outcome.err().unwrap_or_default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_host_needs_a_yes_that_only_a_person_gives_in_the_real_window() {
    let desk = desk("new-host.log");
    let walk = async {
        let window = desk.open().await;
        Page::of(&window).see("1,000 guests").await?;
        ask_for_a_connection(&desk, &window).await?;
        ask_for_an_origin(&window).await?;
        choose_a_place(&desk, &window).await?;
        window.close().await;
        no_panic(&desk)
    };
    let outcome = timeout(LIMIT, walk).await.unwrap_or_else(|_| Err("the console hangs".into()));
    assert!(outcome.is_ok(), "{}", outcome.err().unwrap_or_default());
}

fn desk(log: &str) -> Desk {
    let log = tour_folder().join(log);
    drop(std::fs::remove_file(&log));
    Desk::with_passphrase(log)
}

/// Paths, hosts and odd names, each with the mark.
fn odd(desk: &Desk) -> Vec<String> {
    let outside = desk.folder().join("canary-absolute.jsonl").display().to_string();
    let home = desk.home().join(".canary_profile").display().to_string();
    [
        outside.as_str(),
        home.as_str(),
        ".canary_profile",
        "~/.canary",
        "../canary.jsonl",
        "../../.canary.jsonl",
        "canary/../../canary.jsonl",
        "sub/canary.jsonl",
        "canary.desktop",
        "canary\u{202e}lnosj",
        "canary\u{0}.sh",
        "canary\n.jsonl",
        "CON.canary",
        "file:///tmp/canary",
        "https://canary.invalid",
        "https://canary.invalid:8443/path",
        "https://192.0.2.1/canary",
        "https://cañary.invalid",
        "http://canary.invalid",
        "https://127.0.0.1.canary.invalid",
    ]
    .map(str::to_owned)
    .to_vec()
}

async fn try_everything(desk: &Desk, window: &Window) -> Outcome {
    // Offline, so that what the open connection may be asked costs no org anything.
    run(window, "await window.__TAURI_INTERNALS__.invoke('set_online', { on: false });", Vec::new()).await?;
    // The connection that the examples name, on this computer, so that an edit of it is looked at.
    let lab = commands().into_iter().find(|listed| listed.command == "connection_add").expect("it is listed");
    let add = "await window.__TAURI_INTERNALS__.invoke('connection_add', a[0]);";
    run(window, add, vec![lab.example]).await?;
    let values = odd(desk);
    let mut done_by_reach = std::collections::BTreeMap::new();
    for listed in commands() {
        let refuser = Refuser::start();
        let told = run(window, TRY, vec![json!(listed.command), listed.example, json!(values)]).await?;
        let count = |what: &str| told[what].as_u64().unwrap_or_default();
        *done_by_reach.entry(listed.reach).or_insert(0) += count("done");
        let refused = refuser.refused();
        if listed.reach != "asks" && refused > 0 {
            return Err(format!("{} asks a person and is listed as {:?}", listed.command, listed.reach));
        }
        if listed.reach == "asks" && refused == 0 {
            return Err(format!("{} did not ask once: {told}", listed.command));
        }
        nothing_escaped(desk, listed.command)?;
    }
    // The names that were right were written, so the search is not blind.
    if done_by_reach.get("writes").copied().unwrap_or_default() == 0 || marked(desk.home()).is_empty() {
        return Err(format!("no export was written at all: {done_by_reach:?}"));
    }
    if any_open() { Err("a dialog stays open".into()) } else { Ok(()) }
}

/// Whatever has the mark lies among the exports, and no connection leads to it.
fn nothing_escaped(desk: &Desk, command: &str) -> Outcome {
    let exports = [desk.home().join("Downloads"), desk.folder().join("data/exports")];
    for file in marked(desk.folder()) {
        let path = Path::new(&file);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let in_place = path.parent().is_some_and(|folder| exports.iter().any(|export| export == folder));
        // Connections that lead to this computer were added, with folders of their own.
        let of_a_connection = path.starts_with(desk.folder().join("data/connections"))
            || path.starts_with(desk.folder().join("data/removed"));
        let bare = !name.starts_with('.') && name.to_lowercase().ends_with(".jsonl");
        if !(of_a_connection || in_place && bare) {
            return Err(format!("{command} made {file}"));
        }
    }
    let known: Value = serde_json::from_str(&stored(desk)).unwrap_or_default();
    let all = known["connections"].as_object().into_iter().flatten();
    let away =
        all.map(|(_, one)| &one["environment"]).find(|to| **to != json!({ "baseUrl": "http://127.0.0.1:1" }));
    away.map_or(Ok(()), |host| Err(format!("{command} stored a connection to {host}")))
}

fn stored(desk: &Desk) -> String {
    std::fs::read_to_string(desk.folder().join("data/connections.json")).unwrap_or_default()
}

/// Every file and folder below whose name has the mark.
fn marked(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_name().to_string_lossy().to_lowercase().contains(MARK) {
            found.push(path.display().to_string());
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.extend(marked(&path));
        }
    }
    found
}

async fn add(page: &Page<'_>, name: &str) -> Outcome {
    page.fill("Connection name", name).await?;
    page.fill("Environment or base URL", "https://canary.invalid:8443").await?;
    page.fill("Client id", "demo").await?;
    page.fill("Client secret", "a secret of canary").await?;
    page.press(Button, "Add connection").await
}

async fn ask_for_a_connection(desk: &Desk, window: &Window) -> Outcome {
    let page = Page::of(window);
    page.press(Link, "Settings").await?;
    // Enter without a look, Escape, the frame's button: each is a no.
    for no in ["Return", "Escape", "close"] {
        add(&page, "Away").await?;
        let dialog = Dialog::of("New connection").await?;
        if no == "close" {
            dialog.close().await?;
        } else {
            dialog.press(&[no]).await?;
            dialog.is_gone().await?;
        }
        page.see("Nobody said yes to https://canary.invalid:8443").await?;
        if stored(desk).contains("Away") || desk.folder().join("data/connections/away").exists() {
            return Err(format!("{no} stored the connection"));
        }
    }
    // While it is open, no script of the page answers it, and a second question does not come beside it.
    add(&page, "Away").await?;
    let dialog = Dialog::of("New connection").await?;
    let again = "return window.__TAURI_INTERNALS__.invoke('gateway_start', { port: 0, origin: 'https://canary.invalid' })
        .then(() => 'opened', (why) => why.message);";
    let told = run(window, again, Vec::new()).await?;
    if told.as_str().is_none_or(|told| !told.contains("Another question is open")) {
        return Err(format!("a second question: {told}"));
    }
    let keys = "for (const key of ['Enter', 'y', 'Tab', 'Enter']) for (const on of [window, document, document.body])
        on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));";
    run(window, keys, Vec::new()).await?;
    if stored(desk).contains("Away") {
        return Err("the page answered for its person".into());
    }
    dialog.press(&["Tab", "Return"]).await?;
    dialog.is_gone().await?;
    page.see_in("Connections", "Away").await?;
    if stored(desk).contains("https://canary.invalid:8443") {
        Ok(())
    } else {
        Err("yes stored nothing".into())
    }
}

async fn ask_for_an_origin(window: &Window) -> Outcome {
    let page = Page::of(window);
    page.fill("Port", "0").await?;
    page.fill("Origin of the page", "https://chat.canary.invalid").await?;
    page.press(Button, "Open gateway").await?;
    let dialog = Dialog::of("Chat gateway").await?;
    dialog.press(&["Escape"]).await?;
    page.see("Nobody said yes to https://chat.canary.invalid").await?;
    page.press(Button, "Open gateway").await?;
    let dialog = Dialog::of("Chat gateway").await?;
    dialog.press(&["Tab", "Return"]).await?;
    page.see("Open at http://127.0.0.1").await?;
    page.press(Button, "Close gateway").await?;
    page.see("Open gateway").await
}

/// The save dialog: cancelled nothing is written; chosen, the file lies there, and never over one that is there.
async fn choose_a_place(desk: &Desk, window: &Window) -> Outcome {
    let start = "window.saved = null; window.__TAURI_INTERNALS__.invoke('outbox_export_elsewhere',
        { query: { group: null, conversationId: null }, file: 'canary.jsonl' })
        .then((made) => { window.saved = { made }; }, (why) => { window.saved = { why: why.message }; });";
    let told = "const until = performance.now() + 8000;
        while (window.saved === null && performance.now() < until) await new Promise((go) => setTimeout(go, 30));
        return window.saved;";
    run(window, start, Vec::new()).await?;
    Dialog::of("Export the outbox").await?.close().await?;
    let answer = run(window, told, Vec::new()).await?;
    if answer != json!({ "made": null }) {
        return Err(format!("a save dialog that was closed: {answer}"));
    }
    let place = desk.home().join("elsewhere.jsonl");
    for second in [false, true] {
        run(window, start, Vec::new()).await?;
        let dialog = Dialog::of("Export the outbox").await?;
        dialog.press(&["ctrl+a"]).await?;
        dialog.write(&place.display().to_string()).await?;
        dialog.press_until_gone("Return").await?;
        let answer = run(window, told, Vec::new()).await?;
        // The second time the desktop's own dialog asks whether the file may be replaced, and Return says yes.
        let made = answer["made"]["file"] == Value::String(place.display().to_string());
        if !place.is_file() || !made {
            return Err(format!("saved elsewhere, second {second}: {answer}"));
        }
    }
    Ok(())
}
