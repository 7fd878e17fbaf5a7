//! Recordings of conversations that are over: for messages, what was said.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    interaction::Interaction,
    recording_content,
    transcript::{By, TranscriptLine},
};
use crate::{
    clock::rfc3339,
    org::{Org, Refusal, Reply},
};

impl Org {
    /// The first question about a conversation is answered by an empty list: its recording is being restored.
    pub(super) fn list_recordings(&mut self, id: &str) -> Result<Reply, Refusal> {
        let conversation = self.known_conversation(id)?;
        if conversation.closed(self.now()).is_none() {
            return Ok(Reply::json(200, &json!([])));
        }
        if self.platform.restored.insert(conversation.id) {
            return Ok(Reply::json(202, &json!([])));
        }
        let interaction = self.interaction(&conversation);
        Ok(Reply::json(
            200,
            &json!([recording(&interaction, conversation.closed(self.now()).unwrap_or(conversation.last))]),
        ))
    }
}

fn recording(interaction: &Interaction, end: i64) -> Value {
    let id = Uuid::from_u128(interaction.conversation.id.as_u128() ^ (1 << 24));
    let conversation = interaction.conversation.id;
    let transcript: Vec<Value> = interaction.lines.iter().map(|line| said(interaction, line)).collect();
    json!({
        "id": id,
        "conversationId": conversation,
        "startTime": rfc3339(interaction.conversation.start),
        "endTime": rfc3339(end),
        "media": "message",
        "messagingTranscript": transcript,
        "fileState": "AVAILABLE",
        "sessionId": interaction.participants[0].communication,
        "selfUri": format!("/api/v2/conversations/{conversation}/recordings/{id}"),
    })
}

fn said(interaction: &Interaction, line: &TranscriptLine) -> Value {
    let contact = interaction.conversation.guest;
    let participant = interaction.participant_of(line.by());
    let name = participant.map_or("", |one| one.name.as_str());
    let mut view = json!({
        "from": name,
        "to": if line.by() == By::Guest { "" } else { interaction.participants[0].name.as_str() },
        "timestamp": line.body.channel.time,
        "id": line.id(),
        "status": line.status,
        "purpose": participant.map_or("system", |one| one.role.purpose()),
    });
    if let Some(one) = participant {
        view["participantId"] = json!(one.id);
    }
    match line.by() {
        By::Guest => view["fromExternalContact"] = json!({ "id": contact }),
        By::Agent => view["fromUser"] = json!({ "id": Interaction::user(name), "name": name }),
        By::Bot | By::System => {}
    }
    if let Some(text) = &line.body.text {
        view["messageText"] = json!(text);
    }
    if line.is_event() {
        view["events"] = json!(line.body.events);
    }
    if let Some(first) = line.body.content.first() {
        view["contentType"] = first["contentType"].clone();
    }
    let members = recording_content::members(&line.body.content);
    view.as_object_mut().expect("it was made as an object").extend(members);
    view
}
