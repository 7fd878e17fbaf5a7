//! What a guest sends. The channel with the attributes stands at the top of the frame, and `metadata.id` is the message's id, by
//! which its echo and, where history gives it back, the message is found again.

use std::collections::BTreeMap;

use model::Secret;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::webmessaging::options::{Answer, OutgoingFile};

/// The `tracingId` of every health check, the one of the vendor's own client: its answer is told from messages by it.
pub(crate) const HEALTH_CHECK: &str = "SGVhbHRoQ2hlY2tNZXNzYWdlSWQ=";

/// A frame to be sent.
#[derive(Clone, PartialEq)]
pub(crate) struct Frame {
    /// Its action.
    pub(crate) action: &'static str,
    /// All of it, the token included.
    pub(crate) json: Value,
}

impl std::fmt::Debug for Frame {
    /// Without the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frame").field("action", &self.action).finish_non_exhaustive()
    }
}

/// What a message says.
#[derive(Debug, Clone)]
pub(crate) enum MessageBody<'a> {
    /// A text.
    Text(&'a str),
    /// An answer to what was offered; for a form with the vendor's id of it.
    Answer(&'a Answer, Option<&'a str>),
    /// An uploaded file by its id, with a text or without.
    File(&'a str, Option<&'a str>),
}

/// Makes the frames of one guest.
#[derive(Debug, Clone)]
pub(crate) struct Frames {
    pub(crate) token: Secret,
    pub(crate) deployment: String,
    /// Custom attributes of every message.
    pub(crate) attributes: BTreeMap<String, String>,
    /// Custom attributes that become those of every message where the first session is a new one.
    pub(crate) attributes_if_new: BTreeMap<String, String>,
}

impl Frames {
    pub(crate) fn configure_session(&self, tracing: Uuid, start_new: bool) -> Frame {
        self.frame(
            "configureSession",
            json!({ "deploymentId": self.deployment, "startNew": start_new, "tracingId": tracing }),
        )
    }

    pub(crate) fn message(&self, tracing: Uuid, id: Uuid, body: &MessageBody<'_>) -> Frame {
        let mut message = json_of(body);
        message["metadata"]["id"] = json!(id);
        self.on_message(tracing, message, true)
    }

    /// Presence `Join` or `Clear`. A Join can begin the conversation, so it carries the attributes.
    pub(crate) fn presence(&self, tracing: Uuid, kind: &str) -> Frame {
        let event = json!({ "eventType": "Presence", "presence": { "type": kind } });
        self.on_message(tracing, json!({ "type": "Event", "events": [event] }), kind == "Join")
    }

    pub(crate) fn typing(&self, tracing: Uuid) -> Frame {
        let event = json!({ "eventType": "Typing", "typing": { "type": "On" } });
        self.on_message(tracing, json!({ "type": "Event", "events": [event] }), false)
    }

    pub(crate) fn health_check(&self) -> Frame {
        self.frame(
            "echo",
            json!({ "message": { "type": "Text", "text": "ping" }, "tracingId": HEALTH_CHECK }),
        )
    }

    pub(crate) fn get_jwt(&self, tracing: Uuid) -> Frame {
        self.frame("getJwt", json!({ "tracingId": tracing }))
    }

    pub(crate) fn close_session(&self, tracing: Uuid) -> Frame {
        self.frame("closeSession", json!({ "closeAllConnections": true, "tracingId": tracing }))
    }

    pub(crate) fn on_attachment(&self, tracing: Uuid, attachment: Uuid, file: &OutgoingFile) -> Frame {
        self.frame(
            "onAttachment",
            json!({ "attachmentId": attachment, "fileName": file.name, "fileType": file.media_type,
                "fileSize": file.bytes.len(), "errorsAsJson": true, "tracingId": tracing }),
        )
    }

    pub(crate) fn get_attachment(&self, tracing: Uuid, attachment: &str) -> Frame {
        self.frame("getAttachment", json!({ "attachmentId": attachment, "tracingId": tracing }))
    }

    fn on_message(&self, tracing: Uuid, message: Value, with_attributes: bool) -> Frame {
        let mut json = json!({ "tracingId": tracing });
        json["message"] = message;
        if with_attributes && !self.attributes.is_empty() {
            json["channel"] = json!({ "metadata": { "customAttributes": self.attributes } });
        }
        self.frame("onMessage", json)
    }

    fn frame(&self, action: &'static str, mut json: Value) -> Frame {
        json["action"] = json!(action);
        json["token"] = json!(self.token.expose());
        Frame { action, json }
    }
}

fn json_of(body: &MessageBody<'_>) -> Value {
    match body {
        MessageBody::Text(text) => json!({ "type": "Text", "text": text }),
        MessageBody::Answer(answer, canned_response) => answered(answer, *canned_response),
        MessageBody::File(id, text) => {
            let content = json!([{ "contentType": "Attachment", "attachment": { "id": id } }]);
            match text {
                // Alone a file has neither type nor text.
                None => json!({ "content": content }),
                Some(text) => json!({ "type": "Text", "text": text, "content": content }),
            }
        }
    }
}

fn answered(answer: &Answer, canned_response: Option<&str>) -> Value {
    match answer {
        Answer::QuickReply { text, payload } => json!({ "type": "Structured", "text": text,
            "content": [pressed(&json!({ "type": "QuickReply", "text": text, "payload": payload }))] }),
        Answer::Button { text, payload } => json!({ "type": "Structured", "text": text,
            "content": [pressed(&json!({ "type": "Button", "text": text, "payload": payload }))] }),
        Answer::Time { message, iso } => {
            json!({ "type": "Structured", "metadata": { "parentMessageId": message },
            "content": [pressed(&json!({ "type": "DatePicker", "text": iso, "payload": iso }))] })
        }
        Answer::List { message, chosen } => {
            let chosen = chosen.iter().map(|(id, title)| {
                pressed(&json!({ "type": "ListPicker", "text": title, "payload": id,
                    "originatingMessageId": message }))
            });
            json!({ "type": "Structured", "metadata": { "parentMessageId": message },
                "content": chosen.collect::<Vec<_>>() })
        }
        Answer::Form { message, values } => {
            let response = values.iter().map(|(id, value)| {
                json!({ "id": id,
                    "component": pressed(&json!({ "type": "Form", "text": value, "payload": value })) })
            });
            let mut form =
                json!({ "originatingMessageId": message, "response": response.collect::<Vec<_>>() });
            if let Some(id) = canned_response {
                form["cannedResponseId"] = json!(id);
            }
            json!({ "type": "Structured", "content": [{ "contentType": "Form", "form": form }] })
        }
    }
}

fn pressed(button: &Value) -> Value {
    json!({ "contentType": "ButtonResponse", "buttonResponse": button })
}
