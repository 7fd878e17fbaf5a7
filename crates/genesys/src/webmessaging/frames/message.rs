//! A message as frames and history carry it.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::content;
use crate::webmessaging::{
    content::Content,
    event::{Direction, Sender},
};

/// Keys are compared as far as this, in bytes.
const MAX_KEY: usize = 200;

/// Events of one message are read as far as this.
const MOST_EVENTS: usize = 20;

/// A message, an event of one side, or the echo of either.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    /// `channel.messageId`, else `id`; `None` where the org gave neither.
    pub(crate) key: Option<String>,
    /// `id`, where the key is another.
    pub(crate) other_id: Option<String>,
    pub(crate) at: Option<DateTime<Utc>>,
    pub(crate) direction: Direction,
    pub(crate) sender: Sender,
    pub(crate) nickname: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) content: Vec<Content>,
    /// The id that the client gave the message, where it came back.
    pub(crate) metadata_id: Option<String>,
    /// What happened, of a message of type `Event`; `None` for what is said.
    pub(crate) happened: Option<Vec<Happened>>,
    /// `metadata.readOnly`.
    pub(crate) read_only: bool,
}

/// One event of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Happened {
    /// For so many milliseconds; 0: it ended.
    Typing(u64),
    Disconnect,
    Clear,
    /// Join and what this program does not know.
    Other,
}

impl Message {
    /// Reads the body of a frame or an entity of the history; `None` when it is no object.
    pub(crate) fn read(body: &Value) -> Option<Self> {
        if !body.is_object() {
            return None;
        }
        let channel = &body["channel"];
        let inbound = body["direction"].as_str().is_some_and(|d| d.eq_ignore_ascii_case("inbound"));
        let is_event = body["type"].as_str() == Some("Event");
        let key = [&channel["messageId"], &body["id"]]
            .into_iter()
            .find_map(|v| v.as_str().filter(|key| !key.is_empty()));
        let sender = match body["originatingEntity"].as_str() {
            _ if inbound => Sender::Guest,
            Some("Human") => Sender::Human,
            Some("Bot") => Sender::Bot,
            _ => Sender::Unknown,
        };
        Some(Self {
            key: key.map(|key| shortened(key, MAX_KEY).to_owned()),
            other_id: body["id"]
                .as_str()
                .filter(|id| !id.is_empty() && id.len() <= MAX_KEY && Some(*id) != key)
                .map(str::to_owned),
            at: time(&channel["time"]).or_else(|| time(&body["timestamp"])),
            direction: if inbound { Direction::Inbound } else { Direction::Outbound },
            sender,
            nickname: channel["from"]["nickname"].as_str().map(|n| shortened(n, MAX_KEY).to_owned()),
            text: body["text"].as_str().filter(|text| !text.is_empty()).map(str::to_owned),
            content: content::read(&body["content"], inbound),
            metadata_id: body["metadata"]["id"].as_str().map(|id| shortened(id, MAX_KEY).to_owned()),
            happened: is_event.then(|| {
                body["events"].as_array().into_iter().flatten().take(MOST_EVENTS).map(event).collect()
            }),
            read_only: truth(&body["metadata"]["readOnly"]),
        })
    }
}

fn event(event: &Value) -> Happened {
    match (event["eventType"].as_str(), event["presence"]["type"].as_str()) {
        (Some("Presence"), Some("Disconnect")) => Happened::Disconnect,
        (Some("Presence"), Some("Clear")) => Happened::Clear,
        (Some("Typing"), _) => {
            let typing = &event["typing"];
            let millis =
                typing["duration"].as_u64().or_else(|| typing["durationMs"].as_u64()).unwrap_or(5_000);
            let off = typing["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("off"));
            Happened::Typing(if off { 0 } else { millis.min(60_000) })
        }
        _ => Happened::Other,
    }
}

fn time(value: &Value) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc3339(value.as_str()?).ok()?.with_timezone(&Utc))
}

/// `true`, also where it came as text.
pub(super) fn truth(value: &Value) -> bool {
    value == &Value::Bool(true) || value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// The beginning of a text, at most this many bytes.
pub(crate) fn shortened(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}
