//! An outbox after days offline: the screen comes at once, however many wait, and leads to any of them.
//! `INNKEEPER_LONG=1` makes them 100,000 and tells how long the first rows took.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fantoccini::error::CmdError;
use model::{ConversationId, GuestId, MessageId, MessageText};
use outbox::{Outbox, Outgoing};
use serde_json::json;
use testkit::TokioClock;
use tokio::time::timeout;
use uuid::Uuid;

use crate::harness::{Desk, Window, tour_folder};
use crate::page::{Outcome, Page, Role::*};

/// Messages of each conversation.
const EACH: u32 = 20;
/// Far above what it takes.
const LIMIT: Duration = Duration::from_secs(240);
const WRITTEN: &str = "2026-11-22T12:00:00Z";

/// Presses the link to the outbox and looks at every frame until rows are drawn in both lists; then one frame more, so
/// that what is told has been painted. In milliseconds.
const FIRST_ROWS: &str = "const [count, done] = arguments;
    const has = (path, words) => document.querySelector(path)?.textContent.includes(words);
    const look = () => has('[aria-label=\"Messages not yet delivered\"] li', 'of a long outbox')
        && has('[aria-label=\"Conversations of the outbox\"] button[aria-pressed]', count)
        ? requestAnimationFrame(() => done(performance.now() - began))
        : requestAnimationFrame(look);
    const link = [...document.querySelectorAll('a')].find((a) => a.textContent.trim().startsWith('Outbox'));
    const began = performance.now();
    link.click();
    look();";

fn conversations() -> u32 {
    if std::env::var_os("INNKEEPER_LONG").is_some() { 5_000 } else { 60 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_outbox_is_on_the_screen_at_once_in_the_real_window() {
    let desk = Desk::new(tour_folder().join("long-outbox.log"));
    let outcome = timeout(LIMIT, walk(&desk)).await.unwrap_or_else(|_| Err("the console hangs".into()));
    assert!(outcome.is_ok(), "{}", outcome.err().unwrap_or_default());
}

async fn walk(desk: &Desk) -> Outcome {
    let window = desk.open().await;
    let page = Page::of(&window);
    page.press(Switch, "Online").await?;
    page.is_on("Online", false).await?;
    window.close().await;

    let folder = desk.folder().join("data/connections/simulator");
    let filled = tokio::task::spawn_blocking(move || fill(&folder, conversations())).await;
    filled.map_err(|why| why.to_string())??;
    let window = desk.open().await;
    let page = Page::of(&window);
    page.is_on("Online", false).await?;
    let at_start = first_rows(&window).await.map_err(|why| format!("the first rows: {why}"))?;
    page.press(Link, "Guests").await?;
    page.see_no("All conversations").await?;
    let again = first_rows(&window).await.map_err(|why| format!("the first rows: {why}"))?;
    let messages = conversations() * EACH;
    println!(
        "{messages} messages: first rows {at_start:.0} ms after a press at the start, {again:.0} ms after another"
    );
    let picture = page.picture().await?;
    std::fs::write(tour_folder().join("long-outbox.png"), picture).map_err(|why| why.to_string())?;
    // The last of them is as near as the first.
    let last = conversations() - 1;
    page.fill("Find a conversation or guest by id", &id_of(last)).await?;
    page.see_in("Conversations of the outbox", "All conversations 1").await?;
    page.press(Row, &EACH.to_string()).await?;
    page.see_in("Messages not yet delivered", &text(1, last)).await?;
    window.close().await;
    Ok(())
}

async fn first_rows(window: &Window) -> Result<f64, CmdError> {
    let took = window.client.execute_async(FIRST_ROWS, vec![json!(grouped(conversations()))]).await?;
    Ok(took.as_f64().unwrap_or_default())
}

/// What guests wrote meanwhile, accepted as the console does it: sealed under the folder's key, on disk.
fn fill(folder: &Path, conversations: u32) -> Outcome {
    let failed = |why: store::Error| why.to_string();
    let secrets = store::open_secrets(folder, None, true).map_err(failed)?;
    let keys = store::data_keys(&*secrets, "data-key").map_err(failed)?;
    let store = store::Store::open(&folder.join("store"), &keys).map_err(failed)?;
    let outbox = Outbox::open(&store, Arc::new(TokioClock::at(WRITTEN))).map_err(|why| why.to_string())?;
    // Callers at the same time share a sync.
    std::thread::scope(|scope| {
        let part = conversations.div_ceil(50);
        let callers: Vec<_> = (0..conversations)
            .step_by(part as usize)
            .map(|from| {
                let outbox = &outbox;
                scope
                    .spawn(move || (from..(from + part).min(conversations)).try_for_each(|c| talk(outbox, c)))
            })
            .collect();
        callers
            .into_iter()
            .try_for_each(|caller| caller.join().map_err(|_| "a caller panicked".to_owned())?)
    })
}

/// One guest's messages.
fn talk(outbox: &Outbox, conversation: u32) -> Outcome {
    let guest_id = GuestId(Uuid::new_v4());
    let conversation_id: ConversationId =
        id_of(conversation).parse().map_err(|_| "no id of a conversation")?;
    for n in 1..=EACH {
        let message = Outgoing {
            id: MessageId(Uuid::now_v7()),
            conversation_id: conversation_id.clone(),
            guest_id,
            text: MessageText::new(text(n, conversation)).map_err(|why| why.to_string())?,
            written_at: WRITTEN.parse().map_err(|_| "no time")?,
        };
        outbox.accept(message).map_err(|why| why.to_string())?;
    }
    Ok(())
}

fn id_of(conversation: u32) -> String {
    format!("long-{conversation:05}")
}

fn text(n: u32, conversation: u32) -> String {
    format!("Message {n} of guest {conversation} of a long outbox")
}

/// With commas between thousands, as the screen writes numbers.
fn grouped(n: u32) -> String {
    if n < 1_000 { n.to_string() } else { format!("{},{:03}", n / 1_000, n % 1_000) }
}
