//! Conversations: the details query.

use model::{Conversation, Selection};
use serde_json::json;

use super::{
    GuestApi, MAX_PAGE,
    wire::{self, WireConversations},
};
use crate::pipeline::{Error, Lane, call::Call};

/// One page of conversations, active ones first.
#[derive(Debug, Clone, PartialEq)]
pub struct ConversationPage {
    /// The page.
    pub conversations: Vec<Conversation>,
    /// How many match in all.
    pub total: u64,
}

impl GuestApi {
    /// One page of the conversations that match; `page_size` 1 to 100, `page_number` from 1. Scope
    /// `conversation:read`. The filter knows `guest.id` (up to 100 joined by OR), `type` and `state`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a filter that does not parse, and what every call can meet.
    pub async fn conversations(
        &self,
        lane: Lane,
        filter: &Selection,
        page_size: u32,
        page_number: u32,
    ) -> Result<ConversationPage, Error> {
        let body = json!({"query": {
            "filter": filter.as_str(),
            "pageSize": page_size.clamp(1, MAX_PAGE),
            "pageNumber": page_number.max(1),
        }});
        let call = Call::post("find conversations", lane, "/api/v2/conversations/details/query", &body);
        let found: WireConversations = self.pipeline.settle(&call, wire::read).await.result?;
        let conversations: Vec<Conversation> = found.conversations.into_iter().map(Into::into).collect();
        let total = found.total.unwrap_or_default().max(conversations.len() as u64);
        Ok(ConversationPage { conversations, total })
    }
}
