//! A plan belongs to the policy and the rules that it was made for: nobody deletes by one that is old, and a scheduled run
//! that a person allows takes the plan that they were shown.

use app::{
    Failure, FailureCode, RunOptions, RunStep,
    views::{
        BrakeView, HoldDraft, PlanOutdated, PlanView, PolicyDraft, PolicyView, RunOrigin, RunQuestionCode,
        RunView,
    },
};
use chrono::TimeDelta;
use testkit::ManualClock;
use uuid::Uuid;

use crate::desk::{Desk, deleted, org, org_at};

const NOON: &str = "2026-03-20T12:00:00Z";

fn rules(desk: &Desk, id: &str) -> PolicyView {
    desk.app.retention_policy_view(id).unwrap().what
}

async fn save(desk: &Desk, id: &str, edit: impl FnOnce(PolicyDraft) -> PolicyDraft) {
    let stored = desk.app.retention_policy_view("default").unwrap();
    let draft = PolicyDraft { id: id.to_owned(), ..PolicyDraft::of(stored) };
    desk.app.retention_policy_save(edit(draft)).await.unwrap();
}

async fn preview(desk: &Desk, id: &str) -> PlanView {
    desk.app.retention_preview_for(id, rules(desk, id)).await.unwrap()
}

async fn run(desk: &Desk, plan: &PlanView) -> Result<RunView, Failure> {
    desk.app.retention_run_previewed(&plan.plan, RunOptions::default()).await
}

async fn outdated(desk: &Desk) -> Option<PlanOutdated> {
    desk.app.retention_plan().await.unwrap().unwrap().outdated
}

#[tokio::test]
async fn a_plan_whose_policy_was_changed_or_removed_since_deletes_nobody() {
    let org = org(200).await;
    let desk = Desk::at(&org).await;
    let plan = preview(&desk, "default").await;
    assert!(plan.due > 0 && plan.made_for == "default" && plan.outdated.is_none());
    save(&desk, "default", |draft| PolicyDraft {
        what: PolicyView { days: 60, ..draft.what.clone() },
        ..draft
    })
    .await;
    assert_eq!(outdated(&desk).await, Some(PlanOutdated::PolicyChanged));
    assert_eq!(run(&desk, &plan).await.unwrap_err().code, FailureCode::Conflict);
    let desk = desk.restart().await;
    assert_eq!(outdated(&desk).await, Some(PlanOutdated::PolicyChanged));
    assert_eq!(run(&desk, &plan).await.unwrap_err().code, FailureCode::Conflict);

    save(&desk, "silver", |draft| PolicyDraft { name: "Silver".into(), ..draft }).await;
    let plan = preview(&desk, "silver").await;
    assert_eq!(plan.made_for, "silver");
    desk.app.retention_policy_remove("silver").await.unwrap();
    assert_eq!(outdated(&desk).await, Some(PlanOutdated::PolicyRemoved));
    assert_eq!(run(&desk, &plan).await.unwrap_err().code, FailureCode::Conflict);
    assert!(deleted(&org).is_empty());

    let plan = preview(&desk, "default").await;
    let ran = run(&desk, &plan).await.unwrap();
    assert_eq!((ran.plan, ran.origin), (plan.plan, RunOrigin::Hand));
}

#[tokio::test]
async fn a_plan_knows_that_holds_were_changed_since() {
    let org = org(50).await;
    let desk = Desk::at(&org).await;
    let plan = preview(&desk, "default").await;
    assert!(!plan.holds_changed);
    let guest = plan.sample[0].id.clone();
    let draft = HoldDraft {
        guest: Some(guest.clone()),
        filter: None,
        reason: "a case".into(),
        owner: "Ada".into(),
        until: None,
    };
    desk.app.hold_add(Uuid::now_v7(), draft).await.unwrap();
    assert!(desk.app.retention_plan().await.unwrap().unwrap().holds_changed);
    assert!(!preview(&desk, "default").await.holds_changed);
}

