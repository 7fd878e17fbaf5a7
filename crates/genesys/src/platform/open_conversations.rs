//! Whether a conversation goes on. The vendor leaves dead ones without an end for good, so that only the conversation's own word
//! counts (genesys-facts.md 9, R5).

use std::collections::HashSet;

use chrono::TimeDelta;
use model::{ConversationId, ConversationState, GuestId};
use serde_json::Value;

use super::{
    Platform,
    analytics::{Row, SliceWalk, query},
    last_word::last_word,
    limits::CONVERSATION_DAYS,
    participants::part_of,
};
use crate::{
    pipeline::{Error, Lane, call::Call, read_json::read},
    ports::{Author, ChatNow, ChatQuestion, ConversationCount, OpenAmong},
};

impl Platform {
    /// The question for conversations of these guests; a minute beyond now, since clocks differ.
    pub(super) async fn conversations_of(
        &self,
        lane: Lane,
        guests: &[GuestId],
        only_open: bool,
    ) -> Result<ChatQuestion, Error> {
        let until = self.pipeline.time(lane).await? + TimeDelta::minutes(1);
        let from = until - TimeDelta::days(CONVERSATION_DAYS);
        Ok(ChatQuestion { from, until, guests: guests.to_vec(), only_open, confirmed: true })
    }

    /// How many conversations began in the last days: one question of one row, since two times that touch count some twice.
    pub(super) async fn conversation_count(&self, lane: Lane) -> Result<Option<ConversationCount>, Error> {
        let question = self.conversations_of(lane, &[], false).await?;
        let (from, until) = (question.from, question.until);
        let (_, total) = self.details_query(lane, &query(&question, from, until, 1, 1)).await?;
        let last_days = u32::try_from(CONVERSATION_DAYS).unwrap_or(u32::MAX);
        Ok(total.map(|count| ConversationCount { count, last_days }))
    }

    /// A message conversation as it is now.
    pub(super) async fn message_conversation(&self, lane: Lane, id: &ConversationId) -> Result<Value, Error> {
        const ONE: &str = "/api/v2/conversations/messages/{conversationId}";
        let path = format!("/api/v2/conversations/messages/{id}");
        let call = Call { path, ..Call::get("get conversation", lane, ONE) };
        self.pipeline.settle(&call, read).await.result
    }

    /// The state of a row: closed by its end, open only where the guest's own part is not disconnected.
    pub(super) async fn state_of(&self, lane: Lane, row: &Row) -> Result<ConversationState, Error> {
        if row.end.is_some() {
            return Ok(ConversationState::Closed);
        }
        self.state_without_end(lane, &row.id).await
    }

    /// The state of a conversation that analytics knows no end of.
    pub(super) async fn state_without_end(
        &self,
        lane: Lane,
        id: &ConversationId,
    ) -> Result<ConversationState, Error> {
        self.chat_now(lane, id).await.map(|now| now.state)
    }

    /// What a conversation that analytics knows no end of says of itself.
    pub(super) async fn chat_now(&self, lane: Lane, id: &ConversationId) -> Result<ChatNow, Error> {
        match self.message_conversation(lane, id).await {
            Ok(conversation) => {
                Ok(ChatNow { state: state_in(&conversation), last_word_by: last_word(&conversation) })
            }
            Err(Error::NotFound(_) | Error::Gone(_)) => {
                Ok(ChatNow { state: ConversationState::Unclear, last_word_by: None })
            }
            Err(error) => Err(error),
        }
    }

    /// Which of these guests have an open conversation among those of the last days.
    pub(super) async fn open_among_contacts(&self, lane: Lane, ids: &[GuestId]) -> Result<OpenAmong, Error> {
        let mut among = OpenAmong::default();
        if ids.is_empty() {
            return Ok(among);
        }
        let mut walk = SliceWalk::new(self.clone(), lane, self.conversations_of(lane, ids, true).await?);
        while let Some(rows) = walk.next_rows().await? {
            for row in rows {
                let Some(guest) = row.guest_id.filter(|guest| ids.contains(guest)) else { continue };
                if among.open.contains(&guest) {
                    continue;
                }
                match self.state_of(lane, &row).await? {
                    ConversationState::Active => among.open.insert(guest),
                    ConversationState::Unclear => among.unclear.insert(guest),
                    ConversationState::Closed => false,
                };
            }
        }
        let open: &HashSet<GuestId> = &among.open;
        among.unclear.retain(|guest| !open.contains(guest));
        Ok(among)
    }
}

/// Whether a message conversation says that its guest is still there.
pub(super) fn state_in(conversation: &Value) -> ConversationState {
    let parts = conversation.get("participants").and_then(Value::as_array).into_iter().flatten().map(part_of);
    let mut guests = parts.filter(|part| part.by == Author::Guest);
    match guests.any(|guest| guest.is_connected == Some(true)) {
        true => ConversationState::Active,
        false => ConversationState::Unclear,
    }
}
