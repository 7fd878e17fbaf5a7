//! A conversation as `conversations/{id}` and `conversations/messages/{id}` show it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    contact::DIVISION,
    interaction::{Interaction, Participant, Role},
    transcript::{By, TranscriptLine},
};
use crate::{clock::rfc3339, org::Org};

const PROVIDER: &str = "PureCloud Messaging";

impl Org {
    /// `Conversation`: the contact's id is a plain member of its participant.
    pub(super) fn whole_conversation(&self, interaction: &Interaction) -> Value {
        let id = interaction.conversation.id;
        let participants: Vec<Value> =
            interaction.participants.iter().map(|one| self.participant(interaction, one)).collect();
        let mut view = json!({
            "id": id,
            "startTime": rfc3339(interaction.conversation.start),
            "participants": participants,
            "divisions": divisions(interaction),
            "recordingState": "none",
            "selfUri": format!("/api/v2/conversations/{id}"),
        });
        if let Some(end) = interaction.end {
            view["endTime"] = json!(rfc3339(end));
        }
        view
    }

    fn participant(&self, interaction: &Interaction, one: &Participant) -> Value {
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
            "messages": said_by(interaction, one),
        });
        let mut view = json!({
            "id": one.id,
            "name": one.name,
            "purpose": one.role.purpose(),
            "participantType": "External",
            "startTime": rfc3339(one.start),
            "connectedTime": rfc3339(one.start),
            "wrapupRequired": false,
            "attributes": self.participant_attributes(interaction, one),
        });
        if let Some(end) = one.end {
            message["disconnectedTime"] = json!(rfc3339(end));
            message["disconnectType"] = json!(ended_by(interaction, one));
            view["endTime"] = json!(rfc3339(end));
        }
        view["messages"] = json!([message]);
        match one.role {
            Role::Customer => view["externalContactId"] = json!(interaction.conversation.guest),
            Role::Agent => {
                view["userId"] = json!(Interaction::user(&one.name));
                view["queueId"] = json!(interaction.queue.0);
                view["queueName"] = json!(interaction.queue.1);
            }
            Role::Queue => {
                view["queueId"] = json!(interaction.queue.0);
                view["queueName"] = json!(interaction.queue.1);
            }
            Role::Workflow => {}
        }
        if one.role != Role::Customer {
            view["participantType"] = json!("Internal");
        }
        view
    }

    /// `MessageConversation`: the contact is an object in its participant.
    pub(super) fn message_conversation(&self, interaction: &Interaction) -> Value {
        let id = interaction.conversation.id;
        let participants = interaction.participants.iter().map(|one| {
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
                "attributes": self.participant_attributes(interaction, one),
                "messages": said_by(interaction, one),
            });
            if let Some(end) = one.end {
                view["endTime"] = json!(rfc3339(end));
                view["disconnectType"] = json!(ended_by(interaction, one));
            }
            let reference = |id: Uuid, name: &str, path: &str| json!({ "id": id, "name": name, "selfUri": format!("{path}/{id}") });
            match one.role {
                Role::Customer => {
                    let contact = interaction.conversation.guest;
                    view["externalContact"] = json!({ "id": contact, "selfUri": super::contact::uri(contact) });
                    view["fromAddress"] = json!({ "addressRaw": contact, "addressNormalized": contact });
                }
                Role::Agent => {
                    view["user"] = reference(Interaction::user(&one.name), &one.name, "/api/v2/users");
                    view["queue"] = reference(interaction.queue.0, interaction.queue.1, "/api/v2/routing/queues");
                }
                Role::Queue => view["queue"] = reference(interaction.queue.0, interaction.queue.1, "/api/v2/routing/queues"),
                Role::Workflow => {}
            }
            view
        });
        json!({
            "id": id,
            "participants": participants.collect::<Vec<_>>(),
            "otherMediaUris": [],
            "recentTransfers": [],
            "divisions": divisions(interaction),
            "selfUri": format!("/api/v2/conversations/messages/{id}"),
        })
    }
}

/// One message whole.
pub(super) fn message_data(conversation: Uuid, line: &TranscriptLine) -> Value {
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
    if !body.content.is_empty() {
        normalized["content"] = body.content.iter().map(content).collect();
    }
    if !body.events.is_empty() {
        normalized["events"] = json!(body.events);
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

/// An item of a message's content as this API writes it, which has another name for the size of a file.
fn content(item: &Value) -> Value {
    let mut item = item.clone();
    if let Some(file) = item.get_mut("attachment").and_then(Value::as_object_mut)
        && let Some(size) = file.remove("fileSize")
    {
        file.insert("contentSizeBytes".to_owned(), size);
    }
    item
}

/// What one of them wrote: ids, times and states, no texts. Events of the org stand with the guest.
fn said_by(interaction: &Interaction, one: &Participant) -> Vec<Value> {
    let by = match one.role {
        Role::Customer => By::Guest,
        Role::Workflow => By::Bot,
        Role::Agent => By::Agent,
        Role::Queue => return Vec::new(),
    };
    let own = |line: &&TranscriptLine| line.by() == by || (by == By::Guest && line.by() == By::System);
    let conversation = interaction.conversation.id;
    let views = interaction.lines.iter().filter(own).map(|line| {
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
pub(super) fn ended_by(interaction: &Interaction, one: &Participant) -> &'static str {
    match (one.role, interaction.agent()) {
        (Role::Agent, _) => "client",
        (Role::Customer, Some(_)) => "peer",
        (Role::Queue, Some(_)) | (Role::Workflow, _) => "transfer",
        _ => "system",
    }
}

fn divisions(interaction: &Interaction) -> Value {
    let entities: Vec<Value> = interaction.participants.iter().map(|one| json!({ "id": one.id })).collect();
    json!([{ "division": { "id": DIVISION, "name": "Home", "selfUri": format!("/api/v2/authorization/divisions/{DIVISION}") }, "entities": entities }])
}
