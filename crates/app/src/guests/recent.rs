use std::collections::HashSet;

use chrono::TimeDelta;
use genesys::{ChatQuestion, ChatSummary, Lane};
use model::{Conversation, Guest, GuestId, Selection};
use serde::Serialize;

use crate::{
    App, Failure, Result,
    chat_lab::org_ids::OwnChat,
    conversations::list::{GOES_ON, may_ask},
    failure::offered,
};

/// The longest time back for which recent chats are listed, in days.
pub const MOST_DAYS: u32 = 31;

/// A guest of a recent chat.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecentGuest {
    /// Who it was.
    #[serde(flatten)]
    pub who: ChatGuest,
    /// Their newest chat of the time that was asked for.
    pub conversation: ChatSummary,
}

/// Who a chat was with.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ChatGuest {
    /// A guest whom the org has.
    Known(Box<Guest>),
    /// One whom the org does not have any more, or a chat without a guest.
    Unknown {
        /// The id that the chat names.
        id: Option<GuestId>,
    },
}

/// A guest with the conversations of the last days, where the org's API keeps both apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GuestWithConversations {
    /// The guest.
    #[serde(flatten)]
    pub guest: Guest,
    /// Theirs, open ones first; absent where the API tells a guest without them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversations: Option<Vec<Conversation>>,
    /// Theirs that were started here by the guest socket, with what the org calls them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chats: Vec<OwnChat>,
}

impl App {
    /// Guests of the chats that began in the last days, newest first, each once; a chat without a guest is a row of its own.
    ///
    /// # Errors
    /// A number of days that is none; [`crate::FailureCode::NotInThisDialect`]; [`crate::FailureCode::ConfirmationNeeded`] where
    /// many conversations would have to be asked about one by one, unless `confirmed`; what the org answered, or `each` failed with.
    pub async fn guests_recent(
        &self,
        days: u32,
        filter: Option<&Selection>,
        limit: Option<u64>,
        confirmed: bool,
        mut each: impl FnMut(RecentGuest) -> Result<()>,
    ) -> Result<()> {
        let recent = offered(self.0.org.recent.as_ref(), "list recent chats").map_err(|failure| {
            failure.with_next("Leave --recent out, and list guests with --filter and --sort.")
        })?;
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(Failure::field("--recent", format!("must be 1 to {MOST_DAYS} days")));
        }
        if let Some(refusal) = filter.and_then(Selection::refusal) {
            return Err(Failure::field("filter", refusal.to_string()));
        }
        let until = self.0.org.pipeline.time(Lane::Person).await? + TimeDelta::minutes(1);
        let from = until - TimeDelta::days(i64::from(days));
        let question = ChatQuestion { from, until, guests: Vec::new(), only_open: false, confirmed: false };
        let mut walk = recent.chats(Lane::Person, question);
        let (mut met, mut rows) = (HashSet::new(), Vec::new());
        let most = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        while rows.len() < most {
            let Some(mut chats) = walk.next_page().await? else { break };
            chats.retain(|chat| chat.guest_id.is_none_or(|id| met.insert(id)));
            let ids: Vec<GuestId> = chats.iter().filter_map(|chat| chat.guest_id).collect();
            let mut guests = self.0.org.guests.fetch(Lane::Person, &ids).await?;
            for conversation in chats {
                let id = conversation.guest_id;
                let who = match id.and_then(|id| guests.remove(&id)) {
                    Some(guest) if filter.is_none_or(|filter| filter.matches(&guest)) => {
                        ChatGuest::Known(Box::new(guest))
                    }
                    None if filter.is_none() => ChatGuest::Unknown { id },
                    _ => continue,
                };
                if rows.len() < most {
                    rows.push(RecentGuest { who, conversation });
                }
            }
        }
        let is_asked = |row: &RecentGuest| row.conversation.end_time.is_none();
        if !confirmed {
            let questions = rows.iter().filter(|row| is_asked(row)).count();
            let next = || "Give --yes, or fewer --recent days, or a --limit.".to_owned();
            may_ask(GOES_ON, questions, next)?;
        }
        for mut row in rows {
            if is_asked(&row) {
                let now = recent.now(Lane::Person, &row.conversation.id).await?;
                (row.conversation.state, row.conversation.last_word_by) = (now.state, now.last_word_by);
            }
            each(row)?;
        }
        Ok(())
    }

    /// One guest, with the conversations of the last days where the org's API lists those. The id of a chat by the guest socket
    /// that was started here leads to its contact.
    pub async fn guest_shown(&self, id: GuestId) -> Result<GuestWithConversations> {
        let id = if self.is_own_chat(id)? { self.contact_of_chat(id).await? } else { id };
        let guest = self.guest(id).await?;
        let chats = if self.chats_go_by_socket() { self.own_chats_of(guest.id).await? } else { Vec::new() };
        let conversations = match self.0.org.can.recent_chats {
            false => None,
            true => {
                let most = self.0.org.can.limits.guests_page;
                let of = self.0.org.conversations.of(Lane::Person, guest.id, false, most).await?;
                self.remember_conversations(&of).await?;
                Some(of)
            }
        };
        Ok(GuestWithConversations { guest, conversations, chats })
    }
}
