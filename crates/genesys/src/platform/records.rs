//! One conversation as a whole: who took part, what was said, and the attributes of all who take part.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use http::Method;
use model::{ConversationId, ConversationState, GuestId};
use serde_json::{Value, json};

use super::{
    Platform,
    analytics::Row,
    answers::no_sense,
    open_conversations::state_in,
    participants::{Participant, part_of},
    recent::summary,
};
use crate::{
    pipeline::{
        Error, Lane,
        call::{Call, json as body_of},
        read_json::read,
    },
    ports::{Author, ChatAttributes, ConversationRecord, ConversationRecords},
};

const ONE: &str = "/api/v2/conversations/{conversationId}";

#[async_trait]
impl ConversationRecords for Platform {
    async fn record(&self, lane: Lane, id: &ConversationId) -> Result<ConversationRecord, Error> {
        let whole = self.conversation(lane, id).await?;
        let row = row(&whole, id).map_err(|why| no_sense("get conversation", &why))?;
        let (state, (messages, messages_missing)) = if row.end.is_some() {
            (ConversationState::Closed, self.recorded_messages(lane, id).await?)
        } else {
            let live = self.message_conversation(lane, id).await?;
            (state_in(&live), self.live_messages(lane, id, &live).await?)
        };
        let said = |by: &Author| matches!(by, Author::Guest | Author::Bot | Author::Agent);
        let last_word_by = messages.iter().rev().map(|message| message.by).find(said);
        let attributes = attributes(&whole).into_iter();
        Ok(ConversationRecord {
            summary: crate::ports::ChatSummary { last_word_by, ..summary(row, state) },
            messages,
            messages_missing,
            attributes: attributes
                .map(|(key, values)| (key, values.into_iter().collect::<Vec<_>>().join(", ")))
                .collect(),
            ended_by: ended_by(&whole).filter(|_| state == ConversationState::Closed),
        })
    }

    async fn attributes(&self, lane: Lane, id: &ConversationId) -> Result<ChatAttributes, Error> {
        Ok(attributes(&self.conversation(lane, id).await?))
    }

    async fn contact_of(&self, lane: Lane, id: &ConversationId) -> Result<Option<GuestId>, Error> {
        let whole = self.conversation(lane, id).await?;
        let mut guests = participants(&whole).map(part_of).filter(|part| part.by == Author::Guest);
        Ok(guests.find_map(|part| part.guest_id))
    }

    async fn set_attributes(
        &self,
        lane: Lane,
        id: &ConversationId,
        sets: &BTreeMap<String, String>,
    ) -> Result<Option<GuestId>, Error> {
        let whole = self.conversation(lane, id).await?;
        if whole.get("endTime").is_some_and(|end| !end.is_null()) {
            return Err(Error::Ended { call: "change conversation" });
        }
        let mut guests = participants(&whole).filter(|value| part_of(value).by == Author::Guest);
        let guest = guests.find_map(|value| value.get("id")?.as_str()?.parse::<ConversationId>().ok());
        let guest = guest.ok_or_else(|| no_sense("get conversation", "it has no guest"))?;
        let call = Call {
            method: Method::PATCH,
            path: format!("/api/v2/conversations/{id}/participants/{guest}/attributes"),
            body: Some(body_of(&json!({"attributes": sets}))),
            done: &[200, 202, 204],
            ..Call::get(
                "change conversation",
                lane,
                "/api/v2/conversations/{conversationId}/participants/{participantId}/attributes",
            )
        };
        let contact = participants(&whole)
            .map(part_of)
            .filter(|part| part.by == Author::Guest)
            .find_map(|part| part.guest_id);
        self.pipeline.settle(&call, |_| Ok(())).await.exact().map(|()| contact)
    }

