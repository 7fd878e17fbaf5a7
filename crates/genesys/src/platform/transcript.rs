//! The messages of a conversation: of a live one by the ids that it names, of one that ended by its recording.

use std::{collections::HashMap, time::Duration};

use model::ConversationId;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::sleep;

use super::{Platform, message_text, participants::part_of};
use crate::{
    pipeline::{Error, Lane, call::Call, read_json::read},
    ports::{Author, ChatMessage},
};

/// Ids of messages in one call (genesys-facts.md 1.4).
const MOST_IDS: usize = 1_000;
/// A recording that is being restored answers with nothing: it is asked for so often, with this pause between.
const ASKS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(10);

/// Messages, oldest first, and why some may be missing.
pub(super) type Transcript = (Vec<ChatMessage>, Option<&'static str>);

#[derive(Deserialize)]
struct Bodies {
    entities: Vec<Value>,
}

impl Platform {
    /// The messages that a live conversation names.
    pub(super) async fn live_messages(
        &self,
        lane: Lane,
        id: &ConversationId,
        conversation: &Value,
    ) -> Result<Transcript, Error> {
        let named = named_messages(conversation);
        let writers: HashMap<&str, Author> = named.iter().copied().collect();
        let mut messages = Vec::new();
        for part in named.chunks(MOST_IDS) {
            let ids: Vec<&str> = part.iter().map(|(id, _)| *id).collect();
            let path = format!("/api/v2/conversations/messages/{id}/messages/bulk");
            let template = "/api/v2/conversations/messages/{conversationId}/messages/bulk";
            let call = Call { path, ..Call::post("get messages", lane, template, &ids) };
            let bodies: Bodies = self.pipeline.settle(&call, read).await.result?;
            messages.extend(bodies.entities.iter().filter_map(|data| {
                let id = data.get("id")?.as_str()?;
                message_text::live(data, writers.get(id).copied())
            }));
        }
        messages.sort_by_key(|message| message.at);
        messages.dedup_by(|a, b| a.id == b.id);
        Ok((messages, None))
    }

    /// The messages that were recorded of a conversation that ended.
    pub(super) async fn recorded_messages(
        &self,
        lane: Lane,
        id: &ConversationId,
    ) -> Result<Transcript, Error> {
        const RECORDINGS: &str = "/api/v2/conversations/{conversationId}/recordings";
        let call = Call {
            path: format!("/api/v2/conversations/{id}/recordings"),
            query: vec![("maxWaitMs", "5000".to_owned())],
            done: &[200, 202],
            ..Call::get("get recordings", lane, RECORDINGS)
        };
        for asked in 1..=ASKS {
            match self.pipeline.settle(&call, transcript).await.result {
                Ok(Some(messages)) => return Ok((messages, None)),
                Ok(None) if asked < ASKS => sleep(PAUSE).await,
                Ok(None) => break,
                Err(Error::NotFound(_) | Error::Gone(_)) => {
                    return Ok((Vec::new(), Some("The org has no recording of this conversation.")));
                }
                Err(Error::Forbidden { .. }) => {
                    return Ok((
                        Vec::new(),
                        Some(
                            "The org does not let these credentials read recordings (recording:recording:view).",
                        ),
                    ));
                }
                Err(error) => return Err(error),
            }
        }
        // vendor-fact: recording-restored
        Ok((Vec::new(), Some("The org is still restoring the recording; ask again in some minutes.")))
    }
}

/// Ids of messages with who wrote them, each once, events left out.
fn named_messages(conversation: &Value) -> Vec<(&str, Author)> {
    let mut named: Vec<(&str, Author)> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for participant in conversation.get("participants").and_then(Value::as_array).into_iter().flatten() {
        let by = part_of(participant).by;
        for message in participant.get("messages").and_then(Value::as_array).into_iter().flatten() {
            let kind = message.get("messageMetadata").and_then(|about| about.get("type")?.as_str());
            let is_event = kind.is_some_and(|kind| kind.eq_ignore_ascii_case("event"));
            let id = message.get("messageId").and_then(Value::as_str).filter(|id| !id.is_empty());
            if let Some(id) = id.filter(|id| !is_event && known.insert(*id)) {
                named.push((id, by));
            }
        }
    }
    named
}

/// `None` where no recording has been restored yet.
fn transcript(body: &[u8]) -> Result<Option<Vec<ChatMessage>>, String> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let recordings: Value = read(body)?;
    let recordings = recordings.as_array().ok_or("it is no list of recordings")?;
    let parts = recordings.iter().filter_map(|recording| recording.get("messagingTranscript")?.as_array());
    let rows: Vec<&Value> = parts.flatten().collect();
    if rows.is_empty() {
        return Ok(None);
    }
    let mut messages: Vec<ChatMessage> =
        rows.iter().enumerate().filter_map(|(n, row)| message_text::recorded(row, n)).collect();
    messages.sort_by_key(|message| message.at);
    Ok(Some(messages))
}
