//! The main job, walked through the real window: first on the embedded org, as a newcomer finds it, then on an org that
//! was connected by hand.

use crate::harness::{Desk, tour_folder};
use crate::org::Org;
use crate::page::{ENTER, Outcome, Page, Role::*, ctrl};
use crate::proof;
use crate::recorder::Recorder;
use std::time::Duration;
use tokio::time::timeout;

/// The whole tour with its restarts; far above what it takes, so that only a hang meets it.
const LIMIT: Duration = Duration::from_secs(300);

/// A run may have to wait for the next window of the rate budget, a minute long.
const RUN: Duration = Duration::from_secs(120);

/// What the embedded org's seed finds for "ada": until it is there, rows of what was typed so far still come and go.
const FOUND: &str = "14 guests";

/// Written while offline.
const WAITING: [&str; 3] = ["Is my order on its way?", "I can wait.", "Grüße aus Köln."];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_main_job_is_done_in_the_real_window() {
    let folder = tour_folder();
    let log = folder.join("console.log");
    let mut tour = Recorder::new(folder);
    let walk = async {
        embedded_org(&Desk::new(log.clone()), &mut tour).await?;
        connected_org(&Desk::with_passphrase(log), &mut tour).await
    };
    let outcome = timeout(LIMIT, walk).await.unwrap_or_else(|_| Err("the tour hangs".into()));
    assert!(outcome.is_ok(), "{}", outcome.err().unwrap_or_default());
    tour.finish();
}

async fn embedded_org(desk: &Desk, tour: &mut Recorder) -> Outcome {
    let window = desk.open().await;
    let page = Page::of(&window);
    find_and_edit(&page, tour).await?;
    write_offline(&page, tour).await?;
    window.close().await;

    let window = desk.open().await;
    let page = Page::of(&window);
    tour.step(&page, "Quit and start again: nothing is lost", async |page| {
        page.press(Link, "Outbox").await?;
        page.see("3 waiting").await?;
        page.see_once_each_in_order("Messages not yet delivered", &WAITING).await
    })
    .await?;
    tour.step(&page, "The outbox: discard a message and take it back", async |page| {
        page.press(Button, "Discard message 3").await?;
        page.see("2 waiting").await?;
        page.press(Button, "Undo").await?;
        page.see("3 waiting").await?;
        page.see_once_each_in_order("Messages not yet delivered", &WAITING).await
    })
    .await?;
    tour.step(&page, "The outbox: one conversation of it", async |page| {
        page.press(Row, "Queued").await?;
        page.see_in("Messages not yet delivered", "not tried yet").await
    })
    .await?;
    page.press(Button, "Show all conversations").await?;
    page.see("All conversations").await?;
    // A crash, or a power cut.
    window.kill().await;

    let window = desk.open().await;
    let page = Page::of(&window);
    deliver(&page, tour).await?;
    check_sessions(&page, tour).await?;
    proof::keep(&page, tour).await?;
    start_purge(&page, tour).await?;
    window.kill().await;

    let window = desk.open().await;
    let page = Page::of(&window);
    finish_purge(&page, tour).await?;
    proof::look_at_a_stronger_policy(&page, tour).await?;
    proof::prove(&page, tour, desk).await?;
    proof::open_the_gateway(&page, tour).await?;
    look_around(&page, tour).await?;
    window.close().await;
    Ok(())
}

async fn find_and_edit(page: &Page<'_>, tour: &mut Recorder) -> Outcome {
    tour.step(page, "The console opens on the embedded simulator", async |page| {
        page.see("Simulator").await?;
        page.is_on("Online", true).await?;
        page.see("1,000 guests").await?;
        page.see("everything delivered").await
    })
    .await?;
    tour.step(page, "Find a guest while typing", async |page| {
        page.fill("Search guests", "ada").await?;
        page.see(FOUND).await?;
        page.see_in("Guests", "Ada").await
    })
    .await?;
    tour.step(
        page,
        "Open a guest: who they are, their attributes, session and conversations",
        async |page| {
            page.press(Row, "Ada").await?;
            page.see_in("Guest", "guest since").await?;
            page.holds("source", "web-messaging").await
        },
    )
    .await?;
    tour.step(page, "Stage an edit and see the diff", async |page| {
        page.press(Button, "Add attribute").await?;
        page.fill("Key", "note").await?;
        page.fill("Value", "asked for a call back").await?;
        page.press(Button, "Add").await?;
        page.see("1 staged change").await?;
        page.see_in("Staged changes", "+ note: \"asked for a call back\"").await
    })
    .await?;
    tour.step(page, "Save it", async |page| {
        page.press(Button, "Save 1 change").await?;
        page.see_no("1 staged change").await?;
        page.holds("note", "asked for a call back").await
    })
    .await?;
    tour.step(page, "Record an interaction", async |page| {
        page.press(Button, "Record interaction").await?;
        page.fill("Interaction type", "call").await?;
        page.press(Button, "Record").await?;
        page.see("Interaction recorded").await?;
        page.holds("lastInteractionType", "call").await
    })
    .await
}