    async fn conversation_of_message(&self, lane: Lane, message: &str) -> Result<ConversationId, Error> {
        let unfit = || Error::Unfit {
            fields: vec![crate::FieldError {
                field: "message".into(),
                message: "has 1 to 64 letters, digits, '-' and '_'".into(),
            }],
        };
        // The id of a message has the form of a conversation's.
        let message: ConversationId = message.parse().map_err(|_| unfit())?;
        let path = format!("/api/v2/conversations/messages/{message}/details");
        let call = Call {
            path,
            ..Call::get("get message", lane, "/api/v2/conversations/messages/{messageId}/details")
        };
        let read = |body: &[u8]| {
            let data: Value = read(body)?;
            let id = data.get("conversationId").and_then(Value::as_str).and_then(|id| id.parse().ok());
            id.ok_or_else(|| "it names no conversation".to_owned())
        };
        self.pipeline.settle(&call, read).await.result
    }
}

impl Platform {
    async fn conversation(&self, lane: Lane, id: &ConversationId) -> Result<Value, Error> {
        let path = format!("/api/v2/conversations/{id}");
        let call = Call { path, ..Call::get("get conversation", lane, ONE) };
        let read = |body: &[u8]| {
            let whole: Value = read(body)?;
            let told = whole.get("id").and_then(Value::as_str);
            let is_it = told.is_some_and(|told| told.eq_ignore_ascii_case(id.as_str()));
            if is_it { Ok(whole) } else { Err("it is about another conversation".to_owned()) }
        };
        self.pipeline.settle(&call, read).await.result
    }
}

fn participants(whole: &Value) -> impl DoubleEndedIterator<Item = &Value> {
    whole.get("participants").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().iter()
}

fn row(whole: &Value, id: &ConversationId) -> Result<Row, String> {
    let time = |key: &str| match whole.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value
            .as_str()
            .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
            .map(|time| Some(time.with_timezone(&Utc)))
            .ok_or_else(|| format!("its {key} is no time")),
    };
    let parts: Vec<Participant> = participants(whole).map(part_of).collect();
    let last = |is: fn(&Participant) -> bool| {
        parts.iter().rev().filter(|part| is(part)).find_map(|part| part.name.clone())
    };
    Ok(Row {
        id: id.clone(),
        start: time("startTime")?.ok_or("it has no beginning")?,
        end: time("endTime")?,
        guest_id: parts.iter().filter(|part| part.by == Author::Guest).find_map(|part| part.guest_id),
        queue: last(|part| part.is_queue),
        agent: last(|part| part.by == Author::Agent),
    })
}

/// The attributes of all who take part. Keys are told apart without case, and the spelling that comes first stands.
fn attributes(whole: &Value) -> ChatAttributes {
    let mut spelling: BTreeMap<String, String> = BTreeMap::new();
    let mut all: ChatAttributes = BTreeMap::new();
    for participant in participants(whole) {
        let of = participant.get("attributes").and_then(Value::as_object).into_iter().flatten();
        for (key, value) in of {
            let Some(value) = value.as_str() else { continue };
            let key = spelling.entry(key.to_lowercase()).or_insert_with(|| key.clone()).clone();
            all.entry(key).or_default().insert(value.to_owned());
        }
    }
    all
}

/// Whose leg was disconnected by whom, as the guest's own leg says it.
fn ended_by(whole: &Value) -> Option<Author> {
    let legs = |value: &Value| value.get("messages").and_then(Value::as_array).cloned().unwrap_or_default();
    let of = |author: Author| {
        participants(whole).filter(move |value| part_of(value).by == author).flat_map(legs).filter_map(
            |leg| {
                let how = leg.get("disconnectType").and_then(Value::as_str)?;
                Some(how.to_ascii_lowercase())
            },
        )
    };
    // `client` is said of the leg whose own side ended it, `peer` of the other one.
    if of(Author::Guest).any(|how| how == "client") {
        return Some(Author::Guest);
    }
    if of(Author::Agent).any(|how| how == "client") {
        return Some(Author::Agent);
    }
    of(Author::Guest)
        .next()
        .filter(|how| matches!(how.as_str(), "system" | "timeout" | "error"))
        .map(|_| Author::System)
}
