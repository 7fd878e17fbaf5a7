//! What was said in one message, out of the two forms in which the org keeps messages.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{message_content, participants::author};
use crate::ports::{Author, ChatMessage};

/// A message of a live conversation (`MessageData`); `None` for what is no message, such as an event.
pub(super) fn live(data: &Value, written_by: Option<Author>) -> Option<ChatMessage> {
    let body = data.get("normalizedMessage").unwrap_or(&Value::Null);
    if text(body, "type").is_some_and(|kind| matches!(kind, "Event" | "Receipt")) {
        return None;
    }
    let items = || body.get("content").and_then(Value::as_array).into_iter().flatten();
    let said = text(body, "text").or_else(|| text(data, "textBody"));
    let said = said.or_else(|| items().find_map(|part| text(part.get("text")?, "body")));
    let is_inbound = text(data, "direction").is_some_and(|way| way.eq_ignore_ascii_case("inbound"));
    let by = match (is_inbound, text(body, "originatingEntity")) {
        (true, _) => Author::Guest,
        (false, Some(entity)) if entity.eq_ignore_ascii_case("bot") => Author::Bot,
        (false, Some(entity)) if entity.eq_ignore_ascii_case("human") => Author::Agent,
        (false, _) => written_by.unwrap_or(Author::System),
    };
    let files = items().filter_map(|part| part.get("attachment"));
    let content =
        message_content::normalized(body.get("content").unwrap_or(&Value::Null), by == Author::Guest);
    Some(ChatMessage {
        id: text(data, "id")?.to_owned(),
        at: time(data, "timestamp").or_else(|| time(body.get("channel")?, "time")),
        by,
        text: said.map(str::to_owned).or_else(|| message_content::pressed(&content)),
        content: message_content::lines(&content),
        attachments: files.filter_map(|file| text(file, "filename")).map(str::to_owned).collect(),
        status: text(data, "status").map(str::to_owned),
    })
}

/// A message of a recording (`RecordingMessagingMessage`); `None` for what is no message.
pub(super) fn recorded(message: &Value, number: usize) -> Option<ChatMessage> {
    let purpose = text(message, "purpose").unwrap_or_default().to_ascii_lowercase();
    let by = author(&purpose);
    let shown = message_content::recorded(message, by == Author::Guest);
    let said = text(message, "messageText").map(str::to_owned).or_else(|| message_content::pressed(&shown));
    let content = message_content::lines(&shown);
    let files = message.get("messageMediaAttachments").and_then(Value::as_array).into_iter().flatten();
    let name = |file: &Value| text(file, "name").or_else(|| text(file, "id")).map(str::to_owned);
    let attachments: Vec<String> = files.filter_map(name).collect();
    if said.is_none() && attachments.is_empty() && content.is_empty() {
        return None;
    }
    Some(ChatMessage {
        id: text(message, "id").map_or_else(|| format!("{number}"), str::to_owned),
        at: time(message, "timestamp"),
        by,
        text: said,
        content,
        attachments,
        status: text(message, "status").map(str::to_owned),
    })
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn time(value: &Value, key: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text(value, key)?).ok().map(|time| time.to_utc())
}
