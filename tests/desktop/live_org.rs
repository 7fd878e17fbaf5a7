//! The main job on a live org, walked through the real window: from the page of first use to the certificate of a run, on the
//! vendor's own API as the simulator serves it.

use std::time::Duration;

use tokio::time::timeout;

use crate::harness::{Desk, tour_folder};
use crate::native::Dialog;
use crate::org::Org;
use crate::page::{ENTER, ESCAPE, Outcome, Page, Role::*};
use crate::recorder::Recorder;

/// Far above what it takes, so that only a hang meets it.
const LIMIT: Duration = Duration::from_secs(600);

/// How long one thing may take to be there: much longer than a person would wait, since other work may hold the machine up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A run deletes in batches of 50, and waits between them as its pace says.
const RUN: Duration = Duration::from_secs(60);

/// Ages are spread over 90 days: more than a hundred of them are due at 30 days, so that a run has several batches.
const GUESTS: u64 = 250;

/// The deployment that the simulator has.
const DEPLOYMENT: &str = "00000000-0000-4000-8000-000000000001";

const CHAT: &str = "Chat of Grace Live";
const MESSAGE: &str = "Message of Grace Live";
const ANSWER: &str = "Answer of the session check";

/// Written while offline.
const WAITING: [&str; 2] = ["Is my parcel on its way?", "I can wait."];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_main_job_on_a_live_org_is_done_in_the_real_window() {
    let folder = tour_folder();
    let desk = Desk::with_passphrase(folder.join("live-console.log"));
    let mut tour = Recorder::prefixed(folder, "live-");
    let outcome =
        timeout(LIMIT, walk(&desk, &mut tour)).await.unwrap_or_else(|_| Err("the tour hangs".into()));
    assert!(outcome.is_ok(), "{}", outcome.err().unwrap_or_default());
    tour.finish();
}

async fn walk(desk: &Desk, tour: &mut Recorder) -> Outcome {
    let org = Org::of(GUESTS).await;
    let ada = r#"{"firstName": "Ada", "lastName": "King", "workEmail": "ada@live.example"}"#;
    org.contact(ada).await?;

    let window = desk.open().await;
    let page = Page::of(&window).patient(PATIENCE);
    connect(&page, tour, &org).await?;
    edit(&page, tour).await?;
    chat(&page, tour, &org).await?;
    go_offline(&page, tour, &org).await?;
    check_sessions(&page, tour, &org).await?;
    start_run(&page, tour, &org).await?;
    // A crash, or a power cut.
    window.kill().await;

    let window = desk.open().await;
    let page = Page::of(&window).patient(PATIENCE);
    finish_run(&page, tour).await?;
    window.close().await;
    Ok(())
}

async fn connect(page: &Page<'_>, tour: &mut Recorder, org: &Org) -> Outcome {
    tour.step(page, "First use: what the console needs of an org", async |page| {
        page.press(Link, "Settings").await?;
        page.press(Link, "Connect step by step").await?;
        page.see_in("What the client needs", "externalContacts:contact:view").await
    })
    .await?;
    tour.step(page, "Where the org is, and who signs in", async |page| {
        page.fill("Connection name", "Live").await?;
        page.fill("Environment or base URL", &org.url()).await?;
        page.press(Field, "API of the org").await?;
        page.press(Choice, "Genesys Cloud").await?;
        page.fill("Client id", "demo").await?;
        page.fill("Client secret", "demo").await?;
        page.fill("Deployment of the chat lab", DEPLOYMENT).await
    })
    .await?;
    tour.step(page, "The test names the org and ticks each permission", async |page| {
        page.press(Button, "Test and add").await?;
        page.see_in("Permissions", "recording:recording:view").await?;
        page.see("Nothing that the console needs is missing").await?;
        page.see("It is read-only").await
    })
    .await?;
    tour.step(page, "Read-only is lifted by a yes that no page can give", async |page| {
        page.press(Button, "Lift read-only").await?;
        let dialog = Dialog::of("Edited connection").await?;
        dialog.press(&["Tab", "Return"]).await?;
        dialog.is_gone().await?;
        page.see("It may write").await
    })
    .await?;
    tour.step(page, "Recent chats of the org", async |page| {
        page.press(Button, "Use this connection").await?;
        page.see("Live · Production").await?;
        page.see_in("Recent chats", "Ephemeral").await?;
        page.see_in("Recent chats", "Open").await
    })
    .await
}

async fn edit(page: &Page<'_>, tour: &mut Recorder) -> Outcome {
    tour.step(page, "A contact that the org's search finds", async |page| {
        page.fill("Search contacts", "ada@live.example").await?;
        page.see("1 contact").await?;
        page.press(Row, "Ada King").await?;
        page.see_in("Guest", "Kept until a person or a program deletes it").await?;
        page.holds("Last name", "King").await
    })
    .await?;
    tour.step(page, "Its fields by the org's schema: a choice and a whole number are staged", async |page| {
        add_field(page, "Tier").await?;
        page.choose("Tier", "gold").await?;
        add_field(page, "Total interactions").await?;
        page.fill("Total interactions", "7").await?;
        page.see_in("Staged changes", "+ tier: \"gold\"").await
    })
    .await?;
    tour.step(page, "Saved in the org", async |page| {
        page.press(Button, "Save 2 changes").await?;
        page.see_no("2 staged changes").await?;
        page.holds("Total interactions", "7").await
    })
    .await
}

async fn add_field(page: &Page<'_>, name: &str) -> Outcome {
    page.press(Button, "Add attribute").await?;
    page.fill("Field to fill in", name).await?;
    page.press(Choice, name).await
}

