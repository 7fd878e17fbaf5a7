//! What runs by itself, and what keeps it from running. The clock on the wall stands until a story moves it.

use app::{
    FailureCode, RunStep, SystemClock,
    views::{
        AskCode, BrakeView, PolicyDraft, PolicyView, QuietWindow, RunOrigin, RunState, RunView, RunWait,
    },
};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use model::Clock;
use testkit::ManualClock;

use crate::desk::{Desk, deleted, org, org_at};

const NOON: &str = "2026-03-20T12:00:00Z";

async fn save(desk: &Desk, edit: impl FnOnce(PolicyDraft) -> PolicyDraft) {
    let draft = PolicyDraft::of(desk.app.retention_policy_view("default").unwrap());
    desk.app.retention_policy_save(edit(draft)).await.unwrap();
}

/// Keeps guests so many days; due at this time of day in UTC.
async fn armed(desk: &Desk, days: u32, cron: &str) {
    save(desk, |draft| PolicyDraft {
        what: PolicyView { days, ..draft.what },
        cron: cron.into(),
        zone: "UTC".into(),
        ..draft
    })
    .await;
    desk.app.retention_policy_confirm("default", 0).await.unwrap();
    desk.app.retention_schedule_arm("default", true).await.unwrap();
}

/// The scheduled runs there are, ended, the newest first.
async fn runs(desk: &Desk) -> Vec<RunView> {
    if let Some(mut steps) = desk.app.retention_follow() {
        steps.wait_for(RunStep::ended).await.unwrap();
    }
    desk.app.retention_runs().await.unwrap()
}

/// Moves the clock in steps of half an hour, as a program that stays sees it.
async fn until(desk: &Desk, clock: &ManualClock, end: &str) {
    let end: DateTime<Utc> = end.parse().unwrap();
    while clock.now() < end {
        clock.advance(TimeDelta::minutes(30));
        desk.app.run_what_is_due().await;
        runs(desk).await;
    }
}

fn asks(desk: &Desk) -> Option<AskCode> {
    desk.app.retention_policy_view("default").unwrap().asks.map(|ask| ask.code)
}

#[tokio::test]
async fn a_schedule_says_when_it_is_due_and_what_it_cannot_be() {
    let org = org(0).await;
    let desk = Desk::at(&org).await;
    let born = desk.app.retention_policy_view("default").unwrap();
    assert!(!born.schedule.armed && born.confirmed.is_none(), "inactive at birth");
    let draft = |cron: &str, zone: &str| PolicyDraft {
        cron: cron.into(),
        zone: zone.into(),
        ..PolicyDraft::of(born.clone())
    };
    desk.app.retention_policy_save(draft("0 2 * * *", "Europe/Berlin")).await.unwrap();
    let on = desk.app.retention_schedule_arm("default", true).await.unwrap();
    assert!(on.schedule.armed && on.schedule.next_due.is_some());
    assert!(!on.waiting.is_empty(), "armed is not confirmed");
    let bad = desk.app.retention_policy_save(draft("0 25 * * *", "UTC")).await.unwrap_err();
    assert_eq!(bad.fields[0].field, "hour");
    let nowhere = desk.app.retention_policy_save(draft("0 2 * * *", "Europe/Atlantis")).await.unwrap_err();
    assert_eq!(nowhere.fields[0].field, "zone");
    let desk = desk.restart().await;
    assert_eq!(desk.app.retention_policy_view("default").unwrap().schedule, on.schedule);
}

#[tokio::test]
async fn a_stronger_policy_does_not_run_before_a_person_has_confirmed_it() {
    let (org, clock) = (org_at(300, NOON).await, ManualClock::at(NOON));
    let desk = Desk::by_clock(&org, &clock).await;
    armed(&desk, 80, "0 2 * * *").await;
    save(&desk, |draft| PolicyDraft { what: PolicyView { days: 30, ..draft.what.clone() }, ..draft }).await;
    let waiting = desk.app.retention_policy_view("default").unwrap().waiting;
    assert_eq!(waiting.iter().map(|c| c.field.as_str()).collect::<Vec<_>>(), ["days"]);

    until(&desk, &clock, "2026-03-21T04:00:00Z").await;
    assert_eq!((runs(&desk).await.len(), deleted(&org).len()), (0, 0));
    assert_eq!(asks(&desk), Some(AskCode::NotConfirmed));
    assert!(desk.app.status().notices.iter().any(|n| n.id.starts_with("retention-ask-default")));
    let refused = desk.app.retention_allow_once("default").await.unwrap_err();
    assert_eq!(refused.code, FailureCode::NotConfirmed);
    let told = desk.app.audit_page(0, 100).await.unwrap();
    assert_eq!(told.lines.iter().filter(|l| l.action == "runSkipped").count(), 1, "said once");

    desk.app.retention_policy_confirm("default", 200).await.unwrap();
    assert_eq!(asks(&desk), None);
    until(&desk, &clock, "2026-03-22T01:30:00Z").await;
    assert!(deleted(&org).is_empty(), "the word is for the times to come");
    until(&desk, &clock, "2026-03-22T04:00:00Z").await;
    let ran = runs(&desk).await;
    assert_eq!((ran.len(), ran[0].origin, ran[0].state), (1, RunOrigin::Schedule, RunState::Finished));
    assert!(deleted(&org).len() > 150);
    assert_eq!(desk.app.status().scheduled.map(|run| run.run), Some(ran[0].run.clone()));
}

