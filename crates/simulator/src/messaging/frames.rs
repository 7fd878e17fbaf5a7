//! Frames to a guest, in the vendor's form (genesys-facts.md, section 5.3).

use std::borrow::Cow;

use axum::extract::ws::Utf8Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::{Millis, rfc3339};

/// One frame, and what the ledger tells of it.
pub(crate) struct Frame {
    pub(crate) class: &'static str,
    pub(crate) code: u16,
    pub(crate) message: Option<Uuid>,
    pub(crate) text: Option<String>,
    pub(crate) json: Utf8Bytes,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a, T> {
    r#type: &'static str,
    class: &'static str,
    code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracing_id: Option<&'a str>,
    body: T,
}

impl Frame {
    /// What answers a frame of the guest's.
    pub(crate) fn response(class: &'static str, tracing_id: Option<&str>, body: &impl Serialize) -> Self {
        Self::new("response", class, 200, tracing_id, body)
    }

    /// What comes of itself.
    pub(crate) fn event(class: &'static str, body: &Value) -> Self {
        Self::new("message", class, 200, None, body)
    }

    /// A refusal in words.
    pub(crate) fn error(code: u16, tracing_id: Option<&str>, says: &str) -> Self {
        Self::new("response", "string", code, tracing_id, &says)
    }

    /// A refusal of a file before it is sent.
    pub(crate) fn no_url(tracing_id: Option<&str>, id: &str, code: u16, says: &str) -> Self {
        let body = json!({ "attachmentId": id, "errorCode": code, "errorMessage": says });
        Self::new("message", "GenerateUrlError", 400, tracing_id, &body)
    }

    /// Whole seconds to wait.
    pub(crate) fn too_many(tracing_id: Option<&str>, error: u16, retry_after: u64, says: &str) -> Self {
        let body = json!({ "retryAfter": retry_after, "errorCode": error, "errorMessage": says });
        Self::new("response", "TooManyRequestsErrorMessage", 429, tracing_id, &body)
    }

    /// A message or an event of the conversation, which is not an answer even where it carries a tracing id.
    pub(crate) fn message(tracing_id: Option<&str>, body: &Body) -> Self {
        let frame = Self::new("message", "StructuredMessage", 200, tracing_id, body);
        Self { message: body.key(), text: body.text.clone(), ..frame }
    }

    fn new(
        kind: &'static str,
        class: &'static str,
        code: u16,
        tracing_id: Option<&str>,
        body: &impl Serialize,
    ) -> Self {
        let envelope = Envelope { r#type: kind, class, code, tracing_id, body };
        let json = serde_json::to_string(&envelope).expect("bodies have text keys and finite numbers");
        Self { class, code, message: None, text: None, json: json.into() }
    }
}

/// A message or event of a conversation, as a frame and the history carry it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Body {
    /// 32 hexadecimal digits.
    pub(crate) id: String,
    pub(crate) channel: Channel,
    pub(crate) r#type: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) content: Vec<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) events: Vec<Value>,
    pub(crate) direction: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) originating_entity: Option<Cow<'static, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) metadata: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Channel {
    pub(crate) time: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) r#type: Option<Cow<'static, str>>,
    /// Of what a person wrote, not of a bot's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<Value>,
}

/// Who writes to a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Writer {
    /// An agent, by the name that the guest sees.
    Human(String),
    Bot,
}

impl Body {
    fn of(kind: &'static str, direction: &'static str, at: Millis) -> Self {
        Self {
            id: Uuid::new_v4().simple().to_string(),
            channel: Channel { time: rfc3339(at), r#type: None, message_id: None, from: None },
            r#type: kind.into(),
            text: None,
            content: Vec::new(),
            events: Vec::new(),
            direction: direction.into(),
            originating_entity: None,
            metadata: None,
        }
    }

    /// What the guest wrote, under a message id.
    pub(crate) fn inbound(kind: &'static str, id: Uuid, at: Millis) -> Self {
        let mut body = Self::of(kind, "Inbound", at);
        body.channel.message_id = Some(id);
        body
    }

    /// What is written to the guest.
    pub(crate) fn outbound(by: &Writer, text: Option<String>, content: Vec<Value>, at: Millis) -> Self {
        let kind = if content.is_empty() { "Text" } else { "Structured" };
        let mut body = Self { text, content, ..Self::of(kind, "Outbound", at) };
        body.channel.r#type = Some("Private".into());
        match by {
            Writer::Human(name) => {
                body.originating_entity = Some("Human".into());
                body.channel.message_id = Some(Uuid::new_v4());
                body.channel.from = Some(json!({ "nickname": name }));
            }
            Writer::Bot => body.originating_entity = Some("Bot".into()),
        }
        body
    }

    /// A Presence of either side.
    pub(crate) fn presence(kind: &str, direction: &'static str, at: Millis) -> Self {
        let events = vec![json!({ "eventType": "Presence", "presence": { "type": kind } })];
        Self { events, ..Self::of("Event", direction, at) }
    }

    /// The agent or bot is seen typing.
    pub(crate) fn typing(at: Millis) -> Self {
        let events = vec![json!({ "eventType": "Typing", "typing": { "type": "On", "duration": 5000 } })];
        Self { events, ..Self::of("Event", "Outbound", at) }
    }

    /// The key of a message everywhere: its message id, else its id.
    pub(crate) fn key(&self) -> Option<Uuid> {
        self.channel.message_id.or_else(|| Uuid::try_parse(&self.id).ok())
    }
}