#[tokio::test]
async fn rules_that_are_only_tried_do_not_get_around_the_drift_brake_of_their_policy() {
    let org = org(400).await;
    let desk = Desk::at(&org).await;
    save(&desk, "default", |draft| PolicyDraft {
        what: PolicyView { days: 85, ..draft.what.clone() },
        brake: Some(BrakeView { times: 2, floor: 5 }),
        ..draft
    })
    .await;
    let usual = preview(&desk, "default").await;
    assert!(usual.questions.is_empty(), "{:?}", usual.questions);
    run(&desk, &usual).await.unwrap();
    let tried = PolicyView { days: 10, ..rules(&desk, "default") };
    if let Some(mut steps) = desk.app.retention_follow() {
        steps.wait_for(RunStep::ended).await.unwrap();
    }
    let many = desk.app.retention_preview_for("default", tried).await.unwrap();
    assert_eq!(many.questions.iter().map(|q| q.code).collect::<Vec<_>>(), [RunQuestionCode::Unusual]);
    assert_eq!(run(&desk, &many).await.unwrap_err().code, FailureCode::ConfirmationNeeded);
}

#[tokio::test]
async fn an_allowed_run_takes_the_plan_that_was_shown_and_its_questions_need_their_answers() {
    let (org, clock) = (org_at(300, NOON).await, ManualClock::at(NOON));
    let desk = Desk::by_clock(&org, &clock).await;
    save(&desk, "default", |draft| PolicyDraft {
        what: PolicyView { days: 89, ..draft.what.clone() },
        cron: "0 2 * * *".into(),
        zone: "UTC".into(),
        ..draft
    })
    .await;
    desk.app.retention_policy_confirm("default", 0).await.unwrap();
    desk.app.retention_schedule_arm("default", true).await.unwrap();
    desk.app.run_what_is_due().await;
    clock.advance(TimeDelta::days(3));
    desk.app.run_what_is_due().await;
    assert!(desk.app.retention_policy_view("default").unwrap().asks.is_some());

    let allow = async |plan: &str, answers| desk.app.retention_allow_planned("default", plan, answers).await;
    save(&desk, "silver", |draft| PolicyDraft { name: "Silver".into(), ..draft }).await;
    let other = preview(&desk, "silver").await;
    let sure = RunOptions { clock_confirmed: true, ..RunOptions::default() };
    assert_eq!(allow(&other.plan, sure).await.unwrap_err().code, FailureCode::Conflict);
    let tried = PolicyView { days: 1, ..rules(&desk, "default") };
    let tried = desk.app.retention_preview_for("default", tried).await.unwrap();
    assert_eq!(allow(&tried.plan, sure).await.unwrap_err().code, FailureCode::Conflict);
    assert_eq!(allow(&"0".repeat(64), sure).await.unwrap_err().code, FailureCode::NotFound);

    let plan = preview(&desk, "default").await;
    assert_eq!(plan.questions.iter().map(|q| q.code).collect::<Vec<_>>(), [RunQuestionCode::Clock]);
    for answers in
        [RunOptions::default(), RunOptions { confirmed: Some(plan.due.into()), ..RunOptions::default() }]
    {
        let refused = allow(&plan.plan, answers).await.unwrap_err();
        assert_eq!(refused.code, FailureCode::ConfirmationNeeded);
    }
    assert!(deleted(&org).is_empty());
    assert!(
        desk.app.retention_policy_view("default").unwrap().asks.is_some(),
        "what is refused changes nothing"
    );

    let answered = allow(&plan.plan, sure).await.unwrap();
    assert!(answered.asks.is_none());
    let ran = desk.app.retention_runs().await.unwrap();
    assert_eq!((ran.len(), ran[0].origin, &ran[0].plan), (1, RunOrigin::Schedule, &plan.plan));
    assert_eq!(allow(&plan.plan, sure).await.unwrap_err().code, FailureCode::NotFound, "once");
}
