//! A filter of guests: checked, and what the indexes can answer of it.

use super::guest::{Guest, guest_fields};
use crate::filter::{FilterError, Tests, parse, range::Areas};

/// A checked guest filter and what the indexes can answer of it.
#[derive(Clone)]
pub(crate) struct GuestFilter {
    pub(super) text: String,
    tests: Option<Tests>,
    pub(super) areas: Areas,
}

impl GuestFilter {
    /// Every guest.
    pub(crate) fn none() -> Self {
        Self { text: String::new(), tests: None, areas: Areas::everything(true) }
    }

    /// # Errors
    /// What is wrong with the text.
    pub(crate) fn new(text: &str) -> Result<Self, FilterError> {
        let tests = Tests::new(parse(text)?, &guest_fields)?;
        Ok(Self { text: text.to_owned(), areas: Areas::of(&tests), tests: Some(tests) })
    }

    pub(super) fn holds(&self, guest: &Guest) -> bool {
        self.tests.as_ref().is_none_or(|tests| tests.hold(guest))
    }
}
