//! A page of the history.

use serde_json::Value;

use super::message::Message;

/// A page is read as far as this.
const MOST_ENTITIES: usize = 500;

/// What a page holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct HistoryPage {
    /// As the org ordered them, newest first.
    pub(crate) messages: Vec<Message>,
    /// How many there are in all, where it says so.
    pub(crate) total: Option<u64>,
}

impl HistoryPage {
    /// Reads an answer; `None` when it is no page.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let json: Value = serde_json::from_slice(bytes).ok()?;
        let entities = json["entities"].as_array()?;
        Some(Self {
            messages: entities.iter().take(MOST_ENTITIES).filter_map(Message::read).collect(),
            total: json["total"].as_u64(),
        })
    }
}
