//! The interrupted day of a retention run: every state that it can be in is brought about and read from the screen.

use std::time::Duration;

use tokio::time::timeout;

use crate::harness::{Desk, tour_folder};
use crate::org::Org;
use crate::page::{ESCAPE, Outcome, Page, Role::*};
use crate::recorder::Recorder;

/// Far above what it takes, so that only a hang meets it.
const LIMIT: Duration = Duration::from_secs(600);

/// A run that stands still looks after at most half a minute whether it can go on.
const AGAIN: Duration = Duration::from_secs(60);

/// A list that is refused is asked for seven times, each with two tries more, and a second or a little more apart.
const LAST_QUESTION: Duration = Duration::from_secs(180);

/// The org hands out no list, and says to come again after a second: the shortest of all troubles that a run gives up at.
const NO_LIST: &str = r#"{"when": {"method": "GET", "path": "/api/v2/guests*"}, "do": "429"}"#;

/// The schedule of the story is due with every minute, and looked at every half.
const DUE: Duration = Duration::from_secs(100);

/// Slow enough to look at it on its way.
const PACE: &str = "120";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_state_of_a_run_is_read_on_an_interrupted_day_in_the_real_window() {
    let folder = tour_folder().join("states");
    std::fs::create_dir_all(&folder).expect("the folder of the pictures can be made");
    let log = folder.join("console.log");
    let mut tour = Recorder::new(folder);
    let desk = Desk::with_passphrase(log);
    let outcome = timeout(LIMIT, day(&desk, &mut tour)).await.unwrap_or_else(|_| Err("the day hangs".into()));
    assert!(outcome.is_ok(), "{}", outcome.err().unwrap_or_default());
    tour.finish();
}

async fn day(desk: &Desk, tour: &mut Recorder) -> Outcome {
    let org = Org::of(200).await;
    let window = desk.open().await;
    let page = Page::of(&window);
    connect(&page, &org).await?;
    plan(&page, tour, &org).await?;
    wait(&page, tour, &org).await?;
    window.kill().await;

    let window = desk.open().await;
    let page = Page::of(&window);
    stop(&page, tour, &org).await?;
    end(&page, tour, &org).await?;
    ask(&page, tour).await?;
    window.close().await;
    Ok(())
}

async fn connect(page: &Page<'_>, org: &Org) -> Outcome {
    page.press(Link, "Settings").await?;
    page.fill("Connection name", "Day").await?;
    page.fill("Environment or base URL", &org.url()).await?;
    page.fill("Client id", "demo").await?;
    page.fill("Client secret", "demo").await?;
    page.press(Button, "Add connection").await?;
    page.see_in("Connections", "Day").await?;
    page.press(Button, "Use").await?;
    page.see("Day · Development").await?;
    page.press(Link, "Retention").await
}

