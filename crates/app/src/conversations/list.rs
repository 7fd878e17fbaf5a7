use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use genesys::{Author, ChatAttributes, ChatQuestion, ChatSummary, ConversationRecord, Lane};
use model::{ConversationId, ConversationState, GuestId};

use crate::{App, Failure, FailureCode, Result, failure::offered, views::UNASKED_QUESTIONS};

/// Conversations are found among those that began in so many days.
const MOST_DAYS: i64 = 31;
/// More questions about single conversations than this need a person's word first.
const UNASKED: usize = UNASKED_QUESTIONS as usize;
/// Questions a minute that the org answers.
const A_MINUTE: usize = 300;

/// What to do with an org whose API shows no conversations.
const INSTEAD: &str = "Show the guest with `innkeeper guests show`, or open them in the window.";

/// Which conversations.
#[derive(Debug, Clone, Default)]
pub struct ConversationQuery {
    /// Of this guest only.
    pub guest: Option<GuestId>,
    /// Only those that go on, and those of which that is not clear.
    pub open: bool,
    /// Began at this time or later; the longest time there is when absent.
    pub since: Option<Since>,
    /// With these attributes: a key alone, or with its value. Keys are compared without case.
    pub attributes: Vec<(String, Option<String>)>,
    /// So many questions about single conversations were confirmed by a person.
    pub confirmed: Option<usize>,
}

/// Since when, by the org's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// In so many days before now.
    Days(i64),
    /// Since this time.
    Time(DateTime<Utc>),
}

impl Since {
    /// A number of days, a day or a time, as a person writes it.
    ///
    /// # Errors
    /// What is none of them, by field.
    pub fn read(field: &str, text: &str) -> Result<Self> {
        let text = model::trimmed(text);
        if let Ok(days) = text.parse::<i64>() {
            let fits = (1..=MOST_DAYS).contains(&days);
            let wrong = || Failure::field(field, format!("must be 1 to {MOST_DAYS} days"));
            return fits.then_some(Self::Days(days)).ok_or_else(wrong);
        }
        let day = || Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)?.and_utc());
        let time = DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc());
        time.or_else(day).map(Self::Time).ok_or_else(|| {
            let takes =
                "must be a number of days, a day such as 2026-01-31, or a time such as 2026-01-31T09:00:00Z";
            Failure::field(field, takes)
        })
    }
}

impl App {
    /// The conversations that are meant, newest first, one at a time. Each without an end is asked whether it goes on, which also
    /// tells who wrote last; with attributes only those that have them are. Answers which ones the org lists and does not know when it
    /// is asked for their attributes.
    ///
    /// # Errors
    /// [`FailureCode::NotInThisDialect`]; [`FailureCode::ConfirmationNeeded`] where many conversations would have to be asked
    /// about one by one; what the org answered, or `each` failed with.
    pub async fn conversations_walk(
        &self,
        query: &ConversationQuery,
        mut each: impl FnMut(ChatSummary) -> Result<()>,
    ) -> Result<Vec<ConversationId>> {
        let recent = offered(self.0.org.recent.as_ref(), "list conversations")
            .map_err(|failure| failure.with_next(INSTEAD))?;
        let now = self.0.org.pipeline.time(Lane::Person).await?;
        let until = now + TimeDelta::minutes(1);
        let longest = until - TimeDelta::days(MOST_DAYS);
        let from = match query.since {
            Some(Since::Days(days)) => until - TimeDelta::days(days),
            // The first of those days counts from its beginning.
            Some(Since::Time(time)) if time < longest - TimeDelta::days(1) || time > now => {
                let wrong =
                    format!("must lie within the last {MOST_DAYS} days: older ones are not looked for");
                return Err(Failure::field("--since", wrong));
            }
            Some(Since::Time(time)) => time.max(longest),
            None => longest,
        };
        let by_attributes = !query.attributes.is_empty();
        let question = ChatQuestion {
            from,
            until,
            guests: query.guest.into_iter().collect(),
            only_open: query.open,
            confirmed: false,
        };
        let mut walk = recent.chats(Lane::Person, question);
        // All of them, since what they cost is told before the first is asked about.
        let mut chats = Vec::new();
        while let Some(page) = walk.next_page().await? {
            chats.extend(page);
        }
        let without_end = chats.iter().filter(|chat| chat.end_time.is_none()).count();
        let questions = without_end + if by_attributes { chats.len() } else { 0 };
        if query.confirmed.is_none_or(|confirmed| confirmed < questions) {
            let (what, or) = match by_attributes {
                // vendor-fact: analytics-no-attributes
                true => ("its attributes, and whether it goes on", format!(" or --confirm {questions}")),
                false => (GOES_ON, String::new()),
            };
            may_ask(what, questions, || format!("Give --yes{or}, or a shorter --since."))?;
        }
        let mut unknown = Vec::new();
        for mut chat in chats {
            if by_attributes {
                let record = match self.conversation_attributes(&chat.id).await {
                    Err(failure) if failure.code == FailureCode::NotFound => {
                        unknown.push(chat.id);
                        continue;
                    }
                    record => record?,
                };
                if !query.attributes.iter().all(|wanted| has(&record, wanted)) {
                    continue;
                }
            }
            if chat.end_time.is_none() {
                let now = recent.now(Lane::Person, &chat.id).await?;
                (chat.state, chat.last_word_by) = (now.state, now.last_word_by);
            }
            each(chat)?;
        }
        Ok(unknown)
    }

