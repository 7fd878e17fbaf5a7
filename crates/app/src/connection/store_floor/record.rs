//! What is remembered of a store with the secrets of its folder, and what is known of a loss.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use store::{Position, Secrets};

use super::contents::Counted;
use crate::failure::chain;

/// What is remembered of a store, in the secret store of its folder.
pub(crate) const STORE_FLOOR: &str = "store-floor";

/// What is kept with the secrets, as JSON of about 500 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    pub(super) at: DateTime<Utc>,
    pub(super) position: Position,
    /// Nothing was under way: holds and messages are those of this very position, and can be compared there.
    pub(super) exact: bool,
    pub(super) holds: Counted,
    pub(super) messages: Counted,
    /// So many bytes of the audit log were written before that.
    pub(super) audit: u64,
    /// How far the store had come that lies elsewhere, with secrets of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) beside: Option<Position>,
    /// How many holds were in it, for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) beside_holds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) alarm: Option<Alarm>,
}

/// That a store was lost or put back, until a person accepts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Alarm {
    pub(crate) found_at: DateTime<Utc>,
    pub(crate) cause: Cause,
    /// Holds that are missing, as far as that is known.
    pub(crate) holds: u64,
    /// Waiting messages that are missing, as far as that is known.
    pub(crate) messages: u64,
    /// When the store was last remembered, before that.
    #[serde(default)]
    pub(crate) known_at: Option<DateTime<Utc>>,
    /// Nothing tells how many holds there were.
    #[serde(default)]
    pub(crate) uncounted: bool,
}

/// What happened to a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Cause {
    /// It is not there any more.
    Gone,
    /// It is an older one, or another one, or its end is missing.
    Older,
    /// That is so of the store that lies elsewhere, by what the audit log names.
    Beside,
    /// It was damaged and changes of it are lost.
    Damaged,
    /// It stands where it stood and holds something else.
    Differs,
    /// What was remembered of it makes no sense.
    Unreadable,
}

/// What is read of a store before it is opened.
pub(crate) struct Remembered {
    pub(super) name: &'static str,
    pub(super) record: Option<Record>,
    /// Something is there and makes no sense.
    pub(super) unreadable: bool,
    /// The secret store does not answer.
    pub(super) refused: Option<String>,
}

impl Remembered {
    /// Never fails: a secret store that refuses this refuses no command. Blocking.
    pub(crate) fn read(secrets: &dyn Secrets, name: &'static str) -> Self {
        let none = Self { name, record: None, unreadable: false, refused: None };
        match secrets.get(name) {
            Ok(None) => none,
            Ok(Some(text)) => match serde_json::from_str(text.expose()) {
                Ok(record) => Self { record: Some(record), ..none },
                Err(_) => Self { unreadable: true, ..none },
            },
            Err(store::Error::SecretForm { .. }) => Self { unreadable: true, ..none },
            Err(error) => Self { refused: Some(chain(&error)), ..none },
        }
    }

    /// The secret store gave it, or said that there is none.
    pub(crate) fn is_answered(&self) -> bool {
        self.refused.is_none() && !self.unreadable
    }

    /// How far the store had come at least.
    pub(crate) fn position(&self) -> Option<Position> {
        self.record.as_ref().map(|record| record.position)
    }
}
