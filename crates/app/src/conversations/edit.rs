use std::collections::BTreeMap;

use genesys::Lane;
use model::ConversationId;
use proof::Action;
use serde::Serialize;

use crate::{App, Failure, Result, failure::offered, views::Topic};

/// The longest key and the longest value of an attribute of a conversation, in characters; the vendor tells no limit.
const MOST_KEY: usize = 128;
const MOST_VALUE: usize = 2_000;

/// The changed attributes of a conversation before and after; an absent key is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ConversationEdit {
    /// As they were.
    pub before: BTreeMap<String, String>,
    /// As they are now.
    pub after: BTreeMap<String, String>,
}

impl App {
    /// Sets attributes of the guest's part of a running chat. With `dry_run` nothing is written.
    ///
    /// # Errors
    /// Bad input by field, a read-only connection, [`crate::FailureCode::NotInThisDialect`], or what the org answered.
    pub async fn conversation_set(
        &self,
        id: &ConversationId,
        sets: BTreeMap<String, String>,
        dry_run: bool,
    ) -> Result<ConversationEdit> {
        for (key, value) in &sets {
            let wrong = |what: String| Err(Failure::field(key, what));
            if key.is_empty() || key.chars().count() > MOST_KEY || key.chars().any(char::is_control) {
                return wrong(format!("a key has 1 to {MOST_KEY} characters and no control characters"));
            }
            if value.chars().count() > MOST_VALUE {
                return wrong(format!("a value has at most {MOST_VALUE} characters"));
            }
        }
        let record = self.conversation_attributes(id).await?;
        let mut edit = ConversationEdit::default();
        for (key, value) in &sets {
            let now = record.iter().find(|(known, _)| known.to_lowercase() == key.to_lowercase());
            let values = now.map(|(_, values)| values.iter().cloned().collect::<Vec<_>>().join(", "));
            if values.as_ref() != Some(value) {
                edit.before.extend(values.map(|values| (key.clone(), values)));
                edit.after.insert(key.clone(), value.clone());
            }
        }
        if dry_run || edit.after.is_empty() {
            return Ok(edit);
        }
        self.may_write()?;
        let records = offered(self.0.org.records.as_ref(), "change a conversation")?;
        let guest = records.set_attributes(Lane::Person, id, &edit.after).await?;
        self.record(guest, Action::GuestEdited { fields: edit.after.len() as u64 }).await;
        self.0.notices.stale(Topic::Guests);
        Ok(edit)
    }
}
