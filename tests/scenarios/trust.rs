//! What is put into a folder from outside: plans and certificates that are whole in themselves and not this folder's.

use std::{fs, path::Path, sync::Arc};

use app::{App, Existing, FailureCode, PlanTarget, RunOptions, RunStep};
use model::{RetentionPolicy, Secret};
use proof::SigningKey;
use retention::{Issuing, RunId, issue};
use store::{Secrets, Store};

use crate::desk::{Desk, deleted, org};

async fn plan_file(desk: &Desk, file: &Path) -> String {
    let target = PlanTarget::Named { file: file.to_owned(), existing: Existing::Replace };
    desk.app.retention_make_plan(&RetentionPolicy::default(), &target).await.unwrap().0.id().to_owned()
}

async fn not_run(desk: &Desk, file: &Path, why: &str) {
    let refused = desk.app.retention_run_file(file.to_owned(), RunOptions::default()).await.unwrap_err();
    assert_eq!((refused.code, refused.code.exit_code()), (FailureCode::PlanChanged, 65), "{refused:?}");
    assert!(refused.message.contains(why), "{}", refused.message);
    assert!(desk.app.retention_runs().await.unwrap().is_empty());
}

async fn ends(app: &App, run: &str) -> u32 {
    let mut steps = app.retention_resume(run, RunOptions::default()).await.unwrap();
    let view = steps.wait_for(RunStep::ended).await.unwrap().view.clone();
    view.counts.deleted
}

#[tokio::test]
async fn the_plan_that_was_shown_is_the_one_that_runs_or_none() {
    let org = org(60).await;
    let desk = Desk::at(&org).await;
    let shown = desk.app.retention_preview(desk.app.retention_policy()).await.unwrap();
    let kept = desk.files().join("plans").join(format!("{}.jsonl", shown.plan));
    let good = fs::read(&kept).unwrap();
    // Another plan of this very folder, whole and sealed.
    let other = tempfile::tempdir().unwrap();
    let file = other.path().join("other.jsonl");
    plan_file(&desk, &file).await;
    fs::copy(&file, &kept).unwrap();
    let refused = desk.app.retention_run_previewed(&shown.plan, RunOptions::default()).await.unwrap_err();
    assert_eq!(refused.code, FailureCode::PlanChanged);
    assert!(refused.message.contains("another plan than the one that was shown"), "{}", refused.message);
    assert_eq!(desk.app.retention_plan().await.unwrap_err().code, FailureCode::PlanChanged);
    assert!(desk.app.retention_runs().await.unwrap().is_empty() && deleted(&org).is_empty());

    fs::write(&kept, good).unwrap();
    // What is shown of it is sealed too: other numbers beside the plan are not shown.
    let summary = kept.with_extension("summary");
    let text = fs::read_to_string(&summary).unwrap();
    fs::write(&summary, text.replacen("\"due\":", "\"due\":1", 1)).unwrap();
    assert!(desk.app.retention_plan().await.unwrap().is_none());
    fs::write(&summary, text).unwrap();
    let run = desk.app.retention_run_previewed(&shown.plan, RunOptions::default()).await.unwrap().run;
    assert_eq!(ends(&desk.app, &run).await, shown.due);

    // It runs once, also where the folder of its run is gone.
    fs::remove_dir_all(desk.files().join("runs").join(&run)).unwrap();
    let again = desk.app.retention_run_previewed(&shown.plan, RunOptions::default()).await.unwrap_err();
    assert_eq!(again.code, FailureCode::PlanUsed);
    assert!(again.message.contains("The folder of that run is gone"), "{}", again.message);
}

#[tokio::test]
async fn a_plan_of_another_folder_is_refused_also_when_connection_and_org_are_named_the_same() {
    let org = org(40).await;
    let (desk, other) = (Desk::at(&org).await, Desk::at(&org).await);
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("plan.jsonl");
    plan_file(&other, &file).await;
    not_run(&desk, &file, "has no key that plans are sealed with").await;
    plan_file(&desk, &out.path().join("own.jsonl")).await;
    not_run(&desk, &file, "is not by the key of this folder").await;
    assert!(deleted(&org).is_empty());
}

fn secrets(files: &Path) -> Arc<dyn Secrets> {
    store::open_secrets(files, Some(Secret::new("correct horse".into())), false).unwrap()
}

