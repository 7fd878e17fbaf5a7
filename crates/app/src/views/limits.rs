use genesys::{ASSUMED_LIMITS, Limits};
use model::KeepDays;
use serde::Serialize;
use specta::Type;

/// Interactions that are counted at once, at most.
pub(crate) const MOST_INTERACTIONS: u32 = 1_000_000;
/// A run may be so many times as large as usual before it waits for a person's decision, at most.
pub(crate) const MOST_BRAKE_TIMES: u32 = 1_000;
/// Deleting more guests than this on a production connection wants their number said.
pub(crate) const CONFIRM_OVER: u32 = 100;

/// More questions about single conversations than this are asked of an org only by a person's word.
pub(crate) const UNASKED_QUESTIONS: u32 = 250;

/// How much may be given at once: what the org takes, and what the console does. The page checks what is typed by these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LimitsView {
    /// The longest message, in bytes of UTF-8.
    pub message_bytes: u32,
    /// Guests on a page of the table.
    pub guests_page: u32,
    /// The longest name of a guest, in characters.
    pub name_characters: u32,
    /// The longest e-mail address of a guest, in characters.
    pub email_characters: u32,
    /// The longest key of an attribute, in characters.
    pub attribute_key_characters: u32,
    /// The longest retention period, in days.
    pub retention_days: u32,
    /// Interactions that are counted at once, at most.
    pub interactions: u32,
    /// The greatest factor of a policy's brake.
    pub brake_times: u32,
    /// Deleting more guests than this on a production connection wants their number said.
    pub confirm_over: u32,
    /// More questions about single conversations than this are asked only by a person's word.
    pub unasked_questions: u32,
}

impl LimitsView {
    pub(crate) fn of(org: &Limits) -> Self {
        Self {
            message_bytes: org.message_bytes,
            guests_page: org.guests_page,
            name_characters: org.name_characters,
            email_characters: org.email_characters,
            attribute_key_characters: org.attribute_key_characters,
            retention_days: KeepDays::MOST.into(),
            interactions: MOST_INTERACTIONS,
            brake_times: MOST_BRAKE_TIMES,
            confirm_over: CONFIRM_OVER,
            unasked_questions: UNASKED_QUESTIONS,
        }
    }
}

impl Default for LimitsView {
    /// Before an org is known.
    fn default() -> Self {
        Self::of(&ASSUMED_LIMITS)
    }
}
