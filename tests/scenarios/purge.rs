use app::{
    FailureCode, RunOptions, RunStep,
    views::{ConnectionKind, OutcomeKind, RunQuestionCode, RunState},
};
use simulator::Kind;

use crate::desk::{Desk, org};

fn typed(confirmed: Option<u64>) -> RunOptions {
    RunOptions { confirmed, ..RunOptions::default() }
}

#[tokio::test]
async fn what_was_previewed_goes_and_nobody_else_and_each_guest_has_an_outcome() {
    let org = org(300).await;
    let desk = Desk::at(&org).await;
    let plan = desk.app.retention_preview(desk.app.retention_policy()).await.unwrap();
    assert!(plan.due > 100 && plan.complete, "{plan:?}");
    assert!(plan.sample.iter().all(|g| g.name.is_some() && g.created_time < plan.cutoff));
    assert_eq!(plan.histogram.iter().map(|a| a.guests).sum::<u32>(), plan.due);

    let run = desk.app.retention_run_previewed(&plan.plan, RunOptions::default()).await.unwrap();
    let mut steps = desk.app.retention_resume(&run.run, RunOptions::default()).await.unwrap();
    let last = steps.wait_for(RunStep::ended).await.unwrap().view.clone();
    assert_eq!(
        (last.state, last.counts.deleted, last.verified),
        (RunState::Finished, plan.due, Some(true)),
        "{last:?}"
    );

    let deleted = org.simulator().ledger().iter().filter(|e| e.kind == Kind::Deleted).count();
    assert_eq!(deleted as u32, plan.due);
    let mut outcomes = Vec::new();
    while (outcomes.len() as u32) < last.counts.total {
        outcomes.extend(
            desk.app.retention_outcomes(&run.run, outcomes.len() as u32, 100, None).await.unwrap().outcomes,
        );
    }
    assert!(outcomes.iter().all(|o| o.outcome == OutcomeKind::Deleted));
    let of = async |kind| desk.app.retention_outcomes(&run.run, 5, 100, Some(kind)).await.unwrap();
    let (deleted, spared) = (of(OutcomeKind::Deleted).await, of(OutcomeKind::Spared).await);
    assert_eq!((deleted.total, deleted.outcomes), (last.counts.deleted, outcomes[5..105].to_vec()));
    assert_eq!((spared.total, spared.outcomes.len()), (0, 0));
    let again = desk.app.retention_run_previewed(&plan.plan, RunOptions::default()).await.unwrap_err();
    assert_eq!(again.code, FailureCode::PlanUsed);
    assert_eq!(desk.app.retention_plan().await.unwrap().unwrap().used_by, Some(run.run));
}

#[tokio::test]
async fn a_guest_who_writes_after_the_plan_is_spared() {
    let org = org(60).await;
    let desk = Desk::at(&org).await;
    let plan = desk.app.retention_preview(desk.app.retention_policy()).await.unwrap();
    let lucky = &plan.sample[0].id;
    let change = vec![app::views::AttributeChange {
        key: "note".into(),
        before: None,
        after: Some(app::views::Boxed { value: "came back".into() }),
    }];
    desk.app.guest_save(lucky.parse().unwrap(), change).await.unwrap();
    let run = desk.app.retention_run_previewed(&plan.plan, RunOptions::default()).await.unwrap().run;
    let mut steps = desk.app.retention_resume(&run, RunOptions::default()).await.unwrap();
    let last = steps.wait_for(RunStep::ended).await.unwrap().view.clone();
    assert_eq!((last.counts.spared, last.counts.deleted), (1, plan.due - 1));
    let first = &desk.app.retention_outcomes(&run, 0, 1, None).await.unwrap().outcomes[0];
    assert_eq!((&first.guest_id, first.outcome), (lucky, OutcomeKind::Spared));
    assert_eq!(first.why.as_deref(), Some("changed since the plan"));
}

#[tokio::test]
async fn on_a_production_connection_the_number_of_guests_must_be_confirmed() {
    let org = org(300).await;
    let desk = Desk::with(&org, ConnectionKind::Production, false).await;
    let plan = desk.app.retention_preview(desk.app.retention_policy()).await.unwrap();
    for wrong in [None, Some(0), Some(u64::from(plan.due) + 1)] {
        let refused = desk.app.retention_run_previewed(&plan.plan, typed(wrong)).await.unwrap_err();
        assert_eq!(refused.code, FailureCode::ConfirmationNeeded);
    }
    assert_eq!(plan.questions.iter().map(|q| q.code).collect::<Vec<_>>(), [RunQuestionCode::Count]);
    let others = RunOptions {
        clock_confirmed: true,
        unusual_confirmed: Some(plan.due.into()),
        ..RunOptions::default()
    };
    let refused = desk.app.retention_run_previewed(&plan.plan, others).await.unwrap_err();
    assert_eq!(refused.next, format!("Answer each question by its own: --confirm {}.", plan.due));
    assert!(org.simulator().ledger().iter().all(|e| e.kind != Kind::Deleted));
    desk.app.retention_run_previewed(&plan.plan, typed(Some(plan.due.into()))).await.unwrap();
}
