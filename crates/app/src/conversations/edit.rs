use std::collections::BTreeMap;

use genesys::{ChatAttributes, Lane};
use model::ConversationId;
use proof::Action;
use serde::Serialize;

use crate::{App, Failure, FailureCode, FieldProblem, Result, failure::offered, views::Topic};

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
        check(&sets)?;
        let record = self.conversation_attributes(id).await?;
        self.set_where_seen(id, &record, sets, dry_run).await
    }

    /// Sets attributes of a running chat which nobody changed since they were seen: `seen` has what they were, and nothing for
    /// a key that was not there.
    ///
    /// # Errors
    /// As [`App::conversation_set`]; [`FailureCode::Conflict`] with the keys that somebody else changed, by field.
    pub async fn conversation_save(
        &self,
        id: &ConversationId,
        seen: &BTreeMap<String, Option<String>>,
        sets: BTreeMap<String, String>,
    ) -> Result<()> {
        check(&sets)?;
        let record = self.conversation_attributes(id).await?;
        let changed: Vec<FieldProblem> = seen
            .iter()
            .filter_map(|(key, seen)| {
                let now = now_of(&record, key);
                let is_ours = now.as_ref() == sets.get(key);
                (now != *seen && !is_ours).then(|| FieldProblem {
                    field: key.clone(),
                    message: match now {
                        Some(now) => format!("somebody else set it to {now:?} meanwhile"),
                        None => "somebody else removed it meanwhile".to_owned(),
                    },
                })
            })
            .collect();
        if !changed.is_empty() {
            let message = "Somebody else changed the conversation meanwhile; nothing was written.";
            let conflict = Failure::new(FailureCode::Conflict, message);
            return Err(Failure { fields: changed, ..conflict });
        }
        self.set_where_seen(id, &record, sets, false).await.map(drop)
    }

    async fn set_where_seen(
        &self,
        id: &ConversationId,
        record: &ChatAttributes,
        sets: BTreeMap<String, String>,
        dry_run: bool,
    ) -> Result<ConversationEdit> {
        let mut edit = ConversationEdit::default();
        for (key, value) in &sets {
            let values = now_of(record, key);
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

/// Refuses what cannot be a key or a value, by field.
fn check(sets: &BTreeMap<String, String>) -> Result<()> {
    for (key, value) in sets {
        let wrong = |what: String| Err(Failure::field(key, what));
        if key.is_empty() || key.chars().count() > MOST_KEY || key.chars().any(char::is_control) {
            return wrong(format!("a key has 1 to {MOST_KEY} characters and no control characters"));
        }
        if value.chars().count() > MOST_VALUE {
            return wrong(format!("a value has at most {MOST_VALUE} characters"));
        }
    }
    Ok(())
}

/// What stands under a key, of whatever case: of all who take part, separated by commas.
fn now_of(record: &ChatAttributes, key: &str) -> Option<String> {
    let (_, values) = record.iter().find(|(known, _)| known.to_lowercase() == key.to_lowercase())?;
    Some(values.iter().cloned().collect::<Vec<_>>().join(", "))
}