#[tokio::test]
async fn far_more_guests_than_usual_wait_for_a_word_and_go_once_with_it() {
    let (org, clock) = (org_at(600, NOON).await, ManualClock::at(NOON));
    let desk = Desk::by_clock(&org, &clock).await;
    save(&desk, |draft| PolicyDraft { brake: Some(BrakeView { times: 2, floor: 5 }), ..draft }).await;
    // The first run takes what one day makes due, the next what a week does.
    armed(&desk, 89, "0 2 * * 6").await;
    until(&desk, &clock, "2026-03-21T03:00:00Z").await;
    let first = deleted(&org).len();
    assert!(runs(&desk).await.len() == 1 && first > 0);
    until(&desk, &clock, "2026-03-28T03:00:00Z").await;
    assert_eq!(deleted(&org).len(), first, "nothing goes before somebody says so");
    let ask = desk.app.retention_policy_view("default").unwrap().asks.unwrap();
    assert_eq!(ask.code, AskCode::Drift, "{ask:?}");
    let desk = desk.restart().await;
    assert_eq!(asks(&desk), Some(AskCode::Drift), "the question outlives the program");

    desk.app.retention_allow_once("default").await.unwrap();
    let ran = runs(&desk).await;
    assert_eq!((ran.len(), ran[0].counts.deleted), (2, ask.due.unwrap()));
    assert_eq!(asks(&desk), None);
    let nothing = desk.app.retention_allow_once("default").await.unwrap_err();
    assert_eq!(nothing.code, FailureCode::NotFound, "once");
}

#[tokio::test]
async fn a_clock_that_jumped_deletes_nobody_and_no_due_is_lost_when_it_is_set_right() {
    let (org, clock) = (org_at(300, NOON).await, ManualClock::at(NOON));
    let desk = Desk::by_clock(&org, &clock).await;
    armed(&desk, 89, "0 2 * * *").await;
    desk.app.run_what_is_due().await;
    clock.advance(TimeDelta::days(40));
    for _ in 0..3 {
        desk.app.run_what_is_due().await;
    }
    assert_eq!((runs(&desk).await.len(), deleted(&org).len()), (0, 0));
    assert_eq!(asks(&desk), Some(AskCode::ClockJump));
    let told = desk.app.audit_page(0, 100).await.unwrap();
    assert_eq!(told.lines.iter().filter(|l| l.action == "runSkipped").count(), 1, "said once");

    clock.advance(TimeDelta::days(-40));
    until(&desk, &clock, "2026-03-21T03:00:00Z").await;
    let ran = runs(&desk).await;
    assert_eq!(
        (ran.len(), ran[0].state),
        (1, RunState::Finished),
        "the next night is as if nothing had been"
    );
    assert!(deleted(&org).len() < 20);
    assert_eq!(asks(&desk), None);
}

#[tokio::test]
async fn a_clock_that_was_wrong_from_the_start_is_told_by_the_orgs_and_deletes_nobody() {
    let today = SystemClock.now();
    let (org, clock) = (org_at(300, &today.to_rfc3339()).await, ManualClock::at(NOON));
    clock.set(today + TimeDelta::days(60));
    let desk = Desk::by_clock_and_the_orgs(&org, &clock).await;
    armed(&desk, 89, "0 * * * *").await;
    for _ in 0..3 {
        desk.app.run_what_is_due().await;
        clock.advance(TimeDelta::hours(1));
    }
    assert_eq!((runs(&desk).await.len(), deleted(&org).len()), (0, 0));
    let ask = desk.app.retention_policy_view("default").unwrap().asks.unwrap();
    assert_eq!(ask.code, AskCode::ClockJump);
    assert!(ask.message.contains("hours ahead of the org's clock"), "{}", ask.message);

    // Set right, and in time for the next due.
    clock.set(today.duration_trunc(TimeDelta::hours(1)).unwrap() + TimeDelta::hours(1));
    desk.app.run_what_is_due().await;
    let ran = runs(&desk).await;
    assert_eq!((ran.len(), ran[0].state, asks(&desk)), (1, RunState::Finished, None));
    assert!((1..20).contains(&deleted(&org).len()), "those of one day");
}

