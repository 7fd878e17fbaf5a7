//! Plans and runs by clocks that are wrong: this computer's, when a plan is made or when it is run, beside the org's own.

use app::{
    FailureCode, RunOptions, RunStep, SystemClock,
    views::{AskCode, BrakeView, PlanView, PolicyDraft, PolicyView, RunQuestionCode},
};
use chrono::{DateTime, TimeDelta, Utc};
use model::Clock;
use simulator::Running;
use testkit::ManualClock;

use crate::desk::{Desk, deleted, org_at};

/// An org whose clock is right, and a clock of ours that is off by so many hours.
async fn off_by(hours: i64, guests: u64) -> (Running, ManualClock, DateTime<Utc>) {
    let today = SystemClock.now();
    let clock = ManualClock::at(&today.to_rfc3339());
    clock.set(today + TimeDelta::hours(hours));
    (org_at(guests, &today.to_rfc3339()).await, clock, today)
}

async fn preview(desk: &Desk) -> PlanView {
    desk.app.retention_preview(desk.app.retention_policy()).await.unwrap()
}

fn codes(plan: &PlanView) -> Vec<RunQuestionCode> {
    plan.questions.iter().map(|question| question.code).collect()
}

/// With these answers it is refused, and the next step names these flags.
async fn is_refused(desk: &Desk, plan: &PlanView, options: RunOptions, flags: &[&str]) {
    let refused = desk.app.retention_run_previewed(&plan.plan, options).await.unwrap_err();
    assert_eq!(refused.code, FailureCode::ConfirmationNeeded, "{refused:?}");
    assert_eq!(refused.next, format!("Answer each question by its own: {}.", flags.join(" ")));
    assert!(refused.message.ends_with("Nothing was deleted."), "{}", refused.message);
}

async fn runs(desk: &Desk, plan: &PlanView, options: RunOptions) -> u32 {
    desk.app.retention_run_previewed(&plan.plan, options).await.unwrap();
    if let Some(mut steps) = desk.app.retention_follow() {
        steps.wait_for(RunStep::ended).await.unwrap();
    }
    desk.app.retention_runs().await.unwrap()[0].counts.deleted
}

const CLOCK: RunOptions =
    RunOptions { max: None, pace: None, confirmed: None, clock_confirmed: true, unusual_confirmed: None };

#[tokio::test]
async fn a_plan_made_by_a_wrong_clock_asks_when_the_clock_is_right_again_whichever_way_it_was_off() {
    for hours in [240, 48, -240] {
        let (org, clock, today) = off_by(hours, 300).await;
        let desk = Desk::by_clock_and_the_orgs(&org, &clock).await;
        let plan = preview(&desk).await;
        assert_eq!(codes(&plan), [RunQuestionCode::Clock], "told at once");
        clock.set(today);
        let plan_now = desk.app.retention_plan().await.unwrap().unwrap();
        let told = &plan_now.questions[0].message;
        let way = if hours > 0 { "ahead of" } else { "behind" };
        assert!(told.contains(&format!("hours {way} the org's clock")), "{told}");
        let counted = RunOptions { confirmed: Some(plan.due.into()), ..RunOptions::default() };
        let unusual = RunOptions { unusual_confirmed: Some(plan.due.into()), ..RunOptions::default() };
        for options in [RunOptions::default(), counted, unusual] {
            is_refused(&desk, &plan, options, &["--confirm-clock"]).await;
        }
        let desk = desk.restart().await;
        is_refused(&desk, &plan, RunOptions::default(), &["--confirm-clock"]).await;
        assert!(deleted(&org).is_empty());
        assert_eq!(runs(&desk, &plan, CLOCK).await, plan.due);
    }
}

#[tokio::test]
async fn in_production_count_and_clock_are_two_questions_with_two_answers() {
    let (org, clock, _) = off_by(48, 400).await;
    let desk = Desk::in_production(&org, &clock).await;
    let plan = preview(&desk).await;
    assert_eq!(codes(&plan), [RunQuestionCode::Count, RunQuestionCode::Clock]);
    let count = format!("--confirm {}", plan.due);
    let counted = RunOptions { confirmed: Some(plan.due.into()), ..RunOptions::default() };
    is_refused(&desk, &plan, RunOptions::default(), &[&count, "--confirm-clock"]).await;
    is_refused(&desk, &plan, counted, &["--confirm-clock"]).await;
    is_refused(&desk, &plan, CLOCK, &[&count]).await;
    assert!(deleted(&org).is_empty());
    let both = RunOptions { confirmed: Some(plan.due.into()), ..CLOCK };
    assert_eq!(runs(&desk, &plan, both).await, plan.due);
}

#[tokio::test]
async fn in_production_a_wrong_clock_is_asked_about_however_few_would_go() {
    let (org, clock, today) = off_by(-72, 60).await;
    let desk = Desk::in_production(&org, &clock).await;
    let plan = preview(&desk).await;
    assert!(plan.due < 100, "{}", plan.due);
    clock.set(today);
    is_refused(&desk, &plan, RunOptions::default(), &["--confirm-clock"]).await;
    assert!(deleted(&org).is_empty());
}

