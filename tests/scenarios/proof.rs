use std::fs;

use app::{Existing, FailureCode, RunOptions, RunStep, verify_certificate, views::HoldDraft};
use uuid::Uuid;

use crate::desk::{Desk, org};

fn hold(name: &str) -> HoldDraft {
    HoldDraft {
        filter: Some(format!("name = \"{name}\"")),
        reason: "a case".into(),
        owner: "Ada".into(),
        ..HoldDraft::default()
    }
}

async fn purged(desk: &Desk) -> String {
    let plan = desk.app.retention_preview(desk.app.retention_policy()).await.unwrap();
    let run = desk.app.retention_run_previewed(&plan.plan, RunOptions::default()).await.unwrap().run;
    let mut steps = desk.app.retention_resume(&run, RunOptions::default()).await.unwrap();
    steps.wait_for(RunStep::ended).await.unwrap();
    run
}

#[tokio::test]
async fn the_certificate_of_a_run_is_issued_once_and_proves_itself_without_the_folder() {
    let org = org(40).await;
    let desk = Desk::at(&org).await;
    let run = purged(&desk).await;
    let issued = desk.app.retention_certificate(&run).await.unwrap();
    assert!(issued.genuine && issued.verified, "{issued:?}");
    let spared: u32 = issued.counts.spared.iter().map(|r| r.guests).sum();
    assert_eq!(issued.counts.listed, issued.counts.deleted + spared);
    assert!(issued.audit_lines.is_some_and(|n| n > 0), "it says where the audit log stood");
    let desk = desk.restart().await;
    assert_eq!(desk.app.retention_certificate(&run).await.unwrap(), issued, "kept, not issued anew");

    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join(&issued.file_name);
    desk.app.retention_certificate_save(&run, file.clone(), Existing::Keep).await.unwrap();
    let taken = desk.app.retention_certificate_save(&run, file.clone(), Existing::Keep).await.unwrap_err();
    assert_eq!(taken.fields[0].field, "file", "never over a file that is there");
    let plan = elsewhere.path().join("plan.jsonl");
    fs::copy(desk.files().join("runs").join(&run).join("plan.jsonl"), &plan).unwrap();
    drop(desk);

    let checked = verify_certificate(&file, Some(&plan), Some(&issued.fingerprint)).unwrap();
    assert!(checked.against_plan);
    assert_eq!(checked.certificate, issued);
    let stranger = "0".repeat(64);
    assert_eq!(verify_certificate(&file, None, Some(&stranger)).unwrap_err().code, FailureCode::NotGenuine);
    assert_eq!(verify_certificate(&plan, None, None).unwrap_err().code, FailureCode::BadFile);
    let whole = fs::read(&file).unwrap();
    for place in [0, 40, whole.len() / 3, whole.len() / 2, whole.len() - 20] {
        let mut touched = whole.clone();
        touched[place] ^= 1;
        fs::write(&file, touched).unwrap();
        assert_eq!(
            verify_certificate(&file, None, None).unwrap_err().code,
            FailureCode::NotGenuine,
            "{place}"
        );
    }
}

#[tokio::test]
async fn a_kept_certificate_that_was_touched_is_shown_as_not_genuine() {
    let org = org(20).await;
    let desk = Desk::at(&org).await;
    let run = purged(&desk).await;
    desk.app.retention_certificate(&run).await.unwrap();
    let kept = desk.files().join("runs").join(&run).join("certificate.jsonl");
    let text = fs::read_to_string(&kept).unwrap();
    fs::write(&kept, text.replacen("\"deleted\"", "\"remains\"", 2)).unwrap();
    let shown = desk.app.retention_certificate(&run).await;
    assert!(shown.as_ref().is_ok_and(|c| !c.genuine && c.problem.is_some()) || shown.is_err(), "{shown:?}");
    let missing = desk.app.retention_certificate("0123456789abcdef").await.unwrap_err();
    assert_eq!(missing.code, FailureCode::NotFound);
}

