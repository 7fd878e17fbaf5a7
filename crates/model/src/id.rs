use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::trimmed;

/// An id that is not what its kind allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Guest and message ids are UUIDs made by the client.
    #[error("{what} must be a UUID such as 6e2f0c1e-5b7a-4c7e-9a51-2f1d3c4ba91c, not {given:?}")]
    NotUuid {
        /// Which id was asked for.
        what: &'static str,
        /// The start of what was given instead.
        given: String,
    },
    /// Conversation ids are made by the org: 1 to 64 letters, digits, `-` or `_`.
    #[error("a conversation id has 1 to 64 letters, digits, '-' or '_', not {given:?}")]
    NotConversation {
        /// The start of what was given instead.
        given: String,
    },
}

fn excerpt(text: &str) -> String {
    text.chars().take(64).collect()
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::parse_str(trimmed(text))
                    .map(Self)
                    .map_err(|_| IdError::NotUuid { what: $what, given: excerpt(text) })
            }
        }
    };
}

uuid_id!(
    /// The id of a guest: a UUID made by the client when the chat starts.
    GuestId,
    "a guest id"
);
uuid_id!(
    /// The id of a message: a UUIDv7 made by the client, so that a repeat is the same message.
    MessageId,
    "a message id"
);

/// The id of a conversation, made by the org and opaque to us.
///
/// ```
/// use model::ConversationId;
/// assert!("c-41f0".parse::<ConversationId>().is_ok());
/// assert_eq!(" c-41f0\n".parse::<ConversationId>().unwrap().as_str(), "c-41f0");
/// assert!("../../etc".parse::<ConversationId>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct ConversationId(String);

impl ConversationId {
    /// The id as the org wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ConversationId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let id = trimmed(text);
        if (1..=64).contains(&id.len()) && id.bytes().all(allowed) {
            Ok(Self(id.to_owned()))
        } else {
            Err(IdError::NotConversation { given: excerpt(text) })
        }
    }
}

impl TryFrom<String> for ConversationId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}
