use std::path::Path;

use app::{Existing, Result, verify_certificate};
use serde_json::json;

use super::input::aside;
use crate::{
    open::Context,
    output::{DONE, Out},
};

/// Writes the certificate of a run.
pub async fn export(run: &str, file: &Path, existing: Existing, cx: &Context<'_>) -> Result<u8> {
    let app = cx.app("retention certificate").await?;
    let path = app.retention_certificate_save(run, file.to_owned(), existing).await?;
    let view = app.retention_certificate(run).await?;
    let mut record = json!(view);
    record["file"] = json!(path);
    cx.out.record(&record, || {
        format!("Certificate of the run {run} in {}, signed by {}", path.display(), view.fingerprint)
    });
    Ok(DONE)
}

/// Checks one, without a folder.
pub async fn verify(file: &Path, plan: Option<&Path>, signer: Option<&str>, out: &Out) -> Result<u8> {
    let (file, plan, signer) = (file.to_owned(), plan.map(Path::to_owned), signer.map(str::to_owned));
    let checked = aside(move || verify_certificate(&file, plan.as_deref(), signer.as_deref())).await?;
    let mut record = json!(checked.certificate);
    record["head"] = json!(checked.head);
    record["againstPlan"] = json!(checked.against_plan);
    record["intact"] = json!(true);
    record["signerChecked"] = json!(checked.signer_checked);
    let verdict = if checked.signer_checked { "genuine" } else { "intact, signer not checked" };
    record["verdict"] = json!(verdict);
    let view = &checked.certificate;
    out.record(&record, || {
        let guests = if checked.against_plan { "; every guest of the plan has its one outcome" } else { "" };
        let c = &view.counts;
        let spared: u32 = c.spared.iter().map(|reason| reason.guests).sum();
        let signer = if checked.signer_checked {
            format!("Signed by {}", view.fingerprint)
        } else {
            format!(
                "Signed by {}; compare it with the fingerprint that whoever issued it tells you, or give it with --signer",
                view.fingerprint
            )
        };
        format!(
            "{verdict}: run {} of {}, {} deleted, {} already gone, {spared} spared, {} failed, {} remaining{guests}.\n{signer}",
            view.run, view.connection.name, c.deleted, c.already_gone, c.failed, c.remaining
        )
    });
    Ok(DONE)
}