#[tokio::test]
async fn the_audit_log_has_a_line_for_everything_and_a_cut_one_is_told_but_stops_nobody() {
    let org = org(40).await;
    let desk = Desk::at(&org).await;
    let run = purged(&desk).await;
    desk.app.hold_add(Uuid::now_v7(), hold("Nobody")).await.unwrap();
    desk.app.retention_schedule_arm("default", true).await.unwrap();
    desk.app.retention_certificate(&run).await.unwrap();
    let page = desk.app.audit_page(0, 200).await.unwrap();
    let actions: Vec<&str> = page.lines.iter().rev().map(|l| l.action.as_str()).collect();
    let expected =
        ["planMade", "runStarted", "runEnded", "holdAdded", "connectionArmed", "certificateIssued"];
    assert_eq!(actions, expected);
    assert!(page.lines.iter().all(|l| !l.user.is_empty() && l.program.starts_with("innkeeper ")));
    let whole = desk.app.audit_verify().await.unwrap();
    assert!(whole.ok && whole.lines == 6, "{whole:?}");
    assert!(desk.app.status().notices.is_empty());

    let desk = desk
        .restart_after(|files| {
            let log = fs::read_to_string(files.join("audit.jsonl")).unwrap();
            let cut: Vec<&str> = log.lines().take(4).collect();
            fs::write(files.join("audit.jsonl"), cut.join("\n") + "\n").unwrap();
        })
        .await;
    // The console goes on: a hold is added all the same.
    desk.app.hold_add(Uuid::now_v7(), hold("Somebody")).await.unwrap();
    assert_eq!(desk.app.hold_list().unwrap().len(), 2);
    let notices = desk.app.status().notices;
    assert_eq!(notices[0].id, "audit-broken", "{notices:?}");
    let broken = desk.app.audit_verify().await.unwrap();
    assert!(!broken.ok && broken.problem.as_ref().unwrap().contains("cut off"), "{broken:?}");
    assert_eq!(broken.lines, 4);

    let next = desk.app.audit_set_aside().await.unwrap();
    assert!(next.ok && next.lines == 1, "{next:?}");
    assert_eq!(desk.app.audit_page(0, 10).await.unwrap().lines[0].action, "logSetAside");
    assert!(desk.files().join("audit.broken-1.jsonl").is_file(), "the broken one is kept");
    assert!(desk.app.status().notices.is_empty());
    let desk = desk.restart().await;
    assert!(desk.app.audit_verify().await.unwrap().ok);
}

#[tokio::test]
async fn a_forecast_adds_up_to_the_guests_there_are_and_says_what_other_days_would_do() {
    let org = org(500).await;
    let desk = Desk::at(&org).await;
    let seen = desk.app.retention_forecast("default", Some(60)).await.unwrap();
    let ahead: u32 = seen.ahead.iter().map(|d| d.guests).sum();
    assert_eq!((seen.already + ahead + seen.later, seen.ahead.len()), (500, 90));
    assert!(seen.already > 100 && seen.at_once.is_some_and(|n| n < -50), "{seen:?}");
    let asked = crate::desk::requests(&org, "GET");
    let fewer = desk.app.retention_forecast("default", Some(10)).await.unwrap();
    assert!(fewer.at_once.is_some_and(|n| n > 50));
    assert_eq!(crate::desk::requests(&org, "GET"), asked, "the counts are kept for a while");
    // By day instead of guest by guest the numbers are the same.
    let few_days = app::views::PolicyDraft::of(desk.app.retention_policy_view("default").unwrap());
    let what = app::views::PolicyView { days: 3, ..few_days.what.clone() };
    desk.app.retention_policy_save(app::views::PolicyDraft { what, ..few_days }).await.unwrap();
    let desk = desk.restart().await;
    let by_day = desk.app.retention_forecast("default", None).await.unwrap();
    let ahead: u32 = by_day.ahead.iter().map(|d| d.guests).sum();
    assert_eq!(by_day.already + ahead + by_day.later, 500);
    assert_eq!(
        by_day.already,
        desk.app.retention_forecast("default", Some(3)).await.unwrap().then_already.unwrap()
    );
    let wrong = desk.app.retention_forecast("default", Some(0)).await.unwrap_err();
    assert_eq!(wrong.fields[0].field, "thenDays");
}
