use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use genesys::{ChatQuestion, ChatSummary, Lane};
use model::{ConversationId, trimmed};

use super::list::has;
use crate::{
    App, Failure, FailureCode, Result,
    failure::{offered, parse},
    guests::recent::MOST_DAYS,
    views::{
        ChatEnd, ChatStandingView, ChatStateView, ChatView, ChatsPage, ChatsQuery, ChatsWanted,
        ConversationRecordView, WantedAttribute, WantedState, count,
    },
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
        let queue = query.queue.as_deref().map(queue_text).transpose()?;
        let newest = self.0.org.pipeline.time(Lane::Person).await? + TimeDelta::minutes(1);
        let oldest = newest - TimeDelta::days(query.days.into());
        let until = query.before.map_or(newest, |before| before.min(newest));
        if until <= oldest {
            return Ok(ChatsPage { chats: Vec::new(), read: 0, told_since: oldest, next: None });
        }
        // Those of one guest are few.
        let page_days = if guest.is_some() { query.days.into() } else { PAGE_DAYS };
        let from = oldest.max(until - TimeDelta::days(page_days));
        let question = ChatQuestion {
            from,
            until,
            guests: guest.into_iter().collect(),
            only_open: query.end == Some(ChatEnd::Without),
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
        let read = count(chats.len() as u64);
        chats.retain(|chat| {
            let has_end = chat.end_time.is_some();
            query.end.is_none_or(|end| has_end == (end == ChatEnd::With))
                && queue.as_deref().is_none_or(|text| is_in_queue(chat, text))
        });
        Ok(ChatsPage {
            chats: chats.into_iter().map(ChatView::unasked).collect(),
            read,
            told_since,
            next: (told_since > oldest).then_some(told_since),
        })
    }

    /// How conversations of which no end is known stand, by their own word; one question each.
    ///
    /// # Errors
    /// Too many, [`crate::FailureCode::NotInThisDialect`], or what the org answered.
    pub async fn chat_states(&self, ids: Vec<ConversationId>) -> Result<Vec<ChatStandingView>> {
        at_most(&ids)?;
        let ask = |id: ConversationId| async move { self.standing(id).await };
        stream::iter(ids).map(ask).buffered(AT_ONCE).try_collect().await
    }

    /// Those of these conversations that are as wanted; at most two questions each. One that the org does not have any more is
    /// not wanted.
    ///
    /// # Errors
    /// Too many, or nothing is wanted of them; [`crate::FailureCode::NotInThisDialect`], or what the org answered.
    pub async fn chats_matching(
        &self,
        ids: Vec<ConversationId>,
        wanted: ChatsWanted,
    ) -> Result<Vec<ChatStandingView>> {
        at_most(&ids)?;
        let attribute = wanted.attribute.map(attribute_of).transpose()?;
        if attribute.is_none() && wanted.state.is_none() {
            return Err(Failure::field("wanted", "names neither a state nor an attribute"));
        }
        let wanted_state = wanted.state.map(|state| match state {
            WantedState::Open => ChatStateView::Open,
            WantedState::Unclear => ChatStateView::Unclear,
        });
        let ask = |id: ConversationId| {
            let attribute = attribute.as_ref();
            async move {
                if let Some(attribute) = attribute {
                    match self.conversation_attributes(&id).await {
                        Ok(record) if has(&record, attribute) => {}
                        Ok(_) => return Ok(None),
                        Err(failure) if failure.code == FailureCode::NotFound => return Ok(None),
                        Err(failure) => return Err(failure),
                    }
                }
                let Some(state) = wanted_state else { return Ok(Some(ChatStandingView::unasked(id))) };
                let standing = self.standing(id).await?;
                Ok::<_, Failure>((standing.state == state).then_some(standing))
            }
        };
        let asked: Vec<Option<ChatStandingView>> =
            stream::iter(ids).map(ask).buffered(AT_ONCE).try_collect().await?;
        Ok(asked.into_iter().flatten().collect())
    }

    async fn standing(&self, id: ConversationId) -> Result<ChatStandingView> {
        let recent = offered(self.0.org.recent.as_ref(), "show a conversation")?;
        let now = recent.now(Lane::Person, &id).await?;
        Ok(ChatStandingView::of(id, now))
    }

    /// One conversation with its messages and attributes.
    ///
    /// # Errors
    /// [`crate::FailureCode::NotInThisDialect`], or what the org answered.
    pub async fn conversation_open(&self, id: &ConversationId) -> Result<ConversationRecordView> {
        Ok(self.conversation_record(id).await?.into())
    }
}

fn at_most(ids: &[ConversationId]) -> Result<()> {
    match ids.len() > MOST_STATES {
        true => Err(Failure::field("ids", format!("may name at most {MOST_STATES} conversations"))),
        false => Ok(()),
    }
}

/// A part of a queue's name as it is compared; an empty one would be in every queue's name.
fn queue_text(text: &str) -> Result<String> {
    match trimmed(text) {
        "" => Err(Failure::field("queue", "is empty; leave it out to mean any queue")),
        text => Ok(text.to_lowercase()),
    }
}

fn is_in_queue(chat: &ChatSummary, text: &str) -> bool {
    chat.queue.as_deref().is_some_and(|queue| queue.to_lowercase().contains(text))
}

/// A key alone, or with its value; an empty key would be any.
fn attribute_of(wanted: WantedAttribute) -> Result<(String, Option<String>)> {
    match wanted.key.is_empty() {
        true => Err(Failure::field("key", "is empty; it names an attribute")),
        false => Ok((wanted.key, wanted.value)),
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
    fn an_empty_queue_or_key_is_refused_and_never_means_any() {
        for blank in ["", " ", "\n"] {
            assert_eq!(queue_text(blank).unwrap_err().fields[0].field, "queue", "{blank:?}");
        }
        assert_eq!(queue_text(" SupporT\n").unwrap(), "support");
        let key = |key: &str| attribute_of(WantedAttribute { key: key.into(), value: None });
        assert_eq!(key("").unwrap_err().fields[0].field, "key");
        assert_eq!(key("OrderId").unwrap(), ("OrderId".to_owned(), None));
    }

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
