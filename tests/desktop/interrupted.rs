//! The interrupted day: whatever is begun in the window is interrupted in every way that there is, and nothing is lost.

use crate::harness::{Desk, gone, tour_folder};
use crate::native::{self, Dialog};
use crate::org::Org;
use crate::page::{ENTER, ESCAPE, Outcome, Page, Role::*, ctrl};
use crate::recorder::Recorder;
use crate::script::run;
use crate::search::{self, Needle};
use std::time::Duration;
use tokio::time::timeout;

/// Far above what it takes.
const LIMIT: Duration = Duration::from_secs(420);

/// The console's window, by its title.
const WINDOW: &str = "Innkeeper";

/// Something that was begun: its line in the list of drafts, and what has to stand in which field when it is opened.
struct Begun {
    line: &'static str,
    field: &'static str,
    value: &'static str,
    /// It lies in a dialog of its own.
    dialog: bool,
}

const fn begun(line: &'static str, field: &'static str, value: &'static str, dialog: bool) -> Begun {
    Begun { line, field, value, dialog }
}

/// One of each kind of draft.
const BEGUN: [Begun; 10] = [
    begun("Grace Day: 1 staged change", "source", "kiosk", false),
    begun("Grace Day: an attribute that is not added yet", "Key", "note", false),
    begun("Grace Day: an interaction that is not recorded yet", "How many", "3.5", true),
    begun("Grace Day: a hold that is not put on", "Reason", "Case 4711", true),
    begun("Grace Day: a message that is not sent", "Message", "Half a sent", false),
    begun(
        "Message 1 of the outbox: a changed text that is not saved",
        "Text of the message",
        "Is it there?",
        true,
    ),
    begun("A new chat: a chat that is not started", "Name", "Linus Day", true),
    begun("Policy Default: changes that are not saved", "Days", "45.", true),
    begun("A new hold: a hold that is not put on", "Reason", "Complaint", true),
    begun("A new connection: a connection that is not added", "Client id", "half", false),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_begun_is_lost_on_an_interrupted_day_in_the_real_window() {
    let folder = tour_folder().join("interrupted");
    std::fs::create_dir_all(&folder).expect("a folder for the pictures can be made");
    let log = folder.join("console.log");
    let mut tour = Recorder::new(folder);
    let desk = Desk::with_passphrase(log);
    let day = day(&desk, &mut tour);
    let outcome = timeout(LIMIT, day).await.unwrap_or_else(|_| Err("the day hangs".into()));
    assert!(outcome.is_ok(), "{}", outcome.err().unwrap_or_default());
    tour.finish();
}

/// The page cannot ask then, and nobody is held by it: the shell asks in a dialog of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_does_not_answer_holds_nobody_who_is_interrupted_and_quits_in_the_real_window() {
    let desk = Desk::new(tour_folder().join("interrupted-silent.log"));
    let outcome = timeout(LIMIT, silent(&desk)).await.unwrap_or_else(|_| Err("the console hangs".into()));
    assert!(outcome.is_ok(), "{}", outcome.err().unwrap_or_default());
}

async fn silent(desk: &Desk) -> Outcome {
    let window = desk.open().await;
    let page = Page::of(&window);
    page.press(Link, "Settings").await?;
    page.fill("Client id", "half").await?;
    page.see("Drafts · 1").await?;
    // As if it hung: what the shell tells it reaches nobody.
    let deaf =
        "window.addEventListener('innkeeper:leave', (event) => event.stopImmediatePropagation(), true);";
    run(&window, deaf, Vec::new()).await?;
    let processes = window.processes();
    native::ask_to_close(WINDOW);
    let question = Dialog::of("Quit Innkeeper").await?;
    // Enter without a look is a no.
    question.press(&["Return"]).await?;
    question.is_gone().await?;
    native::ask_to_close(WINDOW);
    Dialog::of("Quit Innkeeper").await?.press(&["Tab", "Return"]).await?;
    gone(&processes).await;
    Ok(())
}

async fn day(desk: &Desk, tour: &mut Recorder) -> Outcome {
    let org = Org::start().await;
    let window = desk.open().await;
    let page = Page::of(&window);
    let written = Needle::new("a draft");
    connect(&page, &org).await?;
    begin(&page, tour, &written).await?;
    everything_is_there(&page).await?;
    tour.step(&page, "Another guest, a link, and the panel closed: all is there", async |page| {
        page.press(Link, "Guests").await?;
        page.fill("Search guests", "ada").await?;
        page.see("14 guests").await?;
        page.press(Row, "Ada").await?;
        page.see_in("Guest", "@example.com · guest since").await?;
        everything_is_listed(page).await?;
        page.press(Link, "Activity").await?;
        everything_is_listed(page).await?;
        page.press(Link, "Guests").await?;
        page.see_in("Guest", "@example.com · guest since").await?;
        page.holds("Search guests", "ada").await?;
        page.press(Button, "Close the guest panel").await?;
        everything_is_there(page).await
    })
    .await?;
    tour.step(&page, "Another connection: all is listed, and each leads back to its own", async |page| {
        page.press(Link, "Settings").await?;
        page.press(Button, "Use").await?;
        page.see("Rehearsal · Development").await?;
        everything_is_listed(page).await?;
        open(page, &BEGUN[0], "Use simulator and open").await?;
        everything_is_there(page).await
    })
    .await?;
    tour.step(&page, "The page is loaded again: all is there", async |page| {
        window.client.refresh().await.map_err(|why| why.to_string())?;
        everything_is_there(page).await
    })
    .await?;
    tour.step(&page, "The window is closed: what would go is named, and it can be kept", async |page| {
        native::ask_to_close(WINDOW);
        page.see("Quit and discard 10 drafts?").await?;
        page.see("Grace Day: a message that is not sent").await
    })
    .await?;
    page.press(Button, "Keep and go on").await?;
    page.see_no("Quit and discard 10 drafts?").await?;
    everything_is_there(&page).await?;
    let found = search::find(&[written], |to| search::folder(desk.folder(), &[], to));
    if !found.is_empty() {
        return Err("a draft stands on the disk".into());
    }
    tour.step(&page, "One is discarded, after a question", async |page| {
        page.press(Button, "Drafts").await?;
        page.press(Button, "Discard A new chat").await?;
        page.see("Discard 1 draft?").await?;
        page.press(Button, "Discard 1 draft").await?;
        page.see("Drafts · 9").await
    })
    .await?;
    page.keys(ESCAPE).await?;
    let processes = window.processes();
    native::ask_to_close(WINDOW);
    page.see("Quit and discard 9 drafts?").await?;
    // The page may be gone before it has answered.
    drop(page.patient(Duration::from_secs(2)).press(Button, "Quit and discard 9 drafts").await);
    gone(&processes).await;
    Ok(())
}

