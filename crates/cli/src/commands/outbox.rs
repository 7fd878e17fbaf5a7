use std::time::Duration;

use app::{
    Failure, HolderRequest, Result, SessionLimit,
    views::{EntryGroup, EntryQuery, InTime},
};
use serde_json::{Value, json};

use super::input::{existing, parse};
use crate::{
    args::{self, Everywhere, Outbox, Which},
    interrupt::{self, Interrupt},
    open::{self, AppOrHolder},
    output::{DONE, IN_PART, Out, line},
};

pub async fn run(command: &Outbox, everywhere: &Everywhere, out: &Out, interrupt: &Interrupt) -> Result<u8> {
    match command {
        Outbox::List { which } => {
            let query = query(which)?;
            let request = HolderRequest::Outbox { query: query.clone() };
            let print = |value: Value| out.record(&value, || words(&value));
            if let AppOrHolder::App(app) =
                open::app_or_holder(everywhere, "outbox list", request, print).await?
            {
                let mut entries = app.outbox_entries(query);
                while let Some(entry) = entries.next().await {
                    let value = json!(entry);
                    out.record(&value, || words(&value));
                    if out.heard().is_err() {
                        break;
                    }
                }
                let damaged = entries.end().await?;
                if damaged > 0 {
                    return Err(Failure::damaged_entries(damaged));
                }
            }
            Ok(DONE)
        }
        Outbox::Drain { max_wait } => drain(*max_wait, everywhere, out, interrupt).await,
        Outbox::Retry { id, out_of_order } => {
            let id = parse("ID", id)?;
            let app = open::app(everywhere, "outbox retry").await?;
            let overtaken = app.outbox_is_overtaken(id);
            let in_time = app.outbox_retry(id, *out_of_order).await?;
            if overtaken && in_time.in_time {
                out.note("It goes after later messages of its conversation, which were sent already.");
            }
            Ok(answer(out, in_time))
        }
        Outbox::Discard { id } => {
            let id = parse("ID", id)?;
            let in_time = open::app(everywhere, "outbox discard").await?.outbox_discard(id).await?;
            Ok(answer(out, in_time))
        }
        Outbox::Export { file, replace, which } => {
            let query = query(which)?;
            let app = open::app(everywhere, "outbox export").await?;
            // An interrupted export takes back what it wrote.
            let written = tokio::select! {
                written = app.outbox_export(query, file.clone(), existing(*replace)) => written?,
                () = interrupt.heed() => return Err(interrupt::failure()),
            };
            out.record(&written, || {
                format!("{} entries, with the texts that guests wrote, in {}", written.exported, written.file)
            });
            if written.damaged > 0 {
                out.note(&format!("{} more cannot be read: damaged on this disk.", written.damaged));
                return Ok(IN_PART);
            }
            Ok(DONE)
        }
        Outbox::Limit { messages, seconds, off } => {
            let app = open::app(everywhere, "outbox limit").await?;
            let limit = messages.zip(*seconds).map(|(messages, seconds)| SessionLimit { messages, seconds });
            if limit.is_some() || *off {
                app.set_outbox_limit(limit).await?;
            }
            let limit = app.outbox_limit()?;
            out.record(&json!({ "perSession": limit }), || match limit {
                Some(l) => format!("{} messages in {} s for each session", l.messages, l.seconds),
                None => "no limit per session".to_owned(),
            });
            Ok(DONE)
        }
    }
}

fn query(which: &Which) -> Result<EntryQuery> {
    let group = which.state.map(|state| match state {
        args::EntryGroup::Waiting => EntryGroup::Waiting,
        args::EntryGroup::Uncertain => EntryGroup::Uncertain,
        args::EntryGroup::Dead => EntryGroup::Dead,
    });
    if let Some(conversation) = &which.conversation {
        parse::<model::ConversationId>("conversation", conversation)?;
    }
    Ok(EntryQuery { group, conversation_id: which.conversation.clone() })
}

async fn drain(max_wait: u64, everywhere: &Everywhere, out: &Out, interrupt: &Interrupt) -> Result<u8> {
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
        let words = match in_time {
            InTime { in_time: false, .. } => "Too late: nothing was changed.",
            InTime { perhaps_sent: true, .. } => "Done here; an earlier attempt may have reached the org.",
            InTime { .. } => "Done, in time.",
        };
        words.into()
    });
    u8::from(!in_time.in_time)
}

fn words(entry: &Value) -> String {
    let text = |key: &str| line(entry[key].as_str().unwrap_or("-"));
    format!("{}\t{}\t{}\t{}", text("id"), text("conversationId"), text("state"), text("why"))
}
