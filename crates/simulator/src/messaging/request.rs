//! A guest's frame, read: whatever comes in is one of these, or refused with a code.

use serde_json::{Map, Value};

/// Longer frames are refused unread. Every frame that says something fits well below it.
pub(crate) const MAX_FRAME: usize = 128 * 1024;
/// Longer tokens and tracing ids are nobody's.
const MAX_ID: usize = 256;

/// Missing parameter (genesys-facts.md, section 5.3).
pub(crate) const MISSING: u16 = 4020;
pub(crate) const MALFORMED: u16 = 400;

/// A frame that can be answered. No `Debug`: it holds the guest's token.
pub(crate) struct Asked {
    pub(crate) action: &'static str,
    pub(crate) tracing_id: Option<String>,
    pub(crate) token: String,
    pub(crate) request: Request,
}

impl Asked {
    /// The text of a message.
    pub(crate) fn text(&self) -> Option<String> {
        match &self.request {
            Request::Message(said) => said.text.clone(),
            _ => None,
        }
    }
}

/// What a guest asks for.
pub(crate) enum Request {
    Configure {
        deployment: String,
        start_new: bool,
    },
    Message(Said),
    Events {
        events: Vec<Event>,
        attributes: Option<Map<String, Value>>,
    },
    Attach(FileAsked),
    Attachment {
        id: String,
    },
    DeleteAttachment {
        id: String,
    },
    Close {
        all: bool,
    },
    Echo {
        text: Option<String>,
    },
    Jwt,
    Configuration {
        deployment: String,
    },
    /// Known actions that no deployment of the simulator offers.
    Unavailable,
}

/// A message that a guest wrote.
pub(crate) struct Said {
    /// `Text` or `Structured`.
    pub(crate) kind: &'static str,
    pub(crate) text: Option<String>,
    pub(crate) content: Vec<Value>,
    pub(crate) metadata: Option<Value>,
    pub(crate) attributes: Option<Map<String, Value>>,
}

/// What happened at the guest's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Join,
    Clear,
    /// Another Presence; no deployment takes one from a guest.
    OtherPresence,
    Typing,
    /// Known, and of no effect here.
    Other,
}

/// A file that a guest wants to send.
pub(crate) struct FileAsked {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) size: u64,
}

/// Why a frame cannot be answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) action: Option<&'static str>,
    pub(crate) tracing_id: Option<String>,
    pub(crate) code: u16,
    pub(crate) says: String,
}

const ACTIONS: [&str; 12] = [
    "configureSession",
    "configureAuthenticatedSession",
    "onMessage",
    "onAttachment",
    "getAttachment",
    "deleteAttachment",
    "closeSession",
    "echo",
    "getJwt",
    "getConfiguration",
    "resumeToken",
    "disconnectCustomer",
];

/// A code and what it says.
type Wrong = (u16, String);

/// Reads a frame of text.
///
/// # Errors
/// 400, or 4020 when a field is missing.
pub(crate) fn read(text: &str) -> Result<Asked, Refused> {
    let refused = |says: &str| Refused {
        action: None,
        tracing_id: None,
        code: MALFORMED,
        says: format!("Request failed: {says}"),
    };
    if text.len() > MAX_FRAME {
        return Err(refused("the frame is too long."));
    }
    // What nests deeper than 128 levels is no JSON for this parser.
    let Ok(Value::Object(mut frame)) = serde_json::from_str::<Value>(text) else {
        return Err(refused("the frame is no JSON object."));
    };
    let tracing_id = match frame.remove("tracingId") {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) if id.len() <= MAX_ID => Some(id),
        Some(_) => return Err(refused("tracingId must be a short text.")),
    };
    let named = frame.get("action").and_then(Value::as_str);
    let Some(action) = ACTIONS.into_iter().find(|action| Some(*action) == named) else {
        return Err(Refused { tracing_id, ..refused("the frame has no known action.") });
    };
    match parts(action, &mut frame) {
        Ok((token, request)) => Ok(Asked { action, tracing_id, token, request }),
        Err((code, says)) => Err(Refused { action: Some(action), tracing_id, code, says }),
    }
}

fn parts(action: &'static str, frame: &mut Map<String, Value>) -> Result<(String, Request), Wrong> {
    let token = required(frame, "token")?;
    if token.is_empty() || token.len() > MAX_ID {
        return Err(malformed("token must be a text of 1 to 256 bytes."));
    }
    let request = match action {
        "configureSession" => Request::Configure {
            deployment: required(frame, "deploymentId")?,
            start_new: flag(frame, "startNew")?,
        },
        "onMessage" => message(frame)?,
        "onAttachment" => Request::Attach(FileAsked {
            id: required(frame, "attachmentId")?,
            name: required(frame, "fileName")?,
            media_type: required(frame, "fileType")?,
            size: match frame.get("fileSize") {
                None | Some(Value::Null) => return Err(missing("fileSize")),
                Some(size) => size.as_u64().ok_or_else(|| malformed("fileSize must be a whole number."))?,
            },
        }),
        "getAttachment" => Request::Attachment { id: required(frame, "attachmentId")? },
        "deleteAttachment" => Request::DeleteAttachment { id: required(frame, "attachmentId")? },
        "closeSession" => Request::Close { all: flag(frame, "closeAllConnections")? },
        "echo" => {
            let mut inner = object(frame, "message")?.ok_or_else(|| missing("message"))?;
            Request::Echo { text: optional(&mut inner, "text")? }
        }
        "getJwt" => Request::Jwt,
        "getConfiguration" => Request::Configuration { deployment: required(frame, "deploymentId")? },
        _ => Request::Unavailable,
    };
    Ok((token, request))
}

