//! The ids that the audit log and a certificate name beside guests.

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

model::text_id!(
    /// The id of a run: the first 16 hex digits of its plan's id, so one plan can have one run only.
    RunId,
    IdError,
    // Strict, since the id names a folder.
    |text| {
        let digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        let is_one = text.len() == RunId::DIGITS && text.bytes().all(digit);
        is_one.then_some(text).ok_or_else(|| IdError::Run { given: text.chars().take(64).collect() })
    }
);

impl RunId {
    const DIGITS: usize = 16;

    /// The only run that the plan of this id can have; the id is 64 hex digits.
    ///
    /// # Errors
    /// [`IdError::Run`] when it is none.
    pub fn of_plan(plan: &str) -> Result<Self, IdError> {
        plan.get(..Self::DIGITS).unwrap_or(plan).parse()
    }
}

model::uuid_id!(
    /// The id of a hold: a UUID made by whoever adds it, so that adding twice is adding once.
    HoldId,
    IdError,
    |_| IdError::Hold
);

model::text_id!(
    /// The id of a policy: 1 to 64 lower-case letters, digits or `-`, made by whoever adds it. The first is `default`.
    PolicyId,
    IdError,
    |text| {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let is_one = (1..=64).contains(&text.len()) && text.bytes().all(allowed);
        is_one.then_some(text).ok_or(IdError::Policy)
    }
);

impl PolicyId {
    /// The one policy that a connection had before there were several.
    pub const FIRST: &str = "default";

    /// `default`.
    #[must_use]
    pub fn first() -> Self {
        Self(Self::FIRST.to_owned())
    }
}
