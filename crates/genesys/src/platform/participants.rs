//! Who takes part in a conversation, in the three forms in which the org tells it: analytics, `conversations/{id}` and
//! `conversations/messages/{id}`.

use model::GuestId;
use serde_json::Value;

use crate::ports::Author;

/// Someone who takes part.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Participant {
    /// What they are.
    pub by: Author,
    /// Whether it is a queue.
    pub is_queue: bool,
    /// The contact of a guest.
    pub guest_id: Option<GuestId>,
    /// The name of a queue or an agent.
    pub name: Option<String>,
    /// Whether their part goes on; `None` where nothing says so.
    pub is_connected: Option<bool>,
}

/// One participant.
pub(super) fn part_of(value: &Value) -> Participant {
    let text = |key: &str| value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let named = |key: &str| value.get(key).and_then(|place| place.get("name")).and_then(Value::as_str);
    let purpose = text("purpose").unwrap_or_default().to_ascii_lowercase();
    let contact = text("externalContactId").or_else(|| value.get("externalContact")?.get("id")?.as_str());
    let by = author(&purpose);
    let name = match by {
        Author::System => text("queueName").or_else(|| named("queue")),
        _ => named("user"),
    };
    Participant {
        by,
        is_queue: purpose == "acd",
        guest_id: contact.and_then(|id| id.parse().ok()),
        name: name.or_else(|| text("participantName")).or_else(|| text("name")).map(str::to_owned),
        is_connected: is_connected(value),
    }
}

/// What a purpose means.
pub(super) fn author(purpose: &str) -> Author {
    match purpose {
        "customer" | "external" => Author::Guest,
        "agent" | "user" | "supervisor" => Author::Agent,
        "bot" | "botflow" | "workflow" | "flow" | "ivr" => Author::Bot,
        _ => Author::System,
    }
}

/// The state of a participant's own leg, or of the legs below it.
fn is_connected(value: &Value) -> Option<bool> {
    let is_there = |key: &str| value.get(key).is_some_and(|time| !time.is_null());
    let on = |state: &str| !matches!(state, "disconnected" | "terminated");
    if is_there("endTime") {
        return Some(false);
    }
    if let Some(state) = value.get("state").and_then(Value::as_str) {
        return Some(on(state));
    }
    let legs = value.get("messages").and_then(Value::as_array)?;
    let states: Vec<&str> = legs.iter().filter_map(|leg| leg.get("state")?.as_str()).collect();
    (!states.is_empty()).then(|| states.into_iter().any(on))
}
