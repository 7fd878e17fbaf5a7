//! What a run waits for, and whether a schedule starts runs, as every screen and command is told it.

use std::{num::NonZeroU32, time::Duration};

use app::{
    RunOptions, RunStep,
    views::{
        ConnectionKind, GuestQuery, PolicyDraft, QuietView, QuietWindow, RunState, RunView, RunWait,
        ScheduleState,
    },
};
use simulator::Options;
use testkit::ManualClock;
use tokio::time::timeout;

use crate::desk::{Desk, org, org_at, requests};

const NOON: &str = "2026-03-20T12:00:00Z";

fn waits(desk: &Desk) -> Option<RunWait> {
    let run = desk.app.status().run.expect("it goes on");
    assert_eq!(run.state, RunState::Running);
    assert!(run.waits_for.is_none() || run.seconds_left.is_none(), "{run:?}");
    run.waits_for
}

async fn slow_run(desk: &Desk) {
    let plan = desk.app.retention_preview(desk.app.retention_policy()).await.unwrap();
    let options = RunOptions { pace: NonZeroU32::new(60), ..RunOptions::default() };
    desk.app.retention_run_previewed(&plan.plan, options).await.unwrap();
    let mut steps = desk.app.retention_follow().unwrap();
    steps.wait_for(|step| step.view.counts.deleted > 0).await.unwrap();
}

#[tokio::test]
async fn a_run_waits_for_the_online_switch_and_for_an_org_that_does_not_answer() {
    let org = org(200).await;
    let desk = Desk::at(&org).await;
    slow_run(&desk).await;
    assert_eq!(waits(&desk), None);
    desk.app.set_online(false).await.unwrap();
    assert_eq!(waits(&desk), Some(RunWait::Offline));
    desk.app.set_online(true).await.unwrap();
    assert_ne!(waits(&desk), Some(RunWait::Offline));
    drop(org);
    // Whoever asks next hears nothing.
    desk.app.guests_page(everyone()).await.unwrap_err();
    assert_eq!(waits(&desk), Some(RunWait::Org));
}

fn everyone() -> GuestQuery {
    serde_json::from_value(serde_json::json!({
        "search": "", "filter": null, "sort": "createdTime", "descending": false, "page": 1,
    }))
    .unwrap()
}

#[tokio::test]
async fn a_run_waits_for_the_rate_budget_that_another_client_of_the_token_has_spent() {
    let spent = r#"{"rules": [{"when": {"method": "DELETE", "from": 1, "until": 2}, "do": "spend:400"}]}"#;
    let options = Options { guests: 200, weather: spent.parse().unwrap(), ..Options::default() };
    let org = simulator::start(options).await.unwrap();
    let desk = Desk::at(&org).await;
    slow_run(&desk).await;
    // The second delete is held back: its answer tells the budget.
    let spent = |run: RunView| run.waits_for == Some(RunWait::Budget);
    let told = desk.app.follow(|_, status| status.run.is_some_and(|run| !spent(run)));
    timeout(Duration::from_secs(60), told).await.expect("the budget is told");
    let run = desk.app.status().run.unwrap();
    assert_eq!(run.waits_for, Some(RunWait::Budget), "{run:?}");
    assert!(run.waits_until.is_some());
}

#[tokio::test]
async fn a_paused_run_is_neither_ended_nor_does_it_wait_for_anything_but_a_person() {
    let org = org(200).await;
    let desk = Desk::at(&org).await;
    slow_run(&desk).await;
    let run = desk.app.status().run.unwrap().run;
    let paused = desk.app.retention_pause(&run).await.unwrap();
    assert_eq!((paused.state, paused.waits_for), (RunState::Paused, None));
    let mut steps = desk.app.retention_resume(&run, RunOptions::default()).await.unwrap();
    desk.app.retention_set_pace(&run, None).unwrap();
    let last = steps.wait_for(RunStep::ended).await.unwrap().view.clone();
    assert_eq!((last.state, last.waits_for), (RunState::Finished, None));
}