async fn write_offline(page: &Page<'_>, tour: &mut Recorder) -> Outcome {
    tour.step(page, "Say who the played guest is", async |page| {
        page.press(Button, "Start a chat").await?;
        page.fill("Name", "Grace Tour").await?;
        page.fill("E-mail", "grace@example.com").await
    })
    .await?;
    tour.step(page, "Start a chat as a new guest", async |page| {
        page.press(Button, "Start chat").await?;
        page.see_in("Guest", "Grace Tour").await?;
        page.see("Nothing written yet").await
    })
    .await?;
    tour.step(page, "Write a message and see it delivered", async |page| {
        page.fill("Message", "Hello, this is Grace.").await?;
        page.keys(ENTER).await?;
        page.see_in("Messages", "Hello, this is Grace. Delivered").await
    })
    .await?;
    tour.step(page, "Go offline, write three, see them wait", async |page| {
        page.press(Switch, "Online").await?;
        page.is_on("Online", false).await?;
        for text in WAITING {
            page.fill("Message", text).await?;
            page.press(Button, "Send").await?;
            page.see_in("Messages", text).await?;
        }
        page.see_once_each_in_order("Messages", &WAITING).await?;
        page.see("Outbox · 3 waiting").await
    })
    .await
}

async fn deliver(page: &Page<'_>, tour: &mut Recorder) -> Outcome {
    tour.step(page, "Killed and started again: they still wait, and arrive when online", async |page| {
        page.see("Outbox · 3 waiting").await?;
        page.press(Switch, "Online").await?;
        page.is_on("Online", true).await?;
        page.see("everything delivered").await
    })
    .await?;
    tour.step(page, "They stand in the conversation once each, in order", async |page| {
        page.press(Link, "Guests").await?;
        page.fill("Search guests", "Grace Tour").await?;
        page.press(Row, "Grace Tour").await?;
        page.press(Tab, "Conversations").await?;
        page.see_once_each_in_order("Messages", &WAITING).await?;
        page.see_in("Messages", &format!("{} Delivered", WAITING[2])).await
    })
    .await
}

async fn check_sessions(page: &Page<'_>, tour: &mut Recorder) -> Outcome {
    tour.step(page, "Check the session: it is valid", async |page| {
        page.press(Button, "Check session").await?;
        page.see_in("Answer of the session check", "Session is valid").await
    })
    .await?;
    tour.step(page, "Without a token it is missing, with a wrong one invalid", async |page| {
        page.fill("Search guests", "ada").await?;
        page.see(FOUND).await?;
        page.press(Row, "Ada").await?;
        page.see_in("Guest", "ada.").await?;
        page.press(Button, "Check session").await?;
        page.see_in("Answer of the session check", "Session token is missing").await?;
        page.fill("Session token", "not-the-token").await?;
        page.press(Button, "Check session").await?;
        page.see_in("Answer of the session check", "Session is invalid or expired").await
    })
    .await
}

