//! The forms on the wire, private to this folder. Read tolerantly: unknown fields are ignored, absent or `null`
//! optional ones get the contract's default. What we would have to invent (ids, times, versions) must be there.

use chrono::{DateTime, Utc};
use model::{
    AttributeValue, Attributes, Conversation, ConversationId, ConversationState, Guest, GuestId, Secret,
};
use serde::{Deserialize, Deserializer, Serialize};

pub(super) use crate::pipeline::read_json::read;

/// `null` reads as absent.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(d: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(d)?.unwrap_or_default())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireGuest {
    pub id: GuestId,
    name: Option<String>,
    email: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    attributes: Attributes,
    #[serde(default = "yes")]
    active: bool,
    session_token: Option<String>,
    created_time: DateTime<Utc>,
    modified_time: Option<DateTime<Utc>>,
    version: u64,
}

fn yes() -> bool {
    true
}

impl WireGuest {
    /// The guest, and the session token where the answer carried one.
    pub(super) fn split(self) -> (Guest, Option<Secret>) {
        let token = self.session_token.filter(|t| !t.is_empty()).map(Secret::new);
        let guest = Guest {
            id: self.id,
            name: self.name.unwrap_or_else(|| "Anonymous Guest".into()),
            email: self.email.filter(|e| !e.is_empty()),
            attributes: self.attributes,
            active: self.active,
            created_time: self.created_time,
            modified_time: self.modified_time.unwrap_or(self.created_time),
            revision: self.version.into(),
            kind: None,
            phone: None,
            canonical_id: None,
        };
        (guest, token)
    }
}

#[derive(Deserialize)]
pub(super) struct WirePage {
    pub entities: Vec<WireGuest>,
    pub total: u64,
}

/// What PUT and POST carry. `attributes` is always there: absent would clear.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireWrite<'a> {
    pub id: GuestId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<&'a str>,
    pub attributes: std::collections::BTreeMap<&'a str, &'a AttributeValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireConversation {
    id: ConversationId,
    guest_id: GuestId,
    state: String,
    start_time: DateTime<Utc>,
    end_time: Option<DateTime<Utc>>,
}

impl From<WireConversation> for Conversation {
    fn from(wire: WireConversation) -> Self {
        // A state we do not know takes no messages, as far as we can tell.
        let active = wire.state.eq_ignore_ascii_case("active");
        Self {
            id: wire.id,
            guest_id: wire.guest_id,
            state: if active { ConversationState::Active } else { ConversationState::Closed },
            start_time: wire.start_time,
            end_time: wire.end_time,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct WireConversations {
    pub conversations: Vec<WireConversation>,
    pub total: Option<u64>,
}
