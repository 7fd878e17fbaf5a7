//! The main job with secrets that nobody else writes, and then a search for them everywhere: what the page has and did,
//! logs, files, exports, the start and the memory of the page's processes.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::Options;
use tokio::time::timeout;

use crate::harness::{Desk, Window, tour_folder};
use crate::page::{ENTER, Outcome, Page, Role::*};
use crate::script::run;
use crate::search::{Needle, find, folder, memory, name_of, start_of};
use crate::wire::Relay;

/// Far above what it takes.
const LIMIT: Duration = Duration::from_secs(300);

/// Keeps what goes to the core and what comes back.
const LISTEN: &str = "
    window.__ipc = [];
    const ask = window.fetch;
    window.fetch = async (...call) => {
      const answer = await ask(...call);
      const text = await answer.clone().text().catch(() => '');
      window.__ipc.push(String(call[0]) + ' ' + String(call[1]?.body ?? '') + ' -> ' + text);
      return answer;
    };";

const HEARD: &str = "return window.__ipc.join('\\n');";
const DRAWN: &str = "return document.documentElement.outerHTML + [...document.querySelectorAll('input, textarea')].map((e) => e.value).join('\\n');";
const KEPT: &str = "return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie,
    (await indexedDB.databases?.())?.map((d) => d.name) ?? [], (await window.caches?.keys().catch(() => [])) ?? []]);";

/// The secrets of one desk, and what a guest writes.
struct Canaries {
    client_secret: Needle,
    passphrase: Needle,
    typed_secret: Needle,
    text: Needle,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_are_nowhere_where_they_do_not_belong_in_the_real_window() {
    let canaries = Canaries {
        client_secret: Needle::new("client secret"),
        passphrase: Needle::new("passphrase"),
        typed_secret: Needle::new("typed client secret"),
        text: Needle::new("message text"),
    };
    let secret = canaries.client_secret.text.clone();
    let options = Options { guests: 12, client_secret: secret, ..Options::default() };
    let org = simulator::start(options).await.expect("loopback ports are free");
    let relay = Relay::before(&org.api_url()).await;
    let log = tour_folder().join("canary.log");
    drop(std::fs::remove_file(&log));
    let desk = Desk::new(log);
    let desk = desk
        .with_variable("INNKEEPER_LOG", "trace")
        .with_variable("INNKEEPER_PASSPHRASE", &canaries.passphrase.text)
        .with_variable("GC_BASE_URL", &relay.url())
        .with_variable("GC_CLIENT_ID", "demo")
        .with_variable("GC_CLIENT_SECRET", &canaries.client_secret.text);
    let search = async {
        let window = desk.open().await;
        work(&window, &canaries).await?;
        let secrets = secrets_of(&relay, canaries);
        let (secrets, typed, text) = secrets?;
        search_the_page(&window, &secrets, &typed, &text).await?;
        window.close().await;
        // What a person typed was in that page's memory, as it has to be; a page that is started anew has none of it.
        let window = desk.open().await;
        let mut all = secrets;
        all.extend(typed);
        Page::of(&window).see("13 guests").await?;
        search_the_processes(&window, &all)?;
        window.close().await;
        search_the_disk(&desk, &all, &text)
    };
    let outcome = timeout(LIMIT, search).await.unwrap_or_else(|_| Err("the console hangs".into()));
    assert!(outcome.is_ok(), "{}", outcome.err().unwrap_or_default());
}

/// Find, edit, chat, write offline, check the session, preview, look around, connect, export.
async fn work(window: &Window, canaries: &Canaries) -> Outcome {
    let page = Page::of(window);
    page.see("12 guests").await?;
    run(window, LISTEN, Vec::new()).await?;
    let text = &canaries.text.text;
    page.press(Button, "Start a chat").await?;
    page.fill("Name", "Grace Canary").await?;
    page.press(Button, "Start chat").await?;
    page.see("Nothing written yet").await?;
    page.fill("Message", text).await?;
    page.keys(ENTER).await?;
    page.see_in("Messages", &format!("{text} Delivered")).await?;
    page.press(Button, "Check session").await?;
    page.see_in("Answer of the session check", "Session is valid").await?;
    page.press(Switch, "Online").await?;
    page.is_on("Online", false).await?;
    page.fill("Message", &format!("Offline: {text}")).await?;
    page.press(Button, "Send").await?;
    page.see_in("Messages", &format!("Offline: {text}")).await?;
    page.press(Link, "Outbox").await?;
    page.see("1 waiting").await?;
    let export = "return (await window.__TAURI_INTERNALS__.invoke('outbox_export',
        { query: { group: null, conversationId: null }, file: 'canary.jsonl' })).exported;";
    if run(window, export, Vec::new()).await? != json!(1) {
        return Err("the outbox was not exported".into());
    }
    page.press(Switch, "Online").await?;
    page.see("everything delivered").await?;
    page.press(Link, "Retention").await?;
    page.press(Button, "Preview plan").await?;
    page.see_in("First to be deleted", "days ago").await?;
    page.press(Link, "Activity").await?;
    page.see_in("Requests", "/api/v2/guests").await?;
    page.press(Link, "Settings").await?;
    page.fill("Connection name", "Second").await?;
    page.fill("Environment or base URL", "http://127.0.0.1:9").await?;
    page.fill("Client id", "demo").await?;
    page.fill("Client secret", &canaries.typed_secret.text).await?;
    page.press(Button, "Add connection").await?;
    page.see_in("Connections", "Second").await?;
    page.press(Link, "Guests").await?;
    page.fill("Search guests", "Grace Canary").await?;
    page.press(Row, "Grace Canary").await?;
    page.press(Tab, "Conversations").await?;
    page.see_in("Messages", text).await
}

