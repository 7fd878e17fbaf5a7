use serde_json::{Value, json};

use super::{Call, Fields, Org, Refusal, Reply};
use crate::{
    clock::rfc3339,
    ledger::{Entry, Kind},
    world::{Change, Conversation, Message},
};

/// Longest text, in bytes of UTF-8 (`guest-api.md`).
const MAX_TEXT: usize = 4096;

impl Org {
    /// Takes a message, once per id: a repeat is answered as the first was, even when the conversation is over.
    pub(super) fn take_message(&mut self, call: &Call) -> Result<Reply, Refusal> {
        let mut fields = Fields::of(call)?;
        let id = fields.id("id");
        let conversation = fields.id("conversationId");
        let mut from = fields.object("from", "from.");
        let guest = from.id("id");
        if from.text("type").as_deref() != Some("user") {
            from.fault("type", "must be \"user\"");
        }
        fields.close(from);
        let text = fields.text("text").unwrap_or_default();
        if !(1..=MAX_TEXT).contains(&text.len()) {
            fields.fault("text", "must have 1 to 4,096 bytes of UTF-8");
        }
        let timestamp = fields.time("timestamp").map(|(_, text)| text);
        if fields.any("timestamp").is_none() {
            fields.fault("timestamp", "must be an RFC 3339 time such as 2026-01-31T09:00:00Z");
        }
        fields.check()?;
        let heard = |message: &Message, repeat| Entry {
            conversation_id: Some(message.conversation),
            message_id: Some(message.id),
            text: Some(text.clone()),
            repeat: Some(repeat),
            ..Entry::of_guest(Kind::Message, message.guest)
        };
        if let Some(first) = self.world.message(id) {
            return Ok(Reply::json(201, &view(first)).with(heard(first, true)));
        }
        let Some(known) = self.world.conversations().get(conversation).copied() else {
            return Err(Refusal::not_found(format!("There is no conversation with id {conversation}.")));
        };
        if known.guest != guest {
            return Err(Refusal::field("from.id", "must be the guest of the conversation"));
        }
        let now = self.now();
        if known.closed(now).is_some() {
            return Err(Refusal::gone("The conversation is closed; the guest must start again."));
        }
        let timestamp = timestamp.unwrap_or_default();
        let message = Message { id, conversation, guest, timestamp, received: now };
        self.commit(vec![
            Change::Message(message.clone()),
            Change::Conversation(Conversation { last: now, ..known }),
            Change::Touched { id: guest, modified: now },
        ])?;
        self.heard_by_rest(conversation, id, &text);
        Ok(Reply::json(201, &view(&message)).with(heard(&message, false)))
    }
}

fn view(message: &Message) -> Value {
    json!({
        "id": message.id,
        "conversationId": message.conversation,
        "from": { "id": message.guest, "type": "user" },
        "timestamp": message.timestamp,
        "receivedTime": rfc3339(message.received),
    })
}
