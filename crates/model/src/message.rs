use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest message in bytes of UTF-8 (our contract, `guest-api.md`).
pub const MAX_TEXT_BYTES: usize = 4_096;

/// Why a text cannot be a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing was written.
    #[error("a message has at least one character")]
    Empty,
    /// More than [`MAX_TEXT_BYTES`].
    #[error("a message has at most {MAX_TEXT_BYTES} bytes, this one has {bytes}")]
    TooLong {
        /// The length that was given.
        bytes: usize,
    },
}

/// The text of a message: 1 to 4,096 bytes of UTF-8. `Debug` shows only the length: text is never logged.
///
/// ```
/// use model::{MessageText, TextError};
/// assert!(MessageText::new("hello".to_owned()).is_ok());
/// assert_eq!(MessageText::new(String::new()), Err(TextError::Empty));
/// assert_eq!(MessageText::new("x".repeat(4_097)), Err(TextError::TooLong { bytes: 4_097 }));
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct MessageText(String);

impl MessageText {
    /// Checks the length.
    ///
    /// # Errors
    /// [`TextError`] when it is empty or too long.
    pub fn new(text: String) -> Result<Self, TextError> {
        match text.len() {
            0 => Err(TextError::Empty),
            bytes if bytes > MAX_TEXT_BYTES => Err(TextError::TooLong { bytes }),
            _ => Ok(Self(text)),
        }
    }

    /// The text itself, for the wire and for the person who wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MessageText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageText({} bytes)", self.0.len())
    }
}

impl TryFrom<String> for MessageText {
    type Error = TextError;
    fn try_from(text: String) -> Result<Self, TextError> {
        Self::new(text)
    }
}