#[tokio::test]
async fn a_person_can_say_that_the_clock_is_right_after_all() {
    let (org, clock) = (org_at(300, NOON).await, ManualClock::at(NOON));
    let desk = Desk::by_clock(&org, &clock).await;
    armed(&desk, 89, "0 2 * * *").await;
    desk.app.run_what_is_due().await;
    clock.advance(TimeDelta::days(3));
    desk.app.run_what_is_due().await;
    assert_eq!(asks(&desk), Some(AskCode::ClockJump));
    desk.app.retention_allow_once("default").await.unwrap();
    assert_eq!(runs(&desk).await.len(), 1);
    desk.app.run_what_is_due().await;
    assert_eq!((asks(&desk), runs(&desk).await.len()), (None, 1), "the due was answered");
    until(&desk, &clock, "2026-03-24T03:00:00Z").await;
    assert_eq!(runs(&desk).await.len(), 2);
}

#[tokio::test]
async fn quiet_hours_pause_a_scheduled_run_and_it_goes_on_when_they_end() {
    let (org, clock) = (org_at(120, NOON).await, ManualClock::at(NOON));
    let desk = Desk::by_clock(&org, &clock).await;
    save(&desk, |draft| PolicyDraft {
        quiet: app::views::QuietView {
            follows_schedule: false,
            zone: "UTC".into(),
            windows: vec![QuietWindow { days: vec![], from: "06:00".into(), to: "18:00".into() }],
        },
        pace: Some(300),
        ..draft
    })
    .await;
    // Due in the quiet: it waits until they end.
    armed(&desk, 30, "0 7 * * *").await;
    clock.set("2026-03-21T07:00:00Z".parse().unwrap());
    desk.app.run_what_is_due().await;
    let view = desk.app.retention_policy_view("default").unwrap();
    assert!(view.quiet_now && desk.app.retention_follow().is_none());
    assert_eq!(view.opens_at, Some("2026-03-21T18:00:00Z".parse().unwrap()));
    clock.set("2026-03-21T18:00:00Z".parse().unwrap());
    desk.app.run_what_is_due().await;
    let mut steps = desk.app.retention_follow().expect("it goes now");
    steps.wait_for(|step| step.view.counts.deleted > 0).await.unwrap();

    // They begin again while it goes on.
    clock.set("2026-03-22T06:00:00Z".parse().unwrap());
    desk.app.run_what_is_due().await;
    let rested = steps.wait_for(RunStep::ended).await.unwrap().view.clone();
    assert_eq!(rested.state, RunState::Paused, "{rested:?}");
    let gone = deleted(&org).len();
    let desk = desk.restart().await;
    desk.app.run_what_is_due().await;
    let shown = &desk.app.retention_runs().await.unwrap()[0];
    let opens = "2026-03-22T18:00:00Z".parse().ok();
    assert_eq!((shown.waits_for, shown.waits_until), (Some(RunWait::QuietHours), opens), "{shown:?}");
    assert_eq!(deleted(&org).len(), gone);

    clock.set("2026-03-22T18:00:00Z".parse().unwrap());
    desk.app.run_what_is_due().await;
    let mut steps = desk.app.retention_follow().expect("it goes on");
    let run = steps.borrow().view.run.clone();
    assert_eq!(run, rested.run);
    let faster = desk.app.retention_set_pace(&run, None).unwrap();
    assert_eq!(faster.pace, None);
    let last = steps.wait_for(RunStep::ended).await.unwrap().view.clone();
    assert_eq!((last.state, last.verified), (RunState::Finished, Some(true)), "{last:?}");
    assert_eq!(deleted(&org).len() as u32, last.counts.deleted);
}

