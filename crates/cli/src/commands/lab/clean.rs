use app::{Failure, FailureCode, LabCleaned, LabCleanedGuest, LabCleaning, Result};

use crate::{
    open::Context,
    output::{DONE, IN_PART, line},
};

/// Deletes what the lab of this data folder left at the org.
pub async fn run(is_dry: bool, confirmed: Option<u32>, cx: &Context<'_>) -> Result<u8> {
    let mut last = LabCleaned::default();
    let end_with = |so_far: &LabCleaned| cx.out.end_with(serde_json::to_value(so_far).unwrap_or_default());
    end_with(&last);
    let app = cx.app("lab clean").await?;
    let cleaned = app
        .lab_clean(LabCleaning { is_dry, confirmed }, |guest, so_far| {
            last = *so_far;
            if let Some(guest) = guest {
                told(guest, so_far, is_dry, cx);
            }
            end_with(so_far);
        })
        .await;
    match cleaned {
        Ok(cleaned) => {
            cx.out.done(&cleaned, None, || words(&cleaned, is_dry));
            Ok(if cleaned.failed > 0 { IN_PART } else { DONE })
        }
        Err(failure) if last == LabCleaned::default() => Err(failure),
        Err(failure) => {
            cx.out.done(&last, Some(&failure), || words(&last, is_dry));
            Ok(exit_code(&failure))
        }
    }
}

/// A line a guest. Those who would go are the answer of a dry run.
fn told(guest: &LabCleanedGuest, so_far: &LabCleaned, is_dry: bool, cx: &Context<'_>) {
    let why = guest.why.iter().map(|why| format!(": {}", line(why))).collect::<String>();
    let words = || format!("{} {}{why}", guest.guest_id, guest.outcome);
    match is_dry {
        true => cx.out.record(guest, words),
        false => cx.out.progress(guest, || format!("{} {}", counts(so_far), words())),
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
        return format!(
            "{} guests of this folder's lab would be deleted, but for those on hold.",
            found - spared
        );
    }
    format!(
        "{found} guests of this folder's lab: {deleted} deleted, {already_gone} gone before, {spared} kept, {failed} failed, \
         {remaining} left."
    )
}
