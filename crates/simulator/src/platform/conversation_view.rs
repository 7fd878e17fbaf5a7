//! A conversation as `conversations/{id}` and `conversations/messages/{id}` show it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    cast::{Cast, Participant, Role},
    contact::DIVISION,
    transcript::{By, Line},
};
use crate::{clock::rfc3339, org::Org};

const PROVIDER: &str = "PureCloud Messaging";

impl Org {
    /// `Conversation`: the contact's id is a plain member of its participant.
    pub(super) fn whole_conversation(&self, cast: &Cast) -> Value {
        let id = cast.conversation.id;
        let participants: Vec<Value> =
            cast.participants.iter().map(|one| self.participant(cast, one)).collect();
        let mut view = json!({
            "id": id,
            "startTime": rfc3339(cast.conversation.start),
            "participants": participants,
            "divisions": divisions(cast),
            "recordingState": "none",
            "selfUri": format!("/api/v2/conversations/{id}"),
        });
        if let Some(end) = cast.end {
            view["endTime"] = json!(rfc3339(end));
        }
        view
    }

    fn participant(&self, cast: &Cast, one: &Participant) -> Value {
        let mut message = json!({
            "id": one.communication,
            "state": state(one),
            "initialState": "connected",
            "held": false,
            "direction": direction(one.role),
            "provider": PROVIDER,
            "type": "webmessaging",
            "authenticated": false,
            "connectedTime": rfc3339(one.start),
            "messages": said_by(cast, one),
        });
        let mut view = json!({
            "id": one.id,
            "name": one.name,
            "purpose": one.role.purpose(),
            "participantType": "External",
            "startTime": rfc3339(one.start),
            "connectedTime": rfc3339(one.start),
            "wrapupRequired": false,
            "attributes": self.participant_attributes(cast, one),
        });
        if let Some(end) = one.end {
            message["disconnectedTime"] = json!(rfc3339(end));
            message["disconnectType"] = json!(ended_by(cast, one));
            view["endTime"] = json!(rfc3339(end));
        }
        view["messages"] = json!([message]);
        match one.role {
            Role::Customer => view["externalContactId"] = json!(cast.conversation.guest),
            Role::Agent => {
                view["userId"] = json!(Cast::user(&one.name));
                view["queueId"] = json!(cast.queue.0);
                view["queueName"] = json!(cast.queue.1);
            }
            Role::Queue => {
                view["queueId"] = json!(cast.queue.0);
                view["queueName"] = json!(cast.queue.1);
            }
            Role::Workflow => {}
        }
        if one.role != Role::Customer {
            view["participantType"] = json!("Internal");
        }
        view
    }

    /// `MessageConversation`: the contact is an object in its participant.
    pub(super) fn message_conversation(&self, cast: &Cast) -> Value {
        let id = cast.conversation.id;
        let participants = cast.participants.iter().map(|one| {
            let mut view = json!({
                "id": one.id,
                "name": one.name,
                "purpose": one.role.purpose(),
                "state": state(one),
                "direction": direction(one.role),
                "held": false,
                "wrapupRequired": false,
                "mediaRoles": ["full"],
                "provider": PROVIDER,
                "type": "webmessaging",
                "authenticated": false,
                "startTime": rfc3339(one.start),
                "connectedTime": rfc3339(one.start),
                "attributes": self.participant_attributes(cast, one),
                "messages": said_by(cast, one),
            });
            if let Some(end) = one.end {
                view["endTime"] = json!(rfc3339(end));
                view["disconnectType"] = json!(ended_by(cast, one));
            }
            let reference = |id: Uuid, name: &str, path: &str| json!({ "id": id, "name": name, "selfUri": format!("{path}/{id}") });
            match one.role {
                Role::Customer => {
                    let contact = cast.conversation.guest;
                    view["externalContact"] = json!({ "id": contact, "selfUri": super::contact::uri(contact) });
                    view["fromAddress"] = json!({ "addressRaw": contact, "addressNormalized": contact });
                }
                Role::Agent => {
                    view["user"] = reference(Cast::user(&one.name), &one.name, "/api/v2/users");
                    view["queue"] = reference(cast.queue.0, cast.queue.1, "/api/v2/routing/queues");
                }
                Role::Queue => view["queue"] = reference(cast.queue.0, cast.queue.1, "/api/v2/routing/queues"),
                Role::Workflow => {}
            }
            view
        });
        json!({
            "id": id,
            "participants": participants.collect::<Vec<_>>(),
            "otherMediaUris": [],
            "recentTransfers": [],
            "divisions": divisions(cast),
            "selfUri": format!("/api/v2/conversations/messages/{id}"),
        })
    }
}