async fn plan(page: &Page<'_>, tour: &mut Recorder, org: &Org) -> Outcome {
    tour.step(page, "Before the first run the list of runs says that there is none", async |page| {
        page.see_in("Runs", "None so far").await
    })
    .await?;
    org.weather(&[r#"{"when": {"method": "GET", "path": "/api/v2/guests*"}, "do": "delay:900"}"#]).await?;
    tour.step(page, "Planning", async |page| {
        page.press(Button, "Preview plan").await?;
        page.see("Planning ·").await
    })
    .await?;
    org.weather(&[]).await?;
    page.see_in("First to be deleted", "days ago").await
}

async fn wait(page: &Page<'_>, tour: &mut Recorder, org: &Org) -> Outcome {
    tour.step(page, "Running", async |page| {
        page.press(Button, "Run now…").await?;
        page.fill("At most, a minute", PACE).await?;
        page.press(Button, "Start run").await?;
        page.see_in("Run ", "· running").await?;
        page.see_in("Runs", "Not yet").await
    })
    .await?;
    tour.step(page, "Waiting for the online switch", async |page| {
        page.press(Switch, "Online").await?;
        page.see_in("Run ", "waits for the online switch").await
    })
    .await?;
    page.press(Switch, "Online").await?;
    page.patient(AGAIN).see_in("Run ", "· running").await?;
    // Nothing is processed, and no answer comes.
    org.weather(&[r#"{"do": "reset-before"}"#]).await?;
    tour.step(page, "Waiting for the org, which does not answer", async |page| {
        page.see_in("Run ", "waits for the org to answer").await?;
        page.see("The org does not answer").await
    })
    .await?;
    org.weather(&[]).await?;
    page.patient(AGAIN).see_in("Run ", "· running").await?;
    tour.step(page, "Paused: not ended, and not verified", async |page| {
        page.press(Button, "Pause").await?;
        page.patient(AGAIN).see_in("Run ", "· paused").await?;
        page.see_in("Runs", "Paused").await?;
        page.see_in("Runs", "Not yet").await
    })
    .await?;
    page.press(Button, "Resume").await?;
    page.patient(AGAIN).see_in("Run ", "· running").await?;
    org.weather(&[r#"{"when": {"method": "DELETE", "until": 1}, "do": "spend:400"}"#]).await?;
    tour.step(page, "Waiting for the rate budget, which another client has spent", async |page| {
        page.see_in("Run ", "waits for the rate budget").await
    })
    .await?;
    // It is killed while it waits, and the next start brings a token with a budget of its own.
    org.weather(&[]).await
}

async fn stop(page: &Page<'_>, tour: &mut Recorder, org: &Org) -> Outcome {
    tour.step(page, "Interrupted: killed in the middle", async |page| {
        page.press(Link, "Retention").await?;
        page.see_in("Run ", "· interrupted").await?;
        page.see_in("Runs", "Not yet").await
    })
    .await?;
    org.weather(&[NO_LIST]).await?;
    page.press(Button, "Resume").await?;
    tour.step(page, "Stopped: the org does not say how its guests are now", async |page| {
        page.patient(LAST_QUESTION).see_in("Run ", "· stopped").await?;
        page.see_in("Run ", "the org answered 429 when asked to list guests").await?;
        page.see_in("Runs", "Not yet").await
    })
    .await?;
    org.weather(&[]).await?;
    tour.step(page, "Cancelled", async |page| {
        page.press(Button, "Cancel run…").await?;
        page.press(Button, "Cancel run for good").await?;
        page.see_in("Run ", "· cancelled").await?;
        page.see_in("Runs", "Cancelled").await
    })
    .await?;
    tour.step(page, "The certificate of a cancelled run claims no outcome for every guest", async |page| {
        page.press(Button, "Certificate").await?;
        page.see_in("Certificate of run", "of the plan have an outcome").await?;
        page.see_in("Certificate of run", "nobody asked the org whether all are gone").await
    })
    .await?;
    page.keys(ESCAPE).await
}

async fn end(page: &Page<'_>, tour: &mut Recorder, org: &Org) -> Outcome {
    // The oldest are gone by now, as far as the cancelled run came.
    page.fill("Days", "50").await?;
    page.press(Button, "Run now…").await?;
    page.press(Button, "Start run").await?;
    tour.step(page, "Ended and verified", async |page| {
        let page = page.patient(AGAIN);
        page.see_in("Run ", "· finished").await?;
        page.see_in("Run ", "Verified").await?;
        page.see_in("Runs", "Yes").await
    })
    .await?;
    page.fill("Days", "40").await?;
    page.press(Button, "Run now…").await?;
    page.fill("At most, a minute", PACE).await?;
    let before = org.deleted();
    page.press(Button, "Start run").await?;
    // It has asked how its guests are by then; the next list it asks for is the last question.
    org.deletes_more_than(before).await?;
    org.weather(&[NO_LIST]).await?;
    tour.step(page, "Ended and not verified: the org could not be asked at the end", async |page| {
        let page = page.patient(LAST_QUESTION);
        page.see_in("Run ", "· finished").await?;
        page.see_in("Run ", "Not verified").await?;
        page.see_in("Runs", "No").await
    })
    .await?;
    org.weather(&[]).await
}

async fn ask(page: &Page<'_>, tour: &mut Recorder) -> Outcome {
    page.press(Button, "Edit policy…").await?;
    page.fill("Cron", "* * * * *").await?;
    page.press(Button, "Add quiet hours").await?;
    // Twelve hours around now: the desk is in UTC, and all day is refused.
    let hour = hour_of_the_day();
    page.fill("Quiet hours 1, from", &format!("{:02}:00", (hour + 18) % 24)).await?;
    page.fill("Quiet hours 1, to", &format!("{:02}:00", (hour + 6) % 24)).await?;
    tour.step(page, "A schedule for every minute, and quiet hours now", async |page| {
        page.see("Every minute").await?;
        page.see_in("What saving changes", "Quiet hours").await
    })
    .await?;
    page.press(Button, "Save 2 changes").await?;
    tour.step(page, "A schedule that nobody has confirmed says that nothing runs", async |page| {
        page.see_in("Schedule", "Off").await?;
        page.press(Switch, "Scheduled run").await?;
        page.see_in("Schedule", "On, but nothing runs before the policy is confirmed").await
    })
    .await?;
    tour.step(page, "Stopped at a question: due, and nobody has confirmed the policy", async |page| {
        page.patient(DUE).see("nobody has confirmed the policy as it is").await
    })
    .await?;
    page.press(Button, "Confirm policy…").await?;
    page.press(Button, "Confirm with").await?;
    tour.step(page, "Quiet hours: the schedule is on, and says until when nothing goes", async |page| {
        page.patient(DUE).see_in("Schedule", "Quiet until").await
    })
    .await
}

/// In UTC, by this machine's clock, which is the console's too.
#[expect(
    clippy::disallowed_methods,
    reason = "the console runs on the machine's own clock, so the story reads it"
)]
fn hour_of_the_day() -> u64 {
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH).expect("it is after 1970").as_secs() / 3_600 % 24
}
