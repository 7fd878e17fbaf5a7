//! What a message carries beside its text, in the vendor's form (genesys-facts.md, section 5).

use serde_json::{Value, json};

/// One answer that the guest may press; its payload comes back with it.
pub(crate) fn quick_reply(text: &str, payload: &str) -> Value {
    json!({ "contentType": "QuickReply", "quickReply": { "text": text, "payload": payload, "action": "Message" } })
}
