use std::collections::BTreeMap;

use async_trait::async_trait;
use genesys::{Lane, PageAt, Search};
use lab::run::{GuestRecord, Records};
use model::{AttributeKey, AttributeValue, Field, Selection};
use serde_json::Value;

use crate::{Failure, LabTarget};

/// The attribute by which one guest of a run is found.
const CHAT: &str = "innkeeperChat";

/// Asks the org's API about guests of a run.
pub struct RestRecords(LabTarget);

impl RestRecords {
    pub fn new(target: LabTarget) -> Self {
        Self(target)
    }

    async fn ask(&self, chat: &str) -> Result<Option<GuestRecord>, Failure> {
        let org = self.0.org().await?;
        let key = AttributeKey::new(CHAT).expect("letters are a key");
        let search = Search {
            selection: Some(Selection::equals(Field::Attribute(key), chat)),
            with_attributes: true,
            ..Search::default()
        };
        let found = org.guests.search(Lane::Person, &search, PageAt { number: 1, size: 1 }).await?;
        let Some(guest) = found.guests.into_iter().next() else { return Ok(None) };
        // A guest of a run has one, or two where a session was begun anew.
        let conversations = org.conversations.of(Lane::Person, guest.id, false, 5).await?;
        let newest = conversations.iter().max_by_key(|conversation| conversation.start_time);
        let attributes = guest.attributes.into_iter().map(|(key, value)| (key, json(value)));
        Ok(Some(GuestRecord {
            conversation_id: newest.map(|conversation| conversation.id.to_string()),
            attributes: attributes.collect::<BTreeMap<_, _>>(),
        }))
    }
}

#[async_trait]
impl Records for RestRecords {
    async fn read(&self, chat: &str) -> Result<Option<GuestRecord>, String> {
        self.ask(chat).await.map_err(|failure| failure.message)
    }
}

fn json(value: AttributeValue) -> Value {
    match value {
        AttributeValue::Null => Value::Null,
        AttributeValue::Bool(value) => value.into(),
        AttributeValue::Number(value) => Value::Number(value),
        AttributeValue::Text(value) => value.into(),
    }
}
