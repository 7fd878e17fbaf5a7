//! What a contact of the vendor's API has that a guest has no place for.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::clock::Millis;

/// The vendor's three kinds of contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ContactKind {
    /// Made by the org itself for an unknown visitor; in no list.
    Ephemeral,
    /// Made by the org itself for a visitor that it knows by an identifier; in no list.
    Identified,
    /// Made or promoted by somebody; listed, and kept for good.
    Curated,
}

impl ContactKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ephemeral => "Ephemeral",
            Self::Identified => "Identified",
            Self::Curated => "Curated",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Ephemeral, Self::Identified, Self::Curated].into_iter().find(|kind| kind.name() == name)
    }
}

/// What a contact has that a guest has no place for. A contact that nobody wrote by this dialect has none.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ContactRecord {
    pub(crate) kind: ContactKind,
    /// The contact's members as they were written, by their API names; custom fields only where they are no scalars.
    pub(crate) fields: Map<String, Value>,
    /// The contact that stands for this one since they were merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) merged_into: Option<Uuid>,
    /// The contacts that were merged into this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) merged_from: Vec<Uuid>,
}

/// A note about a contact.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) id: Uuid,
    pub(crate) contact: Uuid,
    pub(crate) text: String,
    pub(crate) created: Millis,
}