#[tokio::test]
async fn a_schedule_says_whether_it_starts_runs_and_the_first_reason_why_not() {
    let (org, clock) = (org_at(120, NOON).await, ManualClock::at(NOON));
    let desk = Desk::by_clock(&org, &clock).await;
    let state = || desk.app.retention_policy_view("default").unwrap().schedule.state;
    let draft = PolicyDraft::of(desk.app.retention_policy_view("default").unwrap());
    let draft = PolicyDraft {
        cron: "0 2 * * *".into(),
        zone: "UTC".into(),
        quiet: QuietView {
            zone: "UTC".into(),
            follows_schedule: true,
            windows: vec![QuietWindow { days: vec![], from: "01:00".into(), to: "05:00".into() }],
        },
        ..draft
    };
    desk.app.retention_policy_save(draft).await.unwrap();
    assert_eq!(state(), ScheduleState::Off);
    desk.app.retention_schedule_arm("default", true).await.unwrap();
    assert_eq!(state(), ScheduleState::NotConfirmed);
    clock.set("2026-03-21T02:00:00Z".parse().unwrap());
    desk.app.run_what_is_due().await;
    assert_eq!(state(), ScheduleState::NotConfirmed, "a question about the confirmation is that state's");
    desk.app.retention_policy_confirm("default", 0).await.unwrap();
    assert_eq!(state(), ScheduleState::On);
    clock.set("2026-03-22T02:00:00Z".parse().unwrap());
    desk.app.run_what_is_due().await;
    assert_eq!(state(), ScheduleState::Quiet);
    clock.set("2026-03-22T05:00:00Z".parse().unwrap());
    assert_eq!(state(), ScheduleState::On, "they are over");

    let watched = Desk::with(&org, ConnectionKind::Test, true).await;
    let state = watched.app.retention_policy_view("default").unwrap().schedule.state;
    assert_eq!(state, ScheduleState::Off, "nobody can switch it on over a read-only connection");
}

/// The run, once it does not go on any more.
async fn ended(desk: &Desk) -> RunView {
    if let Some(mut steps) = desk.app.retention_follow() {
        steps.wait_for(RunStep::ended).await.unwrap();
    }
    desk.app.retention_runs().await.unwrap().remove(0)
}

#[tokio::test]
async fn a_run_that_the_org_asks_to_wait_for_hours_goes_on_by_itself_at_that_time() {
    let (org, clock) = (org_at(120, NOON).await, ManualClock::at(NOON));
    let desk = Desk::by_clock(&org, &clock).await;
    desk.app.start_background();
    let daily = r#"{"rules": [{"when": {"method": "DELETE", "from": 5}, "do": "429:7200"}]}"#;
    org.simulator().set_weather(daily.parse().unwrap());
    let plan = desk.app.retention_preview(desk.app.retention_policy()).await.unwrap();
    desk.app.retention_run_previewed(&plan.plan, RunOptions::default()).await.unwrap();
    let run = ended(&desk).await;
    assert_eq!((run.state, run.waits_for), (RunState::Paused, Some(RunWait::OrgLimit)), "{run:?}");
    assert_eq!(run.waits_until, Some("2026-03-20T14:00:00Z".parse().unwrap()));
    assert!(run.counts.deleted < plan.due, "{run:?}");
    // A restart comes in between; the new process has heard of no limit, and waits all the same.
    org.simulator().set_weather("{}".parse().unwrap());
    let desk = desk.restart().await;
    clock.set("2026-03-20T13:59:59Z".parse().unwrap());
    desk.app.run_what_is_due().await;
    assert_eq!(ended(&desk).await.state, RunState::Paused, "it is not time yet");
    clock.set("2026-03-20T14:00:00Z".parse().unwrap());
    desk.app.run_what_is_due().await;
    let run = ended(&desk).await;
    assert_eq!(
        (run.state, run.waits_for, run.counts.deleted),
        (RunState::Finished, None, plan.due),
        "{run:?}"
    );
}

