use app::{Failure, FailureCode, LabCleaned, LabCleaning, Result};

use crate::{
    open::Context,
    output::{DONE, IN_PART, line},
};

/// Deletes what the lab of this data folder left at the org.
pub async fn run(is_dry: bool, confirmed: Option<u32>, cx: &Context<'_>) -> Result<u8> {
    let app = cx.app("lab clean").await?;
    let mut last = LabCleaned::default();
    let cleaned = app
        .lab_clean(LabCleaning { is_dry, confirmed }, |guest, so_far| {
            last = *so_far;
            cx.out.progress(guest, || format!("{} {}", counts(so_far), guest.outcome));
            cx.out.end_with(serde_json::to_value(so_far).unwrap_or_default());
            if let Some(why) = &guest.why {
                cx.out.note(&format!("{}: {}", guest.guest_id, line(why)));
            }
        })
        .await;
    match cleaned {
        Ok(cleaned) => {
            cx.out.done(&cleaned, None, || words(&cleaned, is_dry));
            Ok(if cleaned.failed > 0 { IN_PART } else { DONE })
        }
        Err(failure) if last.found == 0 => Err(failure),
        Err(failure) => {
            cx.out.done(&last, Some(&failure), || words(&last, is_dry));
            Ok(exit_code(&failure))
        }
    }
}

fn exit_code(failure: &Failure) -> u8 {
    if failure.code == FailureCode::Incomplete { IN_PART } else { failure.code.exit_code() }
}

fn counts(cleaned: &LabCleaned) -> String {
    format!("{} of {}", cleaned.found - cleaned.remaining, cleaned.found)
}

fn words(cleaned: &LabCleaned, is_dry: bool) -> String {
    let LabCleaned { found, deleted, already_gone, spared, failed, remaining } = cleaned;
    if is_dry {
        return format!("{found} guests of this folder's lab would be deleted, but for those on hold.");
    }
    format!(
        "{found} guests of this folder's lab: {deleted} deleted, {already_gone} gone before, {spared} on hold, {failed} failed, \
         {remaining} left."
    )
}