#[tokio::test]
async fn a_plan_by_a_right_clock_asks_when_the_clock_is_wrong_by_the_time_it_is_run() {
    for hours in [240, -240] {
        let (org, clock, today) = off_by(0, 100).await;
        let desk = Desk::by_clock_and_the_orgs(&org, &clock).await;
        let plan = preview(&desk).await;
        assert_eq!(codes(&plan), []);
        clock.set(today + TimeDelta::hours(hours));
        is_refused(&desk, &plan, RunOptions::default(), &["--confirm-clock"]).await;
        assert!(deleted(&org).is_empty());
        clock.set(today);
        assert_eq!(runs(&desk, &plan, RunOptions::default()).await, plan.due);
    }
}

#[tokio::test]
async fn where_the_org_shows_no_clock_our_own_decides() {
    let (org, clock, today) = off_by(240, 200).await;
    // As if its answers had no `Date`.
    let desk = Desk::by_clock(&org, &clock).await;
    let plan = preview(&desk).await;
    assert_eq!(codes(&plan), [], "there is nothing to compare with yet");
    clock.set(today);
    let desk = desk.restart().await;
    is_refused(&desk, &plan, RunOptions::default(), &["--confirm-clock"]).await;
    assert!(deleted(&org).is_empty());
    let right = preview(&desk).await;
    assert!(right.due < plan.due);
}

#[tokio::test]
async fn a_run_that_was_started_with_an_answer_goes_on_without_being_asked_again() {
    let (org, clock, today) = off_by(240, 100).await;
    let desk = Desk::by_clock_and_the_orgs(&org, &clock).await;
    let plan = preview(&desk).await;
    clock.set(today);
    assert_eq!(runs(&desk, &plan, RunOptions { max: Some(3), ..CLOCK }).await, 3);
    let desk = desk.restart().await;
    let run = desk.app.retention_runs().await.unwrap()[0].run.clone();
    let all = RunOptions { max: Some(1_000), ..RunOptions::default() };
    let mut steps = desk.app.retention_resume(&run, all).await.unwrap();
    let last = steps.wait_for(RunStep::ended).await.unwrap().view.clone();
    assert_eq!(last.counts.deleted, plan.due);
    assert_eq!(deleted(&org).len() as u32, plan.due);
}

#[tokio::test]
async fn the_word_for_an_unusual_number_says_nothing_of_a_clock_that_is_wrong_by_then() {
    let noon = "2026-03-20T12:00:00Z";
    let (org, clock) = (org_at(600, noon).await, ManualClock::at(noon));
    let desk = Desk::by_clock(&org, &clock).await;
    let draft = PolicyDraft::of(desk.app.retention_policy_view("default").unwrap());
    let draft = PolicyDraft {
        what: PolicyView { days: 89, ..draft.what.clone() },
        brake: Some(BrakeView { times: 2, floor: 5 }),
        cron: "0 2 * * 6".into(),
        zone: "UTC".into(),
        ..draft
    };
    desk.app.retention_policy_save(draft).await.unwrap();
    desk.app.retention_policy_confirm("default", 0).await.unwrap();
    desk.app.retention_schedule_arm("default", true).await.unwrap();
    // One run that shows what is usual, and a week later far more.
    let end: DateTime<Utc> = "2026-03-28T03:00:00Z".parse().unwrap();
    while clock.now() < end {
        clock.advance(TimeDelta::minutes(30));
        desk.app.run_what_is_due().await;
        if let Some(mut steps) = desk.app.retention_follow() {
            steps.wait_for(RunStep::ended).await.unwrap();
        }
    }
    let asks = || desk.app.retention_policy_view("default").unwrap().asks.map(|ask| ask.code);
    let allow = || desk.app.retention_allow_once("default");
    assert_eq!(asks(), Some(AskCode::Drift));
    let first = deleted(&org).len();

    clock.advance(TimeDelta::days(40));
    assert_eq!(allow().await.unwrap_err().code, FailureCode::ConfirmationNeeded);
    assert_eq!(asks(), Some(AskCode::ClockJump), "the clock is a question of its own");
    // A word for 40 days is none for 80.
    clock.advance(TimeDelta::days(40));
    assert_eq!(allow().await.unwrap_err().code, FailureCode::ConfirmationNeeded);
    assert_eq!(asks(), Some(AskCode::ClockJump));
    assert_eq!(allow().await.unwrap_err().code, FailureCode::ConfirmationNeeded);
    assert_eq!(asks(), Some(AskCode::Drift), "and the word for the clock says nothing of the number");
    assert_eq!(deleted(&org).len(), first);
    allow().await.unwrap();
    if let Some(mut steps) = desk.app.retention_follow() {
        steps.wait_for(RunStep::ended).await.unwrap();
    }
    assert!(deleted(&org).len() > first, "with a word for each of the two it goes");
}