/// The requests that the org has seen.
fn asked(org: &simulator::Running) -> usize {
    requests(org, "GET") + requests(org, "POST") + requests(org, "DELETE")
}

#[tokio::test]
async fn what_is_due_waits_for_an_org_that_asks_for_hours_while_the_plan_is_made_and_starts_at_that_time() {
    let (org, clock) = (org_at(120, NOON).await, ManualClock::at(NOON));
    let desk = Desk::by_clock(&org, &clock).await;
    let draft = PolicyDraft::of(desk.app.retention_policy_view("default").unwrap());
    let draft = PolicyDraft { cron: "0 2 * * *".into(), zone: "UTC".into(), ..draft };
    desk.app.retention_policy_save(draft).await.unwrap();
    desk.app.retention_policy_confirm("default", 0).await.unwrap();
    desk.app.retention_schedule_arm("default", true).await.unwrap();
    let state = |desk: &Desk| desk.app.retention_policy_view("default").unwrap().schedule;
    let daily = r#"{"rules": [{"when": {"path": "/api/v2/guests*"}, "do": "429:7200"}]}"#;
    org.simulator().set_weather(daily.parse().unwrap());
    clock.set("2026-03-21T02:00:00Z".parse().unwrap());
    desk.app.run_what_is_due().await;
    let until = "2026-03-21T04:00:00Z".parse().unwrap();
    assert_eq!((state(&desk).state, state(&desk).waits_until), (ScheduleState::OrgLimit, Some(until)));
    let told = desk.app.retention_status(None).await.unwrap();
    assert_eq!(
        (&told["waits"][0]["waitsFor"], &told["waits"][0]["policy"]),
        (&"orgLimit".into(), &"default".into())
    );
    let before = asked(&org);
    for time in ["02:00:30", "02:01:00", "02:30:00", "03:59:59"] {
        clock.set(format!("2026-03-21T{time}Z").parse().unwrap());
        desk.app.run_what_is_due().await;
    }
    assert_eq!(asked(&org), before, "nothing asks again before that time");
    org.simulator().set_weather("{}".parse().unwrap());
    clock.set(until);
    assert_eq!(state(&desk).state, ScheduleState::On);
    // The client itself waits for a minute after a 429; a new one has heard of none.
    let desk = desk.restart().await;
    desk.app.run_what_is_due().await;
    let run = ended(&desk).await;
    assert_eq!((run.state, run.counts.deleted > 0), (RunState::Finished, true), "{run:?}");
}

#[tokio::test]
async fn a_due_does_not_start_a_second_run_beside_one_that_waits_for_the_org() {
    let (org, clock) = (org_at(120, NOON).await, ManualClock::at(NOON));
    let desk = Desk::by_clock(&org, &clock).await;
    desk.app.start_background();
    let draft = PolicyDraft::of(desk.app.retention_policy_view("default").unwrap());
    let draft = PolicyDraft { cron: "30 12 * * *".into(), zone: "UTC".into(), ..draft };
    desk.app.retention_policy_save(draft).await.unwrap();
    desk.app.retention_policy_confirm("default", 0).await.unwrap();
    desk.app.retention_schedule_arm("default", true).await.unwrap();
    let daily = r#"{"rules": [{"when": {"method": "DELETE", "from": 5}, "do": "429:7200"}]}"#;
    org.simulator().set_weather(daily.parse().unwrap());
    let plan = desk.app.retention_preview(desk.app.retention_policy()).await.unwrap();
    desk.app.retention_run_previewed(&plan.plan, RunOptions::default()).await.unwrap();
    assert_eq!(ended(&desk).await.state, RunState::Paused);
    let before = requests(&org, "GET");
    clock.set("2026-03-20T12:31:00Z".parse().unwrap());
    desk.app.run_what_is_due().await;
    assert_eq!(desk.app.retention_runs().await.unwrap().len(), 1, "one run waits, and no other began");
    assert_eq!(requests(&org, "GET"), before, "no plan was made");
}
