use app::{
    FailureCode, RunOptions, RunStep,
    views::{HoldDraft, OutcomeKind, RunState},
};
use chrono::TimeDelta;
use testkit::ManualClock;
use uuid::Uuid;

use crate::desk::{Desk, deleted, org, org_at};

fn on_guest(id: &str) -> HoldDraft {
    HoldDraft {
        guest: Some(id.to_owned()),
        reason: "case 12".into(),
        owner: "Ada".into(),
        ..HoldDraft::default()
    }
}

fn on_filter(filter: &str) -> HoldDraft {
    HoldDraft { guest: None, filter: Some(filter.to_owned()), ..on_guest("") }
}

#[tokio::test]
async fn a_hold_beats_the_plan_the_run_and_the_delete_by_hand() {
    let org = org(60).await;
    let desk = Desk::at(&org).await;
    let before = desk.app.retention_preview(desk.app.retention_policy()).await.unwrap();
    let ids: Vec<String> = before.sample.iter().map(|g| g.id.clone()).collect();
    let (by_plan, by_run, by_filter) = (&ids[0], &ids[1], &ids[2]);

    let first = desk.app.hold_add(Uuid::now_v7(), on_guest(by_plan)).await.unwrap();
    let plan = desk.app.retention_preview(desk.app.retention_policy()).await.unwrap();
    assert_eq!((plan.due, plan.held), (before.due - 1, 1));
    assert!(plan.spared_reasons.iter().any(|r| r.reason == "on hold" && r.guests == 1), "{plan:?}");

    // Both of these come after the plan, which lists the guests as due.
    desk.app.hold_add(Uuid::now_v7(), on_guest(by_run)).await.unwrap();
    let filter = format!("id = \"{by_filter}\"");
    let third = desk.app.hold_add(Uuid::now_v7(), on_filter(&filter)).await.unwrap();
    let desk = desk.restart().await;
    assert_eq!(desk.app.hold_list().unwrap().len(), 3);

    let run = desk.app.retention_run_previewed(&plan.plan, RunOptions::default()).await.unwrap().run;
    let mut steps = desk.app.retention_resume(&run, RunOptions::default()).await.unwrap();
    let last = steps.wait_for(RunStep::ended).await.unwrap().view.clone();
    assert_eq!((last.state, last.verified), (RunState::Finished, Some(true)), "{last:?}");
    assert_eq!((last.counts.deleted, last.counts.spared), (plan.due - 2, 3));
    let gone = deleted(&org);
    assert!(
        gone.len() as u32 == plan.due - 2 && ![by_plan, by_run, by_filter].iter().any(|id| gone.contains(id))
    );
    let spared = desk.app.retention_outcomes(&run, 0, 100, Some(OutcomeKind::Spared)).await.unwrap();
    assert_eq!(spared.total, 3);
    assert!(spared.outcomes.iter().all(|o| o.why.as_deref() == Some("on hold")), "{spared:?}");

    for id in [by_plan, by_run, by_filter] {
        let refused = desk.app.guest_delete(id.parse().unwrap(), None).await.unwrap_err();
        assert_eq!(refused.code, FailureCode::HeldGuest);
        assert!(refused.message.contains("case 12") && refused.message.contains("Ada"), "{refused:?}");
        let why = desk.app.retention_explain(id.parse().unwrap(), None).await.unwrap();
        assert!(!why.due && why.why[0].contains("on hold: case 12"), "{why:?}");
    }
    let keeping = desk.app.holds_on_guest(by_filter.parse().unwrap()).await.unwrap();
    assert_eq!(keeping.iter().map(|h| &h.id).collect::<Vec<_>>(), [&third.id]);
    assert_eq!(deleted(&org).len() as u32, plan.due - 2);

    desk.app.hold_remove(first.id.parse().unwrap()).await.unwrap().unwrap();
    desk.app.guest_delete(by_plan.parse().unwrap(), None).await.unwrap();
    assert!(deleted(&org).contains(by_plan));
    let told = desk.app.audit_page(0, 100).await.unwrap();
    let count = |action: &str| told.lines.iter().filter(|l| l.action == action).count();
    assert_eq!(
        (count("deleteRefused"), count("guestDeleted"), count("holdAdded"), count("holdRemoved")),
        (3, 1, 3, 1)
    );
}

#[tokio::test]
async fn a_hold_is_entered_once_with_every_field_checked_and_its_date_only_makes_it_overdue() {
    let noon = "2026-11-22T12:00:00Z";
    let (org, clock) = (org_at(3, noon).await, ManualClock::at(noon));
    let desk = Desk::by_clock(&org, &clock).await;
    let guest = desk.app.guests_page(app::views::GuestQuery {
        search: String::new(),
        filter: None,
        sort: app::views::SortField::Name,
        descending: false,
        page: 1,
    });
    let guest = guest.await.unwrap().guests[0].id.to_string();
    let past = HoldDraft { until: Some("2020-01-01".to_owned()), ..on_guest(&guest) };
    let over = desk.app.hold_add(Uuid::now_v7(), past).await.unwrap_err();
    assert_eq!(over.fields[0].field, "until", "a day that is over is a slip");
    let id = Uuid::now_v7();
    let draft = HoldDraft { until: Some("2026-11-23".to_owned()), ..on_guest(&guest) };
    let added = desk.app.hold_add(id, draft.clone()).await.unwrap();
    assert!(!added.overdue);
    assert_eq!(desk.app.hold_add(id, draft.clone()).await.unwrap(), added, "the page may send it twice");
    clock.advance(TimeDelta::hours(72));
    assert!(desk.app.hold_list().unwrap()[0].overdue);
    assert_eq!(desk.app.hold_list().unwrap().len(), 1);
    let refused = desk.app.guest_delete(guest.parse().unwrap(), None).await.unwrap_err();
    assert_eq!(refused.code, FailureCode::HeldGuest, "overdue holds hold");

    for (draft, field) in [
        (HoldDraft { reason: " ".into(), ..on_guest(&guest) }, "reason"),
        (HoldDraft { owner: String::new(), ..on_guest(&guest) }, "owner"),
        (on_guest("somebody"), "guest"),
        (on_filter("name resembles \"x\""), "filter"),
        (HoldDraft { until: Some("soon".into()), ..on_guest(&guest) }, "until"),
    ] {
        let wrong = desk.app.hold_add(Uuid::now_v7(), draft).await.unwrap_err();
        assert_eq!(wrong.fields[0].field, field);
    }
    assert_eq!(desk.app.hold_remove(Uuid::now_v7()).await.unwrap(), None);

    let nobody = Uuid::now_v7().to_string();
    let unknown = desk.app.hold_add(Uuid::now_v7(), on_guest(&nobody)).await.unwrap_err();
    assert_eq!((unknown.code, unknown.fields[0].field.as_str()), (FailureCode::NotFound, "guest"));
    assert_eq!(desk.app.hold_list().unwrap().len(), 1, "nothing was kept");
    desk.app.set_online(false).await.unwrap();
    assert!(desk.app.hold_add(Uuid::now_v7(), on_guest(&nobody)).await.unwrap().unchecked);
    assert_eq!(desk.app.hold_list().unwrap().len(), 2, "a hold does not wait for the org");
}
