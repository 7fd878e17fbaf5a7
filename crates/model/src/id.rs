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

/// A type for ids that are UUIDs. The function says what is wrong with a text that is none.
#[macro_export]
macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $error:ty, $wrong:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $error;
            fn from_str(text: &str) -> Result<Self, $error> {
                let wrong: fn(&str) -> $error = $wrong;
                uuid::Uuid::parse_str($crate::trimmed(text)).map(Self).map_err(|_| wrong(text))
            }
        }
    };
}

uuid_id!(
    /// The id of a guest: a UUID made by the client when the chat starts.
    GuestId,
    IdError,
    |text| IdError::NotUuid { what: "a guest id", given: excerpt(text) }
);
uuid_id!(
    /// The id of a message: a UUIDv7 made by the client, so that a repeat is the same message.
    MessageId,
    IdError,
    |text| IdError::NotUuid { what: "a message id", given: excerpt(text) }
);

/// A type for ids that are texts of one form. Whatever makes one, a text or a stored record, goes through the function,
/// which answers the id in the text or why there is none.
#[macro_export]
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $error:ty, $read:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as a text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $error;
            fn from_str(text: &str) -> Result<Self, $error> {
                let read: fn(&str) -> Result<&str, $error> = $read;
                read(text).map(|id| Self(id.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;
            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }
    };
}

text_id!(
    /// The id of a conversation, made by the org and opaque to us.
    ///
    /// ```
    /// use model::ConversationId;
    /// assert!("c-41f0".parse::<ConversationId>().is_ok());
    /// assert_eq!(" c-41f0\n".parse::<ConversationId>().unwrap().as_str(), "c-41f0");
    /// assert!("../../etc".parse::<ConversationId>().is_err());
    /// ```
    ConversationId,
    IdError,
    |text| {
        let id = trimmed(text);
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let is_one = (1..=64).contains(&id.len()) && id.bytes().all(allowed);
        is_one.then_some(id).ok_or_else(|| IdError::NotConversation { given: excerpt(text) })
    }
);