    /// One conversation with its messages and attributes.
    ///
    /// # Errors
    /// [`FailureCode::NotInThisDialect`], or what the org answered.
    pub async fn conversation_record(&self, id: &ConversationId) -> Result<ConversationRecord> {
        let records = offered(self.0.org.records.as_ref(), "show a conversation")
            .map_err(|failure| failure.with_next(INSTEAD))?;
        Ok(records.record(Lane::Person, id).await?)
    }

    pub(super) async fn conversation_attributes(&self, id: &ConversationId) -> Result<ChatAttributes> {
        let records = offered(self.0.org.records.as_ref(), "tell attributes of a conversation")
            .map_err(|failure| failure.with_next(INSTEAD))?;
        Ok(records.attributes(Lane::Person, id).await?)
    }
}

/// What a conversation without an end is asked.
pub(crate) const GOES_ON: &str = "whether it goes on";

/// Refuses many questions about single conversations without a person's word. `what` is what each is asked.
pub(crate) fn may_ask(what: &str, questions: usize, next: impl FnOnce() -> String) -> Result<()> {
    if questions <= UNASKED {
        return Ok(());
    }
    let seconds = questions * 60 / A_MINUTE;
    let message = format!(
        "Of one conversation at a time the org tells {what}: at most {questions} questions, about {seconds} s. None was asked yet."
    );
    Err(Failure::new(FailureCode::ConfirmationNeeded, message).with_next(next()))
}

/// Whether any of those who take part has the attribute.
pub(super) fn has(attributes: &ChatAttributes, (key, value): &(String, Option<String>)) -> bool {
    let same = |other: &str| other.to_lowercase() == key.to_lowercase();
    let found = attributes.iter().find(|(other, _)| same(other));
    found.is_some_and(|(_, values)| value.as_ref().is_none_or(|value| values.contains(value)))
}

/// A state in a word.
#[must_use]
pub fn state_word(state: ConversationState) -> &'static str {
    match state {
        ConversationState::Active => "open",
        ConversationState::Closed => "ended",
        ConversationState::Unclear => "unclear",
    }
}

/// Who wrote, in a word.
#[must_use]
pub fn author_word(author: Author) -> &'static str {
    match author {
        Author::Guest => "guest",
        Author::Bot => "bot",
        Author::Agent => "agent",
        Author::System => "system",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_given_as_days_as_a_day_or_as_a_time() {
        let read = |text: &str| Since::read("--since", text);
        let time = |text: &str| Since::Time(text.parse().unwrap());
        assert_eq!(read("2").unwrap(), Since::Days(2));
        assert_eq!(read("2026-11-01").unwrap(), time("2026-11-01T00:00:00Z"));
        assert_eq!(read(" 2026-11-01T10:00:00+01:00\n").unwrap(), time("2026-11-01T09:00:00Z"));
        for bad in ["", "0", "32", "-1", "yesterday", "2026-13-01"] {
            assert_eq!(read(bad).unwrap_err().code.exit_code(), 2, "{bad}");
        }
    }

    #[test]
    fn attributes_are_compared_without_case_of_the_key_over_all_who_take_part() {
        let of = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        let attributes: ChatAttributes = [("OrderId".to_owned(), of(&["A-17", "A-18"]))].into();
        let wanted = |key: &str, value: Option<&str>| has(&attributes, &(key.into(), value.map(Into::into)));
        assert!(wanted("orderid", None) && wanted("ORDERID", Some("A-18")));
        assert!(!wanted("order", None) && !wanted("orderid", Some("a-18")));
    }
}
