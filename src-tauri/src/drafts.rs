//! What a person has typed and not yet saved, sent or discarded. It lies in this process's memory: a reload of the page or
//! another connection does not touch it, no file ever holds it, and it ends with the console.

use std::collections::BTreeMap;

use app::Failure;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use specta::Type;

/// The largest draft, in bytes of all its texts: a hundred attributes with long values fit in.
const LARGEST: usize = 64 * 1024;

/// So many drafts are kept at once, and no more bytes of them: the page must not fill the memory.
const MOST: usize = 500;
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Where something was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum DraftKind {
    /// Changes of a guest's attributes, by the guest's id.
    Attributes,
    /// An attribute that is being added, by the guest's id.
    NewAttribute,
    /// An interaction that is being recorded, by the guest's id.
    Interaction,
    /// Changes of a conversation's attributes, by the conversation's id.
    ConversationAttributes,
    /// A message, by the conversation's id.
    Message,
    /// A new chat.
    Chat,
    /// A message of the chat lab, by the chat's id.
    LabMessage,
    /// A new guest of the chat lab.
    LabChat,
    /// A message of the outbox that is being changed, by its id.
    OutboxEdit,
    /// A changed or new policy, by its id.
    Policy,
    /// A new hold, by the guest's id where it is for one.
    Hold,
    /// A new connection, without its secret.
    Connection,
}

/// One draft. Never shown by `Debug`: it holds what a person wrote about guests.
#[derive(Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Draft {
    /// The connection over which it would be saved; empty where it belongs to none.
    pub(crate) connection: String,
    /// Where it was typed.
    pub(crate) kind: DraftKind,
    /// Of what it is about; empty where there is only one.
    pub(crate) id: String,
    /// The name that a person knows that by.
    pub(crate) title: String,
    /// What was typed, as JSON of the page. Nobody else reads it.
    pub(crate) body: String,
}

impl Draft {
    fn key(&self) -> Key {
        (self.connection.clone(), self.kind, self.id.clone())
    }

    fn bytes(&self) -> usize {
        [&self.connection, &self.id, &self.title, &self.body].into_iter().map(String::len).sum()
    }
}

type Key = (String, DraftKind, String);

/// All drafts of this console, of every connection.
#[derive(Default)]
pub(crate) struct Drafts(Mutex<BTreeMap<Key, Draft>>);

impl Drafts {
    pub(crate) fn all(&self) -> Vec<Draft> {
        self.0.lock().values().cloned().collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.lock().len()
    }

    pub(crate) fn count_of(&self, connection: &str) -> usize {
        self.0.lock().values().filter(|draft| draft.connection == connection).count()
    }

    /// Keeps a draft in the place of the one before it.
    ///
    /// # Errors
    /// Bad input when it, or all of them together, would be too large; the one before it then stays.
    pub(crate) fn put(&self, draft: Draft) -> Result<(), Failure> {
        let too_large = |what: String| {
            Failure::field("draft", format!("{what}; what was typed is on the screen only"))
                .with_next("Save, send or discard some of what was begun.")
        };
        if draft.bytes() > LARGEST {
            return Err(too_large(format!("has more than {} KiB", LARGEST >> 10)));
        }
        let mut kept = self.0.lock();
        let key = draft.key();
        let others = kept.iter().filter(|(other, _)| **other != key).map(|(_, draft)| draft.bytes());
        let (count, bytes) = others.fold((0, 0), |(count, sum), bytes| (count + 1, sum + bytes));
        if count >= MOST || bytes + draft.bytes() > MOST_BYTES {
            return Err(too_large(format!("is one too many beside {count} others")));
        }
        kept.insert(key, draft);
        Ok(())
    }

    /// Forgets a draft, where there is one: it was saved, sent or discarded.
    pub(crate) fn remove(&self, connection: String, kind: DraftKind, id: String) {
        self.0.lock().remove(&(connection, kind, id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(connection: &str, id: &str, body: String) -> Draft {
        let [connection, id, title] = [connection, id, "Ada"].map(str::to_owned);
        Draft { connection, kind: DraftKind::Message, id, title, body }
    }

    #[test]
    fn a_draft_takes_the_place_of_its_own_and_of_no_other() {
        let drafts = Drafts::default();
        for (connection, id, body) in
            [("A", "1", "one"), ("B", "1", "two"), ("A", "2", "three"), ("A", "1", "four")]
        {
            drafts.put(draft(connection, id, body.to_owned())).unwrap();
        }
        let bodies: Vec<String> = drafts.all().into_iter().map(|draft| draft.body).collect();
        assert_eq!(bodies, ["four", "three", "two"]);
        drafts.remove("A".to_owned(), DraftKind::Attributes, "1".to_owned());
        assert_eq!(drafts.count(), 3, "another kind of the same id is another draft");
        drafts.remove("A".to_owned(), DraftKind::Message, "1".to_owned());
        assert_eq!(drafts.count(), 2);
    }

    #[test]
    fn what_is_too_large_or_one_too_many_is_refused_and_what_was_kept_stays() {
        let drafts = Drafts::default();
        drafts.put(draft("A", "1", "kept".to_owned())).unwrap();
        assert!(drafts.put(draft("A", "1", "x".repeat(LARGEST))).is_err());
        assert_eq!(drafts.all()[0].body, "kept");
        for place in 1..MOST {
            drafts.put(draft("A", &format!("n{place}"), "x".repeat(1_000))).unwrap();
        }
        let refused = drafts.put(draft("A", "one more", String::new())).unwrap_err();
        assert!(
            refused.message.contains("499 others") || refused.message.contains("500 others"),
            "{refused:?}"
        );
        drafts.put(draft("A", "1", "changed".to_owned())).unwrap();
        assert_eq!(drafts.count(), MOST);
        let large = Drafts::default();
        let fitting =
            (0..100).take_while(|n| large.put(draft("A", &n.to_string(), "x".repeat(LARGEST - 100))).is_ok());
        assert_eq!(fitting.count(), MOST_BYTES / LARGEST, "all together have an end too");
    }
}
