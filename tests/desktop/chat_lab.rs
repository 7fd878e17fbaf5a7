//! The work of a tester, walked through the real window on the embedded org: a guest is played by hand, goes offline and
//! comes back, their chat is saved as a scenario, and the scenario is run and reported.

use std::path::Path;
use std::time::Duration;

use tokio::time::timeout;

use crate::harness::{Desk, tour_folder};
use crate::native::Dialog;
use crate::page::{ENTER, Outcome, Page, Role::*};
use crate::recorder::Recorder;

/// Far above what it takes, so that only a hang meets it.
const LIMIT: Duration = Duration::from_secs(180);

/// A scenario waits for an answer at each of its steps.
const RUN: Duration = Duration::from_secs(60);

const MESSAGE: &str = "Message of Ada";
const CHAT: &str = "Chat of Ada";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tester_plays_a_guest_and_runs_their_chat_as_a_scenario_in_the_real_window() {
    let folder = tour_folder().join("chat-lab");
    std::fs::create_dir_all(&folder).expect("the folder of the story can be made");
    let desk = Desk::new(folder.join("console.log"));
    let mut story = Recorder::new(folder);
    let walk = async {
        let window = desk.open().await;
        let page = Page::of(&window);
        play(&page, &mut story, &desk).await?;
        go_offline(&page, &mut story).await?;
        let file = desk.home().join("ada.yaml");
        save(&page, &mut story, &file).await?;
        run(&page, &mut story, &file, &desk.home().join("report.html")).await?;
        window.close().await;
        Ok(())
    };
    let outcome: Outcome = timeout(LIMIT, walk).await.unwrap_or_else(|_| Err("the story hangs".into()));
    assert!(outcome.is_ok(), "{}", outcome.err().unwrap_or_default());
    story.finish();
}

async fn play(page: &Page<'_>, story: &mut Recorder, desk: &Desk) -> Outcome {
    story
        .step(page, "Play a guest", async |page| {
            page.press(Link, "Chat lab").await?;
            page.press(Button, "Play a guest").await?;
            page.fill("Name", "Ada").await?;
            page.press(Button, "Start chat").await?;
            page.see_in(CHAT, "Connected").await
        })
        .await?;
    story
        .step(page, "Write, and press what is offered", async |page| {
            say(page, "hello").await?;
            page.see_in(CHAT, "I know these words").await?;
            page.press(Button, "card").await?;
            page.see_in(CHAT, "Picture at example.com, not loaded").await?;
            page.press(Button, "Book the garden room").await?;
            page.see_in("Messages", "Delivered").await
        })
        .await?;
    let file = desk.home().join("passport.png");
    std::fs::write(&file, [1; 2_000]).map_err(|why| why.to_string())?;
    story
        .step(page, "Send a file", async |page| {
            page.press(Button, "Send a file").await?;
            choose("Send a file", &file).await?;
            page.see_in("Messages", "passport.png").await?;
            page.press(Button, "Frames of Ada").await?;
            page.see_in("Frames of Ada", "onAttachment").await
        })
        .await?;
    page.press(Button, "Close the frames").await
}

async fn go_offline(page: &Page<'_>, story: &mut Recorder) -> Outcome {
    story
        .step(page, "Offline by the guest's own switch: what they write waits", async |page| {
            page.press(Switch, "Ada is online").await?;
            page.see_in(CHAT, "Switched offline").await?;
            say(page, "Are you there?").await?;
            page.see_in("Messages", "Waits to be sent").await
        })
        .await?;
    story
        .step(page, "Back again: it goes", async |page| {
            page.press(Switch, "Ada is online").await?;
            page.see_in(CHAT, "Connected").await?;
            page.see_no("Waits to be sent").await?;
            page.see_in("Messages", "I know these words").await
        })
        .await
}

async fn save(page: &Page<'_>, story: &mut Recorder, file: &Path) -> Outcome {
    story
        .step(page, "Save the chat as a scenario", async |page| {
            page.press(Button, "More about the chat of Ada").await?;
            page.press(Button, "Save as a scenario…").await?;
            page.press(Button, "Choose a place…").await?;
            choose("Save the chat as a scenario", file).await?;
            page.see("steps written").await
        })
        .await?;
    page.press(Button, "Done").await?;
    if file.is_file() { Ok(()) } else { Err(format!("{} is not written", file.display())) }
}

async fn run(page: &Page<'_>, story: &mut Recorder, file: &Path, report: &Path) -> Outcome {
    story
        .step(page, "Open the scenario and run it", async |page| {
            page.press(Tab, "Scenarios").await?;
            page.press(Button, "Open files…").await?;
            choose("Open scenario files", file).await?;
            page.see("ada.yaml").await?;
            page.press(Button, "Run all").await?;
            page.patient(RUN).see_in("Results", "1 passed").await
        })
        .await?;
    story
        .step(page, "A report of it", async |page| {
            page.press(Button, "Save a report").await?;
            page.press(Button, "A page to read…").await?;
            choose("Save the report", report).await?;
            page.see("The report is written").await
        })
        .await?;
    let text = std::fs::read_to_string(report).map_err(|why| format!("{}: {why}", report.display()))?;
    if text.contains("Chat of Ada") { Ok(()) } else { Err("the report does not name the scenario".into()) }
}

async fn say(page: &Page<'_>, text: &str) -> Outcome {
    page.fill(MESSAGE, text).await?;
    page.keys(ENTER).await
}

/// Types the whole path into a dialog of the desktop: over the name where a file is saved, else after the key that opens the
/// field for it.
async fn choose(title: &str, file: &Path) -> Outcome {
    let dialog = Dialog::of(title).await?;
    dialog.press(&[if title.starts_with("Save") { "ctrl+a" } else { "ctrl+l" }]).await?;
    dialog.write(&file.display().to_string()).await?;
    dialog.press_until_gone("Return").await
}