/// What no page may have, what a person typed into it, and what it shows.
type Sorted = (Vec<Needle>, Vec<Needle>, Needle);

/// The tokens are read off the wire, where the search shows that they and the secrets can be found at all.
fn secrets_of(relay: &Relay, canaries: Canaries) -> Outcome<Sorted> {
    let mut secrets = vec![canaries.client_secret, canaries.passphrase];
    for (field, what) in [("access_token", "access token"), ("sessionToken", "session token")] {
        let values = relay.values_of(field);
        if values.is_empty() {
            return Err(format!("no {what} stood on the wire"));
        }
        secrets.extend(values.into_iter().map(|text| Needle { what, text }));
    }
    let wire = find(&secrets, |to| to.write_all(relay.seen().as_bytes()));
    let text = find(std::slice::from_ref(&canaries.text), |to| to.write_all(relay.seen().as_bytes()));
    if !wire.contains(&"client secret") || !wire.contains(&"session token") || text.is_empty() {
        return Err(format!("the search does not find on the wire what is there, only {wire:?} {text:?}"));
    }
    Ok((secrets, vec![canaries.typed_secret], canaries.text))
}

fn none(place: &str, found: &[&str]) -> Outcome {
    if found.is_empty() { Ok(()) } else { Err(format!("{place} has {}", found.join(", "))) }
}

fn there(place: &str, found: &[&str]) -> Outcome {
    if found.is_empty() {
        Err(format!("{place} has not what belongs there: the search is blind"))
    } else {
        Ok(())
    }
}

fn find_in(needles: &[Needle], text: &Value) -> Vec<&'static str> {
    find(needles, |to| to.write_all(text.as_str().unwrap_or_default().as_bytes()))
}

async fn search_the_page(window: &Window, secrets: &[Needle], typed: &[Needle], text: &Needle) -> Outcome {
    let text = std::slice::from_ref(text);
    let heard = run(window, HEARD, Vec::new()).await?;
    none("what the page asked of the core", &find_in(secrets, &heard))?;
    there("what the page asked of the core", &find_in(text, &heard))?;
    let told = heard.as_str().unwrap_or_default();
    if typed.iter().any(|secret| told.matches(&secret.text).count() != 1) {
        return Err("a secret that a person typed goes to the core once, and never comes back".into());
    }
    let drawn = run(window, DRAWN, Vec::new()).await?;
    none("the page", &find_in(secrets, &drawn))?;
    none("the page", &find_in(typed, &drawn))?;
    there("the page", &find_in(text, &drawn))?;
    let kept = run(window, KEPT, Vec::new()).await?;
    none("the page's storage", &find_in(secrets, &kept))?;
    none("the page's storage", &find_in(typed, &kept))?;
    none("the page's storage", &find_in(text, &kept))?;
    search_the_processes(window, secrets)?;
    there("the page's memory", &find(text, |to| page_memory(window, to)))
}

fn page_memory(window: &Window, to: &mut dyn std::io::Write) -> std::io::Result<()> {
    let of_the_page = |process: &u32| name_of(*process).starts_with("WebKitWebProc");
    window.processes().into_iter().filter(of_the_page).try_for_each(|process| memory(process, to))
}

/// The processes that the console started for its page: how they were started, and what they have in memory.
fn search_the_processes(window: &Window, secrets: &[Needle]) -> Outcome {
    let mut seen = 0;
    for process in window.processes() {
        let name = name_of(process);
        // The console itself keeps the secrets, and its driver gave it its environment.
        if !name.starts_with("WebKit") {
            continue;
        }
        seen += 1;
        none(&format!("the start of {name}"), &find(secrets, |to| start_of(process, to)))?;
        none(&format!("the memory of {name}"), &find(secrets, |to| memory(process, to)))?;
    }
    if seen < 2 { Err(format!("only {seen} processes of the page were found")) } else { Ok(()) }
}

fn search_the_disk(desk: &Desk, secrets: &[Needle], text: &Needle) -> Outcome {
    let export = desk.home().join("Downloads/canary.jsonl");
    let written = |to: &mut dyn std::io::Write| to.write_all(&std::fs::read(&export)?);
    none("the export", &find(secrets, written))?;
    there("the export", &find(std::slice::from_ref(text), written))?;
    let all: Vec<Needle> = secrets
        .iter()
        .chain(std::iter::once(text))
        .map(|needle| Needle { what: needle.what, text: needle.text.clone() })
        .collect();
    let but = [export.clone()];
    none("the desk's folder", &find(&all, |to| folder(desk.folder(), &but, to)))?;
    none("the log", &find(&all, |to| to.write_all(desk.said().as_bytes())))?;
    none("the folder of reports", &find(&all, |to| folder(&tour_folder(), &[], to)))?;
    // The search of the disk finds what does lie there.
    std::fs::write(desk.folder().join("data/planted"), &all[0].text).map_err(|why| why.to_string())?;
    there("the desk's folder", &find(&all, |to| folder(desk.folder(), &but, to)))?;
    if desk.said().contains("panicked") { Err(format!("a panic:\n{}", desk.said())) } else { Ok(()) }
}