fn message(frame: &mut Map<String, Value>) -> Result<Request, Wrong> {
    let mut message = object(frame, "message")?.ok_or_else(|| missing("message"))?;
    // Clients put the channel at the top or inside the message.
    let channel = match object(frame, "channel")? {
        Some(channel) => Some(channel),
        None => object(&mut message, "channel")?,
    };
    let attributes = match channel {
        Some(mut channel) => match object(&mut channel, "metadata")? {
            Some(mut metadata) => object(&mut metadata, "customAttributes")?,
            None => None,
        },
        None => None,
    };
    if attributes.iter().flat_map(Map::values).any(|v| v.is_object() || v.is_array()) {
        return Err(malformed("customAttributes must be texts."));
    }
    let metadata = object(&mut message, "metadata")?.map(Value::Object);
    let kind = optional(&mut message, "type")?;
    if kind.as_deref() == Some("Event") {
        let events = list(&mut message, "events")?;
        if events.is_empty() {
            return Err(missing("events"));
        }
        let events = events.iter().map(event).collect::<Result<_, _>>()?;
        return Ok(Request::Events { events, attributes });
    }
    let text = optional(&mut message, "text")?.filter(|text| !text.is_empty());
    let content = list(&mut message, "content")?;
    for item in &content {
        match item.get("contentType") {
            Some(Value::String(_)) => {}
            None | Some(Value::Null) if item.is_object() => return Err(missing("content.contentType")),
            _ => return Err(malformed("content must be a list of objects with a contentType.")),
        }
    }
    let kind = match kind.as_deref() {
        Some("Structured") if content.is_empty() => return Err(missing("content")),
        Some("Structured") => "Structured",
        Some("Text") | None if text.is_none() && content.is_empty() => return Err(missing("text")),
        // A file without words has no type.
        Some("Text") => "Text",
        None if !content.is_empty() => "Text",
        None => return Err(missing("message.type")),
        Some(_) => return Err(malformed("message.type must be Text, Structured or Event.")),
    };
    Ok(Request::Message(Said { kind, text, content, metadata, attributes }))
}

fn event(event: &Value) -> Result<Event, Wrong> {
    let kind = match event.get("eventType") {
        Some(Value::String(kind)) => kind.as_str(),
        None | Some(Value::Null) if event.is_object() => return Err(missing("eventType")),
        _ => return Err(malformed("events must be a list of objects with an eventType.")),
    };
    match kind {
        "Presence" => match event.pointer("/presence/type") {
            Some(Value::String(kind)) => Ok(match kind.as_str() {
                "Join" => Event::Join,
                "Clear" => Event::Clear,
                _ => Event::OtherPresence,
            }),
            None | Some(Value::Null) => Err(missing("presence.type")),
            Some(_) => Err(malformed("presence.type must be a text.")),
        },
        "Typing" => Ok(Event::Typing),
        "CoBrowse" | "Reactions" | "Video" => Ok(Event::Other),
        _ => Err(malformed("the eventType is not known.")),
    }
}

fn malformed(says: &str) -> Wrong {
    (MALFORMED, format!("Request failed: {says}"))
}

fn missing(field: &str) -> Wrong {
    (MISSING, format!("The parameter {field} is missing."))
}

fn required(of: &mut Map<String, Value>, name: &str) -> Result<String, Wrong> {
    optional(of, name)?.ok_or_else(|| missing(name))
}

fn optional(of: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Wrong> {
    match of.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(malformed(&format!("{name} must be a text."))),
    }
}

fn flag(of: &Map<String, Value>, name: &str) -> Result<bool, Wrong> {
    match of.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(malformed(&format!("{name} must be true or false."))),
    }
}

fn object(of: &mut Map<String, Value>, name: &str) -> Result<Option<Map<String, Value>>, Wrong> {
    match of.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(members)) => Ok(Some(members)),
        Some(_) => Err(malformed(&format!("{name} must be an object."))),
    }
}

fn list(of: &mut Map<String, Value>, name: &str) -> Result<Vec<Value>, Wrong> {
    match of.remove(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(malformed(&format!("{name} must be a list."))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_channel_is_read_at_the_top_and_inside_the_message() {
        for frame in [
            r#"{"action":"onMessage","token":"t","message":{"type":"Text","text":"hi"},"channel":{"metadata":{"customAttributes":{"name":"Ada"}}}}"#,
            r#"{"action":"onMessage","token":"t","message":{"type":"Text","text":"hi","channel":{"metadata":{"customAttributes":{"name":"Ada"}}}}}"#,
        ] {
            let Ok(Asked { request: Request::Message(said), .. }) = read(frame) else { panic!("{frame}") };
            assert_eq!(said.attributes.unwrap()["name"], "Ada");
        }
    }

    proptest! {
        #[test]
        fn no_frame_whatever_makes_it_panic(text in "\\PC{0,200}", action in 0usize..12, member in "\\PC{0,12}", value in "\\PC{0,40}") {
            let _ = read(&text);
            let frame = serde_json::json!({ "action": ACTIONS[action], "token": "t", (member): value });
            let _ = read(&frame.to_string());
        }
    }
}