/// A second connection, to go to and come back from.
async fn connect(page: &Page<'_>, org: &Org) -> Outcome {
    page.press(Link, "Settings").await?;
    page.fill("Connection name", "Rehearsal").await?;
    page.fill("Environment or base URL", &org.url()).await?;
    page.fill("Client id", "demo").await?;
    page.fill("Client secret", "demo").await?;
    page.press(Button, "Add connection").await?;
    page.see_in("Connections", "Rehearsal").await
}

/// Begins one of each kind, and finishes none.
async fn begin(page: &Page<'_>, tour: &mut Recorder, written: &Needle) -> Outcome {
    page.fill("Client id", "half").await?;
    tour.step(page, "A message is half written", async |page| {
        page.press(Link, "Guests").await?;
        page.press(Button, "Start a chat").await?;
        page.fill("Name", "Grace Day").await?;
        page.press(Button, "Start chat").await?;
        page.see("Nothing written yet").await?;
        page.press(Switch, "Online").await?;
        page.is_on("Online", false).await?;
        page.fill("Message", "Is it here?").await?;
        page.press(Button, "Send").await?;
        page.see_in("Messages", "Is it here?").await?;
        page.fill("Message", "Half a sent").await
    })
    .await?;
    tour.step(page, "An attribute is staged, another begun", async |page| {
        page.press(Tab, "Attributes").await?;
        page.fill("source", "kiosk").await?;
        page.press(Button, "Add attribute").await?;
        page.fill("Key", "note").await?;
        page.fill("Value", &written.text).await
    })
    .await?;
    tour.step(page, "An interaction is begun with a number that is none", async |page| {
        act(page, "Record interaction…").await?;
        page.fill("How many", "3.5").await?;
        page.see("A whole number from 1 to 1,000,000.").await
    })
    .await?;
    page.keys(ESCAPE).await?;
    tour.step(page, "A hold on the guest is begun", async |page| {
        act(page, "Put on hold…").await?;
        page.fill("Reason", "Case 4711").await
    })
    .await?;
    page.keys(ESCAPE).await?;
    tour.step(page, "A message of the outbox is being changed", async |page| {
        page.press(Link, "Outbox").await?;
        page.press(Button, "Edit message 1").await?;
        page.fill("Text of the message", "Is it there?").await
    })
    .await?;
    page.keys(ESCAPE).await?;
    page.press(Link, "Guests").await?;
    page.press(Button, "Start a chat").await?;
    page.fill("Name", "Linus Day").await?;
    page.keys(ESCAPE).await?;
    tour.step(page, "A policy is being changed", async |page| {
        page.press(Link, "Retention").await?;
        page.press(Button, "Edit policy…").await?;
        page.fill("Days", "45.").await?;
        page.see("A whole number from 1 to 3,650.").await
    })
    .await?;
    page.keys(ESCAPE).await?;
    page.press(Link, "Holds").await?;
    page.press(Button, "Add hold").await?;
    page.fill("Reason", "Complaint").await?;
    page.keys(ESCAPE).await?;
    tour.step(page, "The list of drafts: all that was begun", async |page| {
        page.press(Button, "Drafts").await?;
        for Begun { line, .. } in &BEGUN {
            page.see(line).await?;
        }
        Ok(())
    })
    .await?;
    page.keys(ESCAPE).await?;
    // The message goes while its text is being changed: that draft stays too.
    page.press(Switch, "Online").await?;
    page.is_on("Online", true).await?;
    page.see("everything delivered").await
}

/// By the palette.
async fn act(page: &Page<'_>, action: &str) -> Outcome {
    page.keys(&ctrl('k')).await?;
    page.fill("Find a guest or an action", action).await?;
    page.keys(ENTER).await
}

/// Each stands in the list.
async fn everything_is_listed(page: &Page<'_>) -> Outcome {
    page.see("Drafts · 10").await?;
    page.press(Button, "Drafts").await?;
    for Begun { line, .. } in &BEGUN {
        page.see(line).await?;
    }
    page.keys(ESCAPE).await?;
    page.see_no("What you typed and did not save or send yet.").await
}

/// Each is found by the list, with what was typed.
async fn everything_is_there(page: &Page<'_>) -> Outcome {
    page.see("Drafts · 10").await?;
    for one in &BEGUN {
        open(page, one, "Open").await?;
        if one.dialog {
            page.keys(ESCAPE).await?;
        }
    }
    Ok(())
}

async fn open(page: &Page<'_>, one: &Begun, how: &str) -> Outcome {
    page.press(Button, "Drafts").await?;
    page.press(Button, &format!("{how} {}", one.line)).await?;
    page.holds(one.field, one.value).await.map_err(|why| format!("{}: {why}", one.line))
}
