use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Which state of a guest was seen: a write or a delete names it, and an org that has another one by then answers with a
/// conflict. Made by a dialect from what its org has, a version number or a time of change, and read by no one else: two
/// revisions are equal or not, and none is newer.
///
/// It is stored as a text; one that is a whole number is stored as that number, as plans and guests always had it.
///
/// ```
/// use model::Revision;
/// let seen: Revision = serde_json::from_str("7").unwrap();
/// assert_eq!(seen, Revision::from(7));
/// assert_eq!(serde_json::to_string(&seen).unwrap(), "7");
/// let time: Revision = serde_json::from_str("\"2026-01-31T09:00:00Z\"").unwrap();
/// assert_eq!(serde_json::to_string(&time).unwrap(), "\"2026-01-31T09:00:00Z\"");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Revision(String);

impl Revision {
    /// From the text that a dialect keeps it as.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text that the dialect made it from.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The version number that it was made from, in a dialect that has those.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        let number = self.0.parse::<u64>().ok()?;
        (number.to_string() == self.0).then_some(number)
    }
}

impl From<u64> for Revision {
    fn from(version: u64) -> Self {
        Self(version.to_string())
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Revision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.number() {
            Some(number) => serializer.serialize_u64(number),
            None => serializer.serialize_str(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Revision {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Stored {
            Number(u64),
            Text(String),
        }
        Ok(match Stored::deserialize(deserializer)? {
            Stored::Number(number) => number.into(),
            Stored::Text(text) => Self(text),
        })
    }
}