/// One message whole.
pub(super) fn message_data(conversation: Uuid, line: &Line) -> Value {
    let id = line.id();
    let body = &line.body;
    let mut normalized = json!({
        "id": body.id,
        "type": body.r#type,
        "direction": body.direction,
        "channel": {
            "platform": "WebMessaging", "type": "Private", "messageId": id, "time": body.channel.time,
        },
    });
    if let Some(from) = &body.channel.from {
        normalized["channel"]["from"] = from.clone();
    }
    for (name, value) in [("content", &body.content), ("events", &body.events)] {
        if !value.is_empty() {
            normalized[name] = json!(value);
        }
    }
    if let Some(text) = &body.text {
        normalized["text"] = json!(text);
    }
    if let Some(by) = &body.originating_entity {
        normalized["originatingEntity"] = json!(by);
    }
    if let Some(metadata) = &body.metadata {
        normalized["metadata"] = metadata.clone();
    }
    json!({
        "id": id,
        "timestamp": body.channel.time,
        "direction": body.direction.to_lowercase(),
        "messengerType": "webmessaging",
        "status": line.status,
        "normalizedMessage": normalized,
        "conversationId": conversation,
        "selfUri": format!("/api/v2/conversations/messages/{conversation}/messages/{id}"),
    })
}

/// What one of them wrote: ids, times and states, no texts. Events of the org stand with the guest.
fn said_by(cast: &Cast, one: &Participant) -> Vec<Value> {
    let by = match one.role {
        Role::Customer => By::Guest,
        Role::Workflow => By::Bot,
        Role::Agent => By::Agent,
        Role::Queue => return Vec::new(),
    };
    let own = |line: &&Line| line.by() == by || (by == By::Guest && line.by() == By::System);
    let conversation = cast.conversation.id;
    let views = cast.lines.iter().filter(own).map(|line| {
        let id = line.id();
        let kind = if line.is_event() { "Event" } else { line.body.r#type.as_ref() };
        json!({
            "messageId": id,
            "messageURI": format!("/api/v2/conversations/messages/{conversation}/messages/{id}"),
            "messageStatus": line.status,
            "messageTime": line.body.channel.time,
            "messageSegmentCount": 1,
            "messageMetadata": { "type": kind },
        })
    });
    views.collect()
}

fn state(one: &Participant) -> &'static str {
    if one.end.is_some() { "disconnected" } else { "connected" }
}

fn direction(role: Role) -> &'static str {
    if role == Role::Agent { "outbound" } else { "inbound" }
}

/// How a participant's part came to its end.
pub(super) fn ended_by(cast: &Cast, one: &Participant) -> &'static str {
    match (one.role, cast.agent()) {
        (Role::Agent, _) => "client",
        (Role::Customer, Some(_)) => "peer",
        (Role::Queue, Some(_)) | (Role::Workflow, _) => "transfer",
        _ => "system",
    }
}

fn divisions(cast: &Cast) -> Value {
    let entities: Vec<Value> = cast.participants.iter().map(|one| json!({ "id": one.id })).collect();
    json!([{ "division": { "id": DIVISION, "name": "Home", "selfUri": format!("/api/v2/authorization/divisions/{DIVISION}") }, "entities": entities }])
}