#[tokio::test]
async fn a_plan_outlives_a_rotation_of_the_data_key_and_not_the_loss_of_the_key_it_is_sealed_with() {
    let org = org(40).await;
    let desk = Desk::at(&org).await;
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("plan.jsonl");
    plan_file(&desk, &file).await;
    let shown = desk.app.retention_preview(desk.app.retention_policy()).await.unwrap();
    desk.app.rotate_key().await.unwrap();
    let desk = desk.restart_after(|files| secrets(files).remove("plan-seal").unwrap()).await;
    not_run(&desk, &file, "the key was lost since").await;
    assert!(desk.app.retention_plan().await.unwrap().is_none(), "nothing to run is nothing to show");
    let refused = desk.app.retention_run_previewed(&shown.plan, RunOptions::default()).await.unwrap_err();
    assert_eq!(refused.code, FailureCode::PlanChanged);
    let fresh = out.path().join("fresh.jsonl");
    plan_file(&desk, &fresh).await;
    not_run(&desk, &file, "or the key was lost since").await;
    desk.app.rotate_key().await.unwrap();
    let desk = desk.restart().await;
    let steps = desk.app.retention_run_file(fresh, RunOptions::default()).await.unwrap();
    let run = steps.borrow().view.run.clone();
    assert!(ends(&desk.app, &run).await > 0);
}

async fn purged(desk: &Desk) -> String {
    let plan = desk.app.retention_preview(desk.app.retention_policy()).await.unwrap();
    let run = desk.app.retention_run_previewed(&plan.plan, RunOptions::default()).await.unwrap().run;
    ends(&desk.app, &run).await;
    run
}

/// The run's certificate, whole in itself, written over the kept one by this key.
fn signed_by(files: &Path, run: &str, key: &SigningKey) {
    let keys = store::data_keys(&*secrets(files), "data-key").unwrap();
    let store = Store::open(&files.join("store"), &keys).unwrap();
    let issuing = Issuing {
        connection_kind: "test".into(),
        environment: "another".into(),
        program: "another".into(),
        at: "2026-11-22T12:00:00Z".parse().unwrap(),
        audit: None,
    };
    let run: RunId = run.parse().unwrap();
    let out = fs::File::create(files.join("runs").join(run.as_str()).join("certificate.jsonl")).unwrap();
    issue(&store, &files.join("runs"), &run, &issuing, key, out).unwrap();
}

#[tokio::test]
async fn in_its_own_folder_a_certificate_counts_by_the_folders_key_and_the_audit_log_and_by_nothing_else() {
    let org = org(40).await;
    let desk = Desk::at(&org).await;
    let run = purged(&desk).await;
    let issued = desk.app.retention_certificate(&run).await.unwrap();
    assert!(issued.genuine);
    let kept = desk.files().join("runs").join(&run).join("certificate.jsonl");
    let good = fs::read(&kept).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("certificate.jsonl");
    let key = |files: &Path, own: bool| match own {
        true => SigningKey::from_secret(&secrets(files).get("certificate-key").unwrap().unwrap()).unwrap(),
        false => SigningKey::generate().unwrap(),
    };
    let mut desk = desk;
    // By a stranger's key, and by our own but not the one that the log tells of.
    for (own, why) in [(false, "signed by"), (true, "audit log")] {
        desk = desk.restart_after(|files| signed_by(files, &run, &key(files, own))).await;
        let before = fs::read(&kept).unwrap();
        let shown = desk.app.retention_certificate(&run).await.unwrap_err();
        assert_eq!(shown.code, FailureCode::NotGenuine);
        assert!(shown.message.contains(why), "{}", shown.message);
        for existing in [Existing::Keep, Existing::Replace] {
            let saved = desk.app.retention_certificate_save(&run, file.clone(), existing).await.unwrap_err();
            assert_eq!(saved.code, FailureCode::NotGenuine);
            assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0, "nothing is left of it");
        }
        assert_eq!(fs::read(&kept).unwrap(), before, "it stays as it is, to be seen");
    }
    fs::write(&kept, good).unwrap();
    assert_eq!(desk.app.retention_certificate(&run).await.unwrap(), issued);
    desk.app.retention_certificate_save(&run, file.clone(), Existing::Keep).await.unwrap();
    // Whoever checks it elsewhere has to name the signer.
    let alone = app::verify_certificate(&file, None, None).unwrap();
    assert!(!alone.signer_checked && !alone.certificate.genuine);
    assert_eq!(alone.certificate.fingerprint, issued.fingerprint);
    assert!(desk.app.audit_verify().await.unwrap().ok);
}