async fn start_purge(page: &Page<'_>, tour: &mut Recorder) -> Outcome {
    tour.step(page, "Preview what 84 days would delete", async |page| {
        page.press(Link, "Retention").await?;
        page.fill("Days", "84").await?;
        page.press(Button, "Preview plan").await?;
        page.see_in("First to be deleted", "days ago").await?;
        page.see_in("Who is spared, and why", "on hold").await?;
        match page.number_after("Due now").await? {
            0 => Err("of guests spread over 90 days none is older than 84".into()),
            _ => Ok(()),
        }
    })
    .await?;
    tour.step(page, "Other days put the plan away, with a word", async |page| {
        page.fill("Days", "85").await?;
        page.see_in("Due now", "The plan was made for other values and is not shown. Preview again.").await
    })
    .await?;
    tour.step(page, "Run now: the plan is made, and one question names all that would go", async |page| {
        page.fill("Days", "84").await?;
        page.press(Button, "Run now…").await?;
        page.see_in("What the run does", "None: every guest of that age").await?;
        // Three guests a second, some sixty in all: the run is not over before it is killed, and soon over after that.
        page.fill("At most, a minute", "180").await
    })
    .await?;
    tour.step(page, "Run the plan and see how far it is", async |page| {
        page.press(Button, "Start run").await?;
        page.see_in("Run ", "running").await?;
        page.see_in("Outcomes", "Deleted").await
    })
    .await?;
    tour.step(page, "Cancel run asks first", async |page| {
        page.press(Button, "Cancel run…").await?;
        page.see("cannot be resumed").await
    })
    .await?;
    page.press(Button, "Keep the run").await
}

async fn finish_purge(page: &Page<'_>, tour: &mut Recorder) -> Outcome {
    tour.step(
        page,
        "Killed in the middle of the run: it can be resumed, and is proved when finished",
        async |page| {
            page.press(Link, "Retention").await?;
            page.see_in("Run ", "interrupted").await?;
            page.press(Button, "Resume").await?;
            let page = page.patient(RUN);
            page.see_in("Run ", "finished").await?;
            page.see("Verified").await
        },
    )
    .await?;
    tour.step(page, "Switch the schedule on: every day at 02:00", async |page| {
        page.press(Switch, "Scheduled run").await?;
        page.is_on("Scheduled run", true).await?;
        page.see_in("Schedule", "02:00").await
    })
    .await
}

async fn look_around(page: &Page<'_>, tour: &mut Recorder) -> Outcome {
    tour.step(page, "Activity: what was asked and what was answered", async |page| {
        // It was left at the audit log.
        page.press(Link, "Activity").await?;
        page.press(Tab, "Request log").await?;
        page.see_in("Requests", "/api/v2/guests").await
    })
    .await?;
    tour.step(page, "The command palette", async |page| {
        page.keys(&ctrl('k')).await?;
        page.fill("Find a guest or an action", "dark").await?;
        page.see("Dark appearance").await
    })
    .await?;
    tour.step(page, "Guests in the dark", async |page| {
        page.keys(ENTER).await?;
        page.press(Link, "Guests").await?;
        page.see_in("Guests", "Name").await
    })
    .await
}

async fn connected_org(desk: &Desk, tour: &mut Recorder) -> Outcome {
    let org = Org::start().await;
    let window = desk.open().await;
    let page = Page::of(&window);
    tour.step(&page, "Connect to another org", async |page| {
        page.press(Link, "Settings").await?;
        page.fill("Connection name", "Rehearsal").await?;
        page.fill("Environment or base URL", &org.url()).await?;
        page.fill("Client id", "demo").await?;
        page.fill("Client secret", "demo").await?;
        page.press(Button, "Add connection").await?;
        page.see_in("Connections", "Rehearsal").await?;
        // The one in use has no enabled button of that name.
        page.press(Button, "Use").await?;
        // The connection before was signed in too.
        page.see("Rehearsal · Development").await?;
        page.see("guest:read").await
    })
    .await?;
    tour.step(&page, "Its guests are shown", async |page| {
        page.press(Link, "Guests").await?;
        page.see("12 guests").await
    })
    .await?;
    tour.step(&page, "Its conversation is closed meanwhile: the session is gone", async |page| {
        page.press(Button, "Start a chat").await?;
        page.press(Button, "Start chat").await?;
        page.fill("Message", "Is anybody there?").await?;
        page.keys(ENTER).await?;
        page.see_in("Messages", "Is anybody there? Delivered").await?;
        if org.arrived() != ["Is anybody there?"] {
            return Err(format!("the org has got {:?}", org.arrived()));
        }
        org.close_newest_conversation().await?;
        page.press(Button, "Check session").await?;
        page.see_in("Answer of the session check", "Session is gone").await
    })
    .await?;
    tour.step(&page, "Start the chat again", async |page| {
        page.press(Button, "Start the chat again").await?;
        page.see("A new guest was made").await
    })
    .await?;
    window.close().await;
    Ok(())
}
