//! An older store is put back while a schedule is armed: nothing is deleted by anybody until a person accepts it by name.

use app::{
    FailureCode, RunOptions, RunStep,
    views::{GuestQuery, HoldDraft, PolicyDraft, RunState, SortField},
};
use chrono::TimeDelta;
use model::Clock;
use testkit::{ManualClock, copy_folder};
use uuid::Uuid;

use crate::desk::{Desk, deleted, org_at};

const NOON: &str = "2026-03-20T12:00:00Z";

/// A day with every look that a program that stays takes.
async fn a_day(desk: &Desk, clock: &ManualClock) {
    let end = clock.now() + TimeDelta::days(1);
    while clock.now() < end {
        clock.advance(TimeDelta::minutes(30));
        desk.app.run_what_is_due().await;
        if let Some(mut steps) = desk.app.retention_follow() {
            steps.wait_for(RunStep::ended).await.unwrap();
        }
    }
}

#[tokio::test]
async fn an_older_store_stops_the_schedule_and_every_hand_until_it_is_accepted_by_name() {
    let (org, clock) = (org_at(300, NOON).await, ManualClock::at(NOON));
    let desk = Desk::by_clock(&org, &clock).await;
    let policy = desk.app.retention_policy_view("default").unwrap();
    let mut draft = PolicyDraft::of(policy);
    (draft.cron, draft.zone, draft.brake) = ("0 2 * * *".into(), "UTC".into(), None);
    desk.app.retention_policy_save(draft).await.unwrap();
    desk.app.retention_policy_confirm("default", 0).await.unwrap();
    desk.app.retention_schedule_arm("default", true).await.unwrap();
    let desk = desk.restart_after(|files| copy_folder(&files.join("store"), &files.join("copy"))).await;
    // What the copy does not have: a run that rests.
    let what = desk.app.retention_policy_view("default").unwrap().what;
    let plan = desk.app.retention_preview(what).await.unwrap().plan;
    let view = desk.app.retention_run_previewed(&plan, RunOptions::default()).await.unwrap();
    let _ = desk.app.retention_pause(&view.run).await.unwrap();
    let before = deleted(&org).len();
    let desk = desk
        .restart_after(|files| {
            std::fs::remove_dir_all(files.join("store")).unwrap();
            std::fs::rename(files.join("copy"), files.join("store")).unwrap();
        })
        .await;

    let loss = desk.app.loss().expect("it is noticed");
    assert_eq!(loss.connection, "story");
    assert!(desk.app.status().notices.iter().any(|notice| notice.id.starts_with("loss-")));
    let all =
        GuestQuery { search: String::new(), filter: None, sort: SortField::Name, descending: false, page: 1 };
    let guest = desk.app.guests_page(all).await.unwrap().guests[0].id;
    let code = |failure: app::Failure| failure.code;
    for round in 0..2 {
        let refused = [
            desk.app.retention_run_previewed(&plan, RunOptions::default()).await.map(drop).map_err(code),
            desk.app.retention_resume(&view.run, RunOptions::default()).await.map(drop).map_err(code),
            desk.app.retention_allow_once("default").await.map(drop).map_err(code),
            desk.app.guest_delete(guest, None).await.map_err(code),
        ];
        assert_eq!(refused, [Err(FailureCode::LossNotAccepted); 4], "round {round}");
        a_day(&desk, &clock).await;
        assert_eq!(deleted(&org).len(), before, "round {round}: nobody was deleted");
    }
    let lines = desk.app.audit_page(0, 100).await.unwrap().lines;
    assert!(
        lines.iter().filter(|line| line.text.contains("nobody has accepted that yet")).count() >= 2,
        "each due that was skipped is written down: {lines:?}"
    );
    // Nothing else is in the way.
    let policy = desk.app.retention_policy_view("default").unwrap();
    desk.app.retention_preview(policy.what).await.unwrap();
    let wrong = desk.app.loss_accept("stories").await.unwrap_err();
    assert_eq!(wrong.code, FailureCode::InvalidInput);

    let desk = desk.restart().await;
    assert!(desk.app.loss().is_some(), "a restart accepts nothing");
    assert!(desk.app.loss_accept("story").await.unwrap().is_some());
    assert!(desk.app.loss().is_none() && desk.app.loss_accept("story").await.unwrap().is_none());
    let draft = HoldDraft {
        guest: Some(guest.to_string()),
        reason: "a case".into(),
        owner: "Ada".into(),
        ..Default::default()
    };
    desk.app.hold_add(Uuid::now_v7(), draft).await.unwrap();
    let desk = desk.restart().await;
    assert!(desk.app.loss().is_none());
    a_day(&desk, &clock).await;
    assert!(deleted(&org).len() > before, "the schedule goes on");
    assert!(!deleted(&org).contains(&guest.to_string()));
    assert!(desk.app.retention_runs().await.unwrap().iter().any(|run| run.state == RunState::Finished));
}
