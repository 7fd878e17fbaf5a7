//! The ids that the audit log and a certificate name beside guests.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Text that is no id of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Of a run.
    #[error("a run id has 16 digits 0-9 or a-f, not {given:?}")]
    Run {
        /// The start of what was given.
        given: String,
    },
    /// Of a hold.
    #[error("must be the UUID of a hold, as the list of holds shows it")]
    Hold,
    /// Of a policy.
    #[error("must have 1 to 64 lower-case letters, digits or '-'")]
    Policy,
}

/// The id of a run: the first 16 hex digits of its plan's id, so one plan can have one run only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct RunId(String);

impl RunId {
    const DIGITS: usize = 16;

    /// The only run that the plan of this id can have; the id is 64 hex digits.
    ///
    /// # Errors
    /// [`IdError::Run`] when it is none.
    pub fn of_plan(plan: &str) -> Result<Self, IdError> {
        plan.get(..Self::DIGITS).unwrap_or(plan).parse()
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RunId {
    type Err = IdError;
    /// Strict, since the id names a folder.
    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.len() == Self::DIGITS && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError::Run { given: text.chars().take(64).collect() })
        }
    }
}

impl TryFrom<String> for RunId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

/// The id of a hold: a UUID made by whoever adds it, so that adding twice is adding once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HoldId(pub Uuid);

impl fmt::Display for HoldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for HoldId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Uuid::parse_str(model::trimmed(text)).map(Self).map_err(|_| IdError::Hold)
    }
}

/// The id of a policy: 1 to 64 lower-case letters, digits or `-`, made by whoever adds it. The first is `default`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct PolicyId(String);

impl PolicyId {
    /// The one policy that a connection had before there were several.
    pub const FIRST: &str = "default";

    /// `default`.
    #[must_use]
    pub fn first() -> Self {
        Self(Self::FIRST.to_owned())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PolicyId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            return Ok(Self(text.to_owned()));
        }
        Err(IdError::Policy)
    }
}

impl TryFrom<String> for PolicyId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}