#[tokio::test]
async fn a_due_that_quiet_hours_outlast_is_skipped_and_said_so() {
    let (org, clock) = (org_at(30, NOON).await, ManualClock::at(NOON));
    let desk = Desk::by_clock(&org, &clock).await;
    let day = |from: &str| QuietWindow { days: vec![], from: from.into(), to: "12:00".into() };
    save(&desk, |draft| PolicyDraft {
        quiet: app::views::QuietView {
            follows_schedule: false,
            zone: "UTC".into(),
            windows: vec![
                QuietWindow { days: vec![app::views::Weekday::Sat], ..day("00:00") },
                QuietWindow { days: vec![app::views::Weekday::Sat], ..day("12:00") },
                QuietWindow { days: vec![app::views::Weekday::Sun], ..day("12:00") },
            ],
        },
        ..draft
    })
    .await;
    // 21 March is a Saturday: quiet until Monday noon.
    armed(&desk, 30, "0 2 * * 6").await;
    until(&desk, &clock, "2026-03-23T14:00:00Z").await;
    assert_eq!((runs(&desk).await.len(), deleted(&org).len()), (0, 0));
    let told = desk.app.audit_page(0, 100).await.unwrap();
    let skipped: Vec<&str> =
        told.lines.iter().filter(|l| l.action == "runSkipped").map(|l| l.text.as_str()).collect();
    assert_eq!(skipped.len(), 1);
    assert!(skipped[0].contains("quiet hours"), "{skipped:?}");
}

#[tokio::test]
async fn on_the_days_on_which_clocks_change_one_run_starts_a_day() {
    for (from, to) in
        [("2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"), ("2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z")]
    {
        let (org, clock) = (org_at(90, from).await, ManualClock::at(from));
        let desk = Desk::by_clock(&org, &clock).await;
        // In spring there is no half past two that day, in autumn there are two.
        save(&desk, |draft| PolicyDraft { zone: "Europe/Berlin".into(), ..draft }).await;
        armed(&desk, 80, "30 2 * * *").await;
        save(&desk, |draft| PolicyDraft { zone: "Europe/Berlin".into(), ..draft }).await;
        until(&desk, &clock, to).await;
        assert_eq!(runs(&desk).await.len(), 2, "{from}");
    }
}

#[tokio::test]
async fn a_cap_leaves_the_rest_to_the_next_run_and_says_so() {
    let (org, clock) = (org_at(120, NOON).await, ManualClock::at(NOON));
    let desk = Desk::by_clock(&org, &clock).await;
    save(&desk, |draft| PolicyDraft { cap: Some(7), ..draft }).await;
    armed(&desk, 60, "0 2 * * *").await;
    until(&desk, &clock, "2026-03-21T03:00:00Z").await;
    let first = runs(&desk).await.remove(0);
    assert_eq!((first.state, first.counts.deleted, first.capped), (RunState::Paused, 7, Some(7)));
    assert!(first.why.as_ref().is_some_and(|why| why.contains("cap of 7")), "{first:?}");
    until(&desk, &clock, "2026-03-22T03:00:00Z").await;
    assert_eq!((runs(&desk).await.len(), deleted(&org).len()), (2, 14));
}

#[tokio::test]
async fn several_policies_have_names_changes_and_schedules_of_their_own() {
    let (org, clock) = (org_at(300, NOON).await, ManualClock::at(NOON));
    let desk = Desk::by_clock(&org, &clock).await;
    let mut draft = desk.app.retention_new_policy("chat-guests").unwrap();
    draft.name = "Chat guests".into();
    draft.what.days = 85;
    let changes = desk.app.retention_policy_changes(draft.clone()).unwrap();
    assert!(changes.iter().any(|c| c.field == "days" && c.after == "85" && !c.stronger), "{changes:?}");
    desk.app.retention_policy_save(draft.clone()).await.unwrap();
    let taken = PolicyDraft { id: "other".into(), ..draft.clone() };
    assert_eq!(desk.app.retention_policy_save(taken).await.unwrap_err().fields[0].field, "name");
    let zero = PolicyDraft { cap: Some(0), ..draft.clone() };
    assert_eq!(desk.app.retention_policy_save(zero).await.unwrap_err().fields[0].field, "cap");
    let ids: Vec<String> = desk.app.retention_policies().into_iter().map(|p| p.id).collect();
    assert_eq!(ids, ["default", "chat-guests"]);

    desk.app.retention_policy_confirm("chat-guests", 15).await.unwrap();
    desk.app.retention_schedule_arm("chat-guests", true).await.unwrap();
    clock.advance(TimeDelta::hours(23));
    desk.app.run_what_is_due().await;
    let ran = runs(&desk).await;
    assert!(
        ran.len() == 1 && (1..60).contains(&ran[0].counts.deleted),
        "the first policy is not armed: {ran:?}"
    );
    desk.app.retention_policy_remove("chat-guests").await.unwrap();
    desk.app.retention_policy_remove("chat-guests").await.unwrap();
    assert_eq!(desk.app.retention_policies().len(), 1);
    assert_eq!(desk.app.retention_policy_view("chat-guests").unwrap_err().code, FailureCode::NotFound);
}
