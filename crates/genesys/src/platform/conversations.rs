//! The conversations of one guest.

use model::{Conversation, ConversationState, GuestId};

use super::{
    Platform,
    analytics::{Row, SliceWalk},
};
use crate::pipeline::{Error, Lane};

impl Platform {
    /// Those of the last days, open ones first, at most `most`; with `only_open` those that the org confirms.
    pub(super) async fn of_guest(
        &self,
        lane: Lane,
        guest: GuestId,
        only_open: bool,
        most: u32,
    ) -> Result<Vec<Conversation>, Error> {
        let question = self.conversations_of(lane, &[guest], only_open).await?;
        let mut walk = SliceWalk::new(self.clone(), lane, question);
        let mut found: Vec<Conversation> = Vec::new();
        while let Some(rows) = walk.next_rows().await? {
            for row in rows {
                let state = self.state_of(lane, &row).await?;
                if only_open && state != ConversationState::Active {
                    continue;
                }
                let Row { id, start, end, .. } = row;
                found.push(Conversation { id, guest_id: guest, state, start_time: start, end_time: end });
                if found.len() >= most as usize {
                    return Ok(open_first(found));
                }
            }
        }
        Ok(open_first(found))
    }
}

fn open_first(mut conversations: Vec<Conversation>) -> Vec<Conversation> {
    let rank = |state| match state {
        ConversationState::Active => 0,
        ConversationState::Unclear => 1,
        ConversationState::Closed => 2,
    };
    conversations.sort_by_key(|conversation| rank(conversation.state));
    conversations
}