async fn chat(page: &Page<'_>, tour: &mut Recorder, org: &Org) -> Outcome {
    tour.step(page, "Start a chat: who is played, and in which deployment", async |page| {
        page.press(Button, "Start a chat").await?;
        page.fill("Name", "Grace Live").await?;
        page.fill("E-mail", "grace@live.example").await?;
        page.holds("Deployment", DEPLOYMENT).await
    })
    .await?;
    tour.step(page, "The session has begun, and the cursor is where the guest writes", async |page| {
        page.press(Button, "Start chat").await?;
        page.see_in(CHAT, "Connected").await?;
        page.see_no("Start a chat").await
    })
    .await?;
    tour.step(page, "A message, and an agent's answer", async |page| {
        say(page, "Hello, this is Grace.").await?;
        page.see_in(CHAT, "I know these words").await?;
        org.say("Ruth here. How can I help you?").await?;
        page.see_in(CHAT, "Ruth here. How can I help you?").await?;
        page.see_in("Ids in the org", "Contact").await
    })
    .await
}

async fn go_offline(page: &Page<'_>, tour: &mut Recorder, org: &Org) -> Outcome {
    tour.step(page, "Offline: what the guest writes waits", async |page| {
        page.press(Switch, "Online").await?;
        page.is_on("Online", false).await?;
        for text in WAITING {
            say(page, text).await?;
        }
        page.see("Outbox · 2 waiting").await
    })
    .await?;
    tour.step(page, "The outbox names the chat by the org's ids", async |page| {
        page.press(Link, "Outbox").await?;
        page.press(Row, "Queued").await?;
        page.see_in("Ids in the org", "Conversation").await?;
        page.see_once_each_in_order("Messages not yet delivered", &WAITING).await
    })
    .await?;
    tour.step(page, "Back online: they arrive once each, in order", async |page| {
        page.press(Switch, "Online").await?;
        page.is_on("Online", true).await?;
        page.see("everything delivered").await?;
        let arrived = org.arrived();
        if !arrived.ends_with(&WAITING.map(str::to_owned)) {
            return Err(format!("the org has got {arrived:?}"));
        }
        page.press(Link, "Chat lab").await?;
        page.see_once_each_in_order("Messages", &WAITING).await
    })
    .await
}

async fn check_sessions(page: &Page<'_>, tour: &mut Recorder, org: &Org) -> Outcome {
    tour.step(
        page,
        "The contact that the org made of the guest, with the conversation as the org keeps it",
        async |page| {
            page.press(Link, "Contact").await?;
            page.see_in("Guest", "grace@live.example").await?;
            page.see_in("Messages", "Ruth here. How can I help you?").await?;
            page.see("its guest writes in the Chat lab").await
        },
    )
    .await?;
    tour.step(page, "The session is valid, without a token where the chat was started here", async |page| {
        page.press(Button, "Check session").await?;
        page.see_in(ANSWER, "Session is valid").await
    })
    .await?;
    tour.step(page, "Without a token it is missing", async |page| {
        page.press(Button, "Check another token").await?;
        page.press(Button, "Check session").await?;
        page.see_in(ANSWER, "Session token is missing").await
    })
    .await?;
    tour.step(page, "With a token that the org does not know it is invalid", async |page| {
        page.fill("Session token", "7d0c9e7e-93c4-4c4d-9b1c-0f2f6f0a1b2c").await?;
        page.press(Button, "Check session").await?;
        page.see_in(ANSWER, "Session is invalid or expired").await
    })
    .await?;
    tour.step(page, "Expired meanwhile: it is gone, and a chat as them can be started", async |page| {
        org.expire().await?;
        page.press(Button, "Check the chat that was started here").await?;
        page.press(Button, "Check session").await?;
        page.see_in(ANSWER, "Session is gone").await?;
        page.see_in(ANSWER, "Start a chat as them").await
    })
    .await
}

async fn start_run(page: &Page<'_>, tour: &mut Recorder, org: &Org) -> Outcome {
    tour.step(page, "The plan: who would go, and what a delete leaves behind", async |page| {
        page.press(Link, "Retention").await?;
        page.fill("Days", "30").await?;
        page.press(Button, "Preview plan").await?;
        page.see_in("First to be deleted", "days ago").await?;
        page.see("conversations").await
    })
    .await?;
    tour.step(page, "The last question before a run on a production org", async |page| {
        let due = page.number_after("Due now").await?;
        page.press(Button, "Run now").await?;
        page.fill("This is production", &due.to_string()).await?;
        // Fifty at once, and then none for five seconds.
        page.fill("At most, a minute", "600").await
    })
    .await?;
    tour.step(page, "The run, and how far it is", async |page| {
        page.press(Button, "Start run").await?;
        org.deletes_more_than(0).await?;
        page.see_in("Run ", "running").await
    })
    .await
}

async fn finish_run(page: &Page<'_>, tour: &mut Recorder) -> Outcome {
    tour.step(page, "Killed in the middle of the run: it can be resumed", async |page| {
        page.press(Link, "Retention").await?;
        page.see_in("Run ", "interrupted").await
    })
    .await?;
    tour.step(page, "Resumed, finished and verified", async |page| {
        page.press(Button, "Resume").await?;
        let page = page.patient(RUN);
        page.see_in("Run ", "finished").await?;
        page.see("Verified").await
    })
    .await?;
    tour.step(page, "Its certificate, with what the org keeps of whom it deleted", async |page| {
        page.press(Button, "Certificate").await?;
        page.see_in("Certificate of run", "Genuine").await
    })
    .await?;
    page.keys(ESCAPE).await
}

async fn say(page: &Page<'_>, text: &str) -> Outcome {
    page.fill(MESSAGE, text).await?;
    page.keys(ENTER).await
}
