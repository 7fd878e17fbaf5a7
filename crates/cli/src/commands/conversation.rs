use std::collections::BTreeMap;

use app::{ConversationQuery, Failure, Result, Since};
use chrono::{DateTime, Utc};

use crate::{
    args::Conversation,
    open::Context,
    output::{DONE, line},
};

pub async fn run(command: &Conversation, cx: &Context<'_>) -> Result<u8> {
    match command {
        Conversation::List { guest, open, since, attr, yes, confirm } => {
            let query = ConversationQuery {
                guest: guest.as_deref().map(|id| app::parse("--guest", id)).transpose()?,
                open: *open,
                since: since.as_deref().map(|text| Since::read("--since", text)).transpose()?,
                attributes: attr.iter().map(|text| wanted(text)).collect::<Result<_>>()?,
                confirmed: if *yes { Some(usize::MAX) } else { *confirm },
            };
            let app = cx.app("conversation list").await?;
            let walked = app.conversations_walk(&query, |chat| {
                cx.out.record(&chat, || {
                    let who = chat.guest_id.map_or_else(|| "-".to_owned(), |id| id.to_string());
                    let part = |name: &Option<String>| line(name.as_deref().unwrap_or("-"));
                    format!(
                        "{}\t{}\t{}\t{who}\t{}\t{}\t{}",
                        chat.id,
                        minute(chat.start_time),
                        app::state_word(chat.state),
                        part(&chat.queue),
                        part(&chat.agent),
                        chat.last_word_by.map_or("-", app::author_word)
                    )
                });
                cx.out.heard()
            });
            let unknown = cx.out.unless_unheard(walked.await)?;
            if !unknown.is_empty() {
                let ids: Vec<&str> = unknown.iter().map(model::ConversationId::as_str).collect();
                cx.out.note(&format!(
                    "The org lists these conversations and does not know them when it is asked for their attributes: {}.",
                    ids.join(", ")
                ));
            }
        }
        Conversation::Show { id, text } => {
            let id = app::parse("ID", id)?;
            let record = cx.app("conversation show").await?.conversation_record(&id).await?;
            let said = || {
                let messages = record.messages.iter().map(|message| {
                    let at = message.at.map_or_else(|| "-".to_owned(), minute);
                    let text = message.text.iter().map(|text| line(text));
                    let content = message.content.iter().map(|shown| line(shown));
                    let files = message.attachments.iter().map(|file| format!("[{}]", line(file)));
                    let said: Vec<String> = text.chain(content).chain(files).collect();
                    format!("{at}\t{}\t{}", app::author_word(message.by), said.join("  "))
                });
                messages.chain(record.messages_missing.map(str::to_owned)).collect::<Vec<_>>().join("\n")
            };
            cx.out.record(&record, || {
                if *text {
                    return said();
                }
                let chat = &record.summary;
                let mut lines = vec![
                    format!("{} {}", chat.id, app::state_word(chat.state)),
                    format!("began     {}", minute(chat.start_time)),
                ];
                lines.extend(chat.end_time.map(|end| format!("ended     {}", minute(end))));
                lines.extend(chat.guest_id.map(|id| format!("guest     {id}")));
                lines.extend(chat.queue.iter().map(|queue| format!("queue     {}", line(queue))));
                lines.extend(chat.agent.iter().map(|agent| format!("agent     {}", line(agent))));
                lines.extend(record.attributes.iter().map(|(k, v)| format!("  {} = {}", line(k), line(v))));
                lines.push(said());
                lines.join("\n")
            });
        }
        Conversation::Set { id, values, dry_run } => {
            let id = app::parse("ID", id)?;
            let mut sets = BTreeMap::new();
            for text in values {
                let (key, value) =
                    text.split_once('=').ok_or_else(|| Failure::field(text, "must be KEY=VALUE"))?;
                if sets.insert(key.to_owned(), value.to_owned()).is_some() {
                    return Err(Failure::field(key, "is given twice; an attribute has one value"));
                }
            }
            let edit = cx.app("conversation set").await?.conversation_set(&id, sets, *dry_run).await?;
            cx.out.record(&edit, || {
                let sides = [("-", &edit.before), ("+", &edit.after)].into_iter();
                let lines = sides.flat_map(|(sign, side)| {
                    side.iter().map(move |(key, value)| format!("{sign} {}: {}", line(key), line(value)))
                });
                let lines: Vec<String> = lines.collect();
                if lines.is_empty() { "Nothing to change.".to_owned() } else { lines.join("\n") }
            });
        }
    }
    Ok(DONE)
}

/// A key alone, or with its value.
fn wanted(text: &str) -> Result<(String, Option<String>)> {
    let (key, value) = match text.split_once('=') {
        Some((key, value)) => (key, Some(value.to_owned())),
        None => (text, None),
    };
    match key.is_empty() {
        true => Err(Failure::field("--attr", "must be KEY or KEY=VALUE")),
        false => Ok((key.to_owned(), value)),
    }
}

fn minute(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}
