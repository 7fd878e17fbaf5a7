use std::{io::Write, path::Path, time::Duration};

use app::{
    Failure, HolderRequest,
    views::{EntryView, InTime},
};
use serde_json::{Value, json};

use super::parse;
use crate::{
    args::{Everywhere, Outbox},
    interrupt::{self, Interrupt},
    open::{self, Held},
    output::{DONE, IN_PART, Out},
};

pub async fn run(
    command: &Outbox,
    everywhere: &Everywhere,
    out: &Out,
    interrupt: &Interrupt,
) -> Result<u8, Failure> {
    match command {
        Outbox::List => {
            let print = |value: Value| out.record(&value, || words(&value));
            if let Held::Here(app) =
                open::app_or_holder(everywhere, "outbox list", HolderRequest::Outbox, print).await?
            {
                for entry in app.outbox_list().await?.entries {
                    let value = json!(entry);
                    out.record(&value, || words(&value));
                }
            }
            Ok(DONE)
        }
        Outbox::Drain { max_wait } => drain(*max_wait, everywhere, out, interrupt).await,
        Outbox::Retry { id } => {
            let id = parse("ID", id)?;
            let in_time = open::app(everywhere, "outbox retry").await?.outbox_retry(id).await?;
            Ok(answer(out, in_time))
        }
        Outbox::Discard { id } => {
            let id = parse("ID", id)?;
            let in_time = open::app(everywhere, "outbox discard").await?.outbox_discard(id).await?;
            Ok(answer(out, in_time))
        }
        Outbox::Export { file } => {
            let entries = open::app(everywhere, "outbox export").await?.outbox_list().await?.entries;
            export(file, &entries)
                .map_err(|e| Failure::field("FILE", format!("{} cannot be written: {e}", file.display())))?;
            let record = json!({ "exported": entries.len(), "file": file });
            out.record(&record, || {
                format!("{} entries, with their text, in {}", entries.len(), file.display())
            });
            Ok(DONE)
        }
    }
}

async fn drain(
    max_wait: u64,
    everywhere: &Everywhere,
    out: &Out,
    interrupt: &Interrupt,
) -> Result<u8, Failure> {
    out.owe(json!(app::DrainSummary::default()));
    let app = open::app(everywhere, "outbox drain").await?;
    app.start_socket();
    let words = |s: &app::DrainSummary| {
        format!(
            "{} delivered, {} waiting, {} uncertain, {} dead",
            s.delivered, s.waiting, s.uncertain, s.dead
        )
    };
    let told = |summary: &app::DrainSummary| out.progress(summary, || words(summary));
    let summary = app.outbox_drain(Duration::from_secs(max_wait), interrupt.heed(), told).await?;
    let failure = if interrupt.is_told() { Some(interrupt::failure()) } else { summary.failure() };
    out.done(&summary, failure.as_ref(), || words(&summary));
    Ok(match failure {
        Some(failure) => failure.code.exit_code(),
        None if summary.dead > 0 || summary.uncertain > 0 => IN_PART,
        None => DONE,
    })
}

fn answer(out: &Out, in_time: InTime) -> u8 {
    out.record(&in_time, || {
        if in_time.in_time { "Done.".into() } else { "Too late: nothing was changed.".into() }
    });
    u8::from(!in_time.in_time)
}

/// Readable by its owner only, since it holds what guests wrote; an older file of that name is replaced as a whole.
fn export(file: &Path, entries: &[EntryView]) -> std::io::Result<()> {
    let mut next = file.as_os_str().to_owned();
    next.push(".next");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut writer = std::io::BufWriter::new(options.open(&next)?);
    for entry in entries {
        serde_json::to_writer(&mut writer, entry)?;
        writer.write_all(b"\n")?;
    }
    writer.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    std::fs::rename(next, file)
}

fn words(entry: &Value) -> String {
    let text = |key: &str| entry[key].as_str().unwrap_or("-").to_owned();
    format!("{}\t{}\t{}\t{}", text("id"), text("conversationId"), text("state"), text("why"))
}
