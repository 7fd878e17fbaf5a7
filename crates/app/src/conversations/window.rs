use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use genesys::{ChatQuestion, ChatSummary, Lane};
use model::ConversationId;

use crate::{
    App, Failure, Result,
    failure::{offered, parse},
    guests::recent::MOST_DAYS,
    views::{ChatView, ChatsPage, ChatsQuery, ConversationRecordView, NamedChatState},
};

/// The longest time that one page looks at, so that one question to the org answers it where there is little.
const PAGE_DAYS: i64 = 7;
/// So many conversations make a page.
const PAGE: usize = 100;
/// How many conversations are asked for their state in one command, and how many at the same time.
const MOST_STATES: usize = 100;
const AT_ONCE: usize = 4;

impl App {
    /// One page of conversations, newest first. Whether those without an end go on is not asked for here: that costs a question
    /// each ([`App::chat_states`]).
    ///
    /// # Errors
    /// Bad input by field, [`crate::FailureCode::NotInThisDialect`], or what the org answered.
    pub async fn chats_page(&self, query: ChatsQuery) -> Result<ChatsPage> {
        let recent = offered(self.0.org.recent.as_ref(), "list conversations")?;
        if !(1..=MOST_DAYS).contains(&query.days) {
            return Err(Failure::field("days", format!("must be 1 to {MOST_DAYS}")));
        }
        let guest = query.guest.as_deref().map(|id| parse("guest", id)).transpose()?;
        let newest = self.0.org.pipeline.time(Lane::Person).await? + TimeDelta::minutes(1);
        let oldest = newest - TimeDelta::days(query.days.into());
        let until = query.before.map_or(newest, |before| before.min(newest));
        if until <= oldest {
            return Ok(ChatsPage { chats: Vec::new(), told_since: oldest, next: None });
        }
        // Those of one guest are few.
        let page_days = if guest.is_some() { query.days.into() } else { PAGE_DAYS };
        let from = oldest.max(until - TimeDelta::days(page_days));
        let question = ChatQuestion {
            from,
            until,
            guests: guest.into_iter().collect(),
            only_open: query.only_open,
            confirmed: false,
        };
        let mut walk = recent.chats(Lane::Person, question);
        let mut chats: Vec<ChatSummary> = Vec::new();
        let mut is_whole = false;
        while chats.len() < PAGE && !is_whole {
            match walk.next_page().await? {
                Some(more) => chats.extend(more),
                None => is_whole = true,
            }
        }
        let told_since = if is_whole { from } else { after_page(&chats, until).unwrap_or(from) };
        Ok(ChatsPage {
            chats: chats.into_iter().map(ChatView::unasked).collect(),
            told_since,
            next: (told_since > oldest).then_some(told_since),
        })
    }

    /// Whether conversations of which no end is known go on, by their own word; one question each.
    ///
    /// # Errors
    /// Too many, [`crate::FailureCode::NotInThisDialect`], or what the org answered.
    pub async fn chat_states(&self, ids: Vec<ConversationId>) -> Result<Vec<NamedChatState>> {
        if ids.len() > MOST_STATES {
            return Err(Failure::field("ids", format!("may name at most {MOST_STATES} conversations")));
        }
        let records = offered(self.0.org.records.as_ref(), "show a conversation")?;
        let ask = |id: ConversationId| async move {
            let state = records.state(Lane::Person, &id).await?;
            Ok::<_, Failure>(NamedChatState { id, state: state.into() })
        };
        stream::iter(ids).map(ask).buffered(AT_ONCE).try_collect().await
    }

    /// One conversation with its messages and attributes.
    ///
    /// # Errors
    /// [`crate::FailureCode::NotInThisDialect`], or what the org answered.
    pub async fn conversation_open(&self, id: &ConversationId) -> Result<ConversationRecordView> {
        Ok(self.conversation_record(id).await?.into())
    }
}

/// Where the page after these rows begins. Others may have begun at the same time as the last of them, so those come again;
/// a page in which all began at one time is left behind, or it would be asked for again and again.
fn after_page(chats: &[ChatSummary], until: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let last = chats.iter().map(|chat| chat.start_time).min()?;
    let again = last + TimeDelta::milliseconds(1);
    Some(if again < until { again } else { last })
}

#[cfg(test)]
mod tests {
    use model::ConversationState;

    use super::*;

    #[test]
    fn the_next_page_begins_at_the_last_row_and_never_where_this_one_did() {
        let time = |text: &str| -> DateTime<Utc> { text.parse().unwrap() };
        let until = time("2026-11-30T10:00:00.001Z");
        let chat = |at: &str| ChatSummary {
            id: "c-1".parse().unwrap(),
            state: ConversationState::Closed,
            start_time: time(at),
            end_time: None,
            guest_id: None,
            queue: None,
            agent: None,
            last_word_by: None,
        };
        let mixed = [chat("2026-11-30T09:59:00Z"), chat("2026-11-30T09:00:00Z")];
        assert_eq!(after_page(&mixed, until), Some(time("2026-11-30T09:00:00.001Z")));
        let one_moment = [chat("2026-11-30T10:00:00Z"), chat("2026-11-30T10:00:00Z")];
        assert_eq!(after_page(&one_moment, until), Some(time("2026-11-30T10:00:00Z")));
        assert_eq!(after_page(&[], until), None);
    }
}
