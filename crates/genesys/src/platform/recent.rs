//! Recent chats: the walk over analytics as a port, with what each conversation itself says of going on.

use async_trait::async_trait;
use model::{ConversationId, ConversationState};

use super::{
    Platform,
    analytics::{Row, SliceWalk},
};
use crate::{
    pipeline::{Error, Lane},
    ports::{ChatNow, ChatQuestion, ChatSummary, ChatWalk, RecentChats},
};

struct Chats {
    api: Platform,
    lane: Lane,
    confirmed: bool,
    walk: SliceWalk,
    /// Rows of the page under way, of which states are still asked for; kept so that an error costs no row.
    rows: Vec<Row>,
    done: Vec<ChatSummary>,
}

#[async_trait]
impl RecentChats for Platform {
    fn chats(&self, lane: Lane, question: ChatQuestion) -> Box<dyn ChatWalk> {
        let confirmed = question.confirmed;
        let walk = SliceWalk::new(self.clone(), lane, question);
        Box::new(Chats { api: self.clone(), lane, confirmed, walk, rows: Vec::new(), done: Vec::new() })
    }

    async fn now(&self, lane: Lane, id: &ConversationId) -> Result<ChatNow, Error> {
        self.chat_now(lane, id).await
    }
}

#[async_trait]
impl ChatWalk for Chats {
    async fn next_page(&mut self) -> Result<Option<Vec<ChatSummary>>, Error> {
        if self.rows.is_empty() && self.done.is_empty() {
            let Some(mut rows) = self.walk.next_rows().await? else { return Ok(None) };
            rows.reverse();
            self.rows = rows;
        }
        while let Some(row) = self.rows.last() {
            let (state, last_word_by) = match (row.end, self.confirmed) {
                (Some(_), _) => (ConversationState::Closed, None),
                (None, true) => {
                    let now = self.api.chat_now(self.lane, &row.id).await?;
                    (now.state, now.last_word_by)
                }
                (None, false) => (ConversationState::Unclear, None),
            };
            let row = self.rows.pop().expect("it was there just now");
            self.done.push(ChatSummary { last_word_by, ..summary(row, state) });
        }
        Ok(Some(std::mem::take(&mut self.done)))
    }
}

/// A row with its state.
pub(super) fn summary(row: Row, state: ConversationState) -> ChatSummary {
    ChatSummary {
        id: row.id,
        state,
        start_time: row.start,
        end_time: row.end,
        guest_id: row.guest_id,
        queue: row.queue,
        agent: row.agent,
        last_word_by: None,
    }
}
