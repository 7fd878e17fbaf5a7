use std::time::Duration;

use app::{
    HolderRequest, Result, SessionLimit,
    views::{EntryQuery, InTime},
};
use serde_json::{Value, json};

use super::input::existing;
use crate::{
    args::{Outbox, Which},
    interrupt,
    open::Context,
    output::{DONE, IN_PART, Out, line, to_stderr},
};

pub async fn run(command: &Outbox, cx: &Context<'_>) -> Result<u8> {
    match command {
        Outbox::List { which } => {
            let query = query(which)?;
            cx.ask("outbox list", HolderRequest::Outbox { query }, words).await
        }
        Outbox::Drain { max_wait } => drain(*max_wait, cx).await,
        Outbox::Retry { id, out_of_order } => {
            let id = app::parse("ID", id)?;
            let app = cx.app("outbox retry").await?;
            let overtaken = app.outbox_is_overtaken(id);
            let in_time = app.outbox_retry(id, *out_of_order).await?;
            if overtaken && in_time.in_time {
                cx.out.note("It goes after later messages of its conversation, which were sent already.");
            }
            Ok(answer(cx.out, in_time))
        }
        Outbox::Discard { id } => {
            let id = app::parse("ID", id)?;
            let in_time = cx.app("outbox discard").await?.outbox_discard(id).await?;
            Ok(answer(cx.out, in_time))
        }
        Outbox::MarkDelivered { id } => {
            let id = app::parse("ID", id)?;
            let in_time = cx.app("outbox mark-delivered").await?.outbox_mark_delivered(id).await?;
            Ok(answer(cx.out, in_time))
        }
        Outbox::SendAgain { id } => {
            let id = app::parse("ID", id)?;
            let in_time = cx.app("outbox send-again").await?.outbox_send_again(id).await?;
            Ok(answer(cx.out, in_time))
        }
        Outbox::Export { file, replace, which } => {
            let query = query(which)?;
            let app = cx.app("outbox export").await?;
            // An interrupted export takes back what it wrote.
            let written = tokio::select! {
                written = app.outbox_export(query, file.clone(), existing(*replace)) => written?,
                () = cx.interrupt.heed() => return Err(interrupt::failure()),
            };
            cx.out.record(&written, || {
                format!("{} entries, with the texts that guests wrote, in {}", written.exported, written.file)
            });
            if written.damaged > 0 {
                cx.out.note(&format!("{} more cannot be read: damaged on this disk.", written.damaged));
                return Ok(IN_PART);
            }
            Ok(DONE)
        }
        Outbox::Limit { messages, seconds, off } => {
            let app = cx.app("outbox limit").await?;
            let limit = messages.zip(*seconds).map(|(messages, seconds)| SessionLimit { messages, seconds });
            if limit.is_some() || *off {
                app.set_outbox_limit(limit).await?;
            }
            let limit = app.outbox_limit()?;
            cx.out.record(&json!({ "perSession": limit }), || match limit {
                Some(l) => format!("{} messages in {} s for each session", l.messages, l.seconds),
                None => "no limit per session".to_owned(),
            });
            Ok(DONE)
        }
    }
}

fn query(which: &Which) -> Result<EntryQuery> {
    if let Some(conversation) = &which.conversation {
        app::parse::<model::ConversationId>("conversation", conversation)?;
    }
    Ok(EntryQuery { group: which.state, conversation_id: which.conversation.clone() })
}

async fn drain(max_wait: u64, cx: &Context<'_>) -> Result<u8> {
    // What is left is not known before the outbox is open.
    cx.out.end_with(json!({ "delivered": 0, "waiting": null, "uncertain": null, "dead": 0 }));
    let app = cx.app("outbox drain").await?;
    cx.out.end_with(json!(app.outbox_left()));
    app.start_socket();
    let words = |s: &app::DrainSummary| {
        format!(
            "{} delivered, {} waiting, {} uncertain, {} dead",
            s.delivered, s.waiting, s.uncertain, s.dead
        )
    };
    let told = |summary: &app::DrainSummary| cx.out.progress(summary, || words(summary));
    let summary = app.outbox_drain(Duration::from_secs(max_wait), cx.interrupt.heed(), told).await?;
    let failure = if cx.interrupt.is_told() { Some(interrupt::failure()) } else { summary.failure() };
    cx.out.done(&summary, failure.as_ref(), || words(&summary));
    // Said also under --quiet: the next drain would not know of it any more.
    for chat in &summary.new_guests {
        to_stderr(&format!(
            "warning: The org did not know the guest of the chat {chat} any more: with what was delivered since a new conversation \
             began, as somebody new."
        ));
    }
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
